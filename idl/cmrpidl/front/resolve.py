# SPDX-License-Identifier: GPL-2.0-or-later
"""What do the declarations of the files mean together: which model do they make?"""

import os
import re

from ..errors import IdlError, Position
from ..model import (
    Array,
    Base,
    Enum,
    Interface,
    Member,
    Method,
    Model,
    Param,
    Pointer,
    Struct,
)
from . import attributes, declare, expression, syntax


class Resolver:
    """Reads files into one model. Names live in one common scope, as in MIDL."""

    def __init__(self):
        self.model = Model()
        self._tags = {}  # (struct | enum, name) -> type
        self._undefined = {}  # id of a type that was only named -> (type, what, position)
        self._loaded = set()
        self._file = None
        self._pointer_default = "unique"
        self._siblings = None  # (what they are, their names) while a list of them is read

    def load(self, file, importer=None):
        """Read a file and what it imports; a file is read once."""
        path = os.path.realpath(file)
        if path in self._loaded:
            return
        self._loaded.add(path)
        try:
            with open(file, encoding="utf-8") as stream:
                text = stream.read()
        except OSError as error:
            reason = f"cannot read '{file}': {error.strerror}"
            raise IdlError(importer or Position(file, 1), reason) from None
        tree = syntax.parse(text, file)
        outer, self._file = self._file, file
        for child in tree.children:
            self._item(child)
        self._file = outer
        self.model.files.append(file)

    def finish(self):
        for _, what, position in self._undefined.values():
            raise IdlError(position, f"{what} is not defined")
        return self.model

    # Items of a file or an interface body

    def _item(self, tree):
        getattr(self, "_" + tree.data)(tree)

    def _import_(self, tree):
        for token in tree.children:
            file = os.path.join(os.path.dirname(self._file), str(token)[1:-1])
            self.load(file, self._at(token))

    def _cpp_quote(self, tree):
        """Text for C headers; it has no meaning here."""

    def _typedef(self, tree):
        attribute_tree, type_tree, declarators = self._padded(tree, "attributes")
        given = attributes.read(attribute_tree, "typedef", self._file)
        base = self._type(type_tree, given)
        named = [d for d in declarators.children if self._is_plain(d)]
        if isinstance(base, (Struct, Enum)) and named:
            self._name_type(base, str(named[0].children[1]))
        for declarator in declarators.children:
            name = declarator.children[1]
            declared = self._declarator(base, declarator, given)
            if "context_handle" in given:
                declared = declare.context_handle(declared, str(name), self._at(name))
            self._add_type(name, declare.with_name(declared, str(name)))

    def _constant(self, tree):
        type_tree, declarator, value = tree.children
        base = self._type(type_tree, {})
        if not isinstance(base, Base) or not self._is_plain(declarator):
            raise IdlError(self._at(declarator), "only numbers can be constants")
        self._add_constant(declarator.children[1], self._number(value))

    def _tagged(self, tree):
        self._define(tree.children[0], {})

    # Types

    def _type(self, tree, given):
        """The type of a `type` or `plain_type` tree; attributes of the typedef may matter."""
        child = tree.children[0]
        if child.data == "base":
            return declare.base_type([str(word) for word in child.children], self._at(child))
        if child.data == "named":
            name = child.children[0]
            if str(name) not in self.model.types:
                raise IdlError(self._at(name), f"unknown type '{name}'")
            return self.model.types[str(name)]
        if child.data == "tag_use":
            kind, name = str(child.children[0]), child.children[1]
            return self._tag(kind, name)
        return self._define(child, given)

    def _tag(self, kind, name):
        key = (kind, str(name))
        if key not in self._tags:
            made = {"struct": Struct, "enum": Enum}[kind](str(name))
            self._tags[key] = made
            self._undefined[id(made)] = (made, f"{kind} '{name}'", self._at(name))
        return self._tags[key]

    def _define(self, tree, given):
        """A structure or enumeration with its body."""
        outer = self._siblings
        made = self._begin(tree.data, tree.children[0], self._at(tree))
        if tree.data == "enum":
            made.v1 = "v1_enum" in given
            self._enumerators(made, tree.children[1:])
        else:
            made.members.extend(self._members(tree.children[1:]))
        self._undefined.pop(id(made))
        self._siblings = outer
        self.model.defined.append(made)
        return made

    def _begin(self, kind, tag, position):
        if tag is None:
            made = {"struct": Struct, "enum": Enum}[kind]("")
        else:
            made = self._tag(kind, tag)
            if id(made) not in self._undefined:
                raise IdlError(self._at(tag), f"duplicate {kind} '{tag}'")
        made.position = position
        self._undefined[id(made)] = (made, f"{kind} '{made.name}'", position)
        return made

    def _name_type(self, made, name):
        """The first typedef name is the one under which a type is known."""
        if made not in self.model.types.values():
            made.name = name

    def _enumerators(self, made, trees):
        number = 0
        for tree in trees:
            name, value = tree.children
            number = number if value is None else self._number(value)
            made.values.append((str(name), number))
            self._add_constant(name, number)
            number += 1

    def _members(self, trees):
        """The members of a structure, one for each declarator."""
        parts = []
        for tree in trees:
            attribute_tree, type_tree, declarators = self._padded(tree, "attributes")
            parts += [(attribute_tree, type_tree, d) for d in declarators.children]
        self._begin_siblings("member", [d.children[1] for _, _, d in parts])
        members = [self._member(a, t, d) for a, t, d in parts]
        self._check_members(members)
        for member in members[:-1]:
            if self._ends_open(member.type):
                reason = f"conformant member '{member.name}' is not the last one"
                raise IdlError(member.position, reason)
        return members

    def _member(self, attribute_tree, type_tree, declarator):
        given = attributes.read(attribute_tree, "member", self._file)
        position = self._at(declarator.children[1])
        declared = self._declarator(self._type(type_tree, {}), declarator, given)
        declared = declare.finish(declared, False, self._pointer_default, position)
        self._require_defined(declared, position)
        name = str(declarator.children[1])
        return Member(name, declared, self._facts(given), position)

    # Interfaces and methods

    def _interface(self, tree):
        attribute_tree, name, *items = self._padded(tree, "attributes")
        given = attributes.read(attribute_tree, "interface", self._file)
        if "pointer_default" in given:
            word = given["pointer_default"].text()
            if word not in declare.POINTER_KINDS:
                reason = f"[pointer_default] is ref or unique, not '{word}'"
                raise IdlError(given["pointer_default"].position, reason)
            self._pointer_default = word
        methods = []
        for item in items:
            if item.data == "method":
                methods.append(self._method(item, len(methods), methods))
            else:
                self._item(item)
        self._pointer_default = "unique"
        self._add_interface(name, given, methods)

    def _add_interface(self, name, given, methods):
        position = self._at(name)
        if "uuid" not in given:
            if methods:
                raise IdlError(position, f"interface '{name}' has no uuid")
            return
        version = given["version"].text() if "version" in given else "0.0"
        if not re.fullmatch(r"\d+(\.\d+)?", version):
            raise IdlError(given["version"].position, f"'{version}' is no version")
        major, _, minor = version.partition(".")
        uuid = given["uuid"].text().lower()
        for other in self.model.interfaces:
            if (other.uuid, other.version_major) == (uuid, int(major)):
                reason = f"duplicate interface {uuid} version {major}"
                raise IdlError(position, reason)
        self.model.interfaces.append(
            Interface(str(name), uuid, int(major), int(minor or 0), methods, position)
        )

    def _method(self, tree, opnum, earlier):
        attribute_tree, type_tree, pointers, name, parameters = self._padded(tree, "attributes")
        attributes.read(attribute_tree, "method", self._file)
        position = self._at(name)
        if any(method.name == str(name) for method in earlier):
            raise IdlError(position, f"duplicate method '{name}'")
        returns = self._type(type_tree, {})
        for _ in pointers.children:
            returns = Pointer("unique", returns)
        return Method(str(name), opnum, self._params(parameters), returns, position)

    def _params(self, tree):
        parts = [t for t in tree.children if t is not None]
        parts = [self._padded(t, "attributes") for t in parts]
        if len(parts) == 1 and parts[0][3] is None:
            attribute_tree, type_tree, pointers, _, _ = parts[0]
            if self._type(type_tree, {}) is None and not pointers.children:
                return []
        for _, type_tree, _, name, _ in parts:
            if name is None:
                raise IdlError(self._at(type_tree), "a parameter needs a name")
        self._begin_siblings("parameter", [part[3] for part in parts])
        params = [self._param(*part) for part in parts]
        self._check_members(params)
        return params

    def _param(self, attribute_tree, type_tree, pointers, name, dimensions):
        given = attributes.read(attribute_tree, "parameter", self._file)
        position = self._at(name)
        declared = declare.declare(
            self._type(type_tree, {}),
            len(pointers.children),
            self._counts(dimensions),
            given,
            self._sibling_name,
            position,
        )
        if "context_handle" in given:
            declared = declare.context_handle(declared, str(name), position)
        declared = declare.finish(declared, True, self._pointer_default, position)
        self._require_defined(declared, position)
        param = Param(str(name), declared, self._facts(given), position)
        param.directions = frozenset({"in", "out"} & given.keys())
        if param.on_wire and not param.directions:
            raise IdlError(position, f"parameter '{name}' is neither [in] nor [out]")
        if "out" in given and not isinstance(declared, (Pointer, Array)):
            raise IdlError(position, f"[out] parameter '{name}' is no pointer")
        return param

    # Parts of declarations

    def _padded(self, tree, optional):
        """The children of a tree whose first one may be missing."""
        first = tree.children[0]
        missing = getattr(first, "data", None) != optional
        return ([None] if missing else []) + tree.children

    def _is_plain(self, declarator):
        pointers, _, dimensions = declarator.children
        return not pointers.children and not dimensions.children

    def _declarator(self, base, tree, given):
        pointers, name, dimensions = tree.children
        return declare.declare(
            base,
            len(pointers.children),
            self._counts(dimensions),
            given,
            self._sibling_name,
            self._at(name),
        )

    def _counts(self, dimensions):
        counts = []
        for tree in dimensions.children:
            child = tree.children[0]
            if child is None or child.data == "any_size":
                counts.append(None)
                continue
            count = self._number(child)
            if count <= 0:
                raise IdlError(self._at(tree), f"an array cannot have {count} elements")
            counts.append(count)
        return counts

    def _facts(self, given):
        """Attributes for the users of the model: True, or what the argument says."""
        facts = {}
        for name, attribute in given.items():
            facts[name] = attribute.expressions(self._sibling_name) or True
        if "range" in given:
            low, high = facts["range"]
            position = given["range"].position
            facts["range"] = self._evaluate(low, position), self._evaluate(high, position)
        return facts

    def _begin_siblings(self, what, tokens):
        names = set()
        for token in tokens:
            if str(token) in names:
                raise IdlError(self._at(token), f"duplicate {what} '{token}'")
            names.add(str(token))
        self._siblings = what, names

    def _sibling_name(self, token):
        what, names = self._siblings or ("name", ())
        if str(token) in names:
            return expression.Name(str(token))
        if str(token) in self.model.constants:
            return expression.Number(self.model.constants[str(token)])
        raise IdlError(self._at(token), f"unknown {what} '{token}'")

    def _constant_name(self, token):
        if str(token) not in self.model.constants:
            raise IdlError(self._at(token), f"unknown constant '{token}'")
        return expression.Number(self.model.constants[str(token)])

    def _number(self, tree):
        made = attributes.convert_expression(tree, self._constant_name)
        return self._evaluate(made, self._at(tree))

    def _evaluate(self, made, position):
        if made is None or expression.names(made):
            raise IdlError(position, "a constant number is needed here")
        try:
            return expression.evaluate(made, None)
        except ZeroDivisionError:
            raise IdlError(position, "division by zero") from None

    # Checks

    def _check_members(self, members):
        """Sizes have to be whole numbers."""
        by_name = {member.name: member for member in members}
        for member in members:
            for what, made in declare.expressions(member.type):
                for name in expression.names(made):
                    if not declare.is_integer(by_name[name].type):
                        reason = f"{what} of '{member.name}' uses '{name}', which is no integer"
                        raise IdlError(member.position, reason)

    def _require_defined(self, declared, position):
        if isinstance(declared, Array):
            self._require_defined(declared.element, position)
        elif id(declared) in self._undefined:
            what = self._undefined[id(declared)][1]
            raise IdlError(position, f"{what} is not defined yet")

    def _ends_open(self, declared):
        """Is the size of this member known only from the data?"""
        if isinstance(declared, Array):
            return declared.conformant
        if isinstance(declared, Struct) and declared.members:
            return self._ends_open(declared.members[-1].type)
        return False

    def _add_type(self, token, declared):
        name = str(token)
        if name in self.model.types:
            raise IdlError(self._at(token), f"duplicate type '{name}'")
        self.model.types[name] = declared

    def _add_constant(self, token, number):
        name = str(token)
        if name in self.model.constants:
            raise IdlError(self._at(token), f"duplicate constant '{name}'")
        self.model.constants[name] = number

    def _at(self, node):
        meta = getattr(node, "meta", node)
        return Position(self._file, getattr(meta, "line", 1), getattr(meta, "column", 0))
