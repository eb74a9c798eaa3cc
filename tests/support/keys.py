# SPDX-License-Identifier: GPL-2.0-or-later
"""Which keys open a capture of captures/, and which of them Wireshark cannot read all the same?

    tshark.fields(captures_dir / f"{name}.pcapng", [...], extra=keys.of(name))

The name of a capture says what protects it: `sealed-ntlm` (bare) and `sealed-spnego` NTLM, `kerberos` Kerberos,
`kerberos-ntlm` and `ntlm-kerberos` both.
"""
from . import sandbox
from .tshark import LAB_PASSWORD, PASSWORD

# Requests that have no bytes at all: packet-dcerpc does not hand them on, and raises an exception for those of NTLM
# (seen in 4.0.17). Of such a PDU only the header is known.
EMPTY_STUBS = ("notify-sealed-kerberos-bare", *(f"smbtorture-{name}" for name in (
    "group-sealed-spnego", "group-sealed-spnego-mic", "cluster-sealed-ntlm", "group-sealed-ntlm", "registry-sealed-ntlm",
    "cluster-sealed-kerberos", "group-sealed-kerberos", "registry-sealed-kerberos", "group-sealed-kerberos-ndr64",
    "group-sealed-kerberos-raw")))
# Where bytes align a verification trailer behind a stub, which counts as what is left over of the stub.
PADDED = ("rpcclient-sealed-kerberos",)

# Of the lab's server, now and before its password was changed.
KEYTAB, OLD_KEYTAB = "lab.keytab", "lab-old.keytab"


def keytab_path(name=KEYTAB):
    """A keytab that Wireshark's programs can read."""
    return sandbox.sandbox().readable(sandbox.SOURCE_DIR / "captures" / name)


def keytab(name=KEYTAB):
    """The options that make tshark decrypt Kerberos with a keytab; loaded alone, it decrypts nothing."""
    return ("-o", "kerberos.decrypt:TRUE", "-K", str(keytab_path(name)))


def of(name):
    """The options of tshark that open the capture; none for one that is not sealed."""
    options = ()
    if "sealed-ntlm" in name or "sealed-spnego" in name or name.startswith("two-securities-"):
        options += PASSWORD
    if "kerberos" in name:
        options += keytab()
    return options


def preferences():
    """What makes a running sharkd open whatever the lab has sealed: names and values."""
    return {"ntlmssp.nt_password": LAB_PASSWORD, "kerberos.decrypt": "TRUE", "kerberos.file": str(keytab_path())}


def of_all():
    """The options that open whatever the lab has sealed."""
    return PASSWORD + keytab()
