# SPDX-License-Identifier: GPL-2.0-or-later
"""Which stubs did real clients and their server exchange in the captures?"""

CLIENTS = ("smbtorture-", "rpcclient-", "notify-")


def longest_calls(tshark, captures_dir, encoding):
    """Of each method of version 3.0 the longest call in plain text, in one of the encodings with little-endian numbers:
    {opnum: (stub of the request, stub of the response)}"""
    longest = {}
    for pcap in sorted(captures_dir.glob(f"*-{encoding.name.removeprefix('3-')}.pcapng")):
        if pcap.name.startswith(CLIENTS):
            for opnum, *stubs in calls(tshark, pcap):
                longest[opnum] = max(stubs, longest.get(opnum, []), key=lambda pair: len(b"".join(pair)))
    return longest


def calls(tshark, pcap):
    """(opnum, stub of the request, stub of the response) of each call in a capture."""
    # Switched off, the plugin leaves the bytes of the stub to Wireshark.
    rows = tshark.fields(pcap, ["frame.number", "dcerpc.opnum", "dcerpc.request_in", "dcerpc.stub_data"],
                         "dcerpc.pkt_type in {0, 2}", ["--disable-protocol", "cmrp"], split=True)
    requests = {}
    for (frame,), opnums, request, stub in rows:
        octets = bytes.fromhex("".join(stub))
        # Of several PDUs in a frame nobody could tell whose stub it is.
        if len(opnums) == 1 and not request:
            requests[frame] = octets
        elif len(opnums) == 1 and request[0] in requests:
            yield int(opnums[0]), requests[request[0]], octets
