# SPDX-License-Identifier: GPL-2.0-or-later
"""Is every value of every method found again in tshark's tree, in each direction and each encoding?

Random valid values for all opnums of both versions are packed by a codec that shares nothing with the plugin but
the interface definition. What was checked goes into the table of comparisons.
"""
import pytest
from cmrp_ndr import values
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support import comparisons, sandbox
from support.calls import ENCODINGS
from support.examples import LETTERS, Full, call_of, parameters
from support.expect import Expectation
from support.scenes import Scene

# One with every pointer and every array filled, the others as hypothesis chooses.
EXAMPLES = 5


class Source(values.HypothesisSource):
    def text(self):
        return self._draw(st.text(LETTERS, max_size=values.LONGEST))


@st.composite
def calls_of(draw, model, version, opnum):
    return call_of(Source(draw), model, version, opnum)


def some_calls(model, version, opnum):
    """The same ones in each run."""
    made = [call_of(Full(opnum), model, version, opnum)]

    @settings(max_examples=EXAMPLES - 1, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(calls_of(model, version, opnum))
    def collect(call):
        made.append(call)

    collect()
    return made


@pytest.fixture(scope="module")
def examples(model):
    return {(interface.version_major, method.opnum): some_calls(model, interface.version_major, method.opnum)
            for interface in model.interfaces for method in interface.methods}


@pytest.fixture(scope="module")
def record():
    with comparisons.Record("codec") as record:
        yield record


@pytest.fixture(scope="module")
def seen():
    """The fields that were met."""
    return set()


def write_all(examples):
    def write(calls):
        frames = {}
        for (version, opnum), made in examples.items():
            if version != calls.encoding.version:
                continue
            for number, (asked, told) in enumerate(made):
                frames[opnum, "request", number] = calls.request(opnum, calls.pack_request(opnum, **asked))
                frames[opnum, "response", number] = calls.response(calls.pack_response(opnum, **told))
        return frames

    return write


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_every_value_is_found_again(tshark, model, examples, record, seen, encoding):
    scene = Scene(tshark, model, encoding, write_all(examples))
    failed = {}
    for opnum, direction, number in scene.frames:
        tree = scene.tree((opnum, direction, number))
        method = model.method(encoding.version, opnum)
        asked, told = examples[encoding.version, opnum][number]
        sent, repeated = (asked, {}) if direction == "request" else (told, asked)
        try:
            assert tree.one("cmrp.opnum") == str(opnum) and tree.one("cmrp.version") == str(encoding.version)
            assert tree.findings("ndr-") == [] and tree.experts("ndr_") == []
            assert tree.all("cmrp.ndr.trailing") == [] and tree.all("cmrp.ndr.unread") == []
            Expectation(encoding, seen).check(tree, parameters(method, direction), sent, repeated)
            record.agreed(opnum, direction, encoding.name)
        except AssertionError as error:
            failed.setdefault((opnum, direction), f"{method.name} {direction}: {error}\nvalues: {sent}")
    assert not failed, "\n".join(failed.values())


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_reserved_opnums_are_named_and_empty(tshark, model, encoding):
    """Nothing is known of the stubs of reserved methods: an empty one is whole, any byte in it is a leftover."""
    reserved = [method for method in model.interface(encoding.version).methods
                if not method.params and "NotUsed" in method.name]

    def write(calls):
        frames = {}
        for method in reserved:
            frames[method.opnum, "empty"] = calls.request(method.opnum, b"")
            frames[method.opnum, "filled"] = calls.request(method.opnum, b"\1\2\3\4")
        return frames

    scene = Scene(tshark, model, encoding, write)
    assert reserved or encoding.version == 2
    for method in reserved:
        assert scene.tree((method.opnum, "empty")).findings("ndr-") == []
        assert scene.tree((method.opnum, "filled")).findings("ndr-") == ["ndr-trailing-bytes"]
        assert scene.info((method.opnum, "empty")).startswith(f"{method.name} request")


def test_every_field_was_met(tshark, model, seen):
    """No field has a parameter's name without a value that ever reaches it: such a filter would promise nothing."""
    methods = [method for interface in model.interfaces for method in interface.methods]
    names = {f"cmrp.{param.name}" for method in methods for param in method.params if param.on_wire}
    names |= {f"cmrp.{member.name}" for struct in model.structs for member in struct.members
              if struct.name != "FILETIME"}
    rows = [line.split("\t") for line in tshark.run(["-G", "fields"]).stdout.splitlines()]
    registered = {row[2] for row in rows if row[0] == "F"}
    assert len(seen) > 200 and seen <= registered
    # Members of buffers share some names: those fields are met inside byte arrays.
    layouts = (sandbox.SOURCE_DIR / "idl" / "layouts.tsv").read_text().splitlines()
    in_buffers = {f"cmrp.{line.split()[1]}" for line in layouts if line and not line.startswith("#")}
    assert (names & registered) - seen - in_buffers == set()
