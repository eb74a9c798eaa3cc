# SPDX-License-Identifier: GPL-2.0-or-later
"""How do the rows of lower.py look in C? Writes cmrp_tables.h and cmrp_tables.c."""

from ..tables.meanings import rpc_status_names
from . import emit_contents, emit_methods, emit_object_types, emit_outcomes
from .lower import HANDLE_TYPES

HEADER = """/* {file}
 * Made by idl/cmrp-idlc from {sources}. Do not edit: change the IDL or the tables beside it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
"""

DECLARATIONS = """#ifndef CMRP_TABLES_H
#define CMRP_TABLES_H

#include "interface/contents.h"
#include "interface/descriptors.h"

/** The interfaces, each with all its methods. */
extern const cmrp_interface cmrp_interfaces[];
extern const unsigned cmrp_interface_count;

/** How many methods they have together: cmrp_method.number is below it. */
extern const unsigned cmrp_method_count;

/** By cmrp_handle_type: "HGROUP_RPC" and so on. */
extern const char *const cmrp_handle_type_names[];

/** The values of rpc_status (C706 appendix E), sorted by value. */
extern const value_string cmrp_rpc_status_names[];

/** The fields of parameters, members and bits, ready to be registered. */
extern hf_register_info cmrp_fields[];
extern const unsigned cmrp_field_count;
"""


def heading(file, sources):
    """What every file that is made begins with."""
    return HEADER.format(file=file, sources=" and ".join(sources))


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Writer:
    """The text of both files for one Lowering."""

    def __init__(self, rows, sources):
        self.rows = rows
        self.sources = sources
        found = [named for field in rows.fields for named in field.meaning.all()]
        self.named = list(dict.fromkeys(n for n in found if not n.is_status))
        self.bits = {}
        for named in self.named:
            if named.is_flags:
                for name, value in named.values:
                    if self.bits.setdefault(name, value) != value:
                        raise ValueError(f"bit {name} has two values")

    def header(self):
        return (
            heading("cmrp_tables.h", self.sources)
            + DECLARATIONS
            + emit_contents.declarations(self.rows.contents)
            + emit_object_types.DECLARATIONS
            + emit_outcomes.DECLARATIONS
            + "\n#endif\n"
        )

    def source(self):
        parts = [
            heading("cmrp_tables.c", self.sources),
            '#include "cmrp_tables.h"\n\n#include "interface/fields.h"\n#include "interface/status_names.h"\n',
            self._variables(),
            self._meanings(),
            emit_contents.enumerations(self.rows.tables),
            emit_contents.layouts(self.rows.contents),
            emit_contents.formats(self.rows.contents),
            self._types(),
            self._methods(),
            emit_contents.by_number(self.rows.contents),
            emit_object_types.source(self.rows.tables.object_types, HANDLE_TYPES),
            emit_outcomes.source(self.rows.tables.outcomes),
            self._fields(),
            self._names(),
        ]
        return "\n".join(parts)

    # ------------------------------------------------------------ fields and what they mean

    def _variables(self):
        lines = [f"static int {field.variable} = -1;" for field in self.rows.fields]
        lines += [f"static int hf_cmrp_bit_{name} = -1;" for name in self.bits]
        return "\n".join(lines) + "\n"

    def _meanings(self):
        parts = [self._flags(n) if n.is_flags else self._values(n) for n in self.named]
        for index, row in enumerate(self._choosers()):
            lines = [
                f"    {{ 0x{c.value:08x}, &meaning_{c.named.name} }}," for c in row.meaning.choices
            ]
            parts.append(table(f"static const cmrp_choice choices_{index}[]", lines))
        return "\n".join(parts)

    @staticmethod
    def _flags(named):
        lines = [
            f"    {{ 0x{value:08x}, {quoted(bit)}, {quoted(short)}, &hf_cmrp_bit_{bit} }},"
            for (bit, value), short in zip(named.values, short_names(named.values))
        ]
        return table(f"static const cmrp_flag flags_{named.name}[]", lines) + (
            f"\nstatic const cmrp_enumeration meaning_{named.name} = {{ {quoted(named.name)}, "
            f"flags_{named.name}, G_N_ELEMENTS(flags_{named.name}), NULL }};\n"
        )

    @staticmethod
    def _values(named):
        lines = [f"    {{ 0x{value:08x}, {quoted(name)} }}," for name, value in named.values]
        return table(
            f"static const value_string values_{named.name}[]", lines + ["    { 0, NULL }"]
        ) + (
            f"\nstatic const cmrp_enumeration meaning_{named.name} = {{ {quoted(named.name)}, "
            f"NULL, 0, values_{named.name} }};\n"
        )

    def _choosers(self):
        """The members whose meaning depends on a sibling, each once."""
        members = [m for row in self.rows.types for m in row.members if m.meaning.choices]
        return list({m.meaning: m for m in members}.values())

    def _fields(self):
        lines = []
        for field in self.rows.fields:
            display, strings = display_of(field)
            lines.append(
                f"    {{ &{field.variable}, {{ {quoted(field.name)}, {quoted(field.abbrev)}, "
                f"{field.ftype}, {display}, {strings}, 0x0, NULL, HFILL }} }},"
            )
        for name, mask in self.bits.items():
            lines.append(
                f"    {{ &hf_cmrp_bit_{name}, {{ {quoted(name)}, {quoted('cmrp.' + name)}, "
                f"FT_BOOLEAN, 32, NULL, 0x{mask:08x}, NULL, HFILL }} }},"
            )
        return (
            table("hf_register_info cmrp_fields[]", lines)
            + "\nconst unsigned cmrp_field_count = G_N_ELEMENTS(cmrp_fields);\n"
        )

    # ------------------------------------------------------------ types

    def _types(self):
        count = len(self.rows.types)
        parts = [f"static const cmrp_type types[{count}];\n"]
        for index, row in enumerate(self.rows.types):
            if row.members:
                parts.append(self._member_table(f"members_{index}", row.members))
        lines = [self._type_line(index, row) for index, row in enumerate(self.rows.types)]
        parts.append(table(f"static const cmrp_type types[{count}]", lines))
        return "\n".join(parts)

    @staticmethod
    def _type_line(index, row):
        of = f"&types[{row.of}]" if row.of is not None else "NULL"
        members = f"members_{index}" if row.members else "NULL"
        return (
            f"    [{index}] = {{ {quoted(row.name)}, {row.kind}, {' | '.join(row.flags) or '0'}, "
            f"{{ {row.align[0]}, {row.align[1]} }}, {{ {row.size[0]}, {row.size[1]} }}, "
            f"{row.count}, {of}, {members}, {len(row.members)} }},"
        )

    def _member_table(self, name, members):
        choosers = [m.meaning for m in self._choosers()]
        lines = []
        for m in members:
            field = m.field if isinstance(m.field, str) else m.field.variable
            named = m.meaning.named
            meaning = f"&meaning_{named.name}" if named and not named.is_status else "NULL"
            choices = f"choices_{choosers.index(m.meaning)}" if m.meaning.choices else "NULL"
            lines.append(
                f"    {{ {quoted(m.name)}, &types[{m.type}], &{field}, {meaning}, {choices}, "
                f"{len(m.meaning.choices)}, {m.chosen_by}, {m.size_is}, {m.length_is}, "
                f"{' | '.join(m.directions) or '0'}, {m.role}, {emit_contents.pointer(m.format)} }},"
            )
        return table(f"static const cmrp_member {name}[]", lines)

    # ------------------------------------------------------------ methods

    def _methods(self):
        parts = [emit_methods.BEGIN]
        versions = sorted({m.version for m in self.rows.methods})
        for method in self.rows.methods:
            if method.params:
                parts.append(self._member_table(f"params_{method.version}_{method.opnum}", method.params))
            if method.statuses:
                lines = [f"    0x{status:08x}," for status in method.statuses]
                parts.append(
                    table(f"static const uint32_t statuses_{method.version}_{method.opnum}[]", lines)
                )
            if method.lessons:
                lines = [_lesson_line(lesson) for lesson in method.lessons]
                parts.append(
                    table(f"static const cmrp_lesson lessons_{method.version}_{method.opnum}[]", lines)
                )
        for version in versions:
            lines = [
                emit_methods.line(m, number)
                for number, m in enumerate(self.rows.methods)
                if m.version == version
            ]
            parts.append(table(f"static const cmrp_method methods_{version}[]", lines))
        lines = [f"    {{ {v}, G_N_ELEMENTS(methods_{v}), methods_{v} }}," for v in versions]
        parts.append(table("const cmrp_interface cmrp_interfaces[]", lines))
        parts.append("const unsigned cmrp_interface_count = G_N_ELEMENTS(cmrp_interfaces);\n")
        parts.append(f"const unsigned cmrp_method_count = {len(self.rows.methods)};\n")
        return "\n".join(parts)

    # ------------------------------------------------------------ names

    def _names(self):
        handles = [f"    [{value}] = {quoted(name)}," for name, value in HANDLE_TYPES.items()]
        handles.insert(0, '    [CMRP_HANDLE_NONE] = "unknown",')
        return "\n".join(
            [
                table("const char *const cmrp_handle_type_names[]", handles),
                name_table("cmrp_rpc_status_names", rpc_status_names(self.rows.tables)),
            ]
        )


def _lesson_line(lesson):
    member = quoted(lesson.member) if lesson.member else "NULL"
    return (
        f"    {{ {lesson.of}, {lesson.fact}, {lesson.type}, {lesson.param}, {lesson.value}, "
        f"0x{lesson.only:08x}, {member} }},"
    )


def table(declaration, lines):
    return declaration + " = {\n" + "\n".join(lines) + "\n};\n"


def name_table(name, names):
    """A value_string."""
    lines = [f"    {{ 0x{value:08x}, {quoted(text)} }}," for value, text in names]
    return table(f"const value_string {name}[]", lines + ["    { 0, NULL }"])


def short_names(values):
    """The names without the words that all of them begin with."""
    names = [name for name, _ in values]
    if len(names) < 2:
        return names
    words = [name.split("_") for name in names]
    same = 0
    while all(len(w) > same + 1 and w[same] == words[0][same] for w in words):
        same += 1
    return ["_".join(w[same:]) for w in words]


def display_of(field):
    """(display, strings) of a field."""
    if field.ftype in ("FT_NONE", "FT_BYTES", "FT_STRING", "FT_BOOLEAN", "FT_GUID"):
        return "BASE_NONE", "NULL"
    if field.ftype == "FT_ABSOLUTE_TIME":
        return "ABSOLUTE_TIME_UTC", "NULL"
    named = field.meaning.named
    if field.meaning.is_flags:
        return "BASE_HEX", "NULL"
    if named is None:
        return "BASE_HEX" if field.meaning.is_hex else "BASE_DEC", "NULL"
    if named.is_status:
        return "BASE_DEC | BASE_EXT_STRING", "VALS_EXT_PTR(&cmrp_statuses_ext)"
    return "BASE_HEX" if named.is_hex else "BASE_DEC", f"VALS(values_{named.name})"
