"""Changes of files of arrays: npy, npz, and pickles by their instructions."""

from __future__ import annotations

import ast
import pickle
import pickletools
import random
import struct
import zipfile
from io import BytesIO
from typing import Any

import numpy as np

KINDS = ("<f4", ">f8", "<f2", "<i8", "|i1", "|b1", "<c16", "|O", "<U5", "|S3", "|V8", "<M8[s]", "<U0", "|V0", "<f16",
         "x", "(3,)<f4", "[('a', '<f4')]")  # fmt: skip
SIZES = (0, 1, 2, 3, 24, 72, 2**16, 2**24, 2**31 - 1, 2**31, 2**40, 2**62, -1)


def _header(data: bytes) -> tuple[dict[str, Any], bytes]:
    size = struct.unpack_from("<H", data, 8)[0]
    return ast.literal_eval(data[10 : 10 + size].decode("latin-1")), data[10 + size :]


def _joined(head: dict[str, Any], body: bytes) -> bytes:
    text = repr(head).encode("latin-1") + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


def npy(data: bytes, rng: random.Random) -> bytes:
    """The header of an array changed, its bytes cut or replaced, or its numbers."""
    if rng.random() < 0.4:
        return _numbers(data, rng)
    head, body = _header(data)
    kind = rng.randrange(6)
    if kind == 0:
        head["descr"] = rng.choice(KINDS)
    elif kind == 1:
        shape = list(head["shape"]) or [1]
        shape[rng.randrange(len(shape))] = rng.choice(SIZES)
        head["shape"] = tuple(shape)
    elif kind == 2:
        head["shape"] = tuple(rng.choice(SIZES) for _ in range(rng.randint(0, 4)))
    elif kind == 3:
        head["fortran_order"] = not head["fortran_order"]
    elif kind == 4:
        head = rng.choice(({}, {**head, "more": 1}, {**head, "shape": None}, {**head, "descr": 3}))
    else:
        body = rng.choice((body[: len(body) // 2], body + bytes(100), rng.randbytes(len(body)), b""))
    return _joined(head, body)


def other_numbers(array: np.ndarray, rng: random.Random) -> np.ndarray:
    """The array with odd numbers in it, or in another form."""
    kind = rng.randrange(9)
    if kind == 0:
        return array[: rng.choice((0, 1, 2))] if array.ndim else array.reshape(1)
    if kind == 1:
        return array.T
    if kind == 2:
        return array.astype(rng.choice(("f2", "i1", "f8", "u8", "?", "c8", "S8", "U8")))
    if kind == 3:
        return array.reshape(-1)
    if kind == 4 and array.ndim:
        return np.concatenate([array] * rng.choice((2, 20)))
    if kind == 5:
        return np.zeros_like(array)
    wide = np.array(array, dtype=array.dtype if array.dtype.kind in "fc" else np.float64)
    spots = rng.choice((..., rng.randrange(len(wide)) if wide.ndim and len(wide) else ...))
    wide[spots] = rng.choice((np.nan, np.inf, -np.inf, 1e30, -1e30, 1e300, 1e-300, 0.0, -1.0))
    return wide


def _numbers(data: bytes, rng: random.Random) -> bytes:
    stream = BytesIO()
    with np.errstate(all="ignore"):
        np.save(stream, other_numbers(np.load(BytesIO(data), allow_pickle=False), rng))
    return stream.getvalue()


def npz(data: bytes, rng: random.Random) -> bytes:
    """A member changed, left out, doubled or under another name; the archive itself is whole."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    at, kind = rng.randrange(len(members)), rng.randrange(10)
    name, content = members[at]
    if kind == 0:
        del members[at]
    elif kind == 1:
        members[at] = (rng.choice(("x.npy", "../x.npy", "", name[:-4], members[0][0])), content)
    elif kind == 2:
        members.append((name, rng.choice(members)[1]))
    elif kind == 3:
        members[at] = (name, rng.choice((b"", b"\x93NUMPY", content[:20], rng.choice(members)[1], pickle.dumps([1]))))
    else:
        members[at] = (name, npy(content, rng))
    stream = BytesIO()
    pressed = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(stream, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, pressed))) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def pickled(data: bytes, rng: random.Random) -> bytes:
    """What our own pickle holds, with other numbers, types or keys, in any protocol."""
    tree = pickle.loads(data)  # noqa: S301  made by seeds.py a moment ago, or refused
    key = rng.choice(list(tree))
    kind = rng.randrange(5)
    if kind == 0:
        del tree[key]
    elif kind == 1:
        tree[key] = rng.choice((None, 0, 1e308, "x", b"x", [], [[1, 2], [3]], {}, np.float64(2), np.str_("x"), ((),)))
    elif kind == 2:
        tree = rng.choice(([tree], list(tree.values()), None, {**tree, 3: 4}, {"a": tree}))
    else:
        with np.errstate(all="ignore"):
            tree[key] = other_numbers(np.asarray(tree[key]), rng)
    return pickle.dumps(tree, rng.randint(0, 5))


def opcodes(data: bytes, rng: random.Random) -> bytes:
    """Whole instructions of a pickle left out, doubled, moved or put in."""
    starts = [at for _, _, at in pickletools.genops(data)]
    steps = [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
    extra = [b"(", b"0", b"1", b"t", b"l", b"d", b"a", b"e", b"s", b"u", b"R", b"b", b"\x81", b"\x92", b"\x85",
             b"\x86", b"2", b"N", b"]", b"}", b")", b"K\x05", b"J\xff\xff\xff\x7f", b"\x94", b"h\x00", b"h\x05",
             b"\x93", b"cos\nsystem\n", b"cnumpy\ndtype\n", b"c__builtin__\neval\n", b"\x8c\x01O",
             b"\x8c\x02f8", b"."]  # fmt: skip
    for _ in range(rng.randint(1, 4)):
        at, kind = rng.randrange(len(steps)), rng.randrange(4)
        if kind == 0 and len(steps) > 1:
            del steps[at]
        elif kind == 1:
            steps.insert(at, rng.choice(steps))
        elif kind == 2:
            steps.insert(at, rng.choice(extra))
        else:
            steps[at] = rng.choice(extra)
    return b"".join(steps)
