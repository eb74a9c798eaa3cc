# SPDX-License-Identifier: GPL-2.0-or-later
"""Does Wireshark take the profile ClusAPI as it is, and do the filters in it and in docs/filters.md exist?"""
import re
import shutil

import pytest
from support import story
from support.sandbox import SOURCE_DIR, sandbox

PROFILE = SOURCE_DIR / "profile" / "ClusAPI"
PAGE = SOURCE_DIR / "docs" / "filters.md"
# Of a filter button: the field of the packet that is selected.
SELECTED = re.compile(r"\$\{[^}]*\}")


@pytest.fixture(scope="module")
def home():
    """A home folder that has the profile."""
    made = sandbox().new_folder()
    shutil.copytree(PROFILE, made / ".config" / "wireshark" / "profiles" / "ClusAPI")
    return str(made)


def colours():
    lines = (PROFILE / "colorfilters").read_text().splitlines()
    return dict(line[1:].split("@")[:2] for line in lines if line.startswith("@"))


def buttons():
    rows = re.findall(r'^"TRUE","(.*?)","(.*?)",".*"$', (PROFILE / "dfilter_buttons").read_text(), re.MULTILINE)
    # In this file of Wireshark's a quote is written by its number.
    return {name: expression.replace("\\x22", '"') for name, expression in rows}


def page_filters():
    """Expressions of the page: of its tables of recipes and its commands."""
    text = PAGE.read_text()
    tables = [expression for line in text.splitlines() if line.startswith("|") for expression in re.findall(r"`([^`]+)`", line)]
    return [found for found in tables + re.findall(r"-Y '([^']+)'", text) if re.match(r"(cmrp|dcerpc)\S* (==|!=|<|>) ", found)]


def page_names():
    """Names of the page's tables of filters."""
    return [name for name in re.findall(r"^\| `(cmrp[\w.]*)` \|", PAGE.read_text(), re.MULTILINE) if not name.endswith(("PARAMETER", "RULE"))]


def frames(tshark, told, expression):
    return [int(number) for number, in tshark.fields(told.path, ["frame.number"], expression)]


def test_it_loads_without_a_word(tshark, told, home):
    """run() demands an empty stderr."""
    with_profile = tshark.run(["-C", "ClusAPI", "-n", "-r", tshark.readable(told.path)], env={"HOME": home}).stdout
    line = next(line for line in with_profile.splitlines() if line.split()[0] == str(told.frames["invalid handle"]))
    assert re.search(r"4,2 ERROR_INVALID_HANDLE +ApiReAddNotifyGroup response, HNOTIFY #4, HGROUP #2", line)


def test_colours(tshark, told):
    rules = colours()
    f = told.frames
    shown = {name: frames(tshark, told, expression) for name, expression in rules.items()}
    assert f["used after close"] in shown["ClusAPI: broken MUST"]
    assert f["no such group"] in shown["ClusAPI: failed call"] and f["state"] not in shown["ClusAPI: failed call"]
    assert shown["RPC fault or reject"] == [f["fault"]]
    assert f["open group"] in shown["ClusAPI: handle opened"] and f["state"] not in shown["ClusAPI: handle opened"]
    assert shown["ClusAPI: handle closed"] == [f["close group"]]
    # No packet is left to chance.
    assert len(shown["Other"]) == max(shown["Other"])


def test_buttons(tshark, told):
    f = told.frames
    shown = {name: frames(tshark, told, SELECTED.sub(str(story.GROUP), expression)) for name, expression in buttons().items()}
    assert f["used after close"] in shown["Findings"]
    assert {f["fault"], f["no such group"], f["online fails"], f["invalid handle"]} == set(shown["Failures"])
    assert len(shown["This handle"]) == 9
    assert {f["open group"], f["close group"]} < set(shown["Opened and closed"])
    assert f["fault"] in shown["ClusAPI"]


def test_columns_are_fields(tshark):
    shown = re.findall(r'"%Cus:([\w. |]+):\d+:R"', (PROFILE / "preferences").read_text())
    columns = [name for names in shown for name in names.split(" || ")]
    known = {line.split("\t")[2] for line in tshark.run(["-G", "fields"]).stdout.splitlines() if line.startswith("F\t")}
    assert columns == ["cmrp.handle.id", "cmrp.status", "cmrp.fault", "cmrp.finding"]
    assert set(columns) <= known


def test_each_column_has_a_width():
    """Wireshark finds it by the column's format; occurrence and kind are not part of it."""
    formats = [re.sub(r":\d:R$", "", shown)
               for shown in re.findall(r'^\t"[\w. ]+", "(.*?)"', (PROFILE / "preferences").read_text(), re.MULTILINE)]
    widths = dict(re.findall(r'^\t"?(%[\w:. |]+)"?, (\d+)', (PROFILE / "recent").read_text(), re.MULTILINE))
    assert list(widths) == formats != []
    # What is seen of the list in a window of 1,400 pixels; the rest is the map of colours at its right.
    assert sum(map(int, widths.values())) <= 1350


def test_the_names_of_the_page_are_fields(tshark):
    known = {line.split("\t")[2] for line in tshark.run(["-G", "fields"]).stdout.splitlines() if line.startswith("F\t")}
    names = page_names()
    assert len(names) > 14
    assert set(names) <= known


@pytest.mark.parametrize("expression", page_filters())
def test_a_filter_of_the_page_shows_something(tshark, told, expression):
    known = {'cmrp.handle.name == "Cluster Group"': "Lab File Server", "cmrp.handle.id == 3": "4"}
    for said, here in known.items():
        expression = expression.replace(said, said.rpartition("== ")[0] + "== " + (f'"{here}"' if '"' in said else here))
    if expression != "cmrp.response_time > 1":
        assert frames(tshark, told, expression)
    else:
        assert frames(tshark, told, expression) == []


def test_the_statistics_of_the_page_exist(tshark, told):
    names = re.findall(r"^\| `((?:cmrp|flow),[\w,]+)` \|", PAGE.read_text(), re.MULTILINE)
    assert {"cmrp,handles", "cmrp,notify", "cmrp,findings", "cmrp,srt", "cmrp,tree"} < set(names)
    for name in names:
        assert tshark.statistics(told.path, name).strip()
