# SPDX-License-Identifier: GPL-2.0-or-later
"""What do real networks and taps make of traffic?

    wraps.trailer(4)(traffic)      -> the same traffic with four bytes behind each packet
    wraps.CATALOGUE["trailer-4"]   -> Wrap(name, what must stay, the function)

A wrap is a function from a Traffic to another one. Random choices come from a seed: the same traffic is wrapped in the same
way each time. What must stay, and how it is checked, says invariant.py.
"""
import random
import struct
import zlib
from collections import namedtuple

from . import packets
from .invariant import AGAIN, COPIES, LOSS, ORDER, SAME, SIDES

# `sealed` is the kind for captures that are encrypted.
Wrap = namedtuple("Wrap", "name kind sealed make")

MICROSECOND, MILLISECOND, SECOND = 1000, 10**6, 10**9
OUTER = (b"\xc0\x00\x02\x01", b"\xc0\x00\x02\x02")
_ETHERTYPES = {"vlan": b"\x81\x00", "qinq": b"\x88\xa8", "mpls": b"\x88\x47", "pppoe": b"\x88\x64"}
# Of IP version 4 and 6: the protocol in PPP, in IP, and the address family that BSD gives it.
_PPP, _IN_IP, _FAMILY = ({packets.IPV4: four, packets.IPV6: six} for four, six in ((0x21, 0x57), (4, 41), (2, 30)))


def each(change, link=None):
    """A wrap that changes the bytes of each frame; `link` is the link type that they then have."""
    def wrap(traffic):
        return traffic.over((_resized(frame, change(frame.data)) for frame in traffic.frames), link)
    return wrap


def _resized(frame, data):
    return frame._replace(data=data, length=max(frame.length + len(data) - len(frame.data), len(data)))


def chain(*steps):
    """One wrap inside another."""
    def wrap(traffic):
        for step in steps:
            traffic = step(traffic)
        return traffic
    return wrap


# ---------------------------------------------------------------- tunnels and link layers

def _tagged(ethertype, tag):
    return lambda data: data[:12] + ethertype + tag + data[12:]


def vlan(data):
    return _tagged(_ETHERTYPES["vlan"], b"\x00\x64")(data)


def qinq(data):
    return _tagged(_ETHERTYPES["qinq"], b"\x00\xc8")(vlan(data))


def mpls(data):
    """Two labels, of which the second is the bottom of the stack."""
    return data[:12] + _ETHERTYPES["mpls"] + bytes.fromhex("0001003f 0002013f") + data[14:]


def pppoe(data):
    header = struct.pack(">BBHHH", 0x11, 0, 1, len(data) - 12, _PPP[data[12:14]])
    return data[:12] + _ETHERTYPES["pppoe"] + header + data[14:]


def _outer(protocol, payload):
    return bytes(12) + packets.IPV4 + packets.ipv4(*OUTER, protocol, payload)


def gre(data):
    return _outer(47, bytes(2) + data[12:])


def erspan(data):
    """A mirror that travels: GRE with a sequence number, ERSPAN of type II, the whole frame."""
    return _outer(47, bytes.fromhex("100088be 00000001 10000000 00000000") + data)


def vxlan(data):
    inner = bytes.fromhex("08000000 00000700") + data
    return _outer(17, struct.pack(">HHHH", 50000, 4789, 8 + len(inner), 0) + inner)


def ip_in_ip(data):
    return _outer(_IN_IP[data[12:14]], data[14:])


def ipv6(data):
    """The same conversation between addresses of version 6."""
    packet = packets.parse(data)
    if not packet or data[12:14] == packets.IPV6:
        return data
    ends = [(_as_ipv6(end[0]), end[1]) for end in (packet.source, packet.target)]
    return packets.build(packet._replace(ethernet=data[:12] + packets.IPV6, source=ends[0], target=ends[1]))


def _as_ipv6(address):
    return b"\x20\x01\x0d\xb8" + bytes(8) + address


def sll(data):
    """What tcpdump -i any writes, as it did first."""
    return struct.pack(">HHH8s", 0, 1, 6, data[6:12]) + data[12:]


def sll2(data):
    return data[12:14] + struct.pack(">HIHBB8s", 0, 1, 1, 0, 6, data[6:12]) + data[14:]


def raw(data):
    return data[14:]


def loopback(data):
    return struct.pack("<I", _FAMILY[data[12:14]]) + data[14:]


def ip_fragments(size):
    """IP fragments of at most `size` bytes of payload."""
    def wrap(traffic):
        return traffic.over(piece for number, frame in enumerate(traffic.frames)
                            for piece in _ip_pieces(frame, size, number))
    return wrap


def _ip_pieces(frame, size, number):
    packet = packets.parse(frame.data)
    payload = packets.transport(packet) if packet and packet.ethernet[12:] == packets.IPV4 else b""
    if len(payload) <= size:
        return [frame]
    made = []
    for start in range(0, len(payload), size):
        piece = payload[start:start + size]
        more = 0x2000 if start + size < len(payload) else 0
        made.append(_resized(frame, packet.ethernet + packets.ipv4(
            packet.source[0], packet.target[0], packet.protocol, piece, number % 65536, more | start // 8)))
    return made


# ---------------------------------------------------------------- behind the packet

def trailer(size, seed=1):
    """A switch or a tap puts bytes behind the packet."""
    return each(lambda data: data + random.Random(seed * 1000 + len(data)).randbytes(size))


def checksum(data):
    """The frame check sequence of Ethernet."""
    return data + zlib.crc32(data).to_bytes(4, "little")


def padded(data):
    """Ethernet fills short frames up."""
    return data.ljust(60, b"\0")


# ---------------------------------------------------------------- copies

def copies(delay, share=1.0, seed=1):
    """A mirror port gives frames twice, the copy `delay` nanoseconds later; the capture is in the order of its stamps."""
    def wrap(traffic):
        choice = random.Random(seed)
        again = [frame._replace(when=frame.when + delay) for frame in traffic.frames if choice.random() < share]
        return by_time(traffic.over([*traffic.frames, *again]))
    return wrap


def doubled(traffic):
    """A tap gives each frame twice, the copy right behind it, with the same stamp."""
    return traffic.over(frame for frame in traffic.frames for _ in range(2))


def twice(traffic):
    """The same file joined to itself."""
    return traffic.over([*traffic.frames, *traffic.frames])


def by_time(traffic):
    return traffic.over(sorted(traffic.frames, key=lambda frame: frame.when))


# ---------------------------------------------------------------- addresses

def translated(of_client=True, address=b"\x0a\x09\x09\x09", shift=1000):
    """Address translation, seen behind it: one end has another address, and clients other ports."""
    def wrap(traffic):
        servers = _servers(traffic)
        return each(lambda data: _translate(data, servers, of_client, address, shift))(traffic)
    return wrap


def both_sides(delay, **options):
    """The host that translates sees each frame twice: before and behind."""
    def wrap(traffic):
        behind = translated(**options)(traffic)
        later = [frame._replace(when=frame.when + delay) for frame in behind.frames]
        return by_time(traffic.over([*traffic.frames, *later]))
    return wrap


def again(gap, **options):
    """Everything happens once more, of other ports of the same client: a server that gives out the same numbers again."""
    def wrap(traffic):
        later = chain(translated(address=b"\x7f\x00\x00\x01", **options), each(_other_activity))(traffic)
        shift = traffic.frames[-1].when - traffic.frames[0].when + gap
        return traffic.over([*traffic.frames, *(frame._replace(when=frame.when + shift) for frame in later.frames)])
    return wrap


def _other_activity(data):
    """Datagrams of a client that was started anew: its activity has another id (C706 12.5.2)."""
    packet = packets.parse(data)
    if not packet or packet.protocol != packets.UDP or data[42] != 4 or data[12:14] != packets.IPV4:
        return data
    return data[:82] + bytes((data[82] ^ 0x55,)) + data[83:]


def _servers(traffic):
    """The ends to which the first frame of a conversation goes."""
    found = {}
    for frame in traffic.frames:
        packet = packets.parse(frame.data)
        if packet:
            found.setdefault(packets.connection(packet), packet.target)
    return set(found.values())


def _translate(data, servers, of_client, address, shift):
    packet = packets.parse(data)
    if not packet:
        return data
    if len(packet.source[0]) == 16:
        address = _as_ipv6(address)
    ends = []
    for end in (packet.source, packet.target):
        other = (address, (end[1] + shift) % 65536 if of_client else end[1])
        ends.append(end if (end in servers) == of_client else other)
    return packets.readdressed(data, *ends)


# ---------------------------------------------------------------- order and time

def swapped(places, stamps=True):
    """Frames at these places (from 0) change places with the next one; without `stamps` they take each other's."""
    def wrap(traffic):
        frames = list(traffic.frames)
        for place in places:
            first, second = frames[place:place + 2]
            times = (second.when, first.when) if stamps else (first.when, second.when)
            frames[place:place + 2] = second._replace(when=times[0]), first._replace(when=times[1])
        return traffic.over(frames)
    return wrap


def some_swapped(share, stamps=True, seed=1):
    """Frames change places with the next one at random places."""
    def wrap(traffic):
        choice, places = random.Random(seed), []
        for place in range(len(traffic.frames) - 1):
            if choice.random() < share and (not places or places[-1] < place - 1):
                places.append(place)
        return swapped(places, stamps)(traffic)
    return wrap


def overtaken(share, stamps=True, seed=1):
    """Frames of several queues change places: those of two connections, or a datagram that is sent next and the answer before
    it. (Over TCP the next request acknowledges the answer, which Wireshark then takes for a retransmission.)"""
    def wrap(traffic):
        choice, servers, places = random.Random(seed), _servers(traffic), []
        parsed = [packets.parse(frame.data) for frame in traffic.frames]
        for place, (one, two) in enumerate(zip(parsed, parsed[1:])):
            if not one or not two or places and places[-1] == place - 1 or choice.random() >= share:
                continue
            other = packets.connection(one) != packets.connection(two)
            if other or one.protocol == packets.UDP and one.source in servers and two.target in servers:
                places.append(place)
        return swapped(places, stamps)(traffic)
    return wrap


def resent(share, distance, seed=1):
    """Segments are lost before the tap and sent again: what follows comes first."""
    def wrap(traffic):
        choice, frames, late = random.Random(seed), [], []
        for place, frame in enumerate(traffic.frames):
            frames.append(frame)
            packet = packets.parse(frame.data)
            if packet and packet.payload and choice.random() < share:
                late.append((place + choice.randint(2, distance), frames.pop()))
            frames += [old._replace(when=frame.when) for due, old in late if due == place]
        return traffic.over(frames + [old for due, old in late if due >= len(traffic.frames)])
    return wrap


def by_connection(traffic):
    """One file for each connection, and the files behind each other."""
    groups = {}
    for frame in traffic.frames:
        packet = packets.parse(frame.data)
        groups.setdefault(packet and packets.connection(packet), []).append(frame)
    return traffic.over(frame for group in groups.values() for frame in group)


def parts(traffic, count=2):
    """A capture in several files, joined in the wrong order."""
    size = -(-len(traffic.frames) // count)
    chunks = [traffic.frames[start:start + size] for start in range(0, len(traffic.frames), size)]
    return traffic.over(frame for chunk in reversed(chunks) for frame in chunk)


def skewed(shift, ordered):
    """Each direction has a tap of its own, and the clock of the clients' tap is `shift` nanoseconds ahead. With `ordered`
    the files are merged by their stamps, else the order is the true one."""
    def wrap(traffic):
        servers = _servers(traffic)
        frames = []
        for frame in traffic.frames:
            packet = packets.parse(frame.data)
            asks = packet and packet.target in servers
            frames.append(frame._replace(when=frame.when + (shift if asks else 0)))
        return by_time(traffic.over(frames)) if ordered else traffic.over(frames)
    return wrap


def coarse(unit):
    """Time stamps that are multiples of `unit` nanoseconds."""
    return lambda traffic: traffic.over(frame._replace(when=frame.when // unit * unit) for frame in traffic.frames)


def stopped(traffic):
    """A clock that stands still."""
    return traffic.over(frame._replace(when=traffic.frames[0].when) for frame in traffic.frames)


# ---------------------------------------------------------------- losses

def lost(share, seed=1):
    """Frames are lost at random."""
    def wrap(traffic):
        choice = random.Random(seed)
        return traffic.over(frame for frame in traffic.frames if choice.random() >= share)
    return wrap


def kept(first, last):
    """A capture that begins late or ends early: the frames between two shares of the whole."""
    def wrap(traffic):
        count = len(traffic.frames)
        return traffic.over(traffic.frames[int(count * first):int(count * last)])
    return wrap


def one_way(of_client):
    """Asymmetric routing: only what clients, or servers, send."""
    def wrap(traffic):
        servers = _servers(traffic)
        return traffic.over(frame for frame in traffic.frames
                            if (packet := packets.parse(frame.data)) and (packet.target in servers) == of_client)
    return wrap


def gap(first, last):
    """The capture stops for a while."""
    def wrap(traffic):
        count = len(traffic.frames)
        return traffic.over(traffic.frames[:int(count * first)] + traffic.frames[int(count * last):])
    return wrap


def cut(size):
    """A snap length."""
    return lambda traffic: traffic.over(frame._replace(data=frame.data[:size]) for frame in traffic.frames)


# ---------------------------------------------------------------- segments of TCP

def resegmented(size, anywhere=False):
    """TCP cuts what it sends anew: segments of `size` bytes, each with as many PDUs as were sent without an answer. Unless
    `anywhere`, no segment ends inside the header of a PDU, of which Wireshark would not see the PDU."""
    def wrap(traffic):
        made, held = [], {}

        def send(way):
            waiting = held.pop(way, [])
            made.extend((waiting[-1][0], frame) for frame in _segments([pair[1:] for pair in waiting], size, anywhere))

        for place, frame in enumerate(traffic.frames):
            packet = packets.parse(frame.data)
            if not packet or packet.protocol != packets.TCP:
                made.append((place, frame))
                continue
            way, back = (packet.source, packet.target), (packet.target, packet.source)
            if packet.payload and not packet.flags & (packets.SYN | packets.FIN | packets.RST):
                send(back)
                if not _continues(held.get(way), packet):
                    send(way)
                held.setdefault(way, []).append((place, frame, packet))
            elif packet.payload or packet.flags != packets.ACK or back not in held:
                send(way)
                send(back)
                made.append((place, frame))
        for way in list(held):
            send(way)
        # All at the place of the last one: the order of connections among each other stays.
        return traffic.over(frame for _, frame in sorted(made, key=lambda pair: pair[0]))
    return wrap


def _continues(waiting, packet):
    """Does a segment begin where the last one that waits ends?"""
    if not waiting:
        return True
    last = waiting[-1][-1]
    return (last.sequence + len(last.payload)) % 2**32 == packet.sequence


def _segments(waiting, size, anywhere):
    """The bytes of several (frame, packet) in segments of another size, all at the time of the last one."""
    if not waiting:
        return []
    data = b"".join(packet.payload for _, packet in waiting)
    (frame, last), first = waiting[-1], waiting[0][1]
    ends, at = [], 0
    for one, packet in waiting:
        at += len(packet.payload)
        ends.append((at, one.origins))
    made = []
    headers = set() if anywhere else _inside_headers(data)
    start = 0
    while start < len(data):
        end = start + size
        while end in headers:
            end -= 1
        piece = data[start:end]
        data_of = packets.build(last._replace(sequence=first.sequence + start, payload=piece))
        made.append(frame._replace(data=data_of, length=len(data_of), origins=_of(ends, start, start + len(piece))))
        start = end
    return made


def _inside_headers(data):
    """The places inside the headers of the DCE/RPC PDUs that follow each other from the first byte on."""
    found, start = set(), 0
    while start + 16 <= len(data) and data[start] == 5:
        found.update(range(start + 1, start + 16))
        order = "little" if data[start + 4] & 0x10 else "big"
        start += max(16, int.from_bytes(data[start + 8:start + 10], order))
    return found


def _of(ends, start, end):
    """The origins of the bytes between two places."""
    found, begin = [], 0
    for at, origins in ends:
        if begin < end and at > start:
            found += origins
        begin = at
    return tuple(found)


def overlapping(traffic):
    """Each segment brings the bytes of the one before it again, as a client does whose acknowledgement was lost."""
    made, before = [], {}
    for frame in traffic.frames:
        packet = packets.parse(frame.data)
        if packet and packet.protocol == packets.TCP and packet.payload:
            way = packet.source, packet.target
            last = before.get(way)
            if last and _continues([(last,)], packet):
                joined = packet._replace(sequence=last.sequence, payload=last.payload + packet.payload)
                frame = _resized(frame, packets.build(joined))
            before[way] = packet
        made.append(frame)
    return traffic.over(made)


def keep_alive(traffic):
    """Before each segment one with its last acknowledged byte, and none new."""
    made = []
    for frame in traffic.frames:
        packet = packets.parse(frame.data)
        if packet and packet.protocol == packets.TCP and packet.flags == packets.PSH | packets.ACK:
            probe = packet._replace(sequence=packet.sequence - 1, payload=b"\0", flags=packets.ACK)
            made.append(_resized(frame, packets.build(probe))._replace(origins=()))
        made.append(frame)
    return traffic.over(made)


def unacknowledged(traffic):
    """Without the segments that only acknowledge."""
    def bare(frame):
        packet = packets.parse(frame.data)
        return packet and packet.protocol == packets.TCP and packet.flags == packets.ACK and not packet.payload
    return traffic.over(frame for frame in traffic.frames if not bare(frame))


# ---------------------------------------------------------------- all of them

def _catalogue():
    made = {}

    def add(kind, sealed=None, **named):
        for name, make in named.items():
            name = name.replace("_", "-")
            made[name] = Wrap(name, kind, sealed or kind, make)

    add(SAME, vlan=each(vlan), qinq=each(qinq), mpls=each(mpls), pppoe=each(pppoe), gre=each(gre), erspan=each(erspan),
        vxlan=each(vxlan), ip_in_ip=each(ip_in_ip), ipv6=each(ipv6), sll=each(sll, 113), sll2=each(sll2, 276),
        raw=each(raw, 101), loopback=each(loopback, 0), vlan_in_vxlan=chain(each(vlan), each(vxlan)))
    add(SAME, **{f"trailer_{size}": trailer(size) for size in range(1, 21)}, checksum=each(checksum),
        padded=each(padded), trailer_in_vxlan=chain(trailer(6), each(vxlan)), trailer_behind_vlan=chain(each(vlan), trailer(4)))
    add(SAME, nat_client=translated(), nat_server=translated(of_client=False))
    add(SIDES, nat_both_sides=both_sides(400 * MICROSECOND), nat_both_sides_at_once=both_sides(15 * MICROSECOND),
        nat_both_sides_slow=both_sides(20 * MILLISECOND), nat_both_sides_of_server=both_sides(400 * MICROSECOND, of_client=False))
    add(AGAIN, again_an_hour_later=again(3600 * SECOND), again_at_once=again(SECOND))
    add(COPIES, doubled=doubled, copies_15us=copies(15 * MICROSECOND), copies_400us=copies(400 * MICROSECOND),
        copies_50ms=copies(50 * MILLISECOND), some_copies=copies(100 * MICROSECOND, 0.2), twice=twice,
        copies_with_trailer=chain(copies(15 * MICROSECOND), trailer(4)))
    add(LOSS, **{f"swapped_{seed}": some_swapped(0.15, True, seed) for seed in (1, 2, 3, 4)},
        **{f"swapped_stamps_{seed}": some_swapped(0.15, False, seed) for seed in (5, 6, 7, 8)})
    add(LOSS, **{f"resent_{seed}": resent(0.1, 6, seed) for seed in (1, 2, 3)})
    add(ORDER, **{f"overtaken_{seed}": overtaken(0.4, True, seed) for seed in (1, 2, 3, 4)},
        **{f"overtaken_stamps_{seed}": overtaken(0.4, False, seed) for seed in (5, 6)}, by_connection=by_connection, skew_ahead=skewed(MILLISECOND, False), skew_behind=skewed(-MILLISECOND, False))
    add(ORDER, coarse_1ms=coarse(MILLISECOND), coarse_10ms=coarse(10 * MILLISECOND), coarse_1s=coarse(SECOND),
        stopped=stopped)
    add(LOSS, skew_sorted_20us=skewed(20 * MICROSECOND, True), skew_sorted_1ms=skewed(MILLISECOND, True),
        skew_sorted_back_1ms=skewed(-MILLISECOND, True), skew_sorted_50ms=skewed(50 * MILLISECOND, True),
        parts_2=parts, parts_3=lambda traffic: parts(traffic, 3), by_connection_cut=chain(by_connection, kept(0.2, 0.9)))
    add(LOSS, **{f"lost_2_percent_{seed}": lost(0.02, seed) for seed in (1, 2, 3)},
        **{f"lost_10_percent_{seed}": lost(0.1, seed) for seed in (4, 5, 6)}, lost_half=lost(0.5, 7), client_only=one_way(True),
        server_only=one_way(False), late_10=kept(0.1, 1), late_25=kept(0.25, 1), late_50=kept(0.5, 1), late_75=kept(0.75, 1),
        early_end=kept(0, 0.6), gap=gap(0.3, 0.5), short_gap=gap(0.4, 0.45))
    add(LOSS, **{f"cut_{size}": cut(size) for size in (60, 96, 128, 160, 256)})
    # Of several sealed PDUs in a frame, Wireshark decrypts the first.
    add(SAME, LOSS, segments_1460=resegmented(1460), segments_60000=resegmented(60000))
    add(SAME, segments_50=resegmented(50), segments_100=resegmented(100), segments_536=resegmented(536), segments_with_trailer=chain(resegmented(300), trailer(5)), keep_alive=keep_alive, unacknowledged=unacknowledged, ip_fragments_64=ip_fragments(64), ip_fragments_256=ip_fragments(256))
    # Wireshark shows nothing of a segment that begins with what it has seen, and of a PDU whose header is cut in two.
    add(LOSS, overlapping=overlapping, segments_anywhere_100=resegmented(100, True), segments_anywhere_23=resegmented(23, True))
    return made


CATALOGUE = _catalogue()
