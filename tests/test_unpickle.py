"""Pickles are read by a grammar: plain data comes through, everything else is refused, whatever a file is made of."""

from __future__ import annotations

import pickle
import resource
import struct
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo.datasets.unpickle import Inert, dense, load_arrays
from choreo.errors import MotionError

PROTOCOLS = range(6)
NUMPY = b"numpy.core.multiarray"


def loaded(content: bytes, folder: Path) -> Any:
    path = folder / "some.pkl"
    path.write_bytes(content)
    return load_arrays(path)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        kind = isinstance(other, np.ndarray) and one.dtype == other.dtype and one.shape == other.shape
        return kind and one.tobytes() == other.tobytes() and other.flags.writeable
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and type(one) is type(other)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "kind", ["?", "i1", "<i2", ">i4", "i8", "u1", "u4", "f2", "f4", ">f8", "c8", "c16", "S5", "U3", "<U1"]
)
def test_arrays_of_numbers_come_through(kind: str, protocol: int, tmp_path: Path) -> None:
    plain = (np.arange(24) % 7).astype(kind).reshape(2, 3, 4)
    for array in (plain, np.asfortranarray(plain), plain[:, :0], plain[0, 0, 0:1].reshape(())):
        found = loaded(pickle.dumps({"a": array, "again": array}, protocol), tmp_path)
        assert same({"a": array, "again": array}, found)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_plain_values_come_through(protocol: int, tmp_path: Path) -> None:
    shared = (1, 2.5)
    value = {
        "none": None, "yes": True, "no": False, "int": -(2**70), "float": 0.1, "text": "Größe",
        "bytes": bytes(range(256)),
        "list": [1, [2, [3, ()]], {}], "tuple": (1, (2,), shared, shared), "number": np.float32(1.5), 7: np.int64(-3),
        "ordered": OrderedDict(a=1, b=[2]), "long": list(range(3000)), "many": {str(k): k for k in range(3000)},
    }  # fmt: skip
    assert same({**value, "ordered": {"a": 1, "b": [2]}}, loaded(pickle.dumps(value, protocol), tmp_path))
    assert sorted(loaded(pickle.dumps({"set": {3, 1}}, protocol), tmp_path)["set"]) == [1, 3]


def test_text_of_python_2_is_bytes_of_any_kind(tmp_path: Path) -> None:
    assert loaded(b"S'caf\\xe9 \\n'\n.", tmp_path) == "caf\xe9 \n"
    raw = np.arange(3, dtype="<f4").tobytes()
    content = (
        b"c" + NUMPY + b"\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I3\ntcnumpy\ndtype\n(S'f4'\nI0\nI1\ntR"
        b"(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nU" + bytes([len(raw)]) + raw + b"tb."
    )
    assert np.array_equal(loaded(content, tmp_path), np.arange(3, dtype="<f4"))


def dtype_of(code: str, state: bytes = b"") -> bytes:
    return b"cnumpy\ndtype\n(" + text(code) + b"tR" + state


def text(words: str) -> bytes:
    return b"X" + struct.pack("<I", len(words)) + words.encode()


def array(shape: bytes, kind: bytes, raw: bytes) -> bytes:
    head = b"c" + NUMPY + b"\n_reconstruct\n(cnumpy\nndarray\n(K\x00t" + text("b") + b"tR"
    return head + b"(K\x01" + shape + kind + b"\x89B" + struct.pack("<I", len(raw)) + raw + b"tb"


def laughs(make: bytes, levels: int = 60) -> bytes:
    """Containers of two references to the one before."""
    content = b"\x80\x03K\x01q\x000"
    for level in range(levels):
        mark = b"h" + bytes([level])
        content += make.replace(b"@", mark) + b"q" + bytes([level + 1]) + b"0"
    return content + b"h" + bytes([levels]) + b"."


FORGED = b"(K\x03" + text("|") + b"(" + dtype_of("O") + b"(K\x02ttNNK\x10K\x01K\x00tb"
"""A state that makes a number type of eight bytes one of sixteen bytes of objects: the bytes would become pointers."""
REFUSED: dict[str, bytes] = {
    "a forged number type": array(b"(K\x64t", dtype_of("2O", FORGED), b"A" * 1600) + b".",
    "a number type with parts": array(b"(K\x01t", dtype_of("f8", FORGED), b"A" * 16) + b".",
    "objects": array(b"(K\x01t", dtype_of("O"), b"A" * 8) + b".",
    "records": array(b"(K\x01t", dtype_of("f8,f8"), b"A" * 16) + b".",
    "dates": array(b"(K\x01t", dtype_of("M8"), b"A" * 8) + b".",
    "void": array(b"(K\x01t", dtype_of("V8"), b"A" * 8) + b".",
    "too few bytes": array(b"(K\x02t", dtype_of("f8"), b"A" * 8) + b".",
    "a shape of nothing but size": array(b"(J\xff\xff\xff\x7fJ\xff\xff\xff\x7ft", dtype_of("f8"), b"A" * 8) + b".",
    "a negative shape": array(b"(J\xff\xff\xff\xffJ\xff\xff\xff\xfft", dtype_of("f8"), b"A" * 8) + b".",
    "two states": array(b"(K\x01t", dtype_of("f8"), b"A" * 8)
    + b"(K\x01(K\x01t"
    + dtype_of("f8")
    + b"\x89C\x08AAAAAAAAtb.",
    "an array without numbers": b"c" + NUMPY + b"\n_reconstruct\n(cnumpy\nndarray\n(K\x00t" + text("b") + b"tR.",
    "shared tuples": laughs(b"@@\x86"),
    "shared lists": laughs(b"]@a@a"),
    "shared dictionaries": laughs(b"}(K\x00@K\x01@u"),
    "a key of shared tuples": laughs(b"@@\x86", 50)[:-1] + b"}h\x32K\x01s.",
    "a list in itself": b"]q\x00h\x00a.",
    "a list in itself, later": b"]q\x00]q\x01h\x00a0h\x00h\x01a.",
    "a list that holds itself twice": b"]q\x00(h\x00h\x00e.",
    "deep lists": b"]" * 100_000 + b"a" * 99_999 + b".",
    "deep tuples": b"N" + b"\x85" * 100_000 + b".",
    "a long number": b"\x8b" + struct.pack("<i", 100_000) + b"\x7f" * 100_000 + b".",
    "a length without bytes": b"\x8e" + struct.pack("<Q", 1 << 62) + b".",
    "a negative text": b"T" + struct.pack("<i", -1) + b".",
    "a memo that is not there": b"h\x05.",
    "an empty stack": b".",
    "a mark too few": b"t.",
    "an extension": b"\x82\x01.",
    "a person": b"Pme\n.",
    "a buffer beside it": b"\x97.",
    "a copy of the top": b"N2\x86.",
    "an import": b"cos\nsystem\n(" + text("touch pwned") + b"tR.",
    "a dotted import": b"\x80\x04\x8c\x05numpy\x8c\x0fdtype.__class__\x93.",
    "an instance": b"(" + text("touch pwned") + b"ios\nsystem\n.",
    "a state for a name": b"cnumpy\ndtype\n}(" + text("x") + b"K\x01ub.",
    "a state for a number": b"K\x01}b.",
    "a call of an array": array(b"(K\x01t", dtype_of("f8"), b"A" * 8) + b")R.",
    "an endless pickle": b"N0" * 2_600_000 + b"N.",
    "nothing": b"",
    "no pickle": b"hello",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_plain_data_is_refused_at_once(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    with pytest.raises(MotionError, match=r"some\.pkl"):
        loaded(REFUSED[what], tmp_path)
    assert time.process_time() - begun < 10  # seconds of work; those that hang would take years
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20  # KiB
    assert sorted(path.name for path in tmp_path.iterdir()) == ["some.pkl"]


def test_objects_of_libraries_are_their_state(tmp_path: Path) -> None:
    inert = b"cchumpy.ch\nCh\n)\x81}(" + text("x") + array(b"(K\x01t", dtype_of("f8"), struct.pack("<d", 2.5)) + b"ub"
    found = loaded(b"\x80\x02" + inert + b".", tmp_path)
    assert isinstance(found, Inert)
    assert np.array_equal(dense(found), [2.5])
    outer = b"cchumpy.ch\nCh\n)\x81q\x00}(" + text("x") + b"h\x00ub."
    with pytest.raises(ValueError, match="expected numbers"):
        dense(loaded(b"\x80\x02" + outer, tmp_path))  # an object that stands for itself


ATOMS = [
    b"N", b"K\x01", b"J\xff\xff\xff\xff", b"\x88", b"G" + struct.pack(">d", 1.5), text("f8"), text("<"), text("b"),
    b"C\x08AAAAAAAA", b")", b"]", b"}", b"\x8f", b"cnumpy\ndtype\n", b"cnumpy\nndarray\n", b"cchumpy.ch\nCh\n",
    b"c" + NUMPY + b"\n_reconstruct\n", b"c" + NUMPY + b"\nscalar\n", b"ccollections\nOrderedDict\n",
    b"ccopy_reg\n_reconstructor\n", b"c__builtin__\nobject\n", b"cnumpy.core.numeric\n_frombuffer\n",
    array(b"(K\x01t", dtype_of("f8"), b"A" * 8), dtype_of("f8"), dtype_of("O", FORGED),
]  # fmt: skip
STEPS = [b"(", b"0", b"1", b"t", b"l", b"d", b"\x85", b"\x86", b"\x87", b"a", b"e", b"s", b"u", b"R", b"b", b"\x81",
         b"\x92", b"o", b"\x90", b"\x91", b"\x94", b"q\x00", b"h\x00", b"q\x01", b"h\x01", b"2"]  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(ATOMS + STEPS + STEPS), max_size=60))
def test_no_program_of_instructions_gets_further_than_data(tmp_path_factory: Any, parts: list[bytes]) -> None:
    """Built of whole instructions, so that the machine gets deep into them; flipped bytes are refused at once."""
    folder = tmp_path_factory.getbasetemp()
    try:
        found = loaded(b"\x80\x04" + b"".join(parts) + b".", folder)
    except MotionError:
        return
    look_through(found, 0)


def look_through(value: Any, depth: int) -> None:
    """All that came out is plain, and can be walked through."""
    assert depth < 200
    assert isinstance(value, type(None) | bool | int | float | str | bytes | list | tuple | dict | np.generic
                      | np.ndarray | Inert)  # fmt: skip
    if isinstance(value, np.ndarray):
        assert value.dtype.kind in "biufcSU"
        assert not value.dtype.hasobject
        value.tobytes()
    elif isinstance(value, dict):
        for each in value.values():
            look_through(each, depth + 1)
    elif isinstance(value, list | tuple):
        for each in value:
            look_through(each, depth + 1)


@pytest.mark.parametrize("make", [lambda a: a[: len(a) // 2], lambda a: a[:-1], lambda a: a + b"x"])
def test_cut_and_lengthened_files(make: Callable[[bytes], bytes], tmp_path: Path) -> None:
    content = pickle.dumps({"a": np.arange(5.0)}, 4)
    if make(content).startswith(content):
        assert same({"a": np.arange(5.0)}, loaded(make(content), tmp_path))
    else:
        with pytest.raises(MotionError):
            loaded(make(content), tmp_path)
