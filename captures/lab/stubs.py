# SPDX-License-Identifier: GPL-2.0-or-later
"""How the lab reaches the interface definition and the NDR codec of the project, and what a method leaves unsaid."""
import functools
import pathlib
import struct
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "idl"), str(REPOSITORY / "tests")]

import cmrp_ndr  # noqa: E402
import cmrpidl  # noqa: E402
from cmrpidl import model as types  # noqa: E402
from cmrpidl.front import expression  # noqa: E402

import association  # noqa: E402
import pdu  # noqa: E402

# What Windows puts behind the stubs of its requests (MS-RPCE 2.2.2.13), here with the one command that offers header
# signing support. A sealed request with an empty stub would have nothing to seal without it.
TRAILER_SIGNATURE = bytes.fromhex("8ae3137102f43671")
VERIFICATION_TRAILER = TRAILER_SIGNATURE + struct.pack("<HHL", 0x4001, 4, 1)
MODEL = cmrpidl.load([REPOSITORY / "idl" / "clusapi2.idl", REPOSITORY / "idl" / "clusapi3.idl"])


def exists(version, opnum):
    return opnum < len(MODEL.interface(version).methods)


@functools.cache
def handle_parameters(version, opnum):
    """The names of the context handles in a request."""
    return [p.name for p in MODEL.method(version, opnum).request if isinstance(_target(p.type), types.ContextHandle)]


def _target(type_):
    while isinstance(type_, types.Pointer) and type_.kind == "ref":
        type_ = type_.to
    return type_


def failure(version, opnum, status):
    """The outputs that tell a failure: a status beside a NULL handle, or the return value."""
    method = MODEL.method(version, opnum)
    if isinstance(method.returns, types.ContextHandle):
        name = next(p.name for p in method.response if p.name in ("Status", "rpc_error"))
        return {name: status, "return": association.NULL_HANDLE}
    return {"return": status}


def _nothing(type_, values):
    """The value of a parameter about which a method said nothing."""
    type_ = _target(type_)
    if isinstance(type_, types.Pointer):
        return None
    if isinstance(type_, types.ContextHandle):
        return association.NULL_HANDLE
    if isinstance(type_, types.Struct):
        return {m.name: _nothing(m.type, {}) for m in type_.members}
    if isinstance(type_, types.Array):
        count = 0 if type_.varying else expression.evaluate(type_.size_is, values.__getitem__)
        return bytes(count)
    return 0


def with_verification_trailer(stub):
    return stub + bytes(-len(stub) % 4) + VERIFICATION_TRAILER


def _without_trailer(stub):
    """What a request may be without its verification trailer: up to three bytes align the trailer."""
    end = stub.rfind(TRAILER_SIGNATURE)
    if end < 0 or end % 4:
        return [stub]
    return [stub[:end - pad] for pad in range(4) if pad <= end and not any(stub[end - pad:end])]


def _unpack_whole(version, opnum, stub, ndr64, big_endian):
    for candidate in _without_trailer(stub):
        try:
            return cmrp_ndr.unpack_request(MODEL, version, opnum, candidate, ndr64=ndr64, big_endian=big_endian)
        except cmrp_ndr.NdrError as error:
            reason = error
    raise pdu.Fault(pdu.RPC_X_BAD_STUB_DATA) from reason


def unpack_request(version, opnum, stub, ndr64, big_endian):
    values = _unpack_whole(version, opnum, stub, ndr64, big_endian)
    if not _consistent(version, opnum, values):
        raise pdu.Fault(pdu.RPC_X_BAD_STUB_DATA)
    return values


def _consistent(version, opnum, values):
    """The strict check of MS-CMRP 3.1.4.2: an array has the size that its parameter tells, NULL has none."""
    for parameter in MODEL.method(version, opnum).request:
        array = parameter.type.to if isinstance(parameter.type, types.Pointer) else parameter.type
        if isinstance(array, types.Array) and array.size_is is not None:
            told = expression.evaluate(array.size_is, values.__getitem__)
            if len(values[parameter.name] or b"") != told:
                return False
    return True


def pack_response(version, opnum, request, outputs, ndr64, big_endian):
    """`outputs` may leave out what is zero, NULL or empty, but may not name what the method does not have."""
    method = MODEL.method(version, opnum)
    known = {p.name for p in method.response} | {"return"}
    if outputs.keys() - known:
        raise KeyError(f"{method.name} has no {sorted(outputs.keys() - known)}")
    values = dict(request)
    values.update(outputs)
    for parameter in method.response:
        if parameter.name not in outputs:
            values[parameter.name] = _nothing(parameter.type, values)
    values.setdefault("return", 0)
    return cmrp_ndr.pack_response(MODEL, version, opnum, values, ndr64=ndr64, big_endian=big_endian)


def pack_request(version, opnum, values, ndr64, big_endian):
    return cmrp_ndr.pack_request(MODEL, version, opnum, values, ndr64=ndr64, big_endian=big_endian)


def unpack_response(version, opnum, stub, ndr64, big_endian, request=None):
    return cmrp_ndr.unpack_response(MODEL, version, opnum, stub, ndr64=ndr64, big_endian=big_endian)
