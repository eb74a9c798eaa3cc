# SPDX-License-Identifier: GPL-2.0-or-later
"""Which traffic is none of ours, in the captures that show what the plugin costs who has another question?

Each kind is a capture of one conversation in which a request and its answer take turns.
"""
import struct
from collections import namedtuple
from uuid import UUID

from support import rpcpcap

# port: the server's. say: a function that writes one request and its answer to a conversation. target: instructions a frame
# that the plugin may add, None if nothing was promised.
Kind = namedtuple("Kind", "name protocol port say target")

PROMISED = 300
STRANGER = UUID("6bffd098-a112-3610-9833-46c3f87e345a")  # the workstation service


def _http(conversation, number):
    conversation.send(b"GET /%d HTTP/1.1\r\nHost: www.example.com\r\n\r\n" % number)
    conversation.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", client=False)


def _dns(conversation, number):
    def message(flags, answers, rest=b""):
        question = b"\x03www\x07example\x03com\x00" + struct.pack(">HH", 1, 1)
        return struct.pack(">HHHHHH", number % 0x10000, flags, 1, answers, 0, 0) + question + rest

    conversation.send(message(0x0100, 0))
    address = struct.pack(">HHHIH4B", 0xC00C, 1, 1, 300, 4, 192, 0, 2, 1)
    conversation.send(message(0x8180, 1, address), client=False)


def _unknown(conversation, number):
    conversation.send(b"%08d: how much is it?" % number)
    conversation.send(b"%08d: as much as it was." % number, client=False)


def _rpc(conversation, number):
    if number == 0:
        conversation.bind(interface=STRANGER, version=1)
        conversation.bind_ack()
    conversation.request(0, bytes(24))
    conversation.response(bytes(24))


KINDS = (
    Kind("HTTP", "tcp", 80, _http, PROMISED),
    Kind("DNS", "udp", 53, _dns, PROMISED),
    Kind("TCP that nobody knows", "tcp", 7777, _unknown, PROMISED),
    Kind("another interface of DCE/RPC", "tcp", 49300, _rpc, None),
)


def write(path, kind, turns):
    """A capture in which so many requests are answered. Returns how many frames it has."""
    with rpcpcap.Capture(path, step=0.00001) as capture:
        conversation = getattr(capture, kind.protocol)(server=("10.0.0.2", kind.port))
        for number in range(turns):
            kind.say(conversation, number)
        frames = capture.frames
    path.chmod(0o644)
    return frames
