# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures made by Samba's programs: smbtorture's ClusAPI suites and rpcclient's commands."""
import os
import subprocess
import tempfile
from ctypes.util import find_library

import cast

SUITES = ("cluster", "resource", "resourcetype", "node", "group", "network", "netinterface", "registry", "groupset")
# These change what the cluster consists of, so smbtorture runs them only when told to. ResumeNode expects that a node
# paused by PauseNode is not paused, so no conformant server passes both in one run.
DANGEROUS = {"resource", "group"}
ALONE = {"node": ("PauseNode", "EvictNode")}
# Pausing and resuming a node are left out: rpcclient does so only for a node called CTDB_NODE_0.
COMMANDS = tuple("clusapi_" + command for command in (
    "open_cluster", "get_cluster_name", "get_cluster_version2", "get_quorum_resource", "create_enum 8",
    "create_enumex 4", "open_resource", "get_resource_state", "offline_resource", "online_resource"))
CREDENTIALS = ["-U", f"{cast.DOMAIN}\\{cast.USER}%{cast.PASSWORD}"]
# In the realm's own words, and never NTLM in its place.
KERBEROS_CREDENTIALS = ["-U", f"{cast.USER}@{cast.REALM}%{cast.PASSWORD}", "--use-kerberos=required"]
KERBEROS_TARGET = (f"target_hostname={cast.SERVER_HOST}", f"target_principal={cast.SERVICE_PRINCIPAL}")


class ClientFailed(Exception):
    pass


def _run(command, **environment):
    # smbtorture makes files of its own where it is started.
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder,
                                env={**os.environ, **environment})
    output = result.stdout + result.stderr
    if result.returncode or "failure:" in output or "error:" in output.lower():
        raise ClientFailed(f"{' '.join(command)}\n{output}")
    return output


def torture(suite, *options, test=None):
    """One suite, or one test of it, over one binding."""
    credentials = CREDENTIALS if {"sign", "seal"} & set(options) else ["-U", "%"]
    if "krb5" in options:
        credentials, options = KERBEROS_CREDENTIALS, options + KERBEROS_TARGET
    binding = f"ncacn_ip_tcp:{cast.HOST}[{','.join((str(cast.CLUSAPI_TCP_PORT),) + options)}]"
    name = f"rpc.clusapi.{suite}" + (f".{test}" if test else "")
    dangerous = ["--dangerous"] if test or suite in DANGEROUS else []
    output = _run(["smbtorture", "--configfile=/dev/null", binding, *credentials, *dangerous, name])
    if "success:" not in output:
        raise ClientFailed(f"{name}: no test succeeded\n{output}")


def torture_whole(suite, *options):
    torture(suite, *options)
    for test in ALONE.get(suite, ()):
        torture(suite, *options, test=test)


def all_rpcclient_commands():
    """Each command that works on names the lab has; rpcclient asks the endpoint mapper before each."""
    _run(["rpcclient", "--configfile=/dev/null", f"ncacn_ip_tcp:{cast.HOST}", "-U", "%", "-c", "; ".join(COMMANDS)])


def rpcclient_with_kerberos():
    """The same, sealed. The name in the ticket is that of the host, which nobody but this program may resolve."""
    if not find_library("nss_wrapper"):
        raise ClientFailed("rpcclient under Kerberos needs the Debian package libnss-wrapper")
    with tempfile.NamedTemporaryFile("w") as hosts:
        hosts.write(f"{cast.HOST} {cast.SERVER_HOST}\n")
        hosts.flush()
        _run(["rpcclient", "--configfile=/dev/null", f"ncacn_ip_tcp:{cast.SERVER_HOST}[seal,spnego,krb5]",
              *KERBEROS_CREDENTIALS, "-c", "; ".join(COMMANDS)],
             LD_PRELOAD="libnss_wrapper.so", NSS_WRAPPER_HOSTS=hosts.name)
