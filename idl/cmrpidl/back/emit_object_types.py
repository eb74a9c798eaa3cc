# SPDX-License-Identifier: GPL-2.0-or-later
"""How do the rows of object_types.tsv look in C? Part of cmrp_tables.h and cmrp_tables.c."""

DECLARATIONS = """
/** By number of CLUSTER_OBJECT_TYPE; nothing is known of number 0. */
extern const cmrp_object_type cmrp_object_types[];
extern const unsigned cmrp_object_type_count;
"""

NAMED = {"-": "CMRP_EVENTS_NAME_NONE", "name": "CMRP_EVENTS_NAME_IT", "id": "CMRP_EVENTS_IDENTIFY_IT"}


def source(object_types, handle_types):
    lines = [
        f'    [{number}] = {{ .name = "{row.name}", .handle = {handle_types.get(row.handle, "CMRP_HANDLE_NONE")}, '
        f".changes = 0x{row.changes:08x}, .state = 0x{row.state:08x}, .client_only = 0x{row.client_only:x}, "
        f".named = {NAMED[row.named]}, .of_others = 0x{row.of_others:x} }},"
        for number, row in object_types.items()
    ]
    return (
        "const cmrp_object_type cmrp_object_types[] = {\n" + "\n".join(lines) + "\n};\n\n"
        "const unsigned cmrp_object_type_count = G_N_ELEMENTS(cmrp_object_types);\n"
    )
