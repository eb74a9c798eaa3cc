# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the plugin find every breach of the cases in tests/conformance, and nothing else?

The cases travel in two captures, one of which misses nothing; tshark reads each once in one pass and once in two.
A family of rules is a file of plugin/rules, a page of tests/conformance and a heading of docs/rules.md, all of one name.
On its page each of its rules has a case that breaks it and a look-alike that does not.
"""
import re
from collections import Counter
from functools import lru_cache

import pytest
from support import casefile, caseplay, casevalues, jsonlines, sandbox
from support.rpcpcap import Capture

TESTS = sandbox.SOURCE_DIR / "tests"
PAGES = sorted(path for path in (TESTS / "conformance").glob("*.md") if path.name != "README.md")
CASES = [case for path in PAGES for case in casefile.read(path)]
# Demands that stand on the page of another method than the one that breaks them.
ON_OTHER_PAGES = {
    "notify-change-not-told": {62, 63, 64, 91, 100},
    "notify-key-of-other-object": {57, 58, 59, 60, 61, 62, 63, 64, 90, 91, 99, 100, 138, 155},
    "notify-event-before-registration": {55, 137}, "handle-port-version": {137}, "handle-used-after-delete": {10, 43},
    "access-granted-value": {117}, "access-granted-less": {117}, "access-change-without-read": {117}, "access-unknown-bits": {117},
    "notify-wait-outlived-close": {56}, "notify-wait-outlived-unblock": {107},
    "notify-sequence-went-down": {12, 45},
}
PASSES = {"one pass": [], "two passes": ["-2"]}

# What takes more than a case can tell, and the test that breaks it: a preference of dcerpc.
PROVED_ELSEWHERE = {"cut-short": "ndr/test_truncated.py"}


@pytest.fixture(scope="module")
def rules(tshark, captures_dir):
    """{id: (level, family)} of all rules of the plugin."""
    text = tshark.statistics(captures_dir / "bad-stub.pcapng", "cmrp,rules")
    rows = [line.split("\t") for line in text.splitlines() if line]
    return {row[0]: (row[1], row[6]) for row in rows}


@pytest.fixture(scope="module")
def played(model, tables):
    """{whole: (capture, {number of the case: (first frame, what it became)})}"""
    names, folder = casevalues.specified(model, tables), sandbox.sandbox().new_folder()
    made = {}
    for whole in (False, True):
        with Capture(folder / f"conformance-{whole}.pcap") as capture:
            cases = {}
            for number, case in enumerate(CASES):
                if case.whole == whole:
                    cases[number] = (capture.frames + 1, caseplay.play(case, number, capture, model, names))
        made[whole] = (capture.path, cases)
    return made


@pytest.fixture(scope="module")
def found(tshark, played, rules):
    """A function of a pass and of `whole`: {frame: ([(rule, level, section)], [fact])}"""
    facts = [rule for rule, (level, _) in rules.items() if level == "fact"]
    names = ["frame.number", "cmrp.finding", "cmrp.finding.level", "cmrp.finding.section"]
    names += ["cmrp.expert." + rule.replace("-", "_") for rule in facts]

    @lru_cache
    def read(which, whole):
        frames = {}
        for row in tshark.fields(played[whole][0], names, "dcerpc", PASSES[which], split=True):
            present = [rule for rule, cell in zip(facts, row[4:]) for _ in cell]
            frames[int(row[0][0])] = (list(zip(*row[1:4])), present)
        return frames

    return read


def as_written(one, findings):
    """Findings as a case has them: with the number of the PDU in its script."""
    numbers = {frame: str(number) for number, frame in one.frames.items()}
    return [" ".join([numbers.get(frame, f"frame {frame}"), *words]) for frame, *words in sorted(findings.elements())]


@pytest.mark.parametrize("which", PASSES)
@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_exactly_the_findings_of_the_case(number, which, played, found):
    case = CASES[number]
    first, one = played[case.whole][1][number]
    inside = {frame: seen for frame, seen in found(which, case.whole).items() if first <= frame <= one.last}
    findings = [(frame, *finding) for frame, (seen, _) in inside.items() for finding in seen]
    facts = [(frame, fact) for frame, (_, seen) in inside.items() for fact in seen]
    wanted, seen = Counter([*one.expected, *one.facts]), Counter([*findings, *facts])
    assert as_written(one, wanted - seen) == [], f"{case.name}: not found"
    assert as_written(one, seen - wanted) == [], f"{case.name}: found, and not in the case"


@pytest.mark.parametrize("which", PASSES)
@pytest.mark.parametrize("whole", [False, True])
def test_cmrp_json_tells_the_same(whole, which, tshark, played, found):
    """Without a tree as with one: what it does not tell the programs do not know."""
    shown = [(frame, *one) for frame, (seen, _) in found(which, whole).items() for one in seen]
    told, _ = jsonlines.read(tshark, played[whole][0], *PASSES[which])
    assert [(one["frame"], one["rule"], one["level"], one["section"]) for one in told] == shown != []


# ---------------------------------------------------------------- families, pages, rules


def test_a_family_is_a_file_and_a_page(rules):
    families = {family for _, family in rules.values()}
    assert {path.stem for path in PAGES} == families
    sources = {path.stem: path.read_text(encoding="utf-8") for path in (TESTS.parent / "plugin" / "rules").glob("*.c")}
    assert {name for name, text in sources.items() if "const cmrp_rule rules_" in text} == families
    for family in families:
        assert f"const cmrp_rule rules_{family}[]" in sources[family]


def test_every_rule_is_broken_and_kept_on_its_page(rules):
    broken, clean = set(), set()
    for case in CASES:
        broken.update((rule, case.path.stem) for rule in case.broken)
        clean.update((rule, case.path.stem) for rule in case.clean)
    needed = {(rule, family) for rule, (_, family) in rules.items()}
    assert {rule for rule, _ in needed - broken} == set(PROVED_ELSEWHERE), "rules that no case breaks"
    assert sorted(needed - clean) == [], "rules without a look-alike"


@pytest.mark.parametrize("rule, path", PROVED_ELSEWHERE.items())
def test_what_cases_cannot_tell_is_broken_elsewhere(rule, path):
    text = (TESTS / path).read_text(encoding="utf-8")
    assert rule in text or rule.replace("-", "_") in text


def test_cases_speak_of_rules_that_exist(rules):
    assert {rule for case in CASES for rule in (*case.broken, *case.clean)} - set(rules) == set()


def test_clean_means_clean():
    for case in CASES:
        assert not set(case.clean) & set(case.broken), case.name


def test_findings_stand_in_the_order_of_the_script():
    for case in CASES:
        assert case.findings == sorted(case.findings, key=lambda one: one[0]), case.name


def test_titles_are_unique():
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


# The second half goes on; it may begin with the name of a parameter.
SENTENCE = re.compile(r"[^;]+; (?!The |This |That |It |One |Nobody |No |Every |Entry |Event )[^;]+\.\)?")


def test_findings_say_what_must_be_and_what_was(tshark, played):
    """In one sentence, such as: Client must set dwOptions to 0; this one is 0x00000001."""
    wrong = []
    for whole in (False, True):
        names = ["cmrp.finding", "_ws.expert.message"]
        for findings, words in tshark.fields(played[whole][0], names, "cmrp.finding", split=True):
            said = [one for one in words if one.startswith(("Client ", "Server ", "Sender "))]
            wrong += [one for one in said if not SENTENCE.fullmatch(one)]
            assert len(said) >= len(findings)
    assert wrong == []


def test_sections_are_those_of_the_method_and_its_version(tshark, played, tables):
    """A section of a method's page is that of the method that was called, but for ON_OTHER_PAGES."""
    opnums = {facts.section: method for method, facts in tables.methods.items() if facts.section.count(".") == 4}
    names = ["cmrp.version", "cmrp.opnum", "cmrp.finding", "cmrp.finding.section"]
    wrong, seen = set(), set()
    for whole in (False, True):
        rows = tshark.fields(played[whole][0], names, "cmrp.finding && cmrp.opnum", split=True)
        for versions, called, findings, sections in rows:
            version, opnum = int(versions[0]), int(called[0])
            for rule, section in zip(findings, sections):
                page = opnums.get(section)
                seen.add((rule, page is not None))
                # 3.1.4.1 is version 2.0, 3.1.4.2 is 3.0.
                if section.startswith({2: "3.1.4.2", 3: "3.1.4.1"}[version]):
                    wrong.add((rule, section, version))
                elif page is not None and page[1] != opnum and page[1] not in ON_OTHER_PAGES.get(rule, ()):
                    wrong.add((rule, section, opnum))
    assert wrong == set()
    assert len(seen) > 80
