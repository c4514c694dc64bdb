"""Damage to files, by what they are made of: bytes, text, trees of JSON, archives of arrays, GLB, pickles.

All randomness comes from the generator that is given, so a case is known by its number.
"""

from __future__ import annotations

import json
import random
import re
import struct
import zlib
from collections.abc import Callable

from fuzzing import arrays
from fuzzing.trees import changed_tree, dumped

Mutator = Callable[[bytes, random.Random], bytes]

EXTREMES = (
    0,
    1,
    -1,
    2,
    127,
    128,
    255,
    2**15,
    2**16 - 1,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63 - 1,
    2**63,
    -(2**31),
)
NUMBERS = ("nan", "inf", "-inf", "1e308", "-1e308", "1e-308", "-1", "0", "-0", "", "1e999", "9" * 400, "0x10", "1_0",
           "2147483648", "18446744073709551616", "1,5", "١", ".", "--")  # fmt: skip
WORDS = ("", "\0", "\x1b[31m", "\u202e", "\ufeff", "a" * 5000, "{", "}", "[", ":", "&a", "*a", "<<", "#", "\r", "é",
         "🙂", "../../x", "%s%n", "\ud7ff", "null", "true")  # fmt: skip
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


def _at(data: bytes, rng: random.Random) -> int:
    """A place in the data, in every other case near the front, where the headers are."""
    last = min(len(data), 256) if rng.random() < 0.5 else len(data)
    return rng.randrange(max(last, 1))


def flipped(data: bytes, rng: random.Random) -> bytes:
    """One to eight bits turned round."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        if out:
            out[_at(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(out)


def truncated(data: bytes, rng: random.Random) -> bytes:
    """The beginning of a file."""
    return data[: rng.randrange(len(data) + 1)]


def extended(data: bytes, rng: random.Random) -> bytes:
    """More at the end or in the middle: noise, zeros, or the file once more."""
    more = rng.choice((rng.randbytes(rng.randint(1, 600)), bytes(rng.randint(1, 600)), data[: 1 << 16]))
    at = rng.choice((len(data), _at(data, rng)))
    return data[:at] + more + data[at:]


def rearranged(data: bytes, rng: random.Random) -> bytes:
    """A piece left out, doubled, or moved."""
    a, b = sorted((_at(data, rng), _at(data, rng)))
    piece, kind = data[a:b], rng.randrange(3)
    if kind == 0:
        return data[:a] + data[b:]
    if kind == 1:
        return data[:b] + piece + data[b:]
    rest = data[:a] + data[b:]
    at = _at(rest, rng)
    return rest[:at] + piece + rest[at:]


def renumbered(data: bytes, rng: random.Random) -> bytes:
    """A number of one to eight bytes in either order replaced by an extreme one, or changed by one."""
    size = rng.choice((1, 2, 4, 4, 8))
    at = max(min(_at(data, rng), len(data) - size), 0)
    order = rng.choice(("little", "big"))
    old = int.from_bytes(data[at : at + size], order)  # type: ignore[arg-type]
    new = rng.choice((*EXTREMES, old + 1, old - 1, 2 * old)) % (1 << 8 * size)
    return data[:at] + new.to_bytes(size, order) + data[at + size :]  # type: ignore[arg-type]


def reals(data: bytes, rng: random.Random) -> bytes:
    """A floating point number replaced by one that is none, or none that can be used."""
    form = rng.choice(("<f", ">f", "<d", ">d"))
    at = max(min(_at(data, rng), len(data) - struct.calcsize(form)), 0)
    value = rng.choice((float("nan"), float("inf"), -float("inf"), 0.0, -1.0, 3e38, 1e-38))
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


BYTES: tuple[Mutator, ...] = (flipped, truncated, extended, rearranged, renumbered, renumbered, reals)


def other_number(data: bytes, rng: random.Random) -> bytes:
    """A number of a text replaced."""
    found = list(NUMBER.finditer(data[: 1 << 16]))
    if not found:
        return flipped(data, rng)
    one = rng.choice(found[:40] if rng.random() < 0.5 else found)
    return data[: one.start()] + rng.choice(NUMBERS).encode() + data[one.end() :]


def other_word(data: bytes, rng: random.Random) -> bytes:
    """A word of a text replaced, or one put in."""
    found = list(re.finditer(rb"\S+", data[: 1 << 16]))
    if not found:
        return rng.choice(WORDS).encode()
    one, word = rng.choice(found[:40] if rng.random() < 0.5 else found), rng.choice(WORDS).encode()
    return data[: one.start()] + word + data[rng.choice((one.start(), one.end())) :]


def other_lines(data: bytes, rng: random.Random) -> bytes:
    """A line left out, doubled, cut, moved or indented."""
    lines = data.split(b"\n")
    at = rng.randrange(min(len(lines), 40) if rng.random() < 0.5 else len(lines))
    line, kind = lines[at], rng.randrange(5)
    put: list[bytes] = [[], [line, line], [line[: len(line) // 2]], [], [b"  " + line]][kind]
    lines[at : at + 1] = put
    if kind == 3:
        lines.insert(rng.randrange(len(lines) + 1), line)
    return b"\n".join(lines)


def other_encoding(data: bytes, rng: random.Random) -> bytes:
    """The same text in another encoding or with other ends of lines."""
    text = data.decode("utf-8", "replace")
    return rng.choice(
        (text.encode("utf-16"), b"\xef\xbb\xbf" + data, data.replace(b"\n", b"\r\n"), data.replace(b"\n", b"\r"),
         text.encode("latin-1", "replace") + b"\xe9", data.replace(b"\n", b"\0"))
    )  # fmt: skip


TEXT: tuple[Mutator, ...] = (other_number, other_number, other_word, other_lines, other_encoding, flipped, truncated)


def json_tree(data: bytes, rng: random.Random) -> bytes:
    """A value of a JSON file replaced, left out, doubled or exchanged."""
    return dumped(changed_tree(json.loads(data), rng), rng)


def yaml_tree(data: bytes, rng: random.Random) -> bytes:
    """The same of a YAML file."""
    import yaml

    if rng.random() < 0.2:  # references to what was named before
        return data + rng.choice(
            (b"\nlabels: &a [*a]\n", b"\nx: &x [a]\ny: [*x, *x]\n", b"\n<<: {name: b}\n", b"\n---\n1")
        )
    tree = changed_tree(yaml.safe_load(data), rng)
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")


def toml_text(data: bytes, rng: random.Random) -> bytes:
    """A line of a table that is of another type, or a table twice."""
    more = rng.choice((b"pelvis = 3\n", b"pelvis = []\n", b"[joints]\n", b"[joints.pelvis]\na = 1\n", b'"" = "x"\n',
                       b"pelvis = 1979-05-27\n", b"x" * 3000, b"[[joints]]\n"))  # fmt: skip
    lines = data.split(b"\n")
    lines.insert(rng.randrange(len(lines) + 1), more.rstrip(b"\n"))
    return b"\n".join(lines)


def glb(data: bytes, rng: random.Random) -> bytes:
    """The JSON of a GLB changed as a tree, or its numbers as bytes; lengths fitted, except in one of six cases."""
    chunks, at = [], 12
    while at + 8 <= len(data):
        size, kind = struct.unpack_from("<II", data, at)
        chunks.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + size
    which = rng.randrange(len(chunks)) if rng.random() < 0.3 else 0
    kind, content = chunks[which]
    content = json_tree(content, rng) if kind == 0x4E4F534A else rng.choice(BYTES)(content, rng)
    chunks[which] = (kind, content)
    if rng.random() < 0.1:
        chunks = rng.choice((chunks[::-1], chunks[:1], chunks * 2, []))
    body = b""
    for kind, content in chunks:
        content += (b" " if kind == 0x4E4F534A else b"\0") * (-len(content) % 4)
        body += struct.pack("<II", len(content), kind) + content
    out = b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body
    return renumbered(out, rng) if rng.random() < 1 / 6 else out


def tensors(data: bytes, rng: random.Random) -> bytes:
    """The header of a safetensors file changed as a tree, its size fitted, except in one of six cases."""
    size = int.from_bytes(data[:8], "little")
    head = json.loads(data[8 : 8 + size])
    own = head.get("__metadata__", {}).get("choreo")
    if own and rng.random() < 0.5:
        head["__metadata__"]["choreo"] = json_tree(own.encode(), rng).decode("utf-8", "replace")
        text = json.dumps(head).encode()
    else:
        text = dumped(changed_tree(head, rng), rng)
    body = data[8 + size :] if rng.random() < 0.7 else rng.choice(BYTES)(data[8 + size :], rng)
    size = len(text) if rng.random() > 1 / 6 else rng.choice(EXTREMES) % 2**64
    return size.to_bytes(8, "little") + text + body


def ogg(data: bytes, rng: random.Random) -> bytes:
    """Pages of an Ogg file damaged with sums that are right all the same, so that the codecs get to see them."""
    pages = [data[a:b] for a, b in _between(data, b"OggS")]
    at = rng.randrange(len(pages))
    pages[at] = rng.choice(BYTES[:1] + BYTES[3:])(pages[at], rng)
    if rng.random() < 0.2:
        pages.insert(rng.randrange(len(pages)), rng.choice(pages))
    return b"".join(page[:22] + _ogg_sum(page[:22] + bytes(4) + page[26:]) + page[26:] for page in pages)


def _between(data: bytes, mark: bytes) -> list[tuple[int, int]]:
    starts = [found.start() for found in re.finditer(re.escape(mark), data)]
    return list(zip(starts, [*starts[1:], len(data)], strict=True))


def _ogg_sum(page: bytes) -> bytes:
    total = 0
    for byte in page:
        total ^= byte << 24
        for _ in range(8):
            total = (total << 1 ^ (0x04C11DB7 if total >> 31 else 0)) & 0xFFFFFFFF
    return total.to_bytes(4, "little")


def png(data: bytes, rng: random.Random) -> bytes:
    """Chunks of a PNG damaged with sums that are right all the same."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    which = rng.randrange(len(chunks))
    kind, content = chunks[which]
    chunks[which] = (
        rng.choice((kind, kind, kind, b"tEXt", b"PLTE", b"eXIf", b"acTL")),
        rng.choice(BYTES)(content, rng),
    )
    if rng.random() < 0.2:
        chunks.insert(rng.randrange(len(chunks)), rng.choice(chunks))
    return data[:8] + b"".join(
        len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
        for kind, content in chunks
    )


FORMS: dict[str, tuple[Mutator, ...]] = {
    "bytes": BYTES,
    "text": TEXT,
    "json": (json_tree, json_tree, json_tree, other_number, other_word, truncated, other_encoding),
    "yaml": (yaml_tree, yaml_tree, other_number, other_word, other_lines, other_encoding),
    "toml": (toml_text, *TEXT),
    "glb": (glb, glb, glb, renumbered),
    "tensors": (tensors, tensors, renumbered),
    "npz": (arrays.npz, arrays.npz, arrays.npz, renumbered),
    "npy": (arrays.npy, arrays.npy, renumbered),
    "ogg": (ogg, ogg, ogg, truncated),
    "png": (png, png, png, renumbered),
    "pickle": (arrays.pickled, arrays.opcodes, arrays.opcodes, renumbered),
}


def mutated(data: bytes, form: str, rng: random.Random) -> bytes:
    """A damaged copy; a change that does not apply, as after another, is made of bytes instead."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        mutator = rng.choice(FORMS[form] if rng.random() < 0.85 else BYTES)
        try:
            data = mutator(data, rng)
        except Exception:  # noqa: BLE001  the earlier damage is in the way
            data = rng.choice(BYTES)(data, rng)
    return data
