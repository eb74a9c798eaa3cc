# SPDX-License-Identifier: GPL-2.0-or-later
"""How does the interface definition become something that a program can work with?

    model = load(["idl/clusapi2.idl", "idl/clusapi3.idl"])

gives a Model (model.py); a mistake in a file raises IdlError (errors.py). front/ reads the IDL, tables/ what stands
beside it, back/ makes C of both. Each folder knows those before it: errors, model, wire_size < front < tables < back.
"""

from .errors import IdlError, Position
from .front.resolve import Resolver
from .model import Model
from .wire_size import has_pointers, is_conformant, wire_size

__all__ = ["IdlError", "Model", "Position", "has_pointers", "is_conformant", "load", "wire_size"]


def load(files):
    """The model of IDL files and of all that they import."""
    resolver = Resolver()
    for file in files:
        resolver.load(file)
    return resolver.finish()
