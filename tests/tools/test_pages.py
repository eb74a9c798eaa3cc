# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the pages for people lead to what is there: files, folders, tests, and the layers in their order?"""
import re

import pytest
from support import programs, sandbox

ROOT = sandbox.SOURCE_DIR
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("idl/*.md"), *ROOT.glob("captures/*.md"),
                *ROOT.glob("tests/*/README.md")])
HOUSE = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
TESTS = {path.stem.removeprefix("test_") for path in ROOT.glob("tests/*/test_*.py")}
# In words like plugin/rules/FAMILY.c and tools/matrix RELEASE capitals stand for anything.
PATH = re.compile(r"`((?:plugin|idl|tests|captures|programs|tools|profile|cmake|docs|\.ci)/[\w./*\[\]-]*)")


def section(title):
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", HOUSE, re.MULTILINE | re.DOTALL)[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/house.md", "idl/README.md"])
def test_paths_on_a_page_exist(name):
    paths = [path for path in PATH.findall((ROOT / name).read_text(encoding="utf-8")) if not re.search("[A-Z]{4}", path)]
    assert len(paths) > 3
    assert [path for path in paths if not list(ROOT.glob(path.rstrip("/")))] == []


def test_files_on_the_way_of_a_pdu_exist():
    named = re.findall(r"`([\w/]+\.c)`", section("The way of a PDU"))
    assert len(named) > 8
    assert [name for name in named if not (ROOT / "plugin" / name).exists()] == []


def test_the_line_of_folders_is_that_of_the_linter():
    rows = re.findall(r"^\| (`.*?) \|", section("The line of folders"), re.MULTILINE)
    told = [[word.removesuffix(".c") for word in re.findall(r"`([\w.]+)`", row)] for row in rows if "/" not in row]
    assert told == programs.load("layers").LAYERS


def test_tests_that_ask_for_something_new_exist():
    names = {name for row in re.findall(r"^\|(?: [^|]* \|){2} ([^|]*) \|$", section("Where does it go?"), re.MULTILINE)
             for name in re.findall(r"`([a-z_]+)`", row)}
    assert len(names) > 12
    assert names - TESTS == set()


@pytest.mark.parametrize("name", [".ci/run", "tools/sanitize", "tools/coverage", "CONTRIBUTING.md"])
def test_lists_of_tests_name_tests(name):
    """In patterns like '^(load|idl)$': a test that was renamed would drop out of them without a word."""
    lists = re.findall(r"'\^\(([\w|]+)\)\$'", (ROOT / name).read_text(encoding="utf-8"))
    assert lists
    assert {test for names in lists for test in names.split("|")} - TESTS == set()


def test_the_page_of_the_interface_names_every_file_of_it():
    text = (ROOT / "idl" / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in (ROOT / "idl").iterdir() if path.is_file()} - set(re.findall(r"`([\w.-]+)`", text)) == {"README.md"}


def test_words_are_in_order():
    words = re.findall(r"^\| ([a-z][\w, ]*) \|", section("Words"), re.MULTILINE)[1:]
    assert len(words) >= 20
    assert words == sorted(words)
