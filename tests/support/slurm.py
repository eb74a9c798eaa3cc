# SPDX-License-Identifier: GPL-2.0-or-later
"""How does a test get a Slurm of its own: controller and one node, on this machine, without systemd?

    with slurm.Cluster(folder) as cluster:
        job = cluster.submit(script)
        cluster.wait(job)
"""
import getpass
import os
import shutil
import socket
import subprocess
import time

PROGRAMS = {"munged": "munge", "slurmctld": "slurmctld", "slurmd": "slurmd", "sbatch": "slurm-client",
            "scontrol": "slurm-client", "squeue": "slurm-client"}

CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller_port}
SlurmdPort={node_port}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MinJobAge=600
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=1000 State=UNKNOWN
PartitionName=short Nodes={host} Default=YES MaxTime=60 State=UP
"""


def program(name):
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert path, f"This test needs {name}: install the package {PROGRAMS[name]}."
    return path


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.host = socket.gethostname().split(".")[0]
        self._processes = []
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_):
        self._stop()

    def _start(self):
        # munged refuses folders that others could write to.
        self.folder.chmod(0o755)
        (self.folder / "state").mkdir()
        (self.folder / "spool").mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(
            host=self.host, user=getpass.getuser(), folder=self.folder, controller_port=free_port(),
            node_port=free_port(), cores=len(os.sched_getaffinity(0))))
        self._run("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.socket",
                  f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/munged.log",
                  f"--seed-file={self.folder}/munged.seed")
        self.until("munged listens", lambda: (self.folder / "munge.socket").exists())
        self._run("slurmctld", "-D", "-c")
        self._run("slurmd", "-D", "-N", self.host)
        self.until("the node is idle", lambda: "idle" in self.ask("sinfo", "--noheader", "--format=%t").split())

    def _run(self, name, *words):
        log = open(self.folder / f"{name}.out", "wb")
        with log:
            self._processes.append(subprocess.Popen(
                [program(name), *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment))

    def ask(self, name, *words):
        return subprocess.run([program(name) if name in PROGRAMS else name, *words], capture_output=True, text=True,
                              env=self.environment, timeout=60, check=False).stdout

    def until(self, what, reached, seconds=60):
        end = time.monotonic() + seconds
        while not reached():
            for process in self._processes:
                assert process.poll() is None, f"{process.args[0]} ended:\n{self.logs()}"
            assert time.monotonic() < end, f"Not so after {seconds} s: {what}.\n{self.logs()}"
            time.sleep(0.2)

    def logs(self):
        files = sorted([*self.folder.glob("*.log"), *self.folder.glob("*.out")])
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in files)

    def submit(self, script):
        """The number of the job."""
        result = subprocess.run([program("sbatch"), "--parsable", str(script)], capture_output=True, text=True,
                                env=self.environment, timeout=60, check=False)
        assert result.returncode == 0, result.stderr + self.logs()
        return result.stdout.strip()

    def states(self, job):
        """The states of the job and of those of its array."""
        return self.ask("squeue", "--noheader", "--array", "--states=all", f"--jobs={job}",
                        "--format=%i %T").splitlines()

    def wait(self, job, seconds=300):
        self.until(f"job {job} has ended",
                    lambda: not any(line.split()[1] in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED")
                                    for line in self.states(job)), seconds)
        return self.states(job)

    def _stop(self):
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
