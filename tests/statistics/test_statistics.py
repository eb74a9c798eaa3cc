# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the statistics say what the capture holds? tshark -q -z cmrp,handles and its sisters."""
import re
import resource
from collections import Counter

import pytest

from support import story, tables
from support.calls import ENCODINGS, Calls, handle
from support.rpcpcap import Capture
from support.sandbox import sandbox

HANDLES, FINDINGS, TREE = "ClusAPI Context Handles", "ClusAPI Findings", "ClusAPI Calls"
PASSES = pytest.mark.parametrize("passes", [(), ("-2",)], ids=["once", "twice"])


def statistics(tshark, path, tap, passes=(), **options):
    return tshark.run([*passes, "-n", "-q", "-r", tshark.readable(path), "-z", tap], **options).stdout


def lives(tshark, path, filter="", passes=(), **options):
    """The rows of cmrp,handles: numbers as numbers, and the duration apart."""
    header, rows = tables.rows(statistics(tshark, path, "cmrp,handles" + filter, passes, **options), HANDLES)
    assert header == tables.LIFE_HEADER
    found = [tables.life(row) for row in rows]
    return [[*life[:7], *life[8:]] for life in found], [life.duration for life in found]


class TestHandles:
    @PASSES
    def test_each_life_has_a_row(self, tshark, told, passes):
        rows, durations = lives(tshark, told.path, passes=passes)
        assert rows == told.rows()
        f = told.frames
        # A frame a millisecond; a life that goes on is as long as it was seen.
        last = [f["open cluster"], f["close group"], f["online fails"], f["waits"], f["hang up"]]
        first = [f["open cluster"], f["open group"], f["open printers"], f["create port"], f["open other"]]
        assert durations == pytest.approx([(end - start) / 1000 for start, end in zip(first, last)])

    @PASSES
    @pytest.mark.parametrize("filter, ids", [
        ('cmrp.handle.type == "HNOTIFY_RPC"', [story.GROUP, story.PORT]),
        (f"ip.addr == {story.OTHER_CLIENT}", [story.OTHER_GROUP]),
        ("cmrp.status == 70", [story.PRINTERS]),
        ("cmrp.opnum == 3", []),
    ], ids=["type", "client", "status", "nothing"])
    def test_a_filter_chooses_lives_and_changes_no_fact(self, tshark, told, filter, ids, passes):
        rows, _ = lives(tshark, told.path, "," + filter, passes)
        whole = {row[0]: row for row in told.rows()}
        assert sorted(rows) == [whole[number] for number in ids]

    def test_a_life_that_began_before_the_capture(self, tshark, model, capture):
        with capture() as made:
            calls = Calls(model, made, ENCODINGS["3-ndr"])
            calls.request(45, hGroup=handle(1))
        rows, _ = lives(tshark, made)
        assert rows == [[1, "HGROUP_RPC", "", 0, 0, "open", 1, story.SERVER, "10.0.0.1"]]

    def test_a_handle_that_the_server_issues_twice(self, tshark, model, capture):
        with capture() as made:
            calls = Calls(model, made, ENCODINGS["3-ndr"])
            first = calls.open_group("A", handle(1))
            second = calls.open_group("B", handle(1))
        rows, _ = lives(tshark, made)
        assert [(row[3], row[4], row[5], row[2]) for row in rows] == [
            (first, second, "replaced", "A"), (second, 0, "open", "B")]

    @PASSES
    def test_a_handle_that_two_clients_have_is_issued_to_one_again(self, tshark, model, capture, passes):
        """Between the two lives of the first client stands one of the other client."""
        with capture() as made:
            calls, other = (Calls(model, made, ENCODINGS["3-ndr"], assoc_group=group) for group in (1, 2))
            opened = [c.open_group(name, handle(1)) for c, name in ((calls, "A"), (other, "B"), (calls, "C"))]
        rows, _ = lives(tshark, made, passes=passes)
        assert [(row[3], row[4], row[5], row[2]) for row in rows] == [
            (opened[0], opened[2], "replaced", "A"), (opened[1], 0, "open", "B"), (opened[2], 0, "open", "C")]

    def test_udp_and_version_2(self, tshark, model, capture):
        with capture() as made:
            calls = Calls(model, made, ENCODINGS["2-ndr"])
            opened = calls.open_group("A", handle(1))
        rows, _ = lives(tshark, made)
        assert rows == [[1, "HGROUP_RPC", "A", opened, 0, "open", 0, story.SERVER, "10.0.0.1"]]

    def test_names_cannot_break_the_table(self, tshark, model, capture):
        with capture() as made:
            Calls(model, made, ENCODINGS["3-ndr"]).open_group("a |b\n%s%n", handle(1))
        rows, _ = lives(tshark, made)
        assert rows[0][2] == "a |b\\n%s%n"

    def test_a_hundred_thousand_lives(self, tshark, model):
        """Four times the lives take about four times the time, and every life has its row."""
        seconds = {}
        for count in (25_000, 100_000):
            path = sandbox().new_folder() / f"{count}.pcap"
            with Capture(path, step=0.000001) as made:
                calls = Calls(model, made, ENCODINGS["3-ndr"])
                request = calls.pack_request(41, lpszGroupName="G")
                for number in range(count):
                    calls.request(41, stub=request)
                    # Status, rpc_status, and the handle: attributes and UUID.
                    calls.response(stub=bytes(12) + (number + 1).to_bytes(16, "big"))
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            rows, _ = lives(tshark, path, timeout=300)
            seconds[count] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
            path.unlink()
            assert [row[0] for row in rows] == list(range(1, count + 1))
            assert {row[5] for row in rows} == {"open"}
        # Quadratic growth would be sixteenfold; starting tshark leaves room.
        assert seconds[100_000] < 8 * seconds[25_000]


class TestFindings:
    @PASSES
    def test_each_broken_rule_has_a_row(self, tshark, told, passes):
        header, rows = tables.rows(statistics(tshark, told.path, "cmrp,findings", passes), FINDINGS)
        assert header == ["cmrp.finding", "Level", "Count", "What the rule says", "First frames", "Section"]
        row = next(row for row in rows if row[0] == "handle-used-after-close")
        assert row[1:] == ["MUST", "1", "Client must not use a handle after its Close succeeded.",
                           str(told.frames["used after close"]), "3"]

    @pytest.mark.parametrize("name", ["failures", "bad-stub", "notify-ndr", "notify-udp", "refused-opnums"])
    def test_the_table_agrees_with_the_packets(self, tshark, captures_dir, name):
        path = captures_dir / f"{name}.pcapng"
        shown = tshark.fields(path, ["frame.number", "cmrp.finding", "cmrp.finding.level"], "cmrp.finding", split=True)
        count, frames, levels = Counter(), {}, {}
        for (number,), ids, of_ids in shown:
            for rule, level in zip(ids, of_ids, strict=True):
                count[rule] += 1
                levels[rule] = level
                if number not in frames.setdefault(rule, []):
                    frames[rule].append(number)
        assert count
        for passes in ((), ("-2",)):
            _, rows = tables.rows(statistics(tshark, path, "cmrp,findings", passes), FINDINGS)
            assert {row[0]: int(row[2]) for row in rows} == count
            assert {row[0]: row[1] for row in rows} == levels
            assert {row[0]: row[4].split() for row in rows} == {rule: found[:5] for rule, found in frames.items()}

    def test_the_first_column_is_a_filter(self, tshark, told):
        _, rows = tables.rows(statistics(tshark, told.path, "cmrp,findings"), FINDINGS)
        for row in rows:
            shown = tshark.fields(told.path, ["frame.number"], f'cmrp.finding == "{row[0]}"')
            assert [number for number, in shown][:5] == row[4].split()

    def test_with_a_filter(self, tshark, told):
        _, rows = tables.rows(statistics(tshark, told.path, "cmrp,findings,cmrp.opnum == 63"), FINDINGS)
        assert [row[0] for row in rows] == ["handle-used-after-close"]


class TestTree:
    @PASSES
    def test_calls_and_outcomes(self, tshark, told, passes):
        tree = tables.tree(statistics(tshark, told.path, "cmrp,tree", passes), TREE)
        total = sum(map(sum, story.OUTCOMES.values()))
        assert tree["Calls",] == tree["Calls", "Version 3.0"] == tree["Outcomes",] == total
        for method, outcomes in story.OUTCOMES.items():
            path = ("Calls", "Version 3.0", method)
            assert tree[path] == sum(outcomes)
            for name, count in zip(("Succeeded", "Failed", "Fault", "Unanswered"), outcomes):
                assert tree.get((*path, name), 0) == count, (method, name)
        for index, name in enumerate(("Succeeded", "Failed", "Fault", "Unanswered")):
            assert tree.get(("Outcomes", name), 0) == sum(outcomes[index] for outcomes in story.OUTCOMES.values())
        assert {path[1]: count for path, count in tree.items() if path[0] == "Statuses" and len(path) == 2} == story.STATUSES
        assert {path[1]: count for path, count in tree.items() if path[0] == "Faults" and len(path) == 2} == {
            "nca_server_too_busy": 1}

    def test_both_versions(self, tshark, model, capture):
        with capture() as made:
            for name in ("2-ndr", "3-ndr"):
                Calls(model, made, ENCODINGS[name]).open_group("A", handle(1))
        tree = tables.tree(statistics(tshark, made, "cmrp,tree"), TREE)
        assert tree["Calls", "Version 2.0", "ApiOpenGroup"] == tree["Calls", "Version 3.0", "ApiOpenGroup"] == 1

    @PASSES
    def test_copies_of_a_datagram_are_one_call(self, tshark, model, capture, passes):
        with capture() as made:
            calls = Calls(model, made, ENCODINGS["2-ndr"])
            stub = calls.pack_request(41, lpszGroupName="A")
            for _ in range(3):
                calls.conn.request(41, stub, seq=0)
            calls.opnum = 41
            answer = calls.pack_response(41, Status=0, result=handle(1))
            calls.conn.response(answer)
            calls.conn.response(answer)
            calls.conn.request(41, stub, seq=0)
        tree = tables.tree(statistics(tshark, made, "cmrp,tree", passes), TREE)
        assert (tree["Calls",], tree["Outcomes", "Succeeded"], tree.get(("Outcomes", "Unanswered"), 0)) == (1, 1, 0)

    def test_a_response_without_its_request(self, tshark, told):
        """The filter hides the request: nobody counts a call that he was not shown."""
        f = told.frames
        text = statistics(tshark, told.path, f"cmrp,tree,frame.number == {f['state']}")
        tree = tables.tree(text, TREE)
        assert (tree["Calls",], tree["Outcomes", "Response without request"], tree["Statuses", "ERROR_SUCCESS"]) == (0, 1, 1)

    def test_with_a_filter(self, tshark, told):
        tree = tables.tree(statistics(tshark, told.path, "cmrp,tree,cmrp.opnum == 49"), TREE)
        assert tree["Calls",] == tree["Calls", "Version 3.0", "ApiOnlineGroup", "Failed"] == 1


class TestResponseTimes:
    @PASSES
    def test_each_method_by_name(self, tshark, told, passes):
        times = tables.response_times(statistics(tshark, told.path, "cmrp,srt", passes))
        counts = {method: sum(outcomes[:2]) for method, outcomes in story.OUTCOMES.items()}
        assert {row[0]: row[1] for row in times.values()} == {name: count for name, count in counts.items() if count}
        # A frame a millisecond: every answer takes one.
        assert times["3.0", 41] == ("ApiOpenGroup", 4, 0.001, 0.001, 0.001, 0.004)

    def test_both_versions(self, tshark, model, capture):
        with capture() as made:
            for name in ("2-ndr", "3-ndr"):
                Calls(model, made, ENCODINGS[name]).open_group("A", handle(1))
        times = tables.response_times(statistics(tshark, made, "cmrp,srt"))
        assert {key: row[:2] for key, row in times.items()} == {
            ("2.0", 41): ("ApiOpenGroup", 1), ("3.0", 41): ("ApiOpenGroup", 1)}

    def test_with_a_filter(self, tshark, told):
        times = tables.response_times(statistics(tshark, told.path, f"cmrp,srt,ip.addr == {story.OTHER_CLIENT}"))
        assert {key: row[1] for key, row in times.items()} == {("3.0", 41): 1}


class TestFlow:
    def test_arrows(self, tshark, told):
        text = statistics(tshark, told.path, "flow,cmrp,standard")
        comments = re.findall(r"\|(Api.*)$", text, re.MULTILINE)
        f = told.frames
        assert len(comments) == sum(2 * sum(o[:3]) + o[3] for o in story.OUTCOMES.values())
        for comment in (
            'ApiOpenGroup "Lab File Server"',
            f'ApiOpenGroup: ERROR_SUCCESS HGROUP #{story.GROUP} "Lab File Server", request in frame {f["open group"] - 1}',
            f'ApiAddNotifyGroup HNOTIFY #{story.PORT} HGROUP #{story.GROUP} "Lab File Server"',
            f'ApiReAddNotifyGroup: ERROR_INVALID_HANDLE, request in frame {f["used after close"]}',
            f'ApiGetNotify: Fault nca_server_too_busy, request in frame {f["fault"] - 1}',
        ):
            assert comment in comments
        # The arrow goes from who sends to who receives.
        arrow = text.splitlines()[text.splitlines().index(next(
            line for line in text.splitlines() if line.endswith('|ApiOpenGroup "Lab File Server"'))) + 1]
        assert "(50001)  ------------------>  (49200)" in arrow

    def test_with_a_filter(self, tshark, told):
        text = statistics(tshark, told.path, "flow,cmrp,standard,cmrp.opnum == 49")
        assert len(re.findall(r"\|Api", text)) == 2


@pytest.mark.parametrize("tap", ["cmrp,handles", "cmrp,findings", "cmrp,tree", "cmrp,srt"])
class TestEveryKind:
    def test_a_capture_of_nothing(self, tshark, capture, tap):
        with capture() as made:
            pass
        assert statistics(tshark, made, tap).strip()

    def test_a_capture_without_clusapi(self, tshark, capture, tap):
        with capture() as made:
            made.tcp().fin()
        assert statistics(tshark, made, tap) == statistics(tshark, made, tap, ["-2"])

    def test_one_pass_and_two_agree(self, tshark, captures_dir, tap):
        for name in ("notify-reconnect", "association-groups", "notify-udp", "failures", "out-of-order"):
            path = captures_dir / f"{name}.pcapng"
            assert statistics(tshark, path, tap) == statistics(tshark, path, tap, ["-2"]), name

    def test_sharkd_knows_it(self, sharkd, told, tap):
        """sharkd is what Wireshark's own web face uses; it names the kinds in its own way."""
        kind, name = tap.split(",")[1], tap.split(",")[0]
        asked = {"tree": f"stat:{name}", "srt": f"srt:{name}"}.get(kind, f"nstat:{tap}")
        session = sharkd(told.path)
        first = session.tap(asked)
        assert first and session.tap(asked) == first


def test_all_at_once(tshark, told):
    words = [word for tap in ("handles", "findings", "tree", "srt") for word in ("-z", f"cmrp,{tap}")]
    text = tshark.run(["-n", "-q", "-r", tshark.readable(told.path), *words]).stdout
    assert len(tables.rows(text, HANDLES)[1]) == len(story.ALL_LIVES)
    assert tables.rows(text, FINDINGS)[1] and tables.tree(text, TREE) and tables.response_times(text)


def test_following_a_handle_shows_its_whole_life(tshark, told):
    """The response that opened it, what was done with it and the answers to that, the close and its answer."""
    shown = tshark.fields(told.path, ["frame.number"], f"cmrp.handle.id == {story.GROUP}")
    f = told.frames
    assert [int(number) for number, in shown] == [
        f["open group"], f["add request"], f["add"], f["state request"], f["state"], f["close request"],
        f["close group"], f["used after close"], f["invalid handle"]]


def test_begin_and_end_of_lives_as_filters(tshark, told):
    f = told.frames
    opened = tshark.fields(told.path, ["frame.number"], "cmrp.handle.opened_in == frame.number")
    closed = tshark.fields(told.path, ["frame.number"], "cmrp.handle.closed_in == frame.number")
    assert [int(number) for number, in opened] == [f[name] for name in (
        "open cluster", "open group", "open printers", "create port", "open other")]
    assert [int(number) for number, in closed] == [f["close group"]]
