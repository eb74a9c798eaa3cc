# SPDX-License-Identifier: GPL-2.0-or-later
"""How do the rows of lower_contents.py look in C? Part of cmrp_tables.h and cmrp_tables.c."""

DECLARATIONS = """
/** What is inside lpInBuffer and lpOutBuffer, by control code. */
extern const cmrp_control cmrp_controls[];
extern const unsigned cmrp_control_count;

/** What is inside the buffer of a notification, by object type and event. */
extern const cmrp_event cmrp_events[];
extern const unsigned cmrp_event_count;

/** The layout of the values of a property, by syntax. */
extern const cmrp_syntax_layout cmrp_syntax_layouts[];
extern const unsigned cmrp_syntax_layout_count;

/** Enumerations whose values stand in buffers that have no layout. */
{enumerations}
/** The layouts of layouts.tsv. */
{layouts}"""

# Enumerations that the readers of property lists, registry batches and the like show themselves.
ENUMERATIONS = (
    "CLUSTER_PROPERTY_SYNTAX",
    "CLUSTER_PROPERTY_FORMAT",
    "CLUSTER_REG_BATCH_COMMAND",
    "REG_VALUE_TYPE",
)


def declarations(contents):
    return DECLARATIONS.format(
        enumerations="".join(f"extern const value_string cmrp_values_{n}[];\n" for n in ENUMERATIONS),
        layouts="".join(f"extern const cmrp_layout cmrp_layout_{r.name};\n" for r in contents.layouts),
    )


def enumerations(tables):
    parts = []
    for name in ENUMERATIONS:
        lines = [
            f'    {{ 0x{item.value:08x}, "{item.name}" }},' for item in tables.enums[name].items
        ]
        parts.append(_table(f"const value_string cmrp_values_{name}[]", [*lines, "    { 0, NULL }"]))
    return "\n".join(parts)


def layouts(contents):
    parts = []
    for row in contents.layouts:
        lines = [_member_line(member) for member in row.members]
        parts.append(_table(f"static const cmrp_layout_member layout_{row.name}[]", lines))
        parts.append(
            f'const cmrp_layout cmrp_layout_{row.name} = {{ "{row.name}", layout_{row.name}, '
            f"{len(row.members)}, {row.least} }};\n"
        )
    return "\n".join(parts)


def _member_line(member):
    named = member.meaning.named
    meaning = f"&meaning_{named.name}" if named and not named.is_status else "NULL"
    of = f"&cmrp_layout_{member.of}" if member.of else "NULL"
    place, value = member.when
    return (
        f'    {{ "{member.name}", &{member.field.variable}, {meaning}, {of}, {member.kind}, '
        f"{member.size}, {member.count}, {member.counted_by}, {str(member.to_the_end).lower()}, "
        f"{place}, 0x{value:x} }},"
    )


def formats(contents):
    lines = [
        f"    [{index}] = {{ {row.kind}, {_layout(row.layout)}, {pointer(row.binary)}, "
        f"{pointer(row.otherwise)}, {row.told_by}, {row.length} }},"
        for index, row in enumerate(contents.formats)
    ]
    count = len(contents.formats)
    return (
        f"static const cmrp_format formats[{count}];\n\n"
        + _table(f"static const cmrp_format formats[{count}]", lines)
    )


def _layout(name):
    return f"&cmrp_layout_{name}" if name else "NULL"


def pointer(index):
    """A format as a C expression."""
    return "NULL" if index is None else f"&formats[{index}]"


def by_number(contents):
    controls = [
        f"    {{ &meaning_{control.enumeration}, 0x{control.value:08x}, {pointer(request)}, "
        f"{pointer(response)}, {fact}, {handle_type} }},"
        for control, request, response, fact, handle_type in contents.controls
    ]
    events = [
        f"    {{ {event.object_type}, 0x{event.value:08x}, {pointer(format_)} }},"
        for event, format_ in contents.events
    ]
    syntaxes = [f"    {{ 0x{value:08x}, &cmrp_layout_{name} }}," for value, name in contents.syntaxes.items()]
    return "\n".join(
        [
            _table("const cmrp_syntax_layout cmrp_syntax_layouts[]", syntaxes),
            "const unsigned cmrp_syntax_layout_count = G_N_ELEMENTS(cmrp_syntax_layouts);\n",
            _table("const cmrp_control cmrp_controls[]", controls),
            "const unsigned cmrp_control_count = G_N_ELEMENTS(cmrp_controls);\n",
            _table("const cmrp_event cmrp_events[]", events),
            "const unsigned cmrp_event_count = G_N_ELEMENTS(cmrp_events);\n",
        ]
    )


def _table(declaration, lines):
    return declaration + " = {\n" + "\n".join(lines) + "\n};\n"
