# SPDX-License-Identifier: GPL-2.0-or-later
"""How does the row of a method look in C? Part of cmrp_tables.c."""

from .method_row import ROLES

# Tables of places go by role: both sides must count the same ones.
BEGIN = f"""_Static_assert(CMRP_ROLE_TOLD == {len(ROLES)}, "roles of parameters: see method_row.py");
"""

KINDS = {"": "CMRP_METHOD_NORMAL", "local": "CMRP_METHOD_LOCAL", "future": "CMRP_METHOD_FUTURE"}

DEMANDS = {
    "-": "CMRP_DEMANDS_NOTHING",
    "Read": "CMRP_DEMANDS_READ",
    "All": "CMRP_DEMANDS_ALL",
    "requested": "CMRP_DEMANDS_REQUESTED",
    "control": "CMRP_DEMANDS_CONTROL",
}

PORT_ACTS = {
    "": "CMRP_PORT_NOTHING",
    "create": "CMRP_PORT_CREATE",
    "register": "CMRP_PORT_REGISTER",
    "again": "CMRP_PORT_REGISTER",
    "get": "CMRP_PORT_GET",
    "unblock": "CMRP_PORT_UNBLOCK",
    "close": "CMRP_PORT_CLOSE",
}


def line(method, number):
    """The row of a method. number: its place among those of all interfaces."""
    facts = method.facts
    key = f"{method.version}_{method.opnum}"
    members = {
        "name": f'"{method.name}"',
        "section": f'"{facts.section}"',
        "number": number,
        "version": method.version,
        "opnum": method.opnum,
        "kind": KINDS[facts.reserved],
        "params": f"params_{key}" if method.params else "NULL",
        "param_count": len(method.params),
        "in": _list([*method.going("CMRP_IN"), -1]),
        "out": _list([*method.going("CMRP_OUT"), -1]),
        "request": _by_role(method.by_role("CMRP_IN")),
        "response": _by_role(method.by_role("CMRP_OUT")),
        "handle_params": _list(method.handle_params),
        "status_param": method.status_param,
        "control_code": method.control_code,
        "keeps_numbers": _bool(method.keeps_numbers),
        "has_counts": _bool(method.has_counts),
        "has_formats": _bool(method.has_formats),
        "demand": DEMANDS[facts.access],
        "demand_is_must": _bool(facts.demand == "MUST" and not facts.condition),
        "demand_of_client": _bool("client" in facts.holder),
        "demand_of": f"0x{method.demand_of:x}",
        "limit": _limit(method),
        "range": _range(*method.range),
        "given": method.place_of(method.limits.given) if method.limits and method.limits.given else -1,
        "statuses": f"statuses_{key}" if method.statuses else "NULL",
        "status_count": len(method.statuses),
        "lessons": f"lessons_{key}" if method.lessons else "NULL",
        "lesson_count": len(method.lessons),
        "port": PORT_ACTS[facts.port],
        "port_version": facts.port_version,
        "registers_again": _bool(facts.port == "again"),
        "deletes": _bool("deletes" in facts.marks),
        "frequent": _bool("frequent" in facts.marks),
        "needs_read_write": _bool("readwrite" in facts.marks),
        "may_change": _bool(method.may_change),
        "renames": _bool(method.renames),
        "tells_entitlement": _bool(method.tells_entitlement),
    }
    inner = "".join(f"        .{name} = {value},\n" for name, value in members.items())
    return f"    {{\n{inner}    }},"


def _limit(method):
    if method.limits is None or method.limits.number is None:
        return "{ .param = -1 }"
    name, kind, value, refused = method.limits.number
    return (
        f"{{ .param = {method.place_of(name)}, .kind = CMRP_LIMIT_{kind.upper()}, .value = 0x{value:x}, "
        f".refused = {_bool(refused)} }}"
    )


def _range(place, highest):
    return f"{{ .param = {place}, .most = {highest} }}"


def _bool(value):
    return str(value).lower()


def _list(values):
    return "{ " + ", ".join(map(str, values)) + " }"


def _by_role(places):
    return _list(f"[{role}] = {place}" for role, place in zip(ROLES, places))
