# SPDX-License-Identifier: GPL-2.0-or-later
"""Which captures exist, and how each of them is made and judged."""
import argparse
import functools
import pathlib
import sys

import cast
import client
import scenes_access
import scenes_datagram
import scenes_failover
import scenes_notify
import scenes_samba
import scenes_secure
import scenes_transport
from capture import Capture, fields, plugin_installed
from laboratory import Laboratory
from protection import INTEGRITY
from secure_client import Kerberos, Ntlm, SecureClient

CAPTURES = pathlib.Path(__file__).resolve().parents[1]
LIMIT = 300 * 1024
SMALL_FRAGMENT = 2048
# The keys of Kerberos that today's domains agree on.
AES256 = "aes256-cts"
# Captures that begin late: amid the calls of the first connection, or behind the binds of all.
LATE, LATER = 16, 38
# The keys of the lab's server, and those that it had before its password was changed.
KEYTAB, OLD_KEYTAB = CAPTURES / "lab.keytab", CAPTURES / "lab-old.keytab"
DECRYPT = (f"ntlmssp.nt_password:{cast.PASSWORD}", "kerberos.decrypt:TRUE", f"kerberos.file:{KEYTAB}")
ENCODINGS = {"ndr": (), "ndr64": ("ndr64",), "bigendian": ("bigendian",)}


class Poor(Exception):
    """A capture that does not show what it is for."""


class Scene:
    """`play` makes the traffic. Of a sealed one tshark must be able to show that `clear` calls at least succeeded.
    `late`: so many frames of the beginning are not in the capture."""

    def __init__(self, play, clear=None, late=0, **laboratory):
        self.play, self.clear, self.late, self.laboratory = play, clear, late, laboratory

    def make(self, path):
        with Laboratory(**self.laboratory) as laboratory, Capture(path, self.late):
            self.play()
            if laboratory.realm:
                KEYTAB.write_bytes(laboratory.realm.keytab.read_bytes())
                OLD_KEYTAB.write_bytes(laboratory.realm.old_keytab.read_bytes())
        return self._judge(path)

    def _judge(self, path):
        """One line about a good capture. Wireshark must find the protocol without being told where."""
        pdus = len(fields(path, "dcerpc", "frame.number"))
        frames = fields(path, "frame", "frame.encap_type", "frame.protocols")
        if pdus == 0:
            raise Poor("tshark finds no DCE/RPC in it")
        if any(encapsulation != "1" for encapsulation, _ in frames):
            raise Poor("link type is not Ethernet")
        if path.stat().st_size > LIMIT:
            raise Poor(f"{path.stat().st_size} bytes are too many")
        line = f"{path.name:42} {path.stat().st_size:7} bytes {len(frames):5} frames {pdus:5} with DCE/RPC"
        if self.clear is not None:
            line += f", {self._decrypted(path)} decrypted"
        return line

    def _decrypted(self, path):
        """How many successful calls can be read, which must need the password."""
        # An installed plugin of this project decodes in place of Wireshark's own dissector.
        status = "cmrp.status" if plugin_installed() else "clusapi.werror"
        sealed, success = "dcerpc.encrypted_stub_data", f"dcerpc.encrypted_stub_data && {status} == 0"
        if not fields(path, sealed, "frame.number") or fields(path, success, "frame.number"):
            raise Poor("it is not sealed")
        shown = len(fields(path, success, "frame.number", options=DECRYPT))
        if shown < self.clear:
            raise Poor(f"with the password tshark shows the success of {shown} calls instead of {self.clear}")
        return shown


def scenes():
    """All captures by name, in the order in which they are made."""
    made = {}
    for suite in scenes_samba.SUITES:
        for encoding, options in ENCODINGS.items():
            made[f"smbtorture-{suite}-{encoding}"] = Scene(
                lambda suite=suite, options=options: scenes_samba.torture_whole(suite, *options))
    made["smbtorture-group-signed-spnego"] = Scene(lambda: scenes_samba.torture_whole("group", "sign"))
    made["smbtorture-group-sealed-spnego"] = Scene(lambda: scenes_samba.torture_whole("group", "seal"), clear=1)
    for suite, clear in (("cluster", 50), ("group", 54), ("registry", 29)):
        made[f"smbtorture-{suite}-sealed-ntlm"] = Scene(
            lambda suite=suite: scenes_samba.torture_whole(suite, "seal", "ntlm"), clear=clear)
    made["rpcclient-ndr"] = Scene(scenes_samba.all_rpcclient_commands, mapper=True)

    life, version2 = scenes_notify.life_of_a_group, scenes_notify.version2
    for encoding, how in (("ndr", {}), ("ndr64", {"ndr64": True}), ("bigendian", {"big_endian": True})):
        made[f"notify-{encoding}"] = Scene(lambda how=how: life(**how))
        made[f"notify-v2-{encoding}"] = Scene(lambda how=how: version2(**how))
    made["notify-clean-ndr"] = Scene(lambda: life(refusals=False))
    made["notify-reconnect"] = Scene(scenes_notify.reconnect)
    made["notify-sealed-ntlm"] = Scene(lambda: life(client.SEALED_RAW), clear=12)
    made["notify-sealed-ntlm-ndr64"] = Scene(lambda: life(client.SEALED_RAW, ndr64=True), clear=12)
    made["notify-v2-sealed-ntlm"] = Scene(lambda: version2(client.SEALED_RAW), clear=16)
    made["notify-sealed-spnego"] = Scene(lambda: life(client.SEALED), clear=2)
    made["notify-sealed-spnego-onecall"] = Scene(
        lambda: life(client.SEALED, refusals=False, kind=client.OneCallEach), clear=12)
    made["notify-udp"] = Scene(scenes_datagram.life_of_a_group, datagram=True)
    made["notify-udp-bigendian"] = Scene(lambda: scenes_datagram.life_of_a_group(big_endian=True), datagram=True)

    fragments, small = scenes_transport.fragments, {"max_fragment": SMALL_FRAGMENT}
    made["fragments-ndr"] = Scene(fragments, **small)
    made["fragments-ndr64"] = Scene(lambda: fragments(ndr64=True), **small)
    made["fragments-one-frame"] = Scene(lambda: fragments(one_frame=True), one_frame=True, **small)
    made["fragments-sealed-ntlm"] = Scene(lambda: fragments(client.SEALED_RAW), clear=7, **small)
    made["fragments-udp"] = Scene(scenes_datagram.fragments, datagram=True)
    made["out-of-order"] = Scene(scenes_transport.out_of_order)
    made["association-groups"] = Scene(scenes_transport.associations)
    made["alter-context-ndr64"] = Scene(scenes_transport.contexts)
    made["refused-opnums"] = Scene(scenes_transport.refused_opnums)
    made["access-levels"] = Scene(scenes_access.access_levels)
    made["failures"] = Scene(scenes_access.failures)
    made["failover"] = Scene(scenes_failover.moves_and_a_failover)
    made["bad-stub"] = Scene(scenes_access.bad_stub)
    return made | _kerberos() | _others()


def _kerberos():
    """What is sealed or signed by Kerberos alone."""
    made = {}
    for suite, clear in (("cluster", 50), ("group", 54), ("registry", 29)):
        made[f"smbtorture-{suite}-sealed-kerberos"] = Scene(
            lambda suite=suite: scenes_samba.torture_whole(suite, "seal", "spnego", "krb5"), clear)
    for name, clear, options in (("sealed-kerberos-ndr64", 54, ("seal", "spnego", "krb5", "ndr64")),
                                 ("sealed-kerberos-raw", 54, ("seal", "krb5")),
                                 ("signed-kerberos", None, ("sign", "spnego", "krb5"))):
        made[f"smbtorture-group-{name}"] = Scene(
            lambda options=options: scenes_samba.torture_whole("group", *options), clear)
    made["rpcclient-sealed-kerberos"] = Scene(scenes_samba.rpcclient_with_kerberos, 10, mapper=True)

    life = scenes_secure.life
    made["notify-sealed-kerberos"] = Scene(life, 12)
    made["notify-sealed-kerberos-ndr64"] = Scene(lambda: life(ndr64=True), 12)
    made["notify-sealed-kerberos-raw"] = Scene(lambda: life(Kerberos(raw=True)), 12)
    made["notify-sealed-kerberos-bare"] = Scene(lambda: life(trailers=False), 12)
    made["notify-sealed-kerberos-aes128"] = Scene(life, 12, kerberos="aes128-cts")
    made["notify-sealed-kerberos-rc4"] = Scene(life, 12, kerberos="rc4-hmac")
    made["notify-signed-kerberos"] = Scene(lambda: life(Kerberos(level=INTEGRITY)))
    made["notify-v2-sealed-kerberos"] = Scene(scenes_secure.life_version2, 16)
    made["users-sealed-kerberos"] = Scene(scenes_secure.users, 15)
    made["fragments-sealed-kerberos"] = Scene(
        lambda: scenes_transport.fragments(Kerberos(), kind=SecureClient), 7, max_fragment=SMALL_FRAGMENT)
    made["alter-context-sealed-kerberos"] = Scene(scenes_secure.contexts, 6)
    made["long-sealed-kerberos"] = Scene(scenes_secure.long_connection, 175)
    made["other-bind-sealed-kerberos"] = Scene(lambda: scenes_secure.other_bind(Kerberos()), 7)
    made["late-start-sealed-kerberos"] = Scene(life, late=LATE)
    made["ipv6-sealed-kerberos"] = Scene(lambda: life(host=cast.HOST_IPV6), 12, ipv6=True)
    for scene in made.values():
        scene.laboratory.setdefault("kerberos", AES256)
    return made


def _others():
    """Several kinds of security on a connection, NTLM as a server of Windows' has it, addresses of the other length, and
    captures that begin late."""
    two = scenes_secure.two_securities
    return {
        "two-securities-kerberos-ntlm": Scene(lambda: two(Kerberos(), Ntlm()), 9, kerberos=AES256),
        "two-securities-ntlm-kerberos": Scene(lambda: two(Ntlm(), Kerberos()), 9, kerberos=AES256),
        "other-bind-sealed-spnego": Scene(lambda: scenes_secure.other_bind(Ntlm()), 1),
        "smbtorture-group-sealed-spnego-mic": Scene(
            lambda: scenes_samba.torture_whole("group", "seal"), 1, timestamp=True),
        "ipv6-ndr": Scene(lambda: scenes_notify.life_of_a_group(
            kind=functools.partial(client.Client, host=cast.HOST_IPV6)), ipv6=True),
        "late-start-ndr": Scene(scenes_notify.life_of_a_group, late=LATE),
        "late-start-no-bind-ndr": Scene(scenes_notify.life_of_a_group, late=LATER),
    }


def play(name, scene):
    """The scene without a capture: client and server have to agree all the same."""
    with Laboratory(**scene.laboratory) as laboratory:
        scene.play()
        if laboratory.realm and laboratory.realm.keytab.read_bytes() != KEYTAB.read_bytes():
            raise Poor(f"{KEYTAB.name} is not the keytab of the lab's server")
    return f"{name} plays"


def main():
    known = scenes()
    parser = argparse.ArgumentParser(prog="remake", description="Remakes captures; all of them without a name.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="with or without .pcapng")
    parser.add_argument("--list", action="store_true", help="print the names of all captures and do nothing")
    parser.add_argument("--play", action="store_true", help="run clients and server, but capture nothing")
    options = parser.parse_args()
    if options.list:
        print(*known, sep="\n")
        return
    names = [pathlib.Path(name).name.removesuffix(".pcapng") for name in options.names] or list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"There is no capture {', '.join(unknown)}; --list names those that there are.")
    failed = 0
    for name in names:
        try:
            line = play(name, known[name]) if options.play else known[name].make(CAPTURES / f"{name}.pcapng")
            print(line, flush=True)
        except Exception as error:
            failed += 1
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    if failed:
        sys.exit(f"{failed} of {len(names)} captures could not be made.")


if __name__ == "__main__":
    main()
