# SPDX-License-Identifier: GPL-2.0-or-later
"""How is the stub of a request or a response packed and unpacked?"""

from .reader import NdrError, Reader
from .writer import Writer

__all__ = ["NdrError", "pack_request", "pack_response", "unpack_request", "unpack_response"]

RETURN = "return"


def _pack(params, values, ndr64, big_endian):
    writer = Writer(ndr64, big_endian)
    for param in params:
        writer.parameter(param.type, values[param.name], values)
    return writer


def _unpack(params, stub, ndr64, big_endian):
    reader = Reader(stub, ndr64, big_endian)
    return reader, {param.name: reader.parameter(param.type) for param in params}


def pack_request(model, version, opnum, values, ndr64=False, big_endian=False):
    """The stub of a request; values by parameter name."""
    method = model.method(version, opnum)
    return bytes(_pack(method.request, values, ndr64, big_endian).octets)


def pack_response(model, version, opnum, values, ndr64=False, big_endian=False):
    """The stub of a response. Values of [in] parameters may be among `values`: they give the
    maximum counts of buffers whose size the request tells."""
    method = model.method(version, opnum)
    writer = _pack(method.response, values, ndr64, big_endian)
    if method.returns is not None:
        writer.parameter(method.returns, values[RETURN], values)
    return bytes(writer.octets)


def unpack_request(model, version, opnum, stub, ndr64=False, big_endian=False):
    """The values of a request; NdrError if the stub is not whole or something is left over."""
    method = model.method(version, opnum)
    reader, values = _unpack(method.request, stub, ndr64, big_endian)
    reader.finish()
    return values


def unpack_response(model, version, opnum, stub, ndr64=False, big_endian=False):
    """The values of a response, the returned one among them."""
    method = model.method(version, opnum)
    reader, values = _unpack(method.response, stub, ndr64, big_endian)
    if method.returns is not None:
        values[RETURN] = reader.parameter(method.returns)
    reader.finish()
    return values
