# SPDX-License-Identifier: GPL-2.0-or-later
"""Which values may a call carry? Valid ones at random, for hypothesis or from a fixed seed.

Valid means: sizes agree with size_is and length_is, numbers stay in their range, reference
pointers are not NULL. Unique pointers may be NULL, strings may be empty or beyond the BMP.
"""

import random

from cmrpidl.front import declare, expression
from cmrpidl.model import Array, Base, ContextHandle, Enum, Pointer, String

from . import shape
from .codec import RETURN

LONGEST = 6  # elements of an array, characters of a string

_CHARACTERS = "abcXYZ019 \\{}äßЖあ漢\u202e\ufffd😀𝒳"


class SeededSource:
    """Choices from a seed: the same seed gives the same values."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def integer(self, low, high):
        # Bounds are worth more than their share among 2^64 numbers.
        return self._random.choice((low, high, self._random.randint(low, high)))

    def length(self, low, high):
        return self._random.randint(low, high)

    def octets(self, count):
        return self._random.randbytes(count)

    def text(self):
        return "".join(self._random.choices(_CHARACTERS, k=self._random.randint(0, LONGEST)))


class HypothesisSource:
    """Choices that hypothesis makes, so that it can shrink them."""

    def __init__(self, draw):
        from hypothesis import strategies

        self._draw = draw
        self._strategies = strategies

    def integer(self, low, high):
        return self._draw(self._strategies.integers(low, high))

    length = integer

    def octets(self, count):
        return self._draw(self._strategies.binary(min_size=count, max_size=count))

    def text(self):
        letters = self._strategies.characters(min_codepoint=1, blacklist_categories=("Cs",))
        return self._draw(self._strategies.text(letters, max_size=LONGEST))


def size_names(type_):
    """(attribute, name) for each parameter or member that sizes something within a type."""
    for what, made in declare.expressions(type_):
        reference = expression.reference(made)
        if reference is not None:
            yield what, reference[0]


class _Maker:
    """Values for the parameters of one call or the members of one structure."""

    def __init__(self, source, known=None):
        self._source = source
        self._known = known or {}

    def siblings(self, fields, sized=None):
        """A dictionary with a value for each field; sizes fit the arrays that they describe.

        sized: the fields with those arrays, if there are more of them than `fields`."""
        sizes = dict(self._known)
        for field in sized or fields:
            self._draw_sizes(field.type, sizes)
        values = {}
        for field in fields:
            values[field.name] = self.value(field.type, sizes, field)
        for field in sized or fields:
            for what, name in size_names(field.type):
                if name in values:
                    absent = field.name in values and values[field.name] is None
                    values[name] = 0 if absent else sizes[name]
        return values

    def _draw_sizes(self, type_, sizes):
        names = dict(size_names(type_))
        if "size_is" in names and names["size_is"] not in sizes:
            sizes[names["size_is"]] = self._source.length(0, LONGEST)
        if "length_is" in names and names["length_is"] not in sizes:
            sizes[names["length_is"]] = self._source.length(0, sizes[names["size_is"]])

    def value(self, type_, sizes, field=None):
        if isinstance(type_, Base):
            return self._number(type_, getattr(field, "range", None))
        if isinstance(type_, Enum):
            return type_.values[self._source.length(0, len(type_.values) - 1)][1]
        if isinstance(type_, ContextHandle):
            return self._source.octets(20)
        if isinstance(type_, Pointer):
            if type_.kind != "ref" and self._source.length(0, 3) == 0:
                return None
            return self.value(type_.to, sizes, field)
        if isinstance(type_, String):
            return self._source.text()
        if isinstance(type_, Array):
            return self._array(type_, sizes)
        return _Maker(self._source).siblings(type_.members)

    def _number(self, type_, allowed):
        if allowed is not None:
            return self._source.integer(*allowed)
        bits = 8 * (4 if type_.size is None else type_.size)
        if type_.name == "boolean":
            return self._source.integer(0, 1)
        if type_.signed:
            return self._source.integer(-(1 << bits - 1), (1 << bits - 1) - 1)
        return self._source.integer(0, (1 << bits) - 1)

    def _array(self, type_, sizes):
        made = type_.length_is if type_.length_is is not None else type_.size_is
        count = type_.count
        if made is not None:
            count = expression.evaluate(made, lambda name: sizes[name])
        if shape.is_bytes(type_.element):
            return self._source.octets(count)
        if shape.is_wide(type_.element):
            return "".join("ab\0"[self._source.length(0, 2)] for _ in range(count))
        return [self.value(type_.element, sizes) for _ in range(count)]


def make_request(source, model, version, opnum):
    """Values for pack_request. Sizes of buffers of the answer are small, too."""
    method = model.method(version, opnum)
    return _Maker(source).siblings(method.request, method.params)


def make_response(source, model, version, opnum, request=None):
    """Values for pack_response; with a request, its sizes hold for the buffers of the answer.

    The result also has the sizes that only the request carries."""
    method = model.method(version, opnum)
    answered = {param.name for param in method.response}
    names = {name for param in method.response for _, name in size_names(param.type)}
    asked = [param for param in method.request if param.name in names - answered]
    if request is None:
        request = _Maker(source).siblings(asked, method.params)
    known = {param.name: request[param.name] for param in asked}
    made = {**known, **_Maker(source, known).siblings(method.response)}
    if method.returns is not None:
        made[RETURN] = _Maker(source).value(method.returns, {})
    return made


def requests(model, version, opnum):
    """A hypothesis strategy for the values of a request."""
    return _strategy(make_request, model, version, opnum)


def responses(model, version, opnum):
    """A hypothesis strategy for the values of a response."""
    return _strategy(make_response, model, version, opnum)


def _strategy(make, model, version, opnum):
    from hypothesis import strategies

    @strategies.composite
    def values(draw):
        return make(HypothesisSource(draw), model, version, opnum)

    return values()
