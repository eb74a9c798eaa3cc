# SPDX-License-Identifier: GPL-2.0-or-later
"""Is nobody blamed for what the capture missed of a sealed connection, or between the fragments of a PDU?

NTLM seals each direction with one key stream: behind a PDU that is missing, Wireshark decrypts to noise. Fragments have no
numbers: Wireshark puts behind each other what it is given.
"""
import pytest
from support import invariant, sandbox, seen, traffic, trees, wraps
from support.tshark import PASSWORD

DOUBTED, CUT = "cmrp.expert.decryption_doubtful", "cmrp.expert.cut_short"


@pytest.fixture
def differs(captures_dir, clicker):
    """What is wrong with a capture whose frames are changed: differs(name, change) -> problems."""
    folder = sandbox.sandbox().new_folder()
    known = {}

    def check(name, change):
        if name not in known:
            path = captures_dir / f"{name}.pcapng"
            clicker.call("setconf", name="ntlmssp.nt_password", value=PASSWORD[1].partition(":")[2])
            known[name] = invariant.Sight(traffic.read(path), seen.look(clicker, path))
        plain = known[name]
        told = change(plain.traffic)
        return invariant.check(invariant.LOSS, plain, invariant.Sight(told, seen.look(
            clicker, told.write(folder / "changed.pcap"))))

    yield check
    clicker.call("setconf", name="ntlmssp.nt_password", value="")


@pytest.fixture
def unanalysed(clicker):
    """Wireshark counts no segments: many switch that off for speed."""
    clicker.call("setconf", name="tcp.analyze_sequence_numbers", value="FALSE")
    yield
    clicker.call("setconf", name="tcp.analyze_sequence_numbers", value="TRUE")


def without(number):
    return lambda told: told.over(told.frames[:number - 1] + told.frames[number:])


@pytest.mark.parametrize("name", ["notify-sealed-ntlm", "fragments-sealed-ntlm", "fragments-ndr", "fragments-ndr64"])
def test_each_frame_in_turn_is_missing(differs, captures_dir, name):
    count = len(traffic.read(captures_dir / f"{name}.pcapng").frames)
    assert {number: problems for number in range(1, count + 1) if (problems := differs(name, without(number)))} == {}


@pytest.mark.parametrize("name", ["fragments-sealed-ntlm", "fragments-ndr"])
def test_each_frame_in_turn_comes_late(differs, captures_dir, name):
    count = len(traffic.read(captures_dir / f"{name}.pcapng").frames)
    late = {place + 1: differs(name, wraps.swapped([place])) for place in range(count - 1)}
    assert {number: problems for number, problems in late.items() if problems} == {}


def early(place, distance):
    """The frame at this place (from 0) stands before others that were captured before it."""
    def change(told):
        frames = list(told.frames)
        frames.insert(place - distance, frames.pop(place))
        return told.over(frames)
    return change


@pytest.mark.parametrize("distance", [2, 3])
@pytest.mark.parametrize("name", ["fragments-ndr", "fragments-ndr64"])
def test_each_frame_in_turn_comes_early(differs, captures_dir, name, distance):
    """What a frame acknowledges is not captured yet: Wireshark takes it for a copy then."""
    count = len(traffic.read(captures_dir / f"{name}.pcapng").frames)
    moved = {place + 1: differs(name, early(place, distance)) for place in range(distance, count)}
    assert {number: problems for number, problems in moved.items() if problems} == {}


@pytest.mark.parametrize("name", ["notify-ndr", "fragments-ndr64"])
def test_each_frame_in_turn_is_missing_where_nobody_counts(unanalysed, differs, captures_dir, name):
    test_each_frame_in_turn_is_missing(differs, captures_dir, name)


def test_each_frame_in_turn_comes_late_or_early_where_nobody_counts(unanalysed, differs, captures_dir):
    test_each_frame_in_turn_comes_late(differs, captures_dir, "fragments-ndr")
    test_each_frame_in_turn_comes_early(differs, captures_dir, "fragments-ndr", 2)


@pytest.mark.parametrize("wrap", ["skew-sorted-20us", "skew-sorted-1ms", "skew-sorted-back-1ms", "skew-sorted-50ms"])
@pytest.mark.parametrize("name", ["fragments-ndr", "fragments-ndr64", "fragments-sealed-ntlm", "fragments-sealed-kerberos"])
def test_two_taps_with_different_clocks(differs, name, wrap):
    assert differs(name, wraps.CATALOGUE[wrap].make) == []


def by_origin(tshark, told, extra=()):
    """The tree of each frame, by the number that the frame had."""
    path = told.write(sandbox.sandbox().new_folder() / "changed.pcap")
    return {told.frames[number - 1].origins[0]: tree for number, tree in trees.read(tshark, path, extra=extra).items()}


@pytest.mark.parametrize("passes", [(), ("-2",)], ids=["once", "twice"])
def test_what_comes_before_the_loss_is_read(tshark, captures_dir, passes):
    """Of the client's calls on the first connection, frame 18 is missing; what the server answers stays readable."""
    told = traffic.read(captures_dir / "notify-sealed-ntlm.pcapng")
    whole = by_origin(tshark, told, [*PASSWORD, *passes])
    left = by_origin(tshark, without(18)(told), [*PASSWORD, *passes])
    asked = [number for number, tree in whole.items() if not tree.all("cmrp.response_time")]
    before = [number for number in whole if number < 18]
    assert before and all(left[number].flat(trees.FORWARD) == whole[number].flat(trees.FORWARD) for number in before)
    assert DOUBTED in left[20].experts() and 20 in asked
    # The second connection has a key stream of its own.
    assert DOUBTED not in left[30].experts() and left[30].one("cmrp.opnum") == whole[30].one("cmrp.opnum")


def test_a_stub_between_whose_fragments_something_is_missing_is_shown_as_bytes(tshark, captures_dir):
    """Of the request in frames 16 to 23, frame 19 is missing."""
    told = traffic.read(captures_dir / "fragments-ndr.pcapng")
    whole, left = by_origin(tshark, told), by_origin(tshark, without(19)(told))
    assert CUT not in whole[23].experts() and CUT in left[23].experts()
    assert left[23].all("cmrp.ndr.unread") and left[23].findings() == []
    # The next stub in fragments is whole.
    assert CUT not in left[30].experts() and left[30].decoded() != []
