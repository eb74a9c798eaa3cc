# SPDX-License-Identifier: GPL-2.0-or-later
"""Is a page of tests/conformance read as its README says, and what is said of one that is wrong?"""
import pytest
from support import casefile, caseplay, casevalues
from support.rpcpcap import Capture

PAGE = """# A page

## A case

```pdus
{script}
```
```findings
{findings}
```
"""
WRITTEN_OUT = """1 > ApiOpenGroup lpszGroupName="Alpha"
2 < return=$group
3 > ApiCreateNotify
4 < return=$port
5 > ApiAddNotifyGroup hNotify=$port hGroup=$group dwFilter=0x1000 dwNotifyKey=7
6 < dwStateSequence=3
7 > ApiGetNotify hNotify=$port
8 < dwNotifyKey=7 dwFilter=0x1000 dwStateSequence=4 Name="Alpha\""""
HISTORY = """open group $group "Alpha"
open port $port
register $port $group filter=CLUSTER_CHANGE_GROUP_STATE key=7
  sequence=3
event $port filter=CLUSTER_CHANGE_GROUP_STATE key=7 name="Alpha" sequence=4"""


@pytest.fixture(scope="module")
def names(model, tables):
    return casevalues.specified(model, tables)


@pytest.fixture
def case(tmp_path):
    """A function that reads a page of one case."""
    def read(script, findings="none"):
        path = tmp_path / "page.md"
        path.write_text(PAGE.format(script=script, findings=findings), encoding="utf-8")
        return casefile.read(path)[0]

    return read


def played(case, model, names, path):
    with Capture(path) as capture:
        caseplay.play(case, 0, capture, model, names)
    return path.read_bytes()


def test_numbers_have_the_names_of_the_specification(names):
    handles = casevalues.Handles(0)
    text = "a=CLUSTER_CHANGE_GROUP_STATE|CLUSTER_CHANGE_GROUP_DELETED|1 b=[ERROR_MORE_DATA, {c: WAIT_TIMEOUT}] d=NULL e=TRUE"
    assert casevalues.parse(text, handles, names) == {"a": 0x3001, "b": [234, {"c": 258}], "d": None, "e": 1}


def test_history_is_calls_written_short(case, model, names, tmp_path):
    short = case(HISTORY, "clean notify-key-unknown")
    assert len(short.script) == 4
    long = case(WRITTEN_OUT, "clean notify-key-unknown")
    assert played(short, model, names, tmp_path / "short.pcap") == played(long, model, names, tmp_path / "long.pcap")


@pytest.mark.parametrize("script, wrong", [
    ("1 > ApiOpenGruop", "no method ApiOpenGruop"), ("1 > ApiOpenGroup lpszName=1", "has no lpszName"),
    ("1 > ApiCloseGroup Group=5|ERROR_NO_SUCH", "ERROR_NO_SUCH"), ("lsoe A", "no such directive")])
def test_what_is_wrong_is_said_with_its_line(case, model, names, tmp_path, script, wrong):
    with pytest.raises(ValueError) as error:
        played(case(script, "clean handle-null"), model, names, tmp_path / "wrong.pcap")
    assert wrong in str(error.value) and script in str(error.value) and "A case" in str(error.value)


def test_a_case_needs_findings(case):
    with pytest.raises(ValueError):
        case("1 > ApiOpenCluster")
