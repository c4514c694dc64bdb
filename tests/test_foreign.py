"""Files of others are bounded before they are expanded: small files that would become large are refused, cheaply."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from show_support import plan as some_plan

from choreo.datasets import read_take
from choreo.errors import InputError
from choreo.foreign import open_picture, read_json, read_npz, read_text, read_yaml
from choreo.foreign.limits import (
    ARRAYS_MEMBERS,
    BEAT_SECONDS,
    JSON_DEPTH,
    LONGEST_HOURS,
    TEXT_BYTES,
    YAML_DEPTH,
    YAML_NODES,
)
from choreo.moves.variations import read as read_moves
from choreo.planfile import plan_to_dict, read_plan
from choreo.video.background import backdrop

MOST = 60 << 20
"""Bytes that a refusal may take in memory."""


def npy(shape: tuple[int, ...], dtype: str, data: bytes = b"") -> bytes:
    head = BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": dtype, "fortran_order": False, "shape": shape})
    return head.getvalue() + data


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return path


def png(path: Path, width: int, height: int, data: bytes = b"") -> Path:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
    return path


def glb(path: Path, document: Any, blob: bytes = b"") -> Path:
    text = (document if isinstance(document, bytes) else json.dumps(document).encode()).ljust(4)
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(blob), b"BIN\0") + blob
    path.write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body)
    return path


def gltf(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


HIPS = {"asset": {"version": "2.0"}, "nodes": [{"name": "Hips"}]}
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n"
for before, after in pairwise("abcdefghi"):
    LAUGHS += f"{after}: &{after} [{','.join(['*' + before] * 9)}]\n"
BVH = "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation\n}\nMOTION\n"
BVH += "Frames: %s\nFrame Time: 0.01\n"

BOMBS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], Any], str]] = {
    "npz_size": (lambda p: zipped(p / "a.npz", poses=npy((1 << 40, 3), "<f8", bytes(99))), read_npz, "more than 1024"),
    "npz_overflow": (lambda p: zipped(p / "a.npz", x=npy((1 << 62, 1 << 62), "<f8")), read_npz, "more than 1024"),
    "npz_sum": (
        lambda p: zipped(p / "a.npz", **{f"x{k}": npy((10**8,), "<f4") for k in range(9)}),
        read_npz,
        "the file has others",
    ),
    "npz_zeros": (lambda p: zipped(p / "a.npz", x=npy((4,), "<f8", bytes(1 << 26))), read_npz, "the file has others"),
    "npz_objects": (lambda p: zipped(p / "a.npz", x=npy((1,), "|O", b"cos\nsystem\n")), read_npz, "numbers or text"),
    "npz_void": (lambda p: zipped(p / "a.npz", x=npy((1,), "|V8", bytes(8))), read_npz, "numbers or text"),
    "npz_header": (lambda p: zipped(p / "a.npz", x=b"\x93NUMPY\1\0\xff\xff" + b"[" * 65535), read_npz, "npz file"),
    "npz_members": (
        lambda p: zipped(p / "a.npz", **{f"x{k}": npy((0,), "<f8") for k in range(ARRAYS_MEMBERS + 1)}),
        read_npz,
        "arrays",
    ),
    "poses": (lambda p: zipped(p / "a.npz", poses=npy((1 << 40, 3), "<f8")), lambda p: read_take(p), "1024 MiB"),
    "picture": (lambda p: png(p / "a.png", 100_000, 100_000), open_picture, "pixels"),
    "background": (lambda p: png(p / "a.png", 60_000, 60_000), lambda p: backdrop(str(p), 64, 64), "pixels"),
    "yaml_laughs": (lambda p: text(p / "a.yaml", LAUGHS), read_yaml, f"{YAML_NODES:,} values"),
    "yaml_deep": (lambda p: text(p / "a.yaml", "[" * 99), read_yaml, f"more than {YAML_DEPTH} levels"),
    "yaml_itself": (lambda p: text(p / "a.yaml", "&a [*a]"), read_yaml, "before or within"),
    "move_laughs": (lambda p: text(p / "a.yaml", LAUGHS), read_moves, f"{YAML_NODES:,} values"),
    "json_deep": (lambda p: text(p / "a.json", "[" * 99_999), read_json, f"{JSON_DEPTH} levels"),
    "json_wide": (lambda p: text(p / "a.json", "[" + "[]," * 5_000_000), read_json, "values of JSON"),
    "deepmimic": (lambda p: text(p / "a.json", '{"Frames":' + "[" * 9999), lambda p: read_take(p), "levels deep"),
    "text": (lambda p: holes(p / "a.txt", TEXT_BYTES + 1), read_text, "at most"),
    "glb_nodes": (lambda p: glb(p / "a.glb", {**HIPS, "nodes": [{}] * 30_000}), read_take, "30,000 nodes"),
    "glb_values": (
        lambda p: glb(p / "a.glb", b'{"extras":[' + b"{}," * 999_999 + b"{}]}"),
        read_take,
        "values of JSON",
    ),
    "glb_deep": (lambda p: glb(p / "a.glb", b'{"extras":' + b"[" * 9999 + b"]" * 9999 + b"}"), read_take, "levels"),
    "glb_length": (lambda p: text(p / "a.glb", "glTF\2\0\0\0\xff\xff\0\0\xff\xff\xff\x7fJSON{}"), read_take, "cut"),
    "gltf_elsewhere": (
        lambda p: gltf(p / "a.gltf", {**HIPS, "buffers": [{"byteLength": 9, "uri": "/etc/passwd"}]}),
        read_take,
        "in another file",
    ),
    "gltf_address": (
        lambda p: gltf(p / "a.gltf", {**HIPS, "buffers": [{"byteLength": 9, "uri": "http://127.0.0.1/a.bin"}]}),
        read_take,
        "in another file",
    ),
    "bvh_frames": (lambda p: text(p / "a.bvh", BVH % 999_999_999 + "1 2 3\n"), read_take, "promised"),
    "bvh_head": (lambda p: text(p / "a.bvh", "HIERARCHY\n" * 600_000), read_take, "no frames in its first"),
}


def text(path: Path, content: str) -> Path:
    path.write_bytes(content.encode("latin-1"))
    return path


def holes(path: Path, size: int) -> Path:
    with path.open("wb") as stream:
        stream.truncate(size)
    return path


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_grow_is_refused_before_it_does(name: str, tmp_path: Path) -> None:
    make, read, words = BOMBS[name]
    path = make(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=words) as caught:
            read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.name in caught.value.message
    assert peak < MOST + 3 * path.stat().st_size


def test_arrays_come_back_as_they_were_saved(tmp_path: Path) -> None:
    arrays = {
        "f": np.arange(6.0).reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "names": np.array(["a", "bc"]),
        "flags": np.array([True, False]),
        "scalar": np.float32(60),
        "none": np.zeros((0, 3)),
    }
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
        found = read_npz(tmp_path / "a.npz")
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[name], array)
            assert found[name].dtype == np.asarray(array).dtype
    assert read_npz(tmp_path / "a.npz", names=["f"]).keys() == {"f"}
    np.savez(tmp_path / "b.npz", f=np.arange(6.0), objects=np.array([{}], object))
    assert read_npz(tmp_path / "b.npz", others="left out").keys() == {"f"}
    with pytest.raises(InputError, match="objects: holds object"):
        read_npz(tmp_path / "b.npz")


@pytest.mark.parametrize("cut", [10, 60, -30, -1])
def test_cut_and_changed_npz_files_are_refused(cut: int, tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=np.random.default_rng(0).random(500))
    whole = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[:cut])
    (tmp_path / "flip.npz").write_bytes(whole[:200] + bytes([whole[200] ^ 4]) + whole[201:])
    for name in ("cut.npz", "flip.npz"):
        with pytest.raises(InputError, match=name):
            read_npz(tmp_path / name)


def test_pictures(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGBA", (4, 3), (1, 2, 3, 255)).save(tmp_path / "good.png")
    assert open_picture(tmp_path / "good.png").size == (4, 3)
    whole = (tmp_path / "good.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:-30])
    png(tmp_path / "broken.png", 10, 10, b"not deflated")
    png(tmp_path / "short.png", 3000, 3000, zlib.compress(b"\0" * 10))
    png(tmp_path / "none.png", 0, 0)
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "script.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    for name in ("cut.png", "broken.png", "short.png", "none.png", "text.png", "script.eps", "gone.png"):
        with pytest.raises(InputError, match=name):
            open_picture(tmp_path / name)


def test_plain_aliases_of_yaml_are_read(tmp_path: Path) -> None:
    assert read_yaml(text(tmp_path / "a.yaml", "a: &x [1, 2]\nb: *x\n")) == {"a": [1, 2], "b": [1, 2]}


EXTREMES = (
    "1e308",
    "-1e308",
    "1e7",
    "-5",
    "0",
    "1" + "0" * 30,
    "1e-300",
    "true",
    "null",
    '"x"',
    "[]",
    "{}",
    "NaN",
    "1e999",
)
FIELDS = (
    "metre",
    "tempo",
    "start",
    "end",
    "seed",
    "steps",
    "options",
    "song",
    "versions",
    "guarantees",
    "warnings",
    "schema",
)
STEP_FIELDS = ("beats", "first_beat", "energy", "warp", "costs", "mirror", "name", "clip_id", "section")


def plan_with(where: str, value: str) -> str:
    """The text of a plan with one value replaced."""
    whole = plan_to_dict(some_plan())
    place = whole["steps"][0] if where.startswith("step.") else whole
    assert where.removeprefix("step.") in place or where == "schema"
    place[where.removeprefix("step.")] = "MARK"
    return json.dumps(whole).replace('"MARK"', value)


@pytest.mark.parametrize("value", EXTREMES)
def test_plans_with_extreme_values_are_refused_or_stay_within_bounds(value: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.plan.json"
    for field in (*FIELDS, *(f"step.{name}" for name in STEP_FIELDS)):
        path.write_text(plan_with(field, value))
        try:
            plan = read_plan(path)
        except InputError as error:
            assert "odd.plan.json" in error.message  # noqa: PT017 - success is fine too
            continue
        assert 0 <= plan.start < plan.end <= LONGEST_HOURS * 3600
        assert 0 < plan.metre <= 12
        assert all(np.diff(step.beats).max() <= BEAT_SECONDS for step in plan.steps)
