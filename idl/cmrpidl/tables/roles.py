# SPDX-License-Identifier: GPL-2.0-or-later
"""Which parameters and members are looked for by what they mean? Reads roles.tsv.

load_roles() is a step of load_tables(). A mistake raises IdlError with file, line and reason.
"""

from ..front.declare import is_integer

# What a parameter may be, and what a member of a structure.
PARAMETER_ROLES = ("filter", "key", "sequence", "access")
MEMBER_ROLES = ("told",)


def load_roles(rows, model, tables):
    """tables.roles: (structure, member) -> role, and (None, parameter) -> role. `rows` is that of load_contents()."""
    for row in rows("roles.tsv", "scope name role"):
        struct = None if row["scope"] == "*" else row["scope"]
        for found in _meant(row, model, struct):
            # Roles of parameters are roles of numbers: the plugin reads their values as such.
            if struct is None and not is_integer(found.type):
                row.fail(f"'{row['name']}' is no integer")
        role = row.one_of("role", PARAMETER_ROLES if struct is None else MEMBER_ROLES)
        if (struct, row["name"]) in tables.roles:
            row.fail(f"duplicate row for '{row['name']}' in scope '{row['scope']}'")
        tables.roles[struct, row["name"]] = role


def _meant(row, model, struct):
    """The parameters or members that a row is about; none is a mistake."""
    if struct is None:
        lists = [method.params for interface in model.interfaces for method in interface.methods]
    else:
        lists = [found.members for found in model.structs if found.name == struct]
        if not lists:
            row.fail(f"unknown scope '{struct}'")
    meant = [one for members in lists for one in members if one.name == row["name"]]
    if not meant:
        row.fail(f"unknown {'parameter' if struct is None else 'member'} '{row['name']}'")
    return meant
