# SPDX-License-Identifier: GPL-2.0-or-later
"""Is docs/rules.md what the plugin checks, and is every requirement of the catalogue accounted for?"""
import re
import subprocess
import sys

import pytest
from conftest import SOURCE_DIR
from support import sandbox

PAGE = SOURCE_DIR / "docs" / "rules.md"


def table(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [line.split("\t") for line in lines[1:]]


@pytest.fixture(scope="module")
def rules(tshark, captures_dir):
    """Rows of (id, level, party, section, requirements, text, family, note)."""
    text = tshark.statistics(captures_dir / "bad-stub.pcapng", "cmrp,rules")
    return [line.split("\t") for line in text.splitlines() if line]


@pytest.fixture(scope="module")
def demands():
    """{requirement: its sentence}"""
    rows = table(SOURCE_DIR / "tests" / "data" / "requirements.tsv")
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row[5] if len(row) > 5 else "" for row in rows}


@pytest.fixture(scope="module")
def catalogue(demands):
    return set(demands)


@pytest.fixture(scope="module")
def not_checked():
    return [row[0] for row in table(SOURCE_DIR / "docs" / "not-checked.tsv")]


def implemented(rules):
    return {name.strip() for row in rules for name in row[4].split(",") if name.strip()}


def test_page_is_current():
    words = [sys.executable, str(SOURCE_DIR / "tools" / "rules-page"), "--build-dir", str(sandbox.BUILD_DIR), "--check"]
    result = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr


# How the sentence of a rule begins, by who is bound.
SUBJECTS = {"client": ("Client",), "server": ("Server",), "both": ("Sender", "Client and server")}


def test_rows_say_who_must_do_what(rules):
    for name, level, party, _, _, text, *_ in rules:
        if level != "fact":
            verbs = {"MUST": ("must",), "SHOULD": ("should",), "suspicion": ("must", "should")}[level]
            begins = [f"{subject} {verb} " for subject in SUBJECTS[party] for verb in verbs]
            assert text.startswith(tuple(begins)), f"{name}: {text}"


def test_rows_are_whole(rules):
    """Every rule says who is bound, where it stands and what it says; ids are unique and begin with their family."""
    assert len({row[0] for row in rules}) == len(rules)
    for name, level, party, section, requirements, text, family, _ in rules:
        assert level in ("MUST", "SHOULD", "suspicion", "fact")
        assert text.endswith(".") and name == name.lower() and "-" in name
        # The names of the family "capture" are older than the families.
        assert family == "capture" or name.startswith(family.split("_")[0] + "-"), name
        if level != "fact":
            assert party in ("client", "server", "both") and section and requirements, name


def test_rules_name_requirements_that_exist(rules, catalogue):
    assert implemented(rules) <= catalogue


def test_every_requirement_has_its_sentence(demands):
    assert [name for name, demand in demands.items() if not re.fullmatch(r"[A-Zr].*[^.]\.", demand)] == []
    assert len(set(demands.values())) == len(demands)


def test_the_page_shows_every_requirement(demands):
    shown = dict(re.findall(r'^\| <a id="([\w-]+)"></a>.* \| ([^|]+) \| [^|]+ \|$', PAGE.read_text(encoding="utf-8"), re.M))
    assert shown == demands


def test_every_sentence_of_two_pages_has_its_rules_or_its_reason(rules):
    rows = [[*row, ""][:5] for row in table(SOURCE_DIR / "tests" / "data" / "sentences.tsv")]
    names = {row[0] for row in rules}
    # As many as the pages have; lines of their tables have letters behind the number.
    for page, count in (("3.1.4.2.42", 18), ("3.1.4.2.64", 22)):
        numbers = [int(row[1].rstrip("abcdefgh")) for row in rows if row[0] == page]
        assert list(dict.fromkeys(numbers)) == list(range(1, count + 1))
    for section, number, sentence, judges, why in rows:
        assert sentence.endswith("."), (section, number)
        assert why.endswith(".") if judges == "-" else {rule.strip() for rule in judges.split(",")} <= names, (section, number)


def test_what_is_undecided_is_of_rules_that_exist(rules):
    rows = table(SOURCE_DIR / "docs" / "undecided.tsv")
    assert {rule.strip() for row in rows for rule in row[0].split(",")} <= {row[0] for row in rules}
    for _, undecided, why in rows:
        assert undecided and not undecided.endswith(".") and why.endswith("."), undecided


def test_links_to_requirements_lead_to_them(demands):
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE.read_text(encoding="utf-8"))) <= set(demands)


def test_every_requirement_is_checked_or_explained(rules, catalogue, not_checked):
    assert catalogue - implemented(rules) - set(not_checked) == set()


def test_what_is_checked_is_not_excused(rules, catalogue, not_checked):
    assert len(set(not_checked)) == len(not_checked)
    assert set(not_checked) <= catalogue
    assert set(not_checked) & implemented(rules) == set()


def test_every_rule_has_its_expert_item(tshark, rules):
    known = {line.split("\t")[2] for line in tshark.run(["-G", "fields"]).stdout.splitlines() if line.startswith("F\t")}
    assert {"cmrp.expert." + row[0].replace("-", "_") for row in rules} <= known


# ---------------------------------------------------------------- notes on product behaviour

LAST_NOTE = 228


def numbers(text):
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def test_every_product_note_was_read_once():
    notes = [number for row in table(SOURCE_DIR / "docs" / "product-notes.tsv") for number in numbers(row[0])]
    assert sorted(notes) == list(range(1, LAST_NOTE + 1))


def test_what_windows_does_is_a_suspicion_and_names_the_note(rules):
    rows = table(SOURCE_DIR / "docs" / "product-notes.tsv")
    told = {(rule, number) for row in rows for rule in row[2].split(", ") for number in numbers(row[0])}
    assert {rule for rule, _ in told} <= {row[0] for row in rules} | {"-"}
    named = [row for row in rules if row[7]]
    assert named
    for row in named:
        assert row[1] == "suspicion" and (row[0], int(re.search(r"product note (\d+)$", row[7])[1])) in told, row[0]
