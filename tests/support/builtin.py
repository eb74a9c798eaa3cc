# SPDX-License-Identifier: GPL-2.0-or-later
"""What does Wireshark's built-in dissector show of a PDU that the plugin does not, and the other way round?

    differences(theirs, ours, returns_handle)     -> [Leaf, ...] of either that the other does not show

Both lists are those of support.leaves. A value of the built-in has a partner in the plugin if the plugin shows the
same value, of the same bytes, under the name that belongs to it. These are no differences:

- The built-in shows each byte of an array of bytes, the plugin the array.
- The built-in shows each bit of a mask, the plugin those that are set.
- The built-in shows the gaps of alignment, in which nothing stands.
- The plugin shows a number's meaning, its bits, and what is inside a handle or an array of bytes.
"""
import re

HEXADECIMAL = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2})*")
# Fields of one name and incomparable types are told apart by one of these.
CLASSES = ("", ".string", ".structure", ".number64", ".signed", ".signed64", ".boolean", ".bytes", ".time")

# Of every PDU, about the PDU.
ABOUT = ("cmrp", "clusapi", "cmrp.opnum", "clusapi.opnum", "dcerpc.request_in", "dcerpc.response_in")
PADDING = "dcerpc.ndr_padding"
NULL = "dcerpc.null_pointer"

# What is named otherwise: by the whole filter, or by the last part of it.
NAMES = {
    NULL: "ndr.referent_id", "dcerpc.referent_id": "ndr.referent_id", "dcerpc.referent_id64": "ndr.referent_id",
    "dcerpc.array.max_count": "ndr.maximum_count", "dcerpc.array.offset": "ndr.offset",
    "dcerpc.array.actual_count": "ndr.actual_count", "clusapi.werror": "status", "winreg.access_mask": "samDesired",
    "Status": "status", "rpc_error": "status", "synchronise": "SYNCHRONIZE", "access_sacl": "ACCESS_SYSTEM_SECURITY",
}
RIGHTS = "GENERIC_READ GENERIC_WRITE GENERIC_EXECUTE GENERIC_ALL MAXIMUM_ALLOWED".split()
NAMES |= {f"CLUSAPI_{name}": name for name in RIGHTS}
NAMES |= {name.lower(): name for name in (*RIGHTS, "DELETE", "READ_CONTROL", "WRITE_DAC", "WRITE_OWNER")}


def differences(theirs, ours, returns_handle=False):
    theirs = [leaf for leaf in theirs if leaf.name not in ABOUT]
    ours = [leaf for leaf in ours if leaf.name not in ABOUT and leaf.size]
    partnered, found = [], []
    for leaf in theirs:
        partners = [other for other in ours if _partners(leaf, other, returns_handle)]
        partnered += partners
        if not partners and not _nothing(leaf, ours):
            found.append(leaf)
    spans = [(other.start, other.start + other.size) for other in partnered]
    for other in ours:
        covered = any(start <= other.start and other.start + other.size <= end for start, end in spans)
        if not covered and not other.mask:
            found.append(other)
    return found


def _partners(leaf, other, returns_handle):
    if leaf.start is None or other.name.removeprefix("cmrp.") not in _names(leaf, returns_handle):
        return False
    if leaf.mask or other.mask:
        return (leaf.start, leaf.size, leaf.mask) == (other.start, other.size, other.mask) and _equal(leaf, other)
    if leaf.size == 1 and _is_bytes(other) and other.start <= leaf.start < other.start + other.size:
        return other.octets[leaf.start - other.start] == _number(leaf)
    return (leaf.start, leaf.size) == (other.start, other.size) and _equal(leaf, other)


def _names(leaf, returns_handle):
    last = leaf.name.rpartition(".")[2]
    name = NAMES.get(leaf.name) or NAMES.get(last)
    names = [name] if name else [last + end for end in CLASSES]
    # The built-in has the returned handle for a parameter.
    return [*names, "handle"] if returns_handle and leaf.size == 20 else names


def _nothing(leaf, ours):
    """A gap, or a bit that is not set, and that the plugin does not show as set under any name."""
    if leaf.start is None:
        return False
    there = [other for other in ours if other.start < leaf.start + leaf.size and leaf.start < other.start + other.size]
    if leaf.name == PADDING:
        return not there
    return leaf.mask != 0 and _number(leaf) == 0 and not any(
        other.mask == leaf.mask and _number(other) for other in there)


def _is_bytes(leaf):
    return bool(HEXADECIMAL.fullmatch(leaf.value)) and bytes.fromhex(leaf.value.replace(":", "")) == leaf.octets


def _number(leaf):
    if leaf.value in ("True", "False"):
        return int(leaf.value == "True")
    try:
        return int(leaf.value, 0)
    except ValueError:
        return None


def _equal(leaf, other):
    """Decimal or hexadecimal makes no difference. A text that looks like a number is a text for both, or for none."""
    if leaf.name == NULL:
        return _number(other) == 0
    if _is_bytes(leaf) or _is_bytes(other):
        return leaf.value == other.value
    number = _number(leaf)
    return leaf.value == other.value or number is not None and number == _number(other)
