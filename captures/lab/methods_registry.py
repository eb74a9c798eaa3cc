# SPDX-License-Identifier: GPL-2.0-or-later
"""What the methods of the cluster registry do."""
import status
from cluster import Key
from service import method
from status import Failed

CREATED_NEW, OPENED_EXISTING = 1, 2
NEVER = {"dwLowDateTime": 0, "dwHighDateTime": 0}

# A self-relative descriptor: SYSTEM owns it, and a DACL gives SYSTEM everything (MS-DTYP 2.4.6).
SECURITY_DESCRIPTOR = bytes.fromhex(
    "0100048014000000200000000000000" "02c000000"
    + "010100000000000512000000" * 2
    + "02001c0001000000" + "000014003f000f00" + "010100000000000512000000")


def _key(call, name="hKey"):
    return call.thing(name, "HKEY_RPC")


def _walk(key, path):
    """The key at a path below another one, None if there is none."""
    for name in filter(None, path.split("\\")):
        key = next((k for n, k in key.keys.items() if n.lower() == name.lower()), None)
        if key is None:
            return None
    return key


@method(28)
def get_root_key(call):
    return {"return": call.open("HKEY_RPC", call.cluster.root)}


@method(29)
def create_key(call):
    parent, path = _key(call), call["lpSubKey"]
    if not path or path.startswith("\\"):
        raise Failed(status.INVALID_PARAMETER)
    if call.version == 2 and call["dwOptions"]:
        raise Failed(status.INVALID_PARAMETER)
    found = _walk(parent, path)
    disposition = OPENED_EXISTING if found else CREATED_NEW
    if found is None:
        found = parent
        for name in filter(None, path.split("\\")):
            found = found.keys.setdefault(name, Key(f"{found.path}\\{name}".strip("\\")))
        call.cluster.post(parent, "name", parent.path)
    return {"lpdwDisposition": disposition, "return": call.open("HKEY_RPC", found)}


@method(30)
def open_key(call):
    found = _walk(_key(call), call["lpSubKey"])
    if found is None:
        raise Failed(status.FILE_NOT_FOUND)
    return {"return": call.open("HKEY_RPC", found)}


@method(31)
def enum_key(call):
    names, index = list(_key(call).keys), call["dwIndex"]
    if index >= len(names):
        raise Failed(status.NO_MORE_ITEMS)
    return {"KeyName": names[index], "lpftLastWriteTime": NEVER}


@method(32)
def set_value(call):
    key = _key(call)
    key.values[call["lpValueName"]] = (call["dwType"], bytes(call["lpData"]))
    call.cluster.post(key, "value", key.path)


@method(33)
def delete_value(call):
    key = _key(call)
    if key.values.pop(call["lpValueName"], None) is None:
        raise Failed(status.FILE_NOT_FOUND)
    call.cluster.post(key, "value", key.path)


@method(34)
def query_value(call):
    room = call["cbData"]
    kind, data = _key(call).values.get(call["lpValueName"], (0, None))
    if data is None:
        raise Failed(status.FILE_NOT_FOUND, lpData=bytes(room))
    if len(data) > room:
        raise Failed(status.MORE_DATA, lpValueType=kind, lpData=bytes(room), lpcbRequired=len(data))
    return {"lpValueType": kind, "lpData": data.ljust(room, b"\0"), "lpcbRequired": len(data)}


@method(35)
def delete_key(call):
    parent, name = _key(call), call["lpSubKey"]
    found = _walk(parent, name)
    if found is None or name not in parent.keys:
        raise Failed(status.FILE_NOT_FOUND)
    if found.keys:
        raise Failed(status.DIR_NOT_EMPTY)
    del parent.keys[name]
    call.cluster.post(parent, "name", parent.path)


@method(36)
def enum_value(call):
    """lpcbData is the size of the array in the answer, so it tells the bytes that were written."""
    values, index = list(_key(call).values.items()), call["dwIndex"]
    if index >= len(values):
        raise Failed(status.NO_MORE_ITEMS, lpData=b"", lpcbData=0)
    name, (kind, data) = values[index]
    if len(data) > call["lpcbData"]:
        raise Failed(status.MORE_DATA, lpValueName=name, lpType=kind, lpData=b"", lpcbData=0, TotalSize=len(data))
    return {"lpValueName": name, "lpType": kind, "lpData": data, "lpcbData": len(data), "TotalSize": len(data)}


@method(37)
def close_key(call):
    return call.close("pKey", "HKEY_RPC")


@method(38)
def query_info_key(call):
    key = _key(call)
    return {"lpcSubKeys": len(key.keys), "lpcbMaxSubKeyLen": max(map(len, key.keys), default=0),
            "lpcValues": len(key.values), "lpcbMaxValueNameLen": max(map(len, key.values), default=0),
            "lpcbMaxValueLen": max((len(data) for _, data in key.values.values()), default=0),
            "lpcbSecurityDescriptor": len(SECURITY_DESCRIPTOR), "lpftLastWriteTime": NEVER}


@method(40)
def get_key_security(call):
    _key(call)
    name, size = "pRpcSecurityDescriptor", len(SECURITY_DESCRIPTOR)
    room = call[name]["cbInSecurityDescriptor"]
    if room < size:
        raise Failed(status.INSUFFICIENT_BUFFER, **{name: {
            "lpSecurityDescriptor": None, "cbInSecurityDescriptor": size, "cbOutSecurityDescriptor": 0}})
    return {name: {"lpSecurityDescriptor": SECURITY_DESCRIPTOR, "cbInSecurityDescriptor": room,
                   "cbOutSecurityDescriptor": size}}
