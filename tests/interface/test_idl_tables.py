# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the tables beside the IDL say what MS-CMRP says, and are mistakes in them found?"""

import re

import pytest
from cmrpidl import IdlError
from cmrpidl.back import emit_constants, emit_status_names
from cmrpidl.back.lower import Lowering
from cmrpidl.back.method_row import ROLES
from cmrpidl.front.declare import expressions, is_integer, value_of
from cmrpidl.front.expression import names
from cmrpidl.model import Base, Struct
from cmrpidl.tables import load_tables


# Methods, statuses and enumerations


def test_every_method_is_in_methods_tsv_once(tables):
    """The loader refuses duplicates and gaps; so the numbers are those of the interface."""
    assert len(tables.methods) == 109 + 265
    assert tables.methods[3, 41].section == "3.1.4.2.42"
    assert tables.methods[2, 63].section == "3.1.4.1.64"
    reserved = {kind: [] for kind in ("local", "future")}
    for facts in tables.methods.values():
        if facts.reserved:
            reserved[facts.reserved].append(facts.opnum)
            assert facts.access == "-" and not facts.holder
    assert reserved["future"] == list(range(186, 264))
    assert len(reserved["local"]) == 1 + 20


@pytest.mark.parametrize(
    "version, opnum, access, holder, demand",
    [
        (2, 41, "All", ("client",), "MUST"),
        (3, 41, "All", ("client",), "MUST"),
        (3, 1, "Read", ("Cluster",), "SHOULD"),
        (3, 19, "All", ("hResource", "hDependsOn"), "MUST"),
        (3, 63, "Read", ("hGroup",), "SHOULD"),
        (3, 76, "control", ("hGroup", "hNode"), "MUST"),
        (3, 119, "requested", ("client",), "MUST"),
        (3, 4, "-", (), "-"),
    ],
)
def test_access(tables, version, opnum, access, holder, demand):
    facts = tables.methods[version, opnum]
    assert (facts.access, facts.holder, facts.demand) == (access, holder, demand)


def test_statuses(tables):
    listed = {s.value: s.symbol for s in tables.status[3, 41]}
    assert listed == {
        0: "ERROR_SUCCESS",
        0x46: "ERROR_SHARING_PAUSED",
        0x1395: "ERROR_GROUP_NOT_FOUND",
    }
    assert {s.value for s in tables.status[3, 63]} == {0, 6}
    assert {s.value for s in tables.status[3, 4]} == {0x78}
    # Taken over: ApiMoveGroupToNodeEx has the lists of opnums 52 and 132, and so of 51.
    taken = {s.value for opnum in (51, 52) for s in tables.status[3, opnum]} | {0x57}
    assert {s.value for s in tables.status[3, 133]} == taken
    generic = {s.value for s in tables.generic[3] if s.kind == "generic"}
    assert {0x5, 0x46, 0x13D0, 0x13D1} <= generic and 0x45B not in generic
    reconnect = {v: {s.value for s in tables.generic[v] if s.kind == "reconnect"} for v in (2, 3)}
    assert 6 in reconnect[2] and 6 not in reconnect[3]
    for key, facts in tables.methods.items():
        assert facts.reserved or tables.status.get(key), key


def test_enumerations_of_the_tables(tables):
    found = {name: {i.name: i.value for i in e.items} for name, e in tables.enums.items()}
    assert found["CLUSCTL_GROUP"]["CLUSCTL_GROUP_GET_NAME"] == 0x03000029
    assert found["CLUSCTL_GROUP"]["CLUSCTL_GROUP_GET_PROVIDER_GROUPS"] is None
    assert found["REG_VALUE_TYPE"]["REG_QWORD"] == 11
    assert found["CLUSAPI_DESIRED_ACCESS"]["MAXIMUM_ALLOWED"] == 0x02000000
    assert found["C706_FAULT_STATUS"]["nca_s_fault_context_mismatch"] == 0x1C00001A
    assert len(found["CLUSCTL_RESOURCE"]) == 64


@pytest.mark.parametrize(
    "version, opnum, name, struct, kind, enumeration",
    [
        (3, 59, "dwFilter", None, "flags", "CLUSTER_CHANGE"),
        (3, 61, "Filter", None, "flags", "CLUSTER_CHANGE"),
        (3, 147, "dwFilter", "NOTIFICATION_DATA_ASYNC_RPC", "flags", "CLUSTER_CHANGE"),
        (2, 45, "State", None, "enum", "CLUSTER_GROUP_STATE"),
        (3, 32, "dwType", None, "enum", "REG_VALUE_TYPE"),
        (3, 7, "dwType", None, "flags", "CLUSTER_ENUM"),
        (3, 22, "Type", "ENUM_ENTRY", "flags", "CLUSTER_RESOURCE_ENUM"),
        (3, 181, "Type", "ENUM_ENTRY", "flags", "CLUSTER_ENUM"),
        (3, 77, "dwControlCode", None, "control", "CLUSCTL_GROUP"),
        (3, 117, "dwDesiredAccess", None, "access", "CLUSAPI_DESIRED_ACCESS"),
        (3, 143, "dwState", "GROUP_ENUM_ENTRY", "enum", "CLUSTER_GROUP_STATE"),
    ],
)
def test_meanings(tables, version, opnum, name, struct, kind, enumeration):
    (row,) = tables.meanings_of(version, opnum, name, struct)
    assert (row.kind, row.enumeration) == (kind, enumeration)


def test_events_of_version_2_depend_on_the_object(tables):
    rows = tables.meanings_of(3, 138, "FilterFlags", "NOTIFY_FILTER_AND_TYPE_RPC")
    found = {row.when: row.enumeration for row in rows}
    # Object types 14 to 16: MS-CMRP does not say which bits they have.
    assert sorted(found) == [("dwObjectType", number) for number in range(1, 14)]
    assert found["dwObjectType", 2] == "CLUSTER_CHANGE_GROUP_V2"


# Methods and the places of their parameters


def test_what_methods_do_at_ports(tables):
    found = {(v, o): (f.port, f.port_version) for (v, o), f in tables.methods.items() if f.port}
    of_3 = {opnum: port for (version, opnum), port in found.items() if version == 3}
    assert of_3[55] == ("create", 1) and of_3[137] == ("create", 2)
    assert {o for o, p in of_3.items() if p == ("again", 1)} == {62, 63, 64, 91, 100}
    assert {o for o, p in of_3.items() if p == ("register", 2)} == {138, 155}
    assert {o for o, p in of_3.items() if p[0] == "get"} == {65, 139, 147}
    # Version 2.0 has the same methods, as far as it has them.
    assert {o: p for (v, o), p in found.items() if v == 2} == {o: p for o, p in of_3.items() if o <= 108}
    assert {o for (v, o), f in tables.methods.items() if "deletes" in f.marks} == {10, 43}


def test_which_methods_need_the_state_read_write(tables):
    found = {v: {o for (w, o), f in tables.methods.items() if w == v and "readwrite" in f.marks} for v in (2, 3)}
    assert {42, 43, 46, 51} <= found[2] & found[3]
    assert not {7, 41, 45, 59, 63, 65, 77} & (found[2] | found[3])
    # The page of ApiCreateNotify says so in version 2.0 alone.
    assert 55 in found[2] - found[3]


def test_what_every_pdu_asks_of_its_method_is_worked_out(model, tables):
    rows = {(row.version, row.opnum): row for row in Lowering(model, tables).methods}
    again = rows[3, 63]
    names = [param.name for param in again.params]
    assert [names[i] for i in again.going("CMRP_IN")] == names[: len(again.going("CMRP_IN"))]
    assert names[again.by_role("CMRP_IN")[ROLES.index("CMRP_ROLE_SEQUENCE")]] == "StateSequence"
    assert again.by_role("CMRP_OUT")[ROLES.index("CMRP_ROLE_SEQUENCE")] == -1
    assert again.control_code == -1 and not again.has_formats
    control = rows[3, 77]
    assert control.params[control.control_code].name == "dwControlCode"
    assert control.has_counts and control.has_formats and control.keeps_numbers
    # Nobody asks on the response what was sent to ApiOpenGroup.
    assert not rows[3, 41].keeps_numbers
    assert rows[2, 65].by_role("CMRP_OUT")[ROLES.index("CMRP_ROLE_FILTER")] == 3


def test_which_steps_concern_a_method_is_worked_out(model, tables):
    rows = {row.name: row for row in Lowering(model, tables).methods if row.version == 3}
    assert {name for name, row in rows.items() if row.renames} == {
        "ApiSetGroupName", "ApiSetNetworkName", "ApiSetResourceName",
    }
    # Control codes may do anything; a list of what there is changes nothing, though it needs the state read/write.
    assert rows["ApiResourceControl"].may_change and rows["ApiDeleteGroup"].may_change
    assert not any(rows[name].may_change for name in ("ApiOpenGroup", "ApiReAddNotifyGroup", "ApiCreateEnum"))
    assert rows["ApiOpenGroupEx"].tells_entitlement and not rows["ApiOpenGroup"].tells_entitlement


def test_limits_and_ranges(model, tables):
    rows = {(row.version, row.opnum): row for row in Lowering(model, tables).methods}
    assert tables.limits[3, 130].number == ("dwOnlineFlags", "bits", 0x0F, True)
    assert tables.limits[2, 9].number == tables.limits[3, 9].number == ("dwFlags", "most", 1, True)
    assert tables.limits[3, 65].given == "Name"
    # Ranges are those of the IDL: ApiSetServiceAccountPassword has one in version 3.0 alone.
    ranged = {key: (row.params[row.range[0]].name, row.range[1]) for key, row in rows.items() if row.range[0] >= 0}
    assert ranged == {
        (2, 87): ("NetworkCount", 1000),
        (3, 87): ("NetworkCount", 1000),
        (3, 108): ("ReturnStatusBufferSize", 0x10000),
        (3, 173): ("nOutBufferSize", 0x7FFFFFFF),
        (3, 174): ("nOutBufferSize", 0x7FFFFFFF),
    }


def test_object_types(tables):
    found = tables.object_types
    assert sorted(found) == list(range(1, 17))
    assert (found[2].name, found[2].handle, found[2].state) == ("GROUP", "HGROUP_RPC", 0x1000)
    # Objects with a state are those that have a sequence, and events name them.
    assert {n for n, t in found.items() if t.state} == {n for n, t in found.items() if t.named == "id"} == {2, 3, 5, 6, 7}
    assert found[1].client_only == 0b1011
    # What no server sends stands in events.tsv as well: there nothing is known of its buffer.
    never = {(e.object_type, e.value) for e in tables.events if e.reason.startswith("never sent")}
    assert {(n, bit) for n, t in found.items() for bit in (1 << i for i in range(32)) if t.client_only & bit} == never


def test_an_object_type_may_not_be_missing(model, tables_folder):
    table = tables_folder / "object_types.tsv"
    kept = [line for line in table.read_text().splitlines(keepends=True) if "_TYPE_CERT\t" not in line]
    table.write_text("".join(kept))
    with pytest.raises(IdlError, match="object type 'CLUSTER_OBJECT_TYPE_CERT' is missing"):
        load_tables(str(tables_folder), model)


# Constants of C


def constants(model, tables):
    text = emit_constants.header(model, tables)
    pairs = re.findall(r"^(?:#define|   ) (CMRP_\w+) (?:= )?(0x[0-9a-f]{8}(?=U$)|\d+(?=,$))", text, re.MULTILINE)
    assert len(dict(pairs)) == len(pairs) == text.count("#define CMRP_") - 1 + text.count("CMRP_OP_")
    return {name: int(value, 0) for name, value in pairs}


def test_c_has_a_name_for_each_method_status_and_value(model, tables):
    found = constants(model, tables)
    for facts in tables.methods.values():
        assert found[f"CMRP_OP_{facts.name}"] == facts.opnum
    for rows in (*tables.status.values(), *tables.generic.values()):
        assert all(found[f"CMRP_{status.symbol}"] == status.value for status in rows)
    assert found["CMRP_nca_s_fault_context_mismatch"] == 0x1C00001A
    assert found["CMRP_CLUSTER_CHANGE_GROUP_STATE"] == 0x1000
    # What is no name in C, and what has no number, has no constant.
    assert not [name for name in found if " " in name]
    assert "CMRP_CLUSCTL_GROUP_GET_PROVIDER_GROUPS" not in found


# Names of statuses


def status_names(tables, tmp_path, text):
    header = tmp_path / "win32_errors.i"
    header.write_text(text)
    made = emit_status_names.source(tables, str(header))
    lists = re.findall(r"value_string (\w+)\[\] = \{\n(.*?)    \{ 0, NULL \}", made, re.DOTALL)
    return {name: re.findall(r"\{ 0x(\w{8}), \"(.*?)\" \}", rows) for name, rows in lists}


def test_names_of_statuses_are_spelled_as_the_specification_does(tables, tmp_path):
    # As gcc leaves it: with notes of where the words come from.
    made = status_names(tables, tmp_path, """
        cmrp_win32_error WERR_OK 0; cmrp_win32_error
# 11 "win32_errors.c" 3 4
WERR_INVALID_HANDLE 6
# 11 "win32_errors.c"
; cmrp_win32_error WERR_RPC_S_UUID_NO_ADDRESS 0x000006d8; cmrp_win32_error WERR_FIRST 15299; cmrp_win32_error WERR_SECOND 15299;
    """)
    statuses = made["cmrp_statuses"]
    assert statuses == sorted(statuses) and len(statuses) == len(dict(statuses))
    assert statuses[0] == ("00000000", "ERROR_SUCCESS")
    assert ("00000006", "ERROR_INVALID_HANDLE") in statuses
    assert ("000006d8", "RPC_S_UUID_NO_ADDRESS") in statuses
    assert ("00003bc3", "ERROR_FIRST") in statuses
    assert ("00001395", "ERROR_GROUP_NOT_FOUND") in statuses  # from status.tsv alone
    assert made["cmrp_rpc_statuses"][0] == ("00000000", "rpc_s_ok")


def test_a_header_without_errors_is_a_mistake(tables, tmp_path):
    with pytest.raises(IdlError, match="win32_errors.i:1: Wireshark's header lists no Win32 errors"):
        status_names(tables, tmp_path, "int x;\n")


# Plain numbers: counts, sizes, times, keys, reserved fields, or unknown to MS-CMRP.
PLAIN = set(
    """
    ExpectedBufferSize FaultDomain Reserved StateSequence Timeout TotalSize UpdateDomain
    dwCancelFlags dwComponent dwIndex dwIsAlive dwLooksAlive dwNotifyKey dwResumeFlagsReserved
    dwStateSequence dwTimeout inBuffer inBufferSize lpBytesNeeded lpBytesReturned lpcSubKeys
    lpcValues lpcbMaxSubKeyLen lpcbMaxValueLen lpcbMaxValueNameLen lpcbRequired
    lpcbSecurityDescriptor lpwBuildNumber lpwMajorVersion lpwMinorVersion nodeSet outBuffer
    outBufferSize pdwFailedCommand
    """.split()
)
PLAIN_MEMBERS = {
    ("RPC_SECURITY_ATTRIBUTES", "nLength"),
    ("RPC_SECURITY_ATTRIBUTES", "bInheritHandle"),
    ("CLUSTER_OPERATIONAL_VERSION_INFO", "dwSize"),
    ("CLUSTER_OPERATIONAL_VERSION_INFO", "dwReserved"),
    ("IDL_CLUSTER_SET_PASSWORD_STATUS", "NodeId"),
    ("NOTIFICATION_RPC", "dwNotifyKey"),
    ("NOTIFICATION_DATA_ASYNC_RPC", "dwNotifyKey"),
    ("CLUSTER_MRR_NODE_RESPONSE", "ResultCode"),
    ("ENUM_ENTRY", "Type"),  # by opnum
    ("FILETIME", "dwLowDateTime"),
    ("FILETIME", "dwHighDateTime"),
}
# MS-CMRP gives no meaning: 142 and 141 are Samba's, 146 reserves its flags, 124 and 125 want 0.
UNKNOWN = {(142, "dwControlCode"), (141, "dwFlags"), (146, "dwFlags")}
UNKNOWN |= {(124, "dwOptions"), (125, "dwOptions")}


def numbers(fields):
    """The fields that are numbers and neither size something nor say yes or no nor a status."""
    sizes = {n for f in fields for _, made in expressions(f.type) for n in names(made)}
    for field in fields:
        value = value_of(field.type)
        if not is_integer(field.type) or field.name in sizes:
            continue
        if isinstance(value, Base) and value.name in ("boolean", "error_status"):
            continue
        if "BOOL" not in getattr(value, "names", ()):
            yield field.name


def test_every_number_has_a_meaning_or_is_known_to_be_plain(model, tables):
    for interface in model.interfaces:
        for method in interface.methods:
            for name in numbers(method.params):
                found = tables.meanings_of(interface.version_major, method.opnum, name)
                plain = name in PLAIN or (method.opnum, name) in UNKNOWN
                assert bool(found) != plain, f"{name} of {method.name}"
    for struct in model.structs:
        for name in numbers(struct.members):
            found = tables.meanings_of(None, None, name, struct.name)
            assert bool(found) != ((struct.name, name) in PLAIN_MEMBERS), (struct, name)


def test_type_of_list_entries_follows_the_method(model, tables):
    """Opnum 180 lists group sets; MS-CMRP does not say what Type is there (2.2.3.4)."""
    for method in model.interface(3).methods:
        pointees = [value_of(p.type) for p in method.response]
        if any(isinstance(t, Struct) and t.name == "ENUM_LIST" for t in pointees):
            found = tables.meanings_of(3, method.opnum, "Type", "ENUM_ENTRY")
            assert bool(found) == (method.opnum != 180)


# Mistakes in the tables

TABLE_MISTAKES = [
    ("methods.tsv", "\tApiOpenGroup\t", "\tApiOpenGruop\t",
     "2:41 is 'ApiOpenGroup' in the IDL, not 'ApiOpenGruop'"),
    ("methods.tsv", "\nversion\topnum", "\nversion\tnumber", "the header is not 'version opnum"),
    ("methods.tsv", "3\t264\t", "3\t265\t", "version 3 has no opnum 265"),
    ("methods.tsv", "3\t42\t", "3\t41\t", "duplicate method 3:41"),
    ("methods.tsv", "All\thGroup\t", "All\thGruop\t", "'hGruop' is no handle parameter of"),
    ("methods.tsv", "\tRead\tclient", "\tRaed\tclient", "unknown access 'Raed'"),
    ("methods.tsv", "\tget 1\tfrequent", "\tget\tfrequent", "unknown port 'get'"),
    ("methods.tsv", "\tunblock\n", "\tunblock 2\n", "unknown port 'unblock 2'"),
    ("methods.tsv", "\tdeletes,", "\tdeleted,", "unknown mark 'deleted', expected deletes or frequent or readwrite"),
    ("status.tsv", "\t0x00001395\t", "\t5013h\t", "'5013h' is no number (value)"),
    ("status.tsv", "2\t41\t0x00001395\t", "2\t41\t0x00001396\t",
     "'ERROR_GROUP_NOT_FOUND' is 0x00001395 elsewhere"),
    ("enums.tsv", "\tKEY_SET_VALUE\t", "\tREG_CREATED_NEW_KEY\t", "'REG_CREATED_NEW_KEY' has another value elsewhere"),
    ("status.tsv", "\tsee 50\t", "\tsee 131\t", "cannot take over the statuses of opnum '131'"),
    ("limits.tsv", "\n9\tdwFlags\t", "\n9\tdwFlag\t", "unknown parameter 'dwFlag' of 'ApiCreateResource'"),
    ("limits.tsv", "\n9\tdwFlags\t", "\n300\tdwFlags\t", "unknown scope '300'"),
    ("limits.tsv", "\n9\tdwFlags\t", "\n9\thGroup\t", "'hGroup' is no number of the request"),
    ("limits.tsv", "\n14\tpGuid\t", "\n14\tStatus\t", "unknown parameter 'Status' of 'ApiGetResourceId'"),
    ("limits.tsv", "\n3:126\tdwPauseFlags\t", "\n9\tdwFlags\t", "'ApiCreateResource' has such a row already"),
    ("limits.tsv", "\tzero\t\t", "\tzero\t1\t", "kind 'zero' does not go with value '1'"),
    ("limits.tsv", "\tbits\t0x0f\trefused", "\tbits\t0x0f\trefuse", "unknown answer 'refuse'"),
    ("object_types.tsv", "\nCLUSTER_OBJECT_TYPE_GROUP\t", "\nCLUSTER_OBJECT_TYPE_GRUOP\t",
     "unknown object type 'CLUSTER_OBJECT_TYPE_GRUOP'"),
    ("object_types.tsv", "\nCLUSTER_OBJECT_TYPE_GROUP\t", "\nCLUSTER_OBJECT_TYPE_CLUSTER\t",
     "duplicate object type 'CLUSTER_OBJECT_TYPE_CLUSTER'"),
    ("object_types.tsv", "\tHGROUP_RPC\t", "\tHGRUOP_RPC\t", "unknown handle type 'HGRUOP_RPC'"),
    ("object_types.tsv", "\t0x0000f000\t", "\t0x10000f000\t", "'0x10000f000' has bits that CLUSTER_CHANGE has not"),
    ("object_types.tsv", "\t0x00000f00\t", "\t0x0000ff00\t", "'0x0000ff00' has bits of another type"),
    ("object_types.tsv", "\tCLUSTER_CHANGE_GROUP_STATE\t", "\tCLUSTER_CHANGE_NODE_STATE\t",
     "unknown event 'CLUSTER_CHANGE_NODE_STATE' of 'CLUSTER_OBJECT_TYPE_GROUP'"),
    ("object_types.tsv", "\tCLUSTER_CHANGE_NODE_HANDLE_CLOSE_V2\t", "\tCLUSTER_CHANGE_GROUP_HANDLE_CLOSE_V2\t",
     "unknown event 'CLUSTER_CHANGE_GROUP_HANDLE_CLOSE_V2' of 'CLUSTER_OBJECT_TYPE_NODE'"),
    ("object_types.tsv", "\tname\n", "\tnames\n", "unknown named 'names', expected - or name or id"),
    ("outcomes.tsv", "\tERROR_MORE_DATA\t*\t", "\tERROR_MORE_DATA\t300\t", "unknown opnum '300'"),
    ("outcomes.tsv", "\n0x000000ea\t", "\n0x00000000\t", "0 is success"),
    ("outcomes.tsv", "\tERROR_NO_MORE_ITEMS\t36\t", "\tERROR_NO_MORE_ITEMS\t34\t", "opnum 34 does not list ERROR_NO_MORE_ITEMS"),
    ("outcomes.tsv", "\n0x000000ea\t", "\n0x0000007a\t", "duplicate row for ERROR_MORE_DATA, opnum *"),
    ("status_texts.tsv", "\n0x000000ea\t", "\n0x000000b7\t", "duplicate status 0x000000b7"),
    ("status_texts.tsv", "\tERROR_MORE_DATA\t", "\tERROR_MUCH_DATA\t", "0x000000ea is 'ERROR_MORE_DATA' in status.tsv, not 'ERROR_MUCH_DATA'"),
    ("status_texts.tsv", "\tthere is more than fits\n", "\t\n", "'ERROR_MORE_DATA' has no text"),
    ("enums.tsv", "\tREG_BINARY\t", "\tREG_SZ\t", "duplicate 'REG_SZ' (0x00000003)"),
    ("enums.tsv", "CSV_STATE\t0x00000001", "CLUS_FLAGS\t0x00000001",
     "enumeration 'CLUS_FLAGS' is defined in the IDL"),
    ("meaning.tsv", "\tREG_VALUE_TYPE\t", "\tREG_VALUE_TPYE\t",
     "unknown enumeration 'REG_VALUE_TPYE'"),
    ("meaning.tsv", "\n12\tState\t", "\n12\tStates\t", "unknown parameter 'States' in opnum 12"),
    ("meaning.tsv", "\n12\tState\t", "\n300\tState\t", "unknown scope '300'"),
    ("meaning.tsv", "\n12\tState\t", "\n12\tNodeName\t", "'NodeName' is no integer"),
    ("meaning.tsv", "\n45\tState\t", "\n12\tState\t", "duplicate row for 'State' in scope '12'"),
    ("meaning.tsv", "\n*\tdwFilter\t", "\n*\tdwFliter\t",
     "unknown parameter or member 'dwFliter'"),
    ("meaning.tsv", "\nGROUP_ENUM_ENTRY\tdwState", "\nGROUP_ENTRY\tdwState",
     "unknown scope 'GROUP_ENTRY'"),
    ("meaning.tsv", "\tenum\tCSV_STATE", "\tenmu\tCSV_STATE", "unknown kind 'enmu'"),
    ("meaning.tsv", "dwObjectType=CLUSTER_OBJECT_TYPE_GROUP\n", "dwObjectType=GROUP\n",
     "unknown value 'GROUP' in 'dwObjectType=GROUP'"),
    ("roles.tsv", "\tdwNotifyKey\tkey", "\tdwNotifyKye\tkey", "unknown parameter 'dwNotifyKye'"),
    ("roles.tsv", "\tdwNotifyKey\tkey", "\tdwNotifyKey\tkye", "unknown role 'kye'"),
    ("roles.tsv", "\tdwNotifyKey\tkey", "\tdwNotifyKey\ttold", "unknown role 'told'"),
    ("roles.tsv", "\tdwNotifyKey\tkey", "\thNotify\tkey", "'hNotify' is no integer"),
    ("roles.tsv", "\nENUM_ENTRY\tType", "\nENUM_ENTRIES\tType", "unknown scope 'ENUM_ENTRIES'"),
    ("roles.tsv", "\nENUM_ENTRY\tType", "\nENUM_ENTRY\tTypes", "unknown member 'Types'"),
    ("roles.tsv", "\nENUM_ENTRY\tName", "\nENUM_ENTRY\tType", "duplicate row for 'Type' in scope 'ENUM_ENTRY'"),
]  # fmt: skip


@pytest.mark.parametrize("table, old, new, reason", TABLE_MISTAKES, ids=[m[3] for m in TABLE_MISTAKES])
def test_a_mistake_in_a_table_is_told_with_its_place(model, tables_folder, table, old, new, reason):
    path = tables_folder / table
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    # The first character of `old` may be the end of the line before.
    line = text[: text.index(old)].count("\n") + 1 + old.startswith("\n")
    with pytest.raises(IdlError) as raised:
        load_tables(str(tables_folder), model)
    assert str(raised.value).startswith(f"{path}:{line}: {reason}")


@pytest.mark.parametrize("number, named", [("0x00001768", "ERROR_GROUPSET_NOT_FOUND"), ("0x0000007a", "0x0000007a")])
def test_each_status_needs_its_words(model, tables_folder, number, named):
    """Those that methods list, and those that are no failure."""
    table = tables_folder / "status_texts.tsv"
    lines = table.read_text().splitlines(keepends=True)
    table.write_text("".join(line for line in lines if not line.startswith(number)))
    with pytest.raises(IdlError, match=f"status_texts.tsv:1: '{named}' is missing"):
        load_tables(str(tables_folder), model)


def test_a_method_may_not_be_missing_in_the_table(model, tables_folder):
    table = tables_folder / "methods.tsv"
    lines = table.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("3\t41\t")]
    table.write_text("".join(kept))
    with pytest.raises(IdlError, match=r"clusapi3.idl:\d+: 'ApiOpenGroup' is missing in methods"):
        load_tables(str(tables_folder), model)
