# SPDX-License-Identifier: GPL-2.0-or-later
"""Does tools/literals see an opnum and a status that C spells as a number, and nothing else?"""
import subprocess
import sys

import pytest
from support.sandbox import SOURCE_DIR


def literals(*arguments):
    return subprocess.run([sys.executable, SOURCE_DIR / "tools/literals", *arguments], capture_output=True, text=True,
                          timeout=60)


def of(tmp_path, text):
    (tmp_path / "rules").mkdir(exist_ok=True)
    (tmp_path / "rules/a.c").write_text(text, encoding="utf-8")
    return literals(tmp_path)


def test_the_plugin_has_none():
    result = literals()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("line", [
    "return method->opnum == 41;",
    "return call->opnum != 0x29U;",
    "return 41 == c->method->opnum;",
    "return method->opnum >= 117;",
    "static const uint16_t opnums[] = { CMRP_OP_ApiOpenGroup, 44 };",
    "return is_opnum(method, 32);",
    "life->opnum = 137;",
    "switch (method->opnum) { case CMRP_OP_ApiOpenGroup: case 44: return true; }",
    'struct { uint16_t opnum; const char *name; } rows[] = { { 14, "pGuid" } };',
])
def test_an_opnum_is_found(tmp_path, line):
    result = of(tmp_path, f"/* a.c */\n{line}\n")
    assert result.returncode == 1
    assert result.stdout == "rules/a.c:2: an opnum as a number: see cmrp_constants.h for its name\n"


@pytest.mark.parametrize("line", [
    "return c->status == 5;",
    "return status != 0;",
    "return 0 == c->status;",
    "return c->fault == 0x1c010002;",
    "uint32_t status = 0;",
    "return 0x1395;",
    "#define ERROR_IO_PENDING 997",
    "enum { WAIT_TIMEOUT = 0x102 };",
    "switch (c->fault) { case 14: return true; }",
])
def test_a_status_is_found(tmp_path, line):
    result = of(tmp_path, f"/* a.c */\n{line}\n")
    assert result.returncode == 1
    assert result.stdout == "rules/a.c:2: a status as a number: see cmrp_constants.h for its name\n"


def test_what_is_no_such_number_is_left_alone(tmp_path):
    result = of(tmp_path, """
/* opnum == 41, status == 5 and 0x1395 may be written about. */
static const char filter[] = "cmrp.opnum == 41 || cmrp.status == 0";
enum { ROWS = 41 };
static bool f(unsigned size, const cmrp_method *method)
{
    for (int opnum = count - 1; opnum >= 0; opnum--)
        use(opnum);
    switch (size) {
    case 4:
        return method->opnum == CMRP_OP_ApiOpenGroup;
    }
    return value == 44 && c->status != CMRP_ERROR_SUCCESS && c->has_status;
}
""")
    assert (result.returncode, result.stdout) == (0, "")


def test_each_place_is_told_once_with_its_line(tmp_path):
    result = of(tmp_path, "int a;\n\n/* of\n   three */ int b = status == 5037;\nint c = opnum == 9;\n")
    assert [line.split(" ")[0] for line in result.stdout.splitlines()] == ["rules/a.c:4:", "rules/a.c:5:"]


def test_a_folder_without_c_is_refused(tmp_path):
    result = literals(tmp_path)
    assert (result.returncode, result.stderr) == (1, f"There is no C file in {tmp_path}.\n")
