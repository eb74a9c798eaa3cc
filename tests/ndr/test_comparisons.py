# SPDX-License-Identifier: GPL-2.0-or-later
"""Was every method compared by every judge, in each direction and encoding?

The judges' own tests recorded what they saw. This one makes the table tests-coverage.md in the build folder of it.
"""
import pytest
from support import comparisons, sandbox
from support.comparisons import AGREED, DIRECTIONS, JUDGES, UNKNOWN


@pytest.fixture(scope="module")
def records():
    return {judge: comparisons.read(judge) for judge in JUDGES}


def places(model, judge):
    """All that a judge must have an opinion on."""
    for interface in model.interfaces:
        for encoding in JUDGES[judge].encodings:
            if encoding.startswith(f"{interface.version_major}-"):
                yield from ((method.opnum, direction, encoding)
                            for method in interface.methods for direction in DIRECTIONS)


def cell(said):
    """`5`, `5, 3 differ: force`, `unknown`"""
    words = [str(count) for (verdict, _), count in said.items() if verdict == AGREED]
    words += [f"{count} differ: {what}" for (verdict, what), count in said.items() if verdict == "differs"]
    return "unknown" if (UNKNOWN, "") in said else ", ".join(words)


def test_the_table_is_written(model, records):
    lines = ["# Who compared which stubs of which methods with the plugin, value by value?", "",
             "A cell tells how many stubs were read alike; how many differ, and in what; or that the judge does not know",
             "the method. Differences are explained in idl/README.md, section \"Where peers differ\".", ""]
    lines += [f"- {name}: {judge.what}" for name, judge in JUDGES.items()] + [""]
    for interface in model.interfaces:
        version = interface.version_major
        columns = [(judge, encoding) for judge in JUDGES for encoding in JUDGES[judge].encodings
                   if encoding.startswith(f"{version}-")]
        lines += [f"## Version {version}.0", "",
                  f"| opnum | method | direction | {' | '.join(map(' '.join, columns))} |",
                  "|---|---|---|" + "---|" * len(columns)]
        for method in interface.methods:
            for direction in DIRECTIONS:
                cells = [cell(records[judge].get((method.opnum, direction, encoding), {}))
                         for judge, encoding in columns]
                lines.append(f"| {method.opnum} | {method.name} | {direction} | {' | '.join(cells)} |")
        lines.append("")
    (sandbox.BUILD_DIR / "tests-coverage.md").write_text("\n".join(lines))
    assert len(lines) > 2 * sum(len(interface.methods) for interface in model.interfaces)


@pytest.mark.parametrize("judge", JUDGES)
def test_there_is_no_hole(model, records, judge):
    expected = set(places(model, judge))
    assert set(records[judge]) == expected
    for place, said in records[judge].items():
        assert cell(said), place


def test_only_methods_beyond_sambas_are_unknown(records):
    """The codec knows all; the others are made from Samba's definition, which ends at opnum 183."""
    for judge, record in records.items():
        unknown = {opnum for (opnum, _, _), said in record.items() if (UNKNOWN, "") in said}
        assert unknown == (set() if judge == "codec" else set(range(184, 265)))
