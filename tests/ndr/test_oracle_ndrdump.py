# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the plugin and Samba's ndrdump read the same values from the same stubs?

All methods that ndrdump knows, in both directions, in NDR and NDR64: stubs that the codec packed, and those of real
clients (captures/). Every value that was packed must be what ndrdump prints, and what the plugin shows. Where Samba's
definition is not the specification's, tests/data/ndrdump-differences.tsv says so. ndrdump reads no big-endian stubs.
"""
import datetime
import os
import re
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import cmrp_ndr
import pytest
from cmrp_ndr import shape, values
from cmrpidl.front.declare import value_of
from cmrpidl.model import Array, Base, Enum, Pointer, Struct
from support import clients, comparisons, sandbox
from support.calls import ENCODINGS
from support.examples import Full, Printable, call_of, parameters
from support.expect import Expectation
from support.ndrdump import Ndrdump
from support.scenes import Scene

TABLE = sandbox.SOURCE_DIR / "tests" / "data" / "ndrdump-differences.tsv"
README = sandbox.SOURCE_DIR / "idl" / "README.md"
SYNTAXES = ("3-ndr", "3-ndr64")
# FILETIME has 100 ns from 1601 on.
TICKS, EPOCH = 10_000_000, datetime.datetime(1601, 1, 1)
# Opnums that are reserved in MS-CMRP, and a misprint in its section 6.2; see idl/README.md.
OTHER_NAMES = {140: "QueryAllValues", 141: "StmFindDisk", 142: "ClusterMrr", 149: "Opnum149otUsedOnWire"}

# `request`: the stub that told the sizes of a response's buffers, if it needs them.
Stub = namedtuple("Stub", "opnum direction encoding octets request")
# A row of the table.
Difference = namedtuple("Difference", "opnum direction what why section")
# What the stub holds, what the request held, who packed it, and what the plugin shows.
Content = namedtuple("Content", "sent asked origin tree")


def is_bool(type_):
    type_ = value_of(type_)
    return isinstance(type_, Base) and "BOOL" in type_.names


def adjusted(value):
    """Times in the years that programs write alike."""
    if isinstance(value, list):
        return [adjusted(element) for element in value]
    if not isinstance(value, dict):
        return value
    if "dwHighDateTime" in value:
        return {**value, "dwHighDateTime": 0x01A00000 + value["dwHighDateTime"] % 0x23000000}
    return {name: adjusted(member) for name, member in value.items()}


def tame(model, opnum, call):
    """Values that Samba reads as they are meant, though its types are others: a BOOL is 0 or 1, a key is 0."""
    for said in call:
        for param in model.method(3, opnum).params:
            if param.name in said and is_bool(param.type):
                said[param.name] %= 2
        for notification in said.get("Notifications") or []:
            notification["dwNotifyKey"] = 0
    return call


def made_calls(model, opnum):
    """The values of a request and of its response: something in every place, at random, and as Samba reads it."""
    calls = [call_of(Full(f"{opnum} full"), model, 3, opnum), call_of(Printable(f"{opnum}"), model, 3, opnum),
             tame(model, opnum, call_of(Full(f"{opnum} full"), model, 3, opnum))]
    return [tuple(map(adjusted, call)) for call in calls]


def all_calls(tshark, model, encoding, captures_dir, opnums):
    """(origin, opnum, values of the request, of the response, both stubs)"""
    syntax = encoding.ndr64
    for opnum, (asked, told) in clients.longest_calls(tshark, captures_dir, encoding).items():
        sent = cmrp_ndr.unpack_request(model, 3, opnum, asked, syntax)
        yield "client", opnum, sent, {**sent, **cmrp_ndr.unpack_response(model, 3, opnum, told, syntax)}, asked, told
    for opnum in opnums:
        for asked, told in made_calls(model, opnum):
            stubs = (cmrp_ndr.pack_request(model, 3, opnum, asked, syntax),
                     cmrp_ndr.pack_response(model, 3, opnum, told, syntax))
            yield "codec", opnum, asked, told, *stubs


def needs_request(model, opnum):
    """Does the request alone tell the size of a buffer in the response?"""
    method = model.method(3, opnum)
    sizes = {name for param in method.response for _, name in values.size_names(param.type)}
    return not sizes <= {param.name for param in method.response}


def read_stubs(tshark, model, encoding, calls_made):
    """{stub: what is in it, and what the plugin shows}"""
    contents = {}

    def write(calls):
        frames = {}
        for origin, opnum, asked, told, *octets in calls_made:
            request = Stub(opnum, "request", encoding.name, octets[0], None)
            response = Stub(opnum, "response", encoding.name, octets[1],
                            octets[0] if needs_request(model, opnum) else None)
            frames[request], frames[response] = calls.request(opnum, octets[0]), calls.response(octets[1])
            # An equal stub needs no second look.
            contents.setdefault(request, (asked, {}, origin))
            contents.setdefault(response, (told, asked, origin))
        return frames

    scene = Scene(tshark, model, encoding, write)
    return {stub: Content(*content, scene.tree(stub)) for stub, content in contents.items()}


@pytest.fixture(scope="module")
def listed():
    """The differences that are known."""
    lines = [line.split("\t") for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    assert tuple(lines[0]) == Difference._fields
    rows = [Difference(int(line[0]), *line[1:]) for line in lines[1:]]
    assert rows and all(map(all, rows))
    return rows


@pytest.fixture(scope="module")
def statuses(tshark):
    """Numbers of the names that ndrdump prints for statuses, from Wireshark's own list."""
    rows = [line.split("\t") for line in tshark.run(["-G", "values"], plugin=False).stdout.splitlines()]
    return {row[3]: int(row[2], 0) for row in rows if row[0] == "V" and row[1] == "clusapi.werror"}


@pytest.fixture(scope="module")
def ndrdump(statuses):
    return Ndrdump(statuses)


@pytest.fixture(scope="module")
def methods(ndrdump):
    """The names of the methods that Samba knows, by opnum."""
    return dict(enumerate(ndrdump.methods()))


@pytest.fixture(scope="module")
def stubs(tshark, model, methods, captures_dir):
    found = {}
    for name in SYNTAXES:
        calls = all_calls(tshark, model, ENCODINGS[name], captures_dir, methods)
        found.update(read_stubs(tshark, model, ENCODINGS[name], calls))
    return found


@pytest.fixture(scope="module")
def dumps(stubs, ndrdump):
    """What ndrdump says of each stub."""
    def read(stub):
        return stub, ndrdump.read(stub.opnum, stub.direction, stub.octets, stub.encoding == "3-ndr64", stub.request)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(pool.map(read, stubs))


@pytest.fixture(scope="module")
def record():
    with comparisons.Record("ndrdump") as record:
        yield record


def same_time(packed, printed):
    ticks = packed["dwHighDateTime"] << 32 | packed["dwLowDateTime"]
    if printed == 0 or ticks == 0:
        return printed == ticks
    # ndrdump rounds to seconds.
    moment = EPOCH + datetime.timedelta(microseconds=ticks // (TICKS // 1_000_000))
    shown = datetime.datetime.strptime(printed, "%a %b %d %H:%M:%S %Y UTC")
    return abs(shown - moment) < datetime.timedelta(seconds=1)


def number_bits(type_):
    # Samba reads enumerations as signed numbers.
    return 32 if isinstance(type_, Enum) else 8 * (type_.size or 8)


def differences(name, type_, packed, printed):
    """The names of parameters and members for which ndrdump printed another value than was packed."""
    if isinstance(type_, Pointer) and packed is not None:
        yield from differences(name, type_.to, packed, printed)
    elif packed is None or printed is None:
        if packed is not printed:
            yield name
    elif isinstance(type_, Struct) and type_.name == "FILETIME":
        if not same_time(packed, printed):
            yield name
    elif isinstance(type_, Struct):
        assert list(printed) == [member.name for member in type_.members]
        for member in type_.members:
            yield from differences(member.name, member.type, packed[member.name], printed[member.name])
    elif isinstance(type_, Array):
        if shape.is_bytes(type_.element):
            packed = list(packed)
        elif shape.is_wide(type_.element):
            packed = [ord(unit) for unit in packed]
        if len(printed) != len(packed):
            yield name
        for ours, theirs in zip(packed, printed):
            yield from differences(name, type_.element, ours, theirs)
    elif isinstance(type_, (Base, Enum)):
        if (packed - printed) % (1 << number_bits(type_)) != 0:
            yield name
    elif packed != printed:
        yield name


def found_differences(model, stub, sent, dump):
    """The names of all that ndrdump reads differently in a stub, after a check that it read all the rest."""
    fields = parameters(model.method(3, stub.opnum), stub.direction)
    names = [name for name, _ in fields]
    # Handles that a method returns are [out] parameters in Samba's definition, under names of their own.
    assert [name for name in dump.values if name in names] == [name for name in names if name != "return"]
    assert len(dump.values) == len(fields)
    found = set()
    for (name, type_), printed in zip(fields, dump.values.values()):
        found |= set(differences(name, type_, sent[name], printed))
    if dump.unread:
        # Bytes of the last parameter, which is shorter in Samba's definition.
        assert dump.unread == 3 and is_bool(fields[-1][1])
        found.add(names[-1])
    return found


def test_methods_have_the_same_names(model, methods):
    for opnum, name in methods.items():
        assert model.method(3, opnum).name.removeprefix("Api") == name or OTHER_NAMES[opnum] == name


def test_every_method_was_compared_in_every_way(stubs, methods):
    """Each method, in both directions and both syntaxes; many as a real client sent them."""
    assert len(methods) >= 184
    assert {stub[:3] for stub in stubs} == {
        (opnum, direction, encoding) for opnum in methods for direction in comparisons.DIRECTIONS
        for encoding in SYNTAXES}
    assert len({stub.opnum for stub, content in stubs.items() if content.origin == "client"}) >= 60


def test_the_plugin_shows_what_was_packed(model, stubs):
    for stub, (sent, asked, _, tree) in stubs.items():
        try:
            Expectation(ENCODINGS[stub.encoding]).check(
                tree, parameters(model.method(3, stub.opnum), stub.direction), sent, asked)
        except AssertionError as error:
            raise AssertionError(f"{stub}\n{sent}") from error


def test_samba_reads_what_was_packed(model, stubs, dumps, methods, listed, record):
    """With the differences that are listed, each in both syntaxes, and no other."""
    seen = set()
    for stub, (sent, *_) in stubs.items():
        dump = dumps[stub]
        expected = {row.what for row in listed if (row.opnum, row.direction) == (stub.opnum, stub.direction)}
        if dump.error is None:
            found = found_differences(model, stub, sent, dump)
        else:
            # The rest is compared in stubs that are not refused, if there can be any.
            found = expected
            assert len(expected) == 1, f"{stub}\n{sent}\n{dump.text}"
        assert found <= expected, f"{stub}\n{sent}\n{dump.text}"
        for what in found:
            record.differs(*stub[:3], what)
            seen.add((*stub[:3], what))
        if not found:
            record.agreed(*stub[:3])
    assert seen == {(row.opnum, row.direction, syntax, row.what) for row in listed for syntax in SYNTAXES}
    for method in model.interface(3).methods[len(methods):]:
        for direction in comparisons.DIRECTIONS:
            for syntax in SYNTAXES:
                record.unknown(method.opnum, direction, syntax)


@pytest.mark.parametrize("name", SYNTAXES)
def test_the_rest_of_a_refused_request_reads_alike(model, ndrdump, name):
    """ApiSetNetworkPriorityOrder, with what Samba wants in the place of the array of strings: one of so many characters."""
    ndr64 = ENCODINGS[name].ndr64
    count = cmrp_ndr.pack_request(model, 3, 87, {"NetworkCount": 3, "NetworkIdList": []}, ndr64)[:8 if ndr64 else 4]
    string = cmrp_ndr.pack_request(model, 3, 41, {"lpszGroupName": "id"}, ndr64)
    dump = ndrdump.read(87, "request", count + string, ndr64)
    assert (dump.values, dump.unread) == ({"NetworkCount": 3, "NetworkIdList": "id"}, 0)


def changed(value):
    """The same value with one thing in it changed, for each thing in it."""
    if isinstance(value, dict) and "dwHighDateTime" in value:
        yield {**value, "dwHighDateTime": value["dwHighDateTime"] ^ 1}
    elif isinstance(value, dict):
        for name in value:
            yield from ({**value, name: other} for other in changed(value[name]))
    elif isinstance(value, list):
        yield [*value, 0]
        for place in range(len(value)):
            yield from ([*value[:place], other, *value[place + 1:]] for other in changed(value[place]))
    elif isinstance(value, bytes):
        yield bytes([value[0] ^ 1]) + value[1:] if value else b"x"
    elif isinstance(value, str):
        yield f"{value}x"
    elif isinstance(value, int):
        yield value ^ 1
    else:
        yield 0


def test_every_other_value_would_be_seen(model, stubs, dumps):
    """Proves that the comparison above looks at each value."""
    count = 0
    for stub, (sent, *_) in stubs.items():
        dump = dumps[stub]
        if dump.error is None and not found_differences(model, stub, sent, dump):
            names = [name for name, _ in parameters(model.method(3, stub.opnum), stub.direction)]
            for other in changed({name: sent[name] for name in names}):
                assert found_differences(model, stub, other, dump), f"{stub}\n{other}\n{dump.text}"
                count += 1
    assert count > 5000


def test_the_readme_has_the_same_differences(listed):
    _, _, text = README.read_text().partition("## Where peers differ")
    text, _, _ = text.partition("\n## ")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    named = [re.search(r"`(\w+)`.* opnum (\d+)$", row[0]) for row in rows[1:]
             if not row[-1].startswith(("agrees", "cannot be asked", "no difference"))]
    assert {(int(match[2]), match[1]) for match in named} == {(row.opnum, row.what) for row in listed}
