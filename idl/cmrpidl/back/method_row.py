# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be said of a method before any PDU of it is seen?

Each PDU is asked the same things about its method: which parameter is the status, which the key, whether any
buffer is to be looked into. The answers stand in the tables, so that the way of a PDU has no search
through parameters."""

from dataclasses import dataclass

# The bounds that plugin/interface/descriptors.h and plugin/base/bounds.h rely on.
MAX_SIBLINGS = 16
MAX_REQUEST_HANDLES = 2

# Those of cmrp_role that a parameter may have, in that order: tables go by them.
ROLES = (
    "CMRP_ROLE_NONE",
    "CMRP_ROLE_HANDLE_USED",
    "CMRP_ROLE_HANDLE_OPENED",
    "CMRP_ROLE_HANDLE_CLOSED",
    "CMRP_ROLE_STATUS",
    "CMRP_ROLE_RPC_STATUS",
    "CMRP_ROLE_NAME",
    "CMRP_ROLE_FILTER",
    "CMRP_ROLE_KEY",
    "CMRP_ROLE_SEQUENCE",
    "CMRP_ROLE_ACCESS",
)

NUMBERS = {
    "CMRP_UINT8",
    "CMRP_UINT16",
    "CMRP_UINT32",
    "CMRP_UINT64",
    "CMRP_INT32",
    "CMRP_INT64",
    "CMRP_BOOL",
    "CMRP_UINT3264",
    "CMRP_ENUM16",
}


@dataclass
class MethodRow:
    """facts: the row of methods.tsv. params: rows of the parameters. kinds: of each parameter, behind pointers.
    control_code: place of the parameter with a control code, or -1. limits: of the tables, or None. ranges: of each parameter,
    its [range()] or None."""

    name: str
    opnum: int
    version: int
    facts: object
    params: list
    kinds: list
    control_code: int
    limits: object
    ranges: list
    statuses: list
    lessons: list

    def place_of(self, name):
        return next((i for i, row in enumerate(self.params) if row.name == name), -1)

    @property
    def range(self):
        """(place of the parameter with a range, highest value), (-1, 0) if there is none."""
        return next(((i, found[1]) for i, found in enumerate(self.ranges) if found), (-1, 0))

    @property
    def demand_of(self):
        """A bit for each parameter whose handle needs the access."""
        return sum(1 << i for i, row in enumerate(self.params) if row.name in self.facts.holder)

    @property
    def handle_params(self):
        """Indexes of the handles of the request, -1 where there are fewer."""
        places = [
            index
            for index, row in enumerate(self.params)
            if row.role in ("CMRP_ROLE_HANDLE_USED", "CMRP_ROLE_HANDLE_CLOSED")
        ]
        return (places + [-1] * MAX_REQUEST_HANDLES)[:MAX_REQUEST_HANDLES]

    @property
    def status_param(self):
        """Index of the method's own result: the return value wins over a Status parameter."""
        places = [i for i, row in enumerate(self.params) if row.role == "CMRP_ROLE_STATUS"]
        return places[-1] if places else -1

    def going(self, direction):
        """Indexes of the parameters that go in one direction, in the order of the wire."""
        return [i for i, row in enumerate(self.params) if direction in row.directions]

    def by_role(self, direction):
        """For each of ROLES: the first parameter of it that goes in the direction, or -1."""
        going = self.going(direction)
        return [next((i for i in going if self.params[i].role == role), -1) for role in ROLES]

    @property
    def has_counts(self):
        """Does the count of some parameter stand in another one?"""
        return any(row.size_is >= 0 or row.length_is >= 0 for row in self.params)

    @property
    def has_formats(self):
        """Have the bytes of some parameter a meaning?"""
        return any(row.format is not None for row in self.params)

    @property
    def keeps_numbers(self):
        """May somebody ask on the response what the request's numbers were?"""
        return any(map(_is_asked_again, self.params, self.kinds))

    @property
    def may_change(self):
        """May objects be gone, or be others, when it was carried out? Not if it lists them; ports are no objects."""
        lists = bool(self.lessons) and self.lessons[0].of == "CMRP_LESSON_ENTRIES"
        changes = "readwrite" in self.facts.marks and not self.facts.port and not lists
        return self.control_code >= 0 or changes

    @property
    def renames(self):
        """Does a client give the object of one of its handles another name?"""
        return any(
            lesson.of == "CMRP_LESSON_HANDLE"
            and lesson.fact == "CMRP_FACT_NAME"
            and lesson.value >= 0
            and self.params[lesson.value].role == "CMRP_ROLE_NAME"
            for lesson in self.lessons
        )

    @property
    def tells_entitlement(self):
        """Does a client ask for an access level? The answer tells how much it may have at most."""
        return self.version == 3 and self.by_role("CMRP_IN")[ROLES.index("CMRP_ROLE_ACCESS")] >= 0


def _is_asked_again(row, kind):
    """May a check of the response ask for this number of the request, or for one of its siblings?"""
    is_number = row.role == "CMRP_ROLE_ACCESS" or (row.role == "CMRP_ROLE_NONE" and kind in NUMBERS)
    return ("CMRP_IN" in row.directions and is_number) or ("CMRP_OUT" in row.directions and row.size_is >= 0)
