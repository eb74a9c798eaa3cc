# SPDX-License-Identifier: GPL-2.0-or-later
"""What does a person see in Wireshark's windows? One visit to all of them, judged here.

tests/gui/tour.py makes the visit, with the profile ClusAPI and the capture of support/story.py, and then one to the
tables of a real capture. The pictures that it takes are kept in the build folder, or in CMRP_PICTURES: tools/test-gui
--pictures makes those in docs/pictures.
"""
import json
import os
import shutil
import subprocess
import sys

import pytest
from support import story, tables
from support.sandbox import BUILD_DIR, SOURCE_DIR, sandbox

# What a visit may take on a busy machine.
TIMEOUT = 400
# What Wireshark says on the terminal whoever starts it: no wireless card, and windows and rows that are gone when the
# accessibility bus asks for them.
CHATTER = ("nl80211 not found", "AtSpiAdaptor", "QAccessible")
PICTURES = {"story": ("packets", "handles", "findings", "srt", "calls", "flow", "preferences"),
            "real": ("handles", "findings", "notify")}
REAL = "notify-v2-ndr.pcapng"
TITLES = {"handles": "ClusAPI Context Handles", "findings": "ClusAPI Findings", "notify": "ClusAPI Notification Ports"}


def interpreter():
    """A Python that has pyatspi: Debian's has it, others may not."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import pyatspi"], capture_output=True, check=False).returncode == 0:
            return python
    raise AssertionError("pyatspi was not found: install the package python3-pyatspi")


@pytest.fixture(scope="module")
def folder():
    """A folder for the user that runs Wireshark, and for us."""
    made = sandbox().home / "tour"
    made.mkdir()
    made.chmod(0o777)
    return made


@pytest.fixture(scope="module")
def visits(tshark, told, folder, captures_dir):
    """What was seen, by capture."""
    for program, package in (("wireshark", "wireshark"), ("Xvfb", "xvfb"), ("xdotool", "xdotool"),
                             ("import", "imagemagick"), ("dbus-daemon", "dbus")):
        assert shutil.which(program), f"{program} was not found: install the package {package}"
    tshark.run(["-v"])
    box = sandbox()
    scripts = box.new_folder()
    for name in ("desktop.py", "tour.py"):
        shutil.copy(SOURCE_DIR / "tests" / "gui" / name, scripts)
    profiles = box.home / ".config" / "wireshark" / "profiles"
    box.run_as_user(["mkdir", "-p", str(profiles)])
    shared = box.new_folder()
    shutil.copytree(SOURCE_DIR / "profile" / "ClusAPI", shared / "ClusAPI")
    box.run_as_user(["cp", "-r", str(shared / "ClusAPI"), str(profiles)])
    environment = {"XDG_RUNTIME_DIR": str(box.home), "LC_ALL": "C.UTF-8"}
    words = [interpreter(), str(scripts / "tour.py"), str(box.readable(told.path)),
             str(told.frames["used after close"]), str(told.frames["add request"]),
             str(box.readable(captures_dir / REAL)), str(folder)]
    result = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, check=False,
                            **box.process_options(env=environment))
    kept = os.environ.get("CMRP_PICTURES") or BUILD_DIR / "pictures"
    shutil.copytree(folder, kept, dirs_exist_ok=True)
    assert result.returncode == 0, f"{result.stderr.decode()}\nPictures: {kept}"
    return json.loads((folder / "seen.json").read_text())


@pytest.fixture
def seen(visits):
    return visits["story"]


def texts(rows):
    return [[str(cell) for cell in row] for row in rows]


def numbers(tree):
    """The counts of a tree's rows: (name, count)."""
    return [(row[0], row[1]) for row in tree]


@pytest.mark.parametrize("visit", PICTURES)
def test_wireshark_starts_and_ends_without_a_word(visits, visit):
    seen = visits[visit]
    said = [line for line in seen["log"].splitlines() if line.strip() and not any(word in line for word in CHATTER)]
    assert said == []
    assert seen["exit code"] == 0


def test_menu(seen):
    assert [entry for entry in seen["menu"] if entry] == [
        "Context Handles", "Notification Ports", "Findings", "Response Times", "Show Packets with Findings",
        "Show Failed Calls", "Read Selected Connection as ClusAPI", "Read Older Connections as ClusAPI"]
    assert seen["statistics"].count("ClusAPI") == 1
    assert "ClusAPI Calls" in seen["statistics"]


def test_handles(seen, told):
    assert seen["handles"]["title"].startswith("Wireshark · ClusAPI Context Handles · ")
    header, rows = seen["handles"]["table"]
    assert header == tables.LIFE_HEADER
    # What did not happen has no frame.
    assert [row[:7] + row[8:] for row in rows] == [[cell if cell != "0" or place == 6 else "" for place, cell in enumerate(row)]
                                                   for row in texts(told.rows())]
    assert rows[story.GROUP - 1][7] == "0.021000"


def test_windows_open_with_what_matters_in_sight(visits):
    """Nobody has to widen them first."""
    story_, real = visits["story"], visits["real"]
    assert {"cmrp.handle.id", "Type", "Name", "Opened in", "Closed in", "End"} <= set(story_["handles"]["in sight"])
    assert {"cmrp.finding", "Level", "Count"} <= set(story_["findings"]["in sight"])
    assert {"cmrp.handle.id", "Name", "Events", "Calls", "Unanswered", "Waited (s)"} <= set(real["notify"]["in sight"])


def test_a_filter_in_the_window(seen):
    assert [row[0] for row in seen["filtered"]] == [str(story.GROUP), str(story.PORT)]


def test_a_second_window_does_not_harm_the_first(seen):
    """The first window's own rows, by name, and by number: 9 before 11."""
    _, rows = seen["handles"]["table"]
    assert seen["sorted by Name"] == sorted(rows, key=lambda row: row[2])
    assert seen["sorted by Opened in"] == sorted(rows, key=lambda row: int(row[3])) != sorted(rows, key=lambda row: row[3])


def test_the_capture_is_read_again(seen):
    ids = [row[0] for row in seen["kept"]]
    assert sorted(ids) == [str(number) for number in story.ALL_LIVES]
    assert seen["after reload"] == seen["handles"]["table"][1]


def test_findings(seen, told):
    header, rows = seen["findings"]["table"]
    assert header == ["cmrp.finding", "Level", "Count", "What the rule says", "First frames", "Section"]
    row = next(row for row in rows if row[0] == "handle-used-after-close")
    assert row[1:3] + row[4:5] == ["MUST", "1", str(told.frames["used after close"])]


@pytest.mark.parametrize("name", TITLES)
def test_windows_and_tshark_say_the_same(visits, tshark, captures_dir, name):
    printed = tables.rows(tshark.statistics(captures_dir / REAL, f"cmrp,{name}"), TITLES[name])
    header, rows = visits["real"][name]["table"]
    assert (header, sorted(rows)) == (printed[0], sorted(printed[1]))
    assert rows


def test_response_times(seen):
    _, rows = seen["srt"]["table"]
    shown = {row[1]: row[2] for row in rows}
    assert shown == {method: str(sum(o[:2])) for method, o in story.OUTCOMES.items() if sum(o[:2])}


def test_a_row_of_response_times_leads_to_its_packets(seen):
    assert seen["row as filter"] == "cmrp.version == 3 && cmrp.opnum==41"


def test_calls(seen):
    _, rows = seen["calls"]["table"]
    shown = numbers(rows)
    total = str(sum(map(sum, story.OUTCOMES.values())))
    assert ("Calls", total) in shown and ("Outcomes", total) in shown
    # What was asked for first stands first, and nothing is counted that did not happen.
    tops = [name for name, _ in shown if name in ("Outcomes", "Calls", "Statuses", "Faults")]
    assert tops[:2] == ["Outcomes", "Calls"]
    assert not [name for name, count in shown if count == "0"]
    methods = [name for name, _ in shown if name in story.OUTCOMES]
    failing = {method for method, (_, failed, fault, _) in story.OUTCOMES.items() if failed or fault}
    assert set(methods[:len(failing)]) == failing
    for status, count in story.STATUSES.items():
        assert (status, str(count)) in shown
    for method, outcomes in story.OUTCOMES.items():
        assert (method, str(sum(outcomes))) in shown


def test_flow_graph(seen):
    arrows = sum(2 * sum(o[:3]) + o[3] for o in story.OUTCOMES.values())
    assert f"3 node(s), {arrows} item(s)" in seen["flow"]["texts"]


def test_profile(seen):
    for text in ("ClusAPI", "Findings", "Failures", "This handle", "Opened and closed"):
        assert text in seen["texts"]
    assert seen["columns"] == ["No.", "Time", "Source", "Destination", "Handle", "Status", "Finding", "Info"]
    # At first sight, in a window of 1,400 pixels.
    assert seen["columns in sight"] == seen["columns"]


def test_tree(seen, told):
    assert f"[Opened in: {told.frames['open group']}]" in seen["tree"]
    assert any(line.startswith("[Finding: handle-used-after-close") or "A handle is not used after" in line
               for line in seen["tree"])


def test_menu_entries_that_filter(seen):
    failed = sum(of_status + faults for _, of_status, faults, _ in story.OUTCOMES.values())
    assert f"Displayed: {failed} " in seen["filters"]["failed"][1]
    assert "Displayed: 0 " not in seen["filters"]["findings"][1]


def test_following_a_handle(seen):
    """The second handle of ApiAddNotifyGroup is the group's."""
    assert seen["conversation"] == ["ClusAPI Handle", "ClusAPI Other Handle"]
    filter, status = seen["filters"]["followed"]
    assert filter == f"cmrp.handle.id == {story.GROUP}"
    assert "Displayed: 9 " in status


def test_the_button_that_follows_handles(seen):
    """All that happened to one of the two handles of ApiAddNotifyGroup: nine PDUs of the group, and four of the port alone, one of them a fault."""
    assert "Displayed: 13 " in seen["filters"]["button"][1]


def test_preferences(seen):
    texts = seen["preferences"]
    first = next(place for place, text in enumerate(texts) if "built-in dissector" in text)
    shown = texts[first:]
    for words in ("Keys that open sealed calls", "Help Wireshark", "Connections without their bind", "Findings stand",
                  "Find broken requirements", "Find broken recommendations", "Find what looks suspicious", "Tell facts"):
        assert any(text.startswith(words) for text in shown), words


@pytest.mark.parametrize(("visit", "name"), [(visit, name) for visit, names in PICTURES.items() for name in names])
def test_pictures_are_of_windows(visits, folder, visit, name):
    """A picture of nothing has one colour."""
    words = ["identify", "-format", "%k %w %h", str(folder / visit / f"{name}.png")]
    colours, width, height = map(int, subprocess.run(words, check=True, capture_output=True, text=True).stdout.split())
    assert colours > 20 and width > 700 and height > 200
