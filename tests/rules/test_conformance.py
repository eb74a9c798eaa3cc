# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the plugin find every breach of the cases in tests/conformance, and nothing else?

All cases travel in one capture, which tshark reads once in one pass and once in two. Every rule of the plugin
needs a case that breaks it and a look-alike that does not.
"""
from functools import lru_cache

import pytest
from support import casefile, caseplay, casevalues, sandbox
from support.rpcpcap import Capture

FOLDER = sandbox.SOURCE_DIR / "tests" / "conformance"
CASES = [case for path in sorted(FOLDER.glob("*.md")) if path.name != "README.md" for case in casefile.read(path)]
PASSES = {"one pass": [], "two passes": ["-2"]}

# Rules that need more traffic than a script can tell, and the tests that break and keep them.
PROVED_ELSEWHERE = {
    "notify-": "test_notify*.py",
    "control-property-": "test_buffers*.py",
    "registry-batch-malformed": "test_buffers*.py",
    "cut-short": "test_truncated.py",
}


@pytest.fixture(scope="module")
def rules(tshark, captures_dir):
    """{id: level} of all rules of the plugin."""
    text = tshark.statistics(captures_dir / "bad-stub.pcapng", "cmrp,rules")
    return {line.split("\t")[0]: line.split("\t")[1] for line in text.splitlines() if line}


@pytest.fixture(scope="module")
def played(model, tables):
    """The capture of all cases, and what each became in it."""
    path = sandbox.sandbox().new_folder() / "conformance.pcap"
    names = casevalues.specified(model, tables)
    with Capture(path) as capture:
        return path, [caseplay.play(case, number, capture, model, names) for number, case in enumerate(CASES)]


@pytest.fixture(scope="module")
def found(tshark, played, rules):
    """{pass: {frame: ([(rule, level, section)], [fact])}}"""
    facts = [rule for rule, level in rules.items() if level == "fact"]
    names = ["frame.number", "cmrp.finding", "cmrp.finding.level", "cmrp.finding.section"]
    names += ["cmrp.expert." + rule.replace("-", "_") for rule in facts]

    @lru_cache
    def read(which):
        frames = {}
        for row in tshark.fields(played[0], names, "dcerpc", PASSES[which], split=True):
            present = [rule for rule, cell in zip(facts, row[4:]) for _ in cell]
            frames[int(row[0][0])] = (list(zip(*row[1:4])), present)
        return frames

    return read


@pytest.mark.parametrize("which", PASSES)
@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_exactly_the_findings_of_the_case(number, which, played, found):
    case, one = CASES[number], played[1][number]
    frames = played[1]
    first = min(_frames_of(one))
    last = min((min(_frames_of(other)) for other in frames[number + 1:number + 2]), default=1 << 31)
    inside = {frame: seen for frame, seen in found(which).items() if first <= frame < last}
    findings = [(frame, *finding) for frame, (seen, _) in inside.items() for finding in seen]
    facts = [(frame, fact) for frame, (_, seen) in inside.items() for fact in seen]
    assert sorted(findings) == sorted(one.expected), case.name
    assert sorted(facts) == sorted(one.facts), case.name


def _frames_of(one):
    return [*one.frames.values(), *(frame for frame, *_ in one.expected)]


def _is_proved_elsewhere(rule):
    names = (rule, rule.replace("-", "_"))
    for family, pattern in PROVED_ELSEWHERE.items():
        texts = [path.read_text(encoding="utf-8") for path in FOLDER.parent.rglob(pattern)]
        if rule.startswith(family) and any(name in text for text in texts for name in names):
            return True
    return False


def test_every_rule_is_broken_and_kept(rules):
    broken = {rule for case in CASES for rule in case.broken}
    clean = {rule for case in CASES for rule in case.clean}
    unproved = [rule for rule in rules if not _is_proved_elsewhere(rule)]
    assert sorted(set(unproved) - broken) == [], "rules that no case breaks"
    assert sorted(set(unproved) - clean) == [], "rules without a look-alike"


def test_cases_speak_of_rules_that_exist(rules):
    assert {rule for case in CASES for rule in (*case.broken, *case.clean)} <= set(rules)


def test_clean_means_clean():
    for case in CASES:
        assert not set(case.clean) & set(case.broken), case.name


def test_findings_stand_in_the_order_of_the_script():
    for case in CASES:
        assert case.findings == sorted(case.findings, key=lambda one: one[0]), case.name


def test_titles_are_unique():
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
