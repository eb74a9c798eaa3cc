# SPDX-License-Identifier: GPL-2.0-or-later
"""How do calls travel through named pipes of SMB2, several of which share one TCP connection?

    smb = capture.tcp(server=("10.0.0.2", 445))
    pipe = Pipe(smb, number=1)        as a connection of rpcpcap: bind(), request(), response() …

A pipe is opened first (MS-SMB2 2.2.13, 2.2.14), unless `opened` is false: as in a capture that begins later. Each PDU is
in a message of its own, as FSCTL_PIPE_TRANSCEIVE carries it (MS-SMB2 2.2.31, 2.2.32).
"""
import struct

from .rpcpcap import TcpConnection

_HEADER = struct.Struct("<4sHHIHHIIQIIQ16s")
_CREATE, _IOCTL, _TRANSCEIVE, _RESPONSE = 5, 11, 0x0011C017, 1
_CREATE_REQUEST = struct.Struct("<HBBIQQIIIIIHHII")
_CREATE_RESPONSE = struct.Struct("<HBBI4QQQII16sII")
_REQUEST_BODY = struct.Struct("<HHI16sIIIIIIII")
_RESPONSE_BODY = struct.Struct("<HHI16sIIIIII")
_NOTHING = bytes(16)


class Pipe(TcpConnection):
    """One open pipe. Its messages are numbered with those of the other pipes of its SMB connection."""

    def __init__(self, smb, number, big_endian=False, opened=True):
        self.capture = smb.capture
        self.big_endian = big_endian
        self.ctx_id = self.call_id = 0
        self.mss = smb.mss
        self._smb = smb
        self._file = struct.pack("<QQ", number, number)
        self._held = None
        self._contexts = []
        self._port = b"\\pipe\\clusapi"
        if not hasattr(smb, "messages"):
            smb.messages = 0
        if opened:
            self._open("clusapi".encode("utf-16-le"))

    def _open(self, name):
        self._message(_CREATE, 0, _CREATE_REQUEST.pack(
            57, 0, 0, 2, 0, 0, 0x0012019F, 0, 3, 1, 0, 120, len(name), 0, 0) + name)
        self._message(_CREATE, 1, _CREATE_RESPONSE.pack(
            89, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x80, 0, self._file, 0, 0))

    def _segment(self, direction, data, flags):
        if direction == 0:
            body = _REQUEST_BODY.pack(57, 0, _TRANSCEIVE, self._file, 120, len(data), 0, 0, 0, 65536, 1, 0)
        else:
            body = _RESPONSE_BODY.pack(49, 0, _TRANSCEIVE, self._file, 112, 0, 112, len(data), 0, 0)
        return self._message(_IOCTL, direction, body + data)

    def _message(self, command, direction, body):
        if direction == 0:
            self._smb.messages += 1
        header = _HEADER.pack(b"\xfeSMB", 64, 1, 0, command, 1, _RESPONSE if direction else 0, 0, self._smb.messages, 0, 1, 1,
                              _NOTHING)
        message = header + body
        return self._smb.send(len(message).to_bytes(4, "big") + message, client=direction == 0)
