# SPDX-License-Identifier: GPL-2.0-or-later
"""Which calls do tests of all methods make, and what is in their stubs?"""
from cmrp_ndr import values

# Printable, so that programs write them as they are: from one byte of UTF-8 to four, and what JSON must escape.
LETTERS = "abcXYZ019 \\{}\"/äßЖあ漢\ufffd😀𝒳"


class Printable(values.SeededSource):
    """Texts without the characters that programs write in ways of their own."""

    def text(self):
        return "".join(self._random.choices(LETTERS, k=self._random.randint(0, values.LONGEST)))


class Full(Printable):
    """No NULL pointer, no empty array or string."""

    def length(self, low, high):
        return self._random.randint(min(low + 1, high), high)

    def text(self):
        return "".join(self._random.choices(LETTERS, k=self._random.randint(1, values.LONGEST)))


def call_of(source, model, version, opnum):
    """The values of a request, and of a response whose buffers have the sizes that the request asks for."""
    asked = values.make_request(source, model, version, opnum)
    return asked, values.make_response(source, model, version, opnum, asked)


def parameters(method, direction):
    """(name, type) of what stands in a stub, in its order."""
    if direction == "request":
        return [(param.name, param.type) for param in method.request]
    found = [(param.name, param.type) for param in method.response]
    return found + ([("return", method.returns)] if method.returns is not None else [])
