# SPDX-License-Identifier: GPL-2.0-or-later
"""How do the rows of outcomes.tsv look in C? Part of cmrp_tables.h and cmrp_tables.c."""

DECLARATIONS = """
/** Statuses other than 0 that are no failure. */
extern const cmrp_no_failure cmrp_no_failures[];
extern const unsigned cmrp_no_failure_count;
"""


def source(outcomes):
    lines = [
        f"    {{ .status = {status}U, .opnum = {'CMRP_ANY_OPNUM' if opnum is None else opnum} }},"
        for status, opnum in outcomes
    ]
    return (
        "const cmrp_no_failure cmrp_no_failures[] = {\n" + "\n".join(lines) + "\n};\n\n"
        "const unsigned cmrp_no_failure_count = G_N_ELEMENTS(cmrp_no_failures);\n"
    )
