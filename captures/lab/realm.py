# SPDX-License-Identifier: GPL-2.0-or-later
"""A throw-away Kerberos realm: a KDC of MIT's in a temporary folder, the server's keytab, and a ticket for each user."""
import os
import pathlib
import socket
import subprocess
import tempfile
import time

import cast
import keytab

# Debian installs the KDC's programs where only root's PATH leads.
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
PATIENCE = 20
MASTER_PASSWORD = "of-a-database-that-lives-for-a-minute"

CLIENT_CONFIGURATION = """[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 allow_rc4 = true
 permitted_enctypes = {session} aes256-cts
[realms]
 {realm} = {{
  kdc = {host}:{port}
 }}
[domain_realm]
 .{domain} = {realm}
"""
KDC_CONFIGURATION = """[kdcdefaults]
 kdc_listen = {host}:{port}
 kdc_tcp_listen = {host}:{port}
[realms]
 {realm} = {{
  database_name = {folder}/principals
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
  supported_enctypes = aes256-cts:normal aes128-cts:normal
 }}
[logging]
 default = FILE:{folder}/log
"""


class RealmFailed(Exception):
    pass


def _free_port():
    with socket.create_server((cast.HOST, 0)) as listener:
        return listener.getsockname()[1]


class Realm:
    """A context manager. Inside it this process, its threads and its children live in the realm.

    `keytab` is what the server accepts with; `old_keytab` has the keys that it had before its password was changed,
    which fit no ticket.
    """

    def __init__(self, session="aes256-cts"):
        """`session`: the type of the keys that clients and server agree on, as MIT calls it."""
        self._session = session

    def __enter__(self):
        self._temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._temporary.name)
        self.keytab, self.old_keytab = self.folder / "keytab", self.folder / "old-keytab"
        self._kdc = None
        self._before = {}
        try:
            self._begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _begin(self):
        port = _free_port()
        names = {"realm": cast.REALM, "domain": cast.DNS_DOMAIN, "host": cast.HOST, "port": port,
                 "folder": self.folder, "session": self._session}
        (self.folder / "krb5.conf").write_text(CLIENT_CONFIGURATION.format(**names))
        (self.folder / "kdc.conf").write_text(KDC_CONFIGURATION.format(**names))
        self._live_in(KRB5_CONFIG=self.folder / "krb5.conf", KRB5_KDC_PROFILE=self.folder / "kdc.conf",
                      KRB5_KTNAME=self.keytab, KRB5CCNAME=f"DIR:{self.folder}/tickets", PATH=PATH,
                      # One cache of replays for all would refuse the second client of the same second.
                      KRB5RCACHENAME="none:")
        self._run("kdb5_util", "create", "-s", "-P", MASTER_PASSWORD)
        self._make_principals()
        self._kdc = subprocess.Popen(["krb5kdc", "-n"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait_for(port)
        # The ticket that comes last is that of programs which are not told whose to take.
        for user in sorted(cast.USERS, key=lambda user: user == cast.USER):
            self._run("kinit", user, input=cast.USERS[user] + "\n")

    def _live_in(self, **variables):
        for name, value in variables.items():
            self._before[name] = os.environ.get(name)
            os.environ[name] = str(value)

    @staticmethod
    def _run(*words, input=None):
        result = subprocess.run(words, input=input, capture_output=True, text=True)
        if result.returncode:
            raise RealmFailed(f"{' '.join(words)}: {result.stderr.strip() or result.stdout.strip()}")

    def _make_principals(self):
        service = cast.SERVICE_PRINCIPAL
        for query in (f"addprinc -pw {cast.OLD_SERVICE_PASSWORD} {service}",
                      f"ktadd -k {self.old_keytab} -norandkey {service}",
                      f"cpw -pw {cast.SERVICE_PASSWORD} {service}",
                      f"ktadd -k {self.keytab} -norandkey {service}",
                      *(f"addprinc -pw {password} {user}" for user, password in cast.USERS.items())):
            self._run("kadmin.local", "-q", query)
        for path in (self.keytab, self.old_keytab):
            if not path.exists():
                raise RealmFailed("kadmin.local made no keytab")
            path.write_bytes(keytab.timeless(path.read_bytes()))

    def _wait_for(self, port):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection((cast.HOST, port)).close()
                return
            except OSError:
                if self._kdc.poll() is not None or time.monotonic() > deadline:
                    raise RealmFailed("the KDC does not start") from None
            time.sleep(0.05)

    def __exit__(self, *_):
        if self._kdc:
            self._kdc.terminate()
            self._kdc.wait(timeout=PATIENCE)
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._temporary.cleanup()
