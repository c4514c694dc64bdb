"""Decoder of EXT_meshopt_compression: attributes, triangles and indices, and the filters of attributes.

Source: appendices A and B of the extension's specification (Khronos Group), written by A. Kapoulkine.
"""

from __future__ import annotations

import numpy as np

GROUP = 16
BLOCK_BYTES, BLOCK_ELEMENTS = 8192, 256
TAIL = 32


def decoded(data: bytes, count: int, stride: int, mode: str, filtered: str = "NONE") -> bytes:
    """Bytes of a view, ``count * stride`` of them.

    Raises
    ------
    ValueError, IndexError
        When the data are cut or not of that form.
    """
    if mode == "ATTRIBUTES":
        if not 4 <= stride <= 256 or stride % 4:
            raise ValueError(f"{stride} bytes an element")
        rows = attributes(data, count, stride)
        return _unfiltered(rows, filtered).tobytes()
    if stride not in (2, 4):
        raise ValueError(f"{stride} bytes an index")
    if mode == "TRIANGLES":
        numbers = triangles(data, count)
    elif mode == "INDICES":
        numbers = indices(data, count)
    else:
        raise ValueError(f"the mode is {mode!r}")
    flat = np.array(numbers, np.uint32)
    if stride == 2 and len(flat) and int(flat.max()) > 0xFFFF:
        raise ValueError("an index is too large for two bytes")
    return flat.astype("<u2" if stride == 2 else "<u4").tobytes()


def attributes(data: bytes, count: int, stride: int) -> np.ndarray:
    """Elements ``(count, stride) uint8`` of mode ATTRIBUTES."""
    if not data or data[0] != 0xA0:
        raise ValueError("not meshopt's attributes, version 0")
    if len(data) < 1 + max(stride, TAIL):
        raise ValueError("cut short")
    last = np.frombuffer(data, np.uint8, stride, len(data) - stride)
    end, at = len(data) - max(stride, TAIL), 1
    out = np.empty((count, stride), np.uint8)
    most = min(BLOCK_BYTES // stride // GROUP * GROUP, BLOCK_ELEMENTS)
    for first in range(0, count, most):
        size = min(most, count - first)
        block = np.empty((size, stride), np.uint8)
        for byte in range(stride):
            column, at = _column(data, at, size, end)
            block[:, byte] = column
        steps = (block >> 1) ^ -(block & 1)
        out[first : first + size] = last + np.cumsum(steps, axis=0, dtype=np.uint8)
        last = out[first + size - 1]
    return out


def _column(data: bytes, at: int, size: int, end: int) -> tuple[np.ndarray, int]:
    """One byte of each element of a block, as differences; and where the next begin."""
    groups = -(-size // GROUP)
    heads = data[at : at + -(-groups // 4)]
    at += -(-groups // 4)
    if at > end:
        raise ValueError("cut short")
    if not any(heads):
        return np.zeros(size, np.uint8), at
    out = bytearray()
    for group in range(groups):
        bits = heads[group >> 2] >> 2 * (group & 3) & 3
        if bits == 0:
            out += bytes(GROUP)
        elif bits == 3:
            out += data[at : at + GROUP]
            at += GROUP
        else:
            wide = 2 * bits
            packed = int.from_bytes(data[at : at + GROUP * wide // 8], "big")
            at += GROUP * wide // 8
            mark = (1 << wide) - 1
            for shift in range((GROUP - 1) * wide, -1, -wide):
                value = packed >> shift & mark
                if value == mark:
                    value = data[at]
                    at += 1
                out.append(value)
        if at > end:
            raise ValueError("cut short")
    return np.frombuffer(out, np.uint8, size), at


class _Fifo:
    """The last sixteen things, newest first by `back`."""

    def __init__(self, filler: object) -> None:
        self.items = [filler] * 16
        self.at = 0

    def push(self, item: object) -> None:
        self.items[self.at & 15] = item
        self.at += 1


class _Stream:
    """Variable-length integers of index streams, and what each is a difference to."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self.data, self.at, self.end, self.last = data, at, end, 0

    def byte(self) -> int:
        if self.at >= self.end:
            raise ValueError("cut short")
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128 or shift > 28:
                return value & 0xFFFFFFFF

    def index(self) -> int:
        value = self.number()
        self.last = (self.last + ((value >> 1) ^ -(value & 1))) & 0xFFFFFFFF
        return self.last


def triangles(data: bytes, count: int) -> list[int]:
    """Indices of mode TRIANGLES."""
    if count % 3 or not data or data[0] != 0xE1:
        raise ValueError("not meshopt's triangles, version 1")
    codes, end = 1, len(data) - 16
    if 1 + count // 3 > end:
        raise ValueError("cut short")
    stream, table = _Stream(data, 1 + count // 3, end), data[end:]
    edges, vertices = _Fifo((0, 0)), _Fifo(0)
    out: list[int] = []
    fresh = 0
    for code in data[codes : codes + count // 3]:
        if code < 0xF0:
            a, b = edges.items[edges.at - 1 - (code >> 4) & 15]  # type: ignore[misc]
            low, new = code & 15, True
            if low == 0:
                c, fresh = fresh, fresh + 1
            elif low < 13:
                c, new = vertices.items[vertices.at - 1 - low & 15], False  # type: ignore[assignment]
            elif low < 15:
                c = stream.last = (stream.last + (low - (low ^ 3))) & 0xFFFFFFFF
            else:
                c = stream.index()
            if new:
                vertices.push(c)
        else:
            aux = table[code & 15] if code < 0xFE else stream.byte()
            one = 15 if code == 0xFF else 0
            if code >= 0xFE and aux == 0:
                fresh = 0
            corners: list[int | None] = []
            for low in (one, aux >> 4, aux & 15):
                if low == 0:
                    corners.append(fresh)
                    fresh += 1
                elif low == 15 and code >= 0xFE:
                    corners.append(None)
                else:
                    corners.append(vertices.items[vertices.at - low & 15])  # type: ignore[arg-type]
            a, b, c = (stream.index() if corner is None else corner for corner in corners)
            vertices.push(a)
            for corner, low in ((b, aux >> 4), (c, aux & 15)):
                if low == 0 or (low == 15 and code >= 0xFE):
                    vertices.push(corner)
            edges.push((b, a))
        edges.push((c, b))
        edges.push((a, c))
        out += (a, b, c)
    return out


def indices(data: bytes, count: int) -> list[int]:
    """Indices of mode INDICES."""
    if not data or data[0] != 0xD1 or len(data) < 5:
        raise ValueError("not meshopt's indices, version 1")
    stream, last, out = _Stream(data, 1, len(data) - 4), [0, 0], []
    for _ in range(count):
        value = stream.number()
        which, value = value & 1, value >> 1
        last[which] = (last[which] + ((value >> 1) ^ -(value & 1))) & 0xFFFFFFFF
        out.append(last[which])
    return out


def _unfiltered(rows: np.ndarray, name: str) -> np.ndarray:
    """Elements ``(N, stride) uint8`` as they were before a filter made them smaller."""
    stride = rows.shape[1]
    if name == "NONE":
        return rows
    if name == "OCTAHEDRAL" and stride in (4, 8):
        return _octahedral(rows.view("i1" if stride == 4 else "<i2"))
    if name == "QUATERNION" and stride == 8:
        return _quaternion(rows.view("<i2"))
    if name == "EXPONENTIAL":
        whole = rows.view("<i4").astype(np.int64)
        return np.asarray(np.ldexp((((whole & 0xFFFFFF) ^ 0x800000) - 0x800000).astype(np.float64), whole >> 24), "<f4")
    raise ValueError(f"the filter is {name!r} with {stride} bytes an element")


def _octahedral(rows: np.ndarray) -> np.ndarray:
    """Unit vectors from the octahedron that they are projected on; the fourth number stays."""
    most = np.iinfo(rows.dtype).max
    x, y, one = rows[:, :3].astype(np.float32).T
    z = one - np.abs(x) - np.abs(y)
    fold = np.minimum(z, 0)
    x, y = x + np.where(x >= 0, fold, -fold), y + np.where(y >= 0, fold, -fold)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = most / np.sqrt(x * x + y * y + z * z)
        unit = np.nan_to_num(np.stack([x, y, z], axis=1) * scale[:, None])
    out = rows.copy()
    out[:, :3] = np.trunc(unit + np.where(unit >= 0, 0.5, -0.5))
    return out


def _quaternion(rows: np.ndarray) -> np.ndarray:
    """Quaternions xyzw of which the largest component was left out."""
    fourth = rows[:, 3].astype(np.int32)
    scale = np.float32(np.sqrt(0.5)) / (fourth | 3)
    three = rows[:, :3] * scale[:, None]
    largest = np.sqrt(np.maximum(1 - np.sum(three * three, axis=1), 0))
    out = np.empty_like(rows)
    each = np.arange(len(rows))
    for k, part in enumerate((largest, *three.T)):
        value = part * 32767
        out[each, ((fourth & 3) + k) & 3] = np.trunc(value + np.where(value >= 0, 0.5, -0.5))
    return out
