# SPDX-License-Identifier: GPL-2.0-or-later
"""Is the access level that each method demands known, and is it checked on every handle that must have it?

For each method of version 3.0, each of its handles that has to give All is opened with Read, in turn; the server
answers with success all the same. That is a finding, and with All it is none.
"""
import pytest
from cmrp_ndr import values
from support.calls import ENCODINGS, handle, handle_type
from support.examples import call_of
from support.scenes import Scene

# The methods that grant a level, by the type of the handle.
OPENS = {"HCLUSTER_RPC": 117, "HNODE_RPC": 118, "HGROUP_RPC": 119, "HRES_RPC": 120, "HNETWORK_RPC": 121,
         "HNETINTERFACE_RPC": 122}
READ, ALL = 0x80000000, 0x10000000
MODIFIES = 0x00400000

# Their pages name no level: never implemented (4, 87, 104, 108, 185), or left out.
WITHOUT = {(3, opnum) for opnum in (4, 87, 91, 104, 108, 147, 164, 165, 185)}


def test_every_method_has_a_level(tables):
    """Of the client or of handles that it has, except where MS-CMRP has none."""
    without = {key for key, facts in tables.methods.items() if facts.access == "-" and not facts.reserved}
    assert without == WITHOUT
    assert all(facts.holder and facts.demand in ("MUST", "SHOULD") for key, facts in tables.methods.items()
               if key not in without and not facts.reserved)


def holders(model, tables):
    """(opnum, parameter) of each handle that must give All, and whose level an answer can tell."""
    found = []
    for method in model.interface(3).methods:
        facts = tables.methods[3, method.opnum]
        if facts.access in ("All", "control") and facts.demand == "MUST":
            types = {param.name: handle_type(param.type) for param in method.request}
            found += [(method.opnum, name) for name in facts.holder if types.get(name) in OPENS]
    return found


@pytest.fixture(scope="module")
def scene(tshark, model, tables):
    def write(calls):
        frames, number = {}, 0
        for opnum, reader in holders(model, tables):
            for level in (READ, ALL):
                asked, told = call_of(values.SeededSource(f"{opnum}"), model, 3, opnum)
                for param in model.method(3, opnum).request:
                    kind = handle_type(param.type)
                    if kind in OPENS:
                        number += 1
                        asked[param.name] = handle(number)
                        opened(calls, OPENS[kind], handle(number), level if param.name == reader else ALL)
                if "dwControlCode" in asked:
                    asked["dwControlCode"] |= MODIFIES
                calls.request(opnum, **asked)
                for name in {"Status", "rpc_status", "return"} & set(told):
                    told[name] = 0 if isinstance(told[name], int) else handle(0)
                frames[opnum, reader, level] = calls.response(calls.pack_response(opnum, **told))
        return frames

    return Scene(tshark, model, ENCODINGS["3-ndr"], write)


def opened(calls, opnum, result, level):
    """An Open method that grants a level. No two handles are of the same object."""
    name = {param.name: f"{result.hex()}" for param in calls.model.method(3, opnum).request if "Name" in param.name}
    others = {param.name: handle(0) for param in calls.model.method(3, opnum).request
              if handle_type(param.type)}
    calls.request(opnum, dwDesiredAccess=1 if level == READ else 3, **name, **others)
    calls.response(lpdwGrantedAccess=level, Status=0, rpc_status=0, result=result)


def test_a_reader_is_not_served(model, tables, scene):
    known = holders(model, tables)
    assert len(known) > 60 and {opnum for opnum, _ in known} > {10, 43, 49, 73, 77, 106}
    for opnum, reader in known:
        label = model.method(3, opnum).name, reader
        assert "access-level-ignored" in scene.tree((opnum, reader, READ)).findings(), label
        assert "access-level-ignored" not in scene.tree((opnum, reader, ALL)).findings(), label
