# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a real Slurm do a batch of cmrp-batch, and take it up again after a job was killed?"""
import json
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from support import programs, sandbox, slurm

COPIES = 3


@pytest.fixture(scope="module")
def cluster():
    # Not below the sandbox: paths of sockets are short.
    folder = Path(tempfile.mkdtemp(prefix="cmrp-slurm-"))
    try:
        with slurm.Cluster(folder) as one:
            yield one
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def batch(tmp_path):
    captures = tmp_path / "captures"
    captures.mkdir()
    for name in ("notify-ndr", "failures", "refused-opnums", "association-groups"):
        for number in range(COPIES):
            shutil.copy(sandbox.SOURCE_DIR / "captures" / f"{name}.pcapng", captures / f"{name}-{number}.pcapng")
    (captures / "noise.pcap").write_bytes(b"no capture\n")
    manifest = tmp_path / "manifest.json"
    result = programs.run("cmrp-batch", "plan", captures, "-o", manifest, "--seconds", 60,
                          "--tshark", programs.tshark_program())
    assert result.returncode == 0, result.stderr
    return manifest, captures


def summary(manifest):
    return json.loads(programs.run("cmrp-batch", "summary", "--json", manifest).stdout)


def same(one, other):
    # The times of two runs differ.
    return {**one, "milliseconds": 0} == {**other, "milliseconds": 0}


def test_an_array_of_jobs_gives_what_one_machine_gives(cluster, batch, tmp_path):
    manifest, captures = batch
    script = tmp_path / "array.sh"
    assert programs.run("cmrp-batch", "slurm", manifest, "-o", script, "--shares", 4, "--most", 2,
                        "--sbatch=--partition=short").returncode == 0
    states = cluster.wait(cluster.submit(script))
    assert len(states) == 4 and all(line.endswith(" COMPLETED") for line in states), states + [cluster.logs()]
    by_slurm = summary(manifest)
    assert (by_slurm["missing"], by_slurm["captures"], len(by_slurm["errors"])) == (0, 4 * COPIES + 1, 1)

    again = tmp_path / "again.json"
    programs.run("cmrp-batch", "plan", captures, "-o", again, "--tshark", programs.tshark_program())
    programs.run("cmrp-batch", "run", again)
    assert same(summary(again), by_slurm)


def test_a_killed_job_is_made_good_by_the_next(cluster, batch, tmp_path):
    manifest, _ = batch
    script = tmp_path / "one.sh"
    programs.run("cmrp-batch", "slurm", manifest, "-o", script, "--shares", 1)
    results = manifest.with_name("manifest.json.results")
    job = cluster.submit(script)
    cluster.until("a result is there", lambda: any(results.glob("*.jsonl")), 120)
    cluster.ask("scancel", "--signal=KILL", "--full", f"{job}_0")
    time.sleep(0.5)
    cluster.ask("scancel", job)
    cluster.wait(job)
    first = {path.name: path.stat().st_mtime_ns for path in results.glob("*.jsonl")}
    assert 0 < len(first) < 4 * COPIES + 1
    assert summary(manifest)["missing"] == 4 * COPIES + 1 - len(first)

    cluster.wait(cluster.submit(script))
    assert summary(manifest)["missing"] == 0
    assert all((results / name).stat().st_mtime_ns == made for name, made in first.items())
