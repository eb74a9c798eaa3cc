# SPDX-License-Identifier: GPL-2.0-or-later
"""Are mistakes in the tables about buffers found, with file, line and reason?"""
import pytest
from cmrpidl import IdlError
from cmrpidl.tables import load_tables

MISTAKES = [
    ("layouts.tsv", "a\tm\tuint33\t\t\t\t1", "unknown type 'uint33'"),
    ("layouts.tsv", "a\tm\ta\t\t\t\t1", "unknown type 'a'"),
    ("layouts.tsv", "a\tm\ttext\t\t\t\t1", "'text' needs a count of bytes"),
    ("layouts.tsv", "a\tm\tbytes\tn\t\t\t1", "count 'n' is neither a number nor a number member above"),
    ("layouts.tsv", "a\tm\tuint32\t\tenum\tNO\t1", "unknown enumeration 'NO'"),
    ("layouts.tsv", "a\tm\tuint32\t\tenum\t\t1", "kind 'enum' does not go with enumeration ''"),
    ("layouts.tsv", "a\tm\tguid\t\tmask\t\t1", "kind 'mask' does not go with type 'guid'"),
    ("layouts.tsv", "a\tm\tuint32\t\t\t\t1\nb\tm\tuint8\t\t\t\t1\na\tn\tuint8\t\t\t\t1", "the members of 'a' do not follow"),
    ("layouts.tsv", "a\tm\tuint32\t*\t\t\t1\na\tn\tuint8\t\t\t\t1", "nothing can follow 'm'"),
    ("layouts.tsv", "a\tm\tuint32\t\t\t\t1\na\tm\tuint8\t\t\t\t1", "duplicate member 'm'"),
    ("layouts.tsv", "a\tm\tuint32\t\t\t\t1\na\tn\tuint8\t\t\t\t1\tm=X", "'m' is no member above with an enumeration"),
    ("layouts.tsv", "event\tm\tuint32\t\t\t\t1", "'event' is the name of a format"),
    ("layouts.tsv", "a\tm\tuint32\t\t\t\t1\t\tCLUSPROP_SYNTAX_NO", "unknown syntax 'CLUSPROP_SYNTAX_NO'"),
    ("layouts.tsv", "a\tm\tuint32\t\t\t\t1\na\tn\tuint8\t\t\t\t1\t\tCLUSPROP_SYNTAX_NAME",
     "the syntax of 'a' belongs to its first member"),
    ("layouts.tsv", "a\tm\tuint32\t\t\t\t1\t\tCLUSPROP_SYNTAX_RESCLASS",
     "'CLUSPROP_SYNTAX_RESCLASS' is the syntax of 'CLUS_RESOURCE_CLASS_INFO'"),
    ("controls.tsv", "CLUSCTL_GROUP\tCLUSCTL_GROUP_NO\t-\t-", "unknown control code 'CLUSCTL_GROUP_NO'"),
    ("controls.tsv", "CLUSCTL_GRUOP\tX\t-\t-", "unknown enumeration 'CLUSCTL_GRUOP'"),
    ("controls.tsv", "CLUSCTL_GROUP\tCLUSCTL_GROUP_GET_NAME\t-\t-", "duplicate control code"),
    ("events.tsv", "CLUSTER_OBJECT_TYPE_NO\tX\t-", "unknown object type"),
    ("events.tsv", "CLUSTER_OBJECT_TYPE_NODE\tX\t-", "unknown event 'X'"),
    ("events.tsv", "CLUSTER_OBJECT_TYPE_NODE\tCLUSTER_CHANGE_NODE_STATE_V2\t-", "duplicate event"),
    ("buffers.tsv", "32\tlpDta\tbytes", "unknown parameter or member 'lpDta'"),
    ("buffers.tsv", "32\tcbData\tbytes", "'cbData' is no array of bytes"),
    ("buffers.tsv", "NO_STRUCT\tx\tbytes", "unknown scope 'NO_STRUCT'"),
    ("buffers.tsv", "999\tx\tbytes", "unknown scope '999'"),
    ("buffers.tsv", "3:32\tlpData\tregistry_value", "format 'registry_value' does not go with told_by ''"),
    ("buffers.tsv", "3:32\tlpData\tregistry_value\thKey", "'hKey' is no number beside 'lpData' (told_by)"),
    ("buffers.tsv", "3:32\tlpData\tproperty_lst", "unknown format 'property_lst'"),
    ("buffers.tsv", "3:32\tlpData\tbytes(id)", "'bytes' has no binary values"),
    ("buffers.tsv", "3:32\tlpData\tvalue_list(id", "')' is missing"),
    ("buffers.tsv", "3:32\tlpData\tid)", "')' does not belong to format 'id)'"),
    ("buffers.tsv", "3:32\tlpData\t-", "a row without a format says nothing"),
    ("buffers.tsv", "32\tlpData\tbytes", "duplicate row for 'lpData'"),
    ("buffers.tsv", "3:32\tlpData\tcontrol_code", "'lpData' is no integer"),
]


@pytest.mark.parametrize("name, lines, reason", MISTAKES)
def test_a_mistake_is_told(model, tables_folder, name, lines, reason):
    table = tables_folder / name
    before = table.read_text().splitlines()
    table.write_text("\n".join([*before, lines, ""]))
    with pytest.raises(IdlError) as raised:
        load_tables(str(tables_folder), model)
    assert reason in raised.value.reason
    assert raised.value.file == str(table)
    assert len(before) < raised.value.line <= len(before) + 1 + lines.count("\n")


@pytest.mark.parametrize(
    "name, gone, reason",
    [
        ("controls.tsv", "\tCLUSCTL_GROUP_GET_NAME\t", "control code 'CLUSCTL_GROUP_GET_NAME' is missing"),
        ("events.tsv", "\tCLUSTER_CHANGE_NODE_STATE_V2\t", "event 'CLUSTER_CHANGE_NODE_STATE_V2' is missing"),
    ],
)
def test_a_missing_row_is_told(model, tables_folder, name, gone, reason):
    table = tables_folder / name
    table.write_text("\n".join(line for line in table.read_text().splitlines() if gone not in line) + "\n")
    with pytest.raises(IdlError, match=reason):
        load_tables(str(tables_folder), model)


@pytest.mark.parametrize("name", ["controls.tsv", "events.tsv"])
def test_bytes_need_a_reason(model, tables_folder, name):
    table = tables_folder / name
    lines = table.read_text().splitlines()
    place = next(i for i, line in enumerate(lines) if "\tbytes\t" in line)
    lines[place] = lines[place][: lines[place].index("\tbytes\t")] + "\tbytes"
    table.write_text("\n".join(lines) + "\n")
    with pytest.raises(IdlError, match="a reason stands beside bytes") as raised:
        load_tables(str(tables_folder), model)
    assert raised.value.line == place + 1
