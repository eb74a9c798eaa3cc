# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the interface definition say what MS-CMRP says, and what does the IDL compiler make of it?"""

import ast
import shutil
import subprocess
from pathlib import Path

import cmrpidl
import pytest
from cmrpidl import IdlError
from cmrpidl.front.expression import Binary, Name, Number, Unary
from cmrpidl.model import Array, Base, ContextHandle, Enum, Pointer, String
from support import sandbox

IDL = sandbox.SOURCE_DIR / "idl"
HEAD = "[uuid(b97db8b2-4c63-11cf-bff6-08002be23f2f), version(3.0)] interface x {\n"


def compiled(tmp_path, text, head=HEAD):
    """The model of a small interface; `text` starts in line 2."""
    (tmp_path / "foo.idl").write_text(f"{head}{text}\n}}\n")
    return cmrpidl.load([str(tmp_path / "foo.idl")])


def param(model, version, opnum, name):
    return next(p for p in model.method(version, opnum).params if p.name == name)


# A compiler that is not ours


@pytest.mark.parametrize("machine", ["i686", "x86_64"])
@pytest.mark.parametrize("version", [2, 3])
def test_widl_accepts_it(machine, version, tmp_path):
    widl = f"{machine}-w64-mingw32-widl"
    assert shutil.which(widl), f"{widl} is missing: install the package mingw-w64-tools"
    # No stubs for 3.0: widl cannot make them for the array of arrays of opnum 140, but it
    # checks every type on the way to the header.
    wanted = ["-h", "-c", "-s"] if version == 2 else ["-h"]
    done = subprocess.run(
        [widl, "-I", str(IDL), *wanted, str(IDL / f"clusapi{version}.idl")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr


# Facts of MS-CMRP


def test_interfaces(model):
    assert [(i.name, i.version_major, i.version_minor) for i in model.interfaces] == [
        ("clusapi2", 2, 0),
        ("clusapi3", 3, 0),
    ]
    assert {i.uuid for i in model.interfaces} == {"b97db8b2-4c63-11cf-bff6-08002be23f2f"}
    assert [len(i.methods) for i in model.interfaces] == [109, 265]


@pytest.mark.parametrize(
    "version, opnum, name",
    [
        (2, 0, "ApiOpenCluster"),
        (2, 65, "ApiGetNotify"),
        (2, 80, "Opnum80NotUsedOnWire"),
        (2, 108, "ApiSetServiceAccountPassword"),
        (3, 41, "ApiOpenGroup"),
        (3, 63, "ApiReAddNotifyGroup"),
        (3, 117, "ApiOpenClusterEx"),
        (3, 139, "ApiGetNotifyV2"),
        (3, 149, "Opnum149NotUsedOnWire"),
        (3, 174, "ApiGroupSetControl"),
        (3, 185, "ApiClusterNativeUpdateControl"),
        (3, 186, "Opnum186Reserved"),
        (3, 264, "Opnum264NotUsedOnWire"),
    ],
)
def test_opnums(model, version, opnum, name):
    assert model.method(version, opnum).name == name


def test_reserved_names_tell_their_opnum(model):
    for interface in model.interfaces:
        for method in interface.methods:
            if method.name.startswith("Opnum"):
                assert int("".join(filter(str.isdigit, method.name))) == method.opnum


def test_no_rpc_status_in_2_0_and_in_some_methods_of_3_0(model):
    without = {
        version: [
            method.opnum
            for method in model.interface(version).methods
            if method.params and "rpc_status" not in [p.name for p in method.params]
        ]
        for version in (2, 3)
    }
    assert without[2] == [opnum for opnum in range(109) if opnum != 80]
    assert without[3] == [
        0, 1, 3, 4, 11, 37, 44, 56, 67, 82, 93, 107, 108, 115, 116, 117, 139, 147, 165,
    ]  # fmt: skip


def test_2_0_and_3_0_have_the_same_parameters_with_few_exceptions(model):
    """And rpc_status, if there is one, is the last parameter."""

    def directions(method):
        listed = [(p.name, p.directions) for p in method.params]
        if "rpc_status" in [name for name, _ in listed]:
            assert listed.pop() == ("rpc_status", frozenset({"out"})), method.name
        return listed

    different = {
        opnum
        for opnum in range(109)
        if directions(model.method(2, opnum)) != directions(model.method(3, opnum))
    }
    assert different == {43, 54, 56, 61, 65}


def test_open_group(model):
    """3.1.4.2.42"""
    method = model.method(3, 41)
    assert [(p.name, set(p.directions)) for p in method.params] == [
        ("lpszGroupName", {"in"}),
        ("Status", {"out"}),
        ("rpc_status", {"out"}),
    ]
    wchar = Base("wchar", 2)
    status = Base("error_status", 4)
    assert method.params[0].type == Pointer("ref", String(wchar), ("LPCWSTR",))
    assert method.params[1].type == Pointer("ref", status)
    assert method.returns == ContextHandle("HGROUP_RPC", ("HGROUP_RPC",))


def test_re_add_notify_group(model):
    """3.1.4.2.64"""
    dword = Base("uint32", 4, names=("DWORD",))
    params = model.method(3, 63).params
    assert [p.name for p in params] == [
        "hNotify",
        "hGroup",
        "dwFilter",
        "dwNotifyKey",
        "StateSequence",
        "rpc_status",
    ]
    assert [p.type.name for p in params[:2]] == ["HNOTIFY_RPC", "HGROUP_RPC"]
    assert [p.type for p in params[2:5]] == [dword] * 3


def test_pointers_to_pointers(model):
    """[out, size_is(, *cbData)] UCHAR **lpData: opnum 115"""
    uchar = Base("uint8", 1, names=("UCHAR",))
    array = Array(uchar, size_is=Unary("*", Name("cbData")))
    assert param(model, 3, 115, "lpData").type == Pointer("ref", Pointer("unique", array))


def test_array_of_strings(model):
    declared = param(model, 2, 87, "NetworkIdList")
    string = Pointer("unique", String(Base("wchar", 2)), ("LPWSTR",))
    assert declared.type == Array(string, size_is=Name("NetworkCount"))
    assert param(model, 2, 87, "NetworkCount").range == (0, 1000)


def test_buffers_of_control_codes(model):
    method = model.method(3, 77)
    buffer = next(p.type for p in method.params if p.name == "lpOutBuffer").to
    assert buffer.size_is == Name("nOutBufferSize")
    assert buffer.length_is == Unary("*", Name("lpBytesReturned"))
    assert param(model, 3, 77, "lpInBuffer").type.kind == "unique"
    assert param(model, 3, 173, "nOutBufferSize").range == (0, 0x7FFFFFFF)


@pytest.mark.parametrize(
    "opnum, name", [(43, "force"), (61, "WatchSubTree"), (126, "bDrainNode"), (183, "UseDomains")]
)
def test_bool_has_4_bytes(model, opnum, name):
    assert param(model, 3, opnum, name).type == Base("int32", 4, True, ("BOOL",))


def test_binding_handle_is_not_on_the_wire(model):
    method = model.method(3, 185)
    assert [p.name for p in method.request] == ["inBuffer", "inBufferSize", "outBufferSize"]


@pytest.mark.parametrize(
    "struct, ndr, ndr64",
    [
        ("NOTIFICATION_RPC", (8, 48), (8, 72)),
        ("RPC_SECURITY_ATTRIBUTES", (4, 20), (8, 32)),
        ("IDL_CLUSTER_SET_PASSWORD_STATUS", (4, 12), (4, 12)),
        ("ENUM_LIST", (4, None), (8, None)),
        ("GROUP_ENUM_ENTRY", (4, 36), (8, 64)),
    ],
)
def test_layout(model, struct, ndr, ndr64):
    found = model.types[struct]
    assert (cmrpidl.wire_size(found, "ndr"), cmrpidl.wire_size(found, "ndr64")) == (ndr, ndr64)
    assert cmrpidl.is_conformant(found) == (ndr[1] is None)


def test_enumerations(model):
    flags = param(model, 3, 108, "dwFlags").type
    assert isinstance(flags, Enum) and not flags.v1
    assert cmrpidl.wire_size(flags, "ndr") == (2, 2) and cmrpidl.wire_size(flags, "ndr64") == (4, 4)
    assert all(enum.v1 for enum in model.enums if enum is not flags)
    change = dict(next(e for e in model.enums if e.name == "CLUSTER_CHANGE").values)
    assert change["CLUSTER_CHANGE_GROUP_STATE"] == 0x1000
    assert change["CLUSTER_CHANGE_HANDLE_CLOSE"] == 0x80000000
    assert len(change) == 32


# What the language can say beyond this interface


def test_expressions_and_constants(tmp_path):
    model = compiled(
        tmp_path,
        "const long A = 0x10 | 1 << 2; const long B = (A - 4) * -2 + 010; const long C = B < 0 ? ~A : 7;\n"
        "enum { FIRST = 3, SECOND, THIRD = SECOND * 2 };\n"
        "long f([in, range(A, 64 * 1024)] long n, [in, size_is(n / 2)] long *p);",
    )
    assert model.constants == {"A": 20, "B": -24, "C": -21, "FIRST": 3, "SECOND": 4, "THIRD": 8}
    size, array = model.method(3, 0).params
    assert size.range == (20, 65536)
    assert array.type.to.size_is == Binary("/", Name("n"), Number(2))


def test_pointer_kinds(tmp_path):
    head = HEAD.replace("version(3.0)", "version(3.0), pointer_default(ref)")
    model = compiled(
        tmp_path,
        "struct S { long *a; [unique] struct S *b; };\n"
        "typedef [unique] long *LP;\n"
        "long f([in] struct S **s, [in, unique] long *p, [in] LP q);",
        head,
    )
    assert [m.type.kind for m in model.structs[0].members] == ["ref", "unique"]
    first, second, third = (p.type for p in model.method(3, 0).params)
    assert (first.kind, first.to.kind, first.to.to) == ("ref", "ref", model.structs[0])
    assert (second.kind, third.kind) == ("unique", "unique")
    assert cmrpidl.has_pointers(model.structs[0])


def test_arrays_and_strings_of_fixed_size(tmp_path):
    model = compiled(
        tmp_path,
        "struct S { short a[2][3]; [length_is(n)] byte v[8]; long n; [string] wchar_t w[16];\n"
        "  unsigned __int3264 key; };",
    )
    a, varying, _, string, key = (member.type for member in model.structs[0].members)
    assert cmrpidl.wire_size(a, "ndr") == (2, 12)
    assert varying.varying and not varying.conformant
    assert string == String(Base("wchar", 2), 16)
    assert cmrpidl.wire_size(key, "ndr") == (4, 4) and cmrpidl.wire_size(key, "ndr64") == (8, 8)


def test_a_file_is_imported_once(tmp_path):
    (tmp_path / "types.idl").write_text("typedef long T;")
    for name in "ab":
        text = HEAD.replace("interface x", f"interface {name}") + "long f([in] T t); }"
        text = text.replace("3.0", f"{ord(name)}.1")
        (tmp_path / f"{name}.idl").write_text('import "types.idl";\n' + text)
    model = cmrpidl.load([str(tmp_path / "a.idl"), str(tmp_path / "b.idl")])
    assert [(i.name, i.version_major, i.version_minor) for i in model.interfaces] == [
        ("a", 97, 1),
        ("b", 98, 1),
    ]
    assert [Path(file).name for file in model.files] == ["types.idl", "a.idl", "b.idl"]


# Mistakes in the IDL

MISTAKES = [
    ("typedef long A", 3, "syntax error at '}', expected ',' or ';' or '['"),
    ("long f([in] long x;", 2, "syntax error at ';', expected ')' or ',' or '['"),
    ("#define X 1", 2, "unexpected character '#' (there is no preprocessor: use const and import)"),
    ("long f([in] FOO x);", 2, "unknown type 'FOO'"),
    ("struct S { long a;\n FOO *b; };", 3, "unknown type 'FOO'"),
    ("typedef long A;\ntypedef short A;", 3, "duplicate type 'A'"),
    ("struct S { long a; };\nstruct S { long b; };", 3, "duplicate struct 'S'"),
    ("long f();\nlong f();", 3, "duplicate method 'f'"),
    ("long f([in] long a,\n[in] long a);", 3, "duplicate parameter 'a'"),
    ("struct S { long a; short a; };", 2, "duplicate member 'a'"),
    ("enum E { A,\nA };", 3, "duplicate constant 'A'"),
    ("long f([in, size_is(n)] long *p);", 2, "size_is: unknown parameter 'n'"),
    ("struct S { [size_is(n)] long *p; };", 2, "size_is: unknown member 'n'"),
    ("long f([in, size_is(n)] long *p, [in] double n);", 2,
     "size_is of 'p' uses 'n', which is no integer"),
    ("long f([in, length_is(n)] long *p, [in] long n);", 2,
     "length_is on a pointer needs size_is"),
    ("long f([in] long p[]);", 2, "an array needs a fixed size or [size_is]"),
    ("long f([in] long p[0]);", 2, "an array cannot have 0 elements"),
    ("struct S { long n; [size_is(n)] long a[*]; long b; };", 2,
     "conformant member 'a' is not the last one"),
    ("struct S { struct S s; };", 2, "struct 'S' is not defined yet"),
    ("struct S { struct T *t; };", 2, "struct 'T' is not defined"),
    ("long f(long a);", 2, "parameter 'a' is neither [in] nor [out]"),
    ("long f([out] long a);", 2, "[out] parameter 'a' is no pointer"),
    ("long f([in] long);", 2, "a parameter needs a name"),
    ("long f([in] void *p);", 2, "void is no type of a value"),
    ("long f([in, sring] char *p);", 2, "unknown attribute 'sring'"),
    ("long f([in, in] long p);", 2, "duplicate attribute 'in'"),
    ("[size_is(4)] long f();", 2, "attribute 'size_is' is not allowed on a method"),
    ("long f([in, range(1)] long p);", 2, "[range] takes 2 arguments, not 1"),
    ("long f([in, string] long *p);", 2,
     "[string] needs a pointer to or an array of characters"),
    ("long f([in, unique] long p);", 2, "[unique] needs a pointer"),
    ("long f([in, ref, unique] long *p);", 2, "[ref] and [unique] exclude each other"),
    ("long f([in] unsigned short char x);", 2, "'unsigned short char' is no base type"),
    ("typedef [context_handle] long H;", 2, "[context_handle] needs void *"),
    ("const long A = B;", 2, "unknown constant 'B'"),
    ("const long A = 1 / 0;", 2, "division by zero"),
    ('import "none.idl";', 2, "cannot read '{folder}/none.idl': No such file or directory"),
]  # fmt: skip


@pytest.mark.parametrize("text, line, reason", MISTAKES, ids=[m[2] for m in MISTAKES])
def test_a_mistake_is_told_with_its_place(tmp_path, text, line, reason):
    reason = reason.replace("{folder}", str(tmp_path))
    with pytest.raises(IdlError) as raised:
        compiled(tmp_path, text)
    assert str(raised.value) == f"{tmp_path}/foo.idl:{line}: {reason}"
    assert raised.value.line == line and raised.value.reason == reason


UNIONS = (
    "union U { [case(1)] long a; };",
    "typedef [switch_type(long)] union { [case(1)] long a; } U;",
    "typedef union switch (long tag) u { case 4: byte b; } V;",
    "long f([in] union U *u);",
    "struct S { union U *u; };",
)


@pytest.mark.parametrize("text", UNIONS)
def test_a_union_is_refused(tmp_path, text):
    with pytest.raises(IdlError) as raised:
        compiled(tmp_path, text)
    assert (raised.value.line, raised.value.reason) == (
        2,
        "unions are not supported: no type of MS-CMRP is one",
    )


@pytest.mark.parametrize("given", ["ptr", "max_is(n)", "last_is(n)", "first_is(n)", "switch_is(n)"])
def test_an_attribute_that_ms_cmrp_never_uses_is_refused(tmp_path, given):
    with pytest.raises(IdlError) as raised:
        compiled(tmp_path, f"long f([in] long n,\n[in, {given}] long *p);")
    name = given.removesuffix("(n)")
    assert (raised.value.line, raised.value.reason) == (
        3,
        f"[{name}] is not supported: no declaration of MS-CMRP has it",
    )


def test_column_of_a_mistake(tmp_path):
    with pytest.raises(IdlError) as raised:
        compiled(tmp_path, "  long f([in] FOO x);")
    assert raised.value.column == 15


@pytest.mark.parametrize(
    "text, line, reason",
    [
        ("interface x { long f(); }", 1, "interface 'x' has no uuid"),
        (f"{HEAD} }}\n{HEAD} }}", 3, "duplicate interface b97db8b2-4c63-11cf-bff6-08002be23f2f"),
        (f"{HEAD} long f();\n", 2, "syntax error: unexpected end of the file"),
        ("[pointer_default(weak)] interface x { }", 1, "[pointer_default] is ref or unique, not 'weak'"),
        ("[pointer_default(ptr)] interface x { }", 1, "[pointer_default] is ref or unique, not 'ptr'"),
        ("union U { [case(1)] long a; };", 1, "unions are not supported: no type of MS-CMRP is one"),
    ],
)
def test_mistakes_around_an_interface(tmp_path, text, line, reason):
    (tmp_path / "foo.idl").write_text(text)
    with pytest.raises(IdlError) as raised:
        cmrpidl.load([str(tmp_path / "foo.idl")])
    assert str(raised.value).startswith(f"{tmp_path}/foo.idl:{line}: {reason}")


# The compiler itself

LAYERS = {"errors": 0, "model": 0, "wire_size": 0, "front": 1, "tables": 2, "back": 3}


def imports_of(path):
    """What a module of the compiler imports of it: "model", "front", …"""
    parts = path.relative_to(IDL / "cmrpidl").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            # A single dot within a folder stays in it; otherwise what follows the dots begins at the top.
            yield parts[0] if node.level < len(parts) else node.module.split(".")[0]


@pytest.mark.parametrize("layer", LAYERS)
def test_the_compiler_has_one_direction(layer):
    paths = [IDL / "cmrpidl" / f"{layer}.py", *(IDL / "cmrpidl" / layer).glob("*.py")]
    found = {name for path in paths if path.is_file() for name in imports_of(path)}
    assert found or layer == "errors"
    assert [name for name in found if LAYERS[name] > LAYERS[layer]] == []
