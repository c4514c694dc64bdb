"""The VMD file: bone frames of 111 bytes with Bezier interpolation, names in Shift-JIS, 30 frames a second.

MMD has Y up, the model looks along -Z and the hand of its axes is the left one: mirroring Z gives ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from choreo.errors import MotionError
from choreo.inputs import file_size
from choreo.motion import rotations as rot
from choreo.types import Doubles, Ints

FPS = 30.0
UNIT = 0.08
"""Metres of a unit of MMD: models are about 20 units high."""
HEADS = {b"Vocaloid Motion Data 0002": 20, b"Vocaloid Motion Data file": 10}
"""Magic words, and how long the model's name is after them."""
BONE = np.dtype([("name", "S15"), ("frame", "<u4"), ("position", "<f4", 3), ("turn", "<f4", 4), ("curve", "u1", 64)])
SIZES = (23, 61, 28, 9)
"""Bytes of a key of a face, the camera, the light, the shadow: the sections after the bones."""
SHOWN = np.dtype([("frame", "<u4"), ("shown", "u1"), ("switches", "<u4")])
SWITCH = np.dtype([("name", "S20"), ("on", "u1")])
"""What the last section has: whether the model is shown, and how many bones' IK is switched with it."""
Switches = tuple[tuple[int, bool], ...]
"""Frames at which a bone's IK is switched, rising, and whether on."""
MAX_BYTES = 1 << 28
MAX_SECONDS = 900


@dataclass(frozen=True, eq=False)
class Keys:
    """Keys of one bone.

    ``frames : (N,)``; ``positions : (N, 3)`` metres; ``turns : (N, 4)`` wxyz; ``curves : (N, 4, 4)``: for x, y, z and
    rotation, the Bezier control points x1, y1, x2, y2 in 0..1 of the way to this key.
    """

    frames: Ints
    positions: Doubles
    turns: Doubles
    curves: Doubles


def head(model: str) -> bytes:
    """How a VMD begins, with the name of the model that it is for."""
    return b"Vocaloid Motion Data 0002".ljust(30, b"\0") + model.encode("cp932").ljust(20, b"\0")


def read_keys(path: Path) -> tuple[dict[str, Keys], dict[str, Switches]]:
    """Bone keys by name, in rising order, the last of two at one frame; and the switches of IK, where there are some.

    Raises
    ------
    MotionError
        When the file cannot be read, is no VMD, or is cut.
    """
    try:
        size = file_size(path)
        if size > MAX_BYTES:
            raise MotionError(f"{path}: {size:,} bytes, expected at most {MAX_BYTES:,}.")
        raw = path.read_bytes()
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error}).") from error
    name = next((length for magic, length in HEADS.items() if raw.startswith(magic)), None)
    if name is None:
        raise MotionError(f"{path}: is not a VMD file (it does not begin with 'Vocaloid Motion Data').")
    first = 30 + name
    if len(raw) < first + 4:
        raise MotionError(f"{path}: the file ends in its head; it is cut off.")
    count = int(np.frombuffer(raw, "<u4", 1, first)[0])
    if len(raw) < first + 4 + count * BONE.itemsize:
        raise MotionError(f"{path}: {count} bone frames promised, the file has room for less; it is cut off.")
    rows = np.frombuffer(raw, BONE, count, first + 4)
    if count == 0:
        raise MotionError(f"{path}: has no bone frames; it may be a camera or face motion.")
    if int(rows["frame"].max()) > MAX_SECONDS * FPS:
        raise MotionError(f"{path}: lasts {int(rows['frame'].max()) / FPS:.0f} s, expected at most {MAX_SECONDS}.")
    finite = np.isfinite(rows["position"]).all() and np.isfinite(rows["turn"]).all()
    if not finite or np.abs(rows["position"]).max() > 1e5:
        raise MotionError(f"{path}: holds NaN, infinity or places that are out of this world.")
    found: dict[str, Keys] = {}
    for key in dict.fromkeys(rows["name"].tolist()):
        mine = rows[rows["name"] == key]
        mine = mine[np.argsort(mine["frame"], kind="stable")]
        last = np.append(np.diff(mine["frame"].astype(np.int64)) > 0, True)
        found[_decoded(key)] = _keys(mine[last])
    return found, _switches(raw, first + 4 + count * BONE.itemsize, path)


def _switches(raw: bytes, at: int, path: Path) -> dict[str, Switches]:
    """Switches of IK by bone, from the last of the sections that come `at` the end of the bones' keys; any may lack."""
    cut = MotionError(f"{path}: its sections after the bones' keys are cut off.")
    for size in SIZES:
        if len(raw) < at + 4:
            return {}
        at += 4 + size * int(np.frombuffer(raw, "<u4", 1, at)[0])
    if len(raw) < at + 4:
        return {}
    found: dict[str, dict[int, bool]] = {}
    count, at = int(np.frombuffer(raw, "<u4", 1, at)[0]), at + 4
    for _ in range(count):
        if len(raw) < at + SHOWN.itemsize:
            raise cut
        shown, at = np.frombuffer(raw, SHOWN, 1, at)[0], at + SHOWN.itemsize
        switches = int(shown["switches"])
        if len(raw) < at + switches * SWITCH.itemsize:
            raise cut
        for row in np.frombuffer(raw, SWITCH, switches, at):
            found.setdefault(_decoded(bytes(row["name"])), {})[int(shown["frame"])] = bool(row["on"])
        at += switches * SWITCH.itemsize
    return {name: tuple(sorted(states.items())) for name, states in found.items()}


def switched_on(switches: Switches, frames: Ints) -> NDArray[np.bool_]:
    """Whether a bone's IK is on at frames ``(T,)``; it is before the first switch."""
    at = np.array([frame for frame, _ in switches])
    states = np.array([True, *(on for _, on in switches)])
    return np.asarray(states[np.searchsorted(at, frames, side="right")])


def _decoded(name: bytes) -> str:
    return name.split(b"\0")[0].decode("cp932", errors="replace").strip()


def _keys(rows: np.ndarray) -> Keys:
    positions = rows["position"].astype(np.float64) * UNIT * [1, 1, -1]
    x, y, z, w = np.moveaxis(rows["turn"].astype(np.float64), -1, 0)
    turns = rot.continuous(rot.normalize(np.stack([w, -x, -y, z], axis=-1)))
    curve = rows["curve"].astype(np.float64) / 127
    points = curve[:, :16].reshape(-1, 4, 4).transpose(0, 2, 1).copy()  # by axis: x1, y1, x2, y2
    points[:, 2:, 0] = curve[:, [17, 18]]  # MMD keeps flags of physics where the first row has these two
    return Keys(rows["frame"].astype(np.int64), positions, turns, np.clip(points, 0, 1))


def bezier(share: Doubles, points: Doubles) -> Doubles:
    """How far along the value is, ``(N,)``, at `share` of the time; ``points (N, 4)`` are x1, y1, x2, y2.

    The curve gives time and value by a parameter. Time grows with it, so the parameter of a time is found by bisection.
    """
    x1, y1, x2, y2 = np.moveaxis(points, -1, 0)
    low, high = np.zeros_like(share), np.ones_like(share)
    for _ in range(24):
        t = (low + high) / 2
        x = 3 * (1 - t) ** 2 * t * x1 + 3 * (1 - t) * t**2 * x2 + t**3
        low, high = np.where(x < share, t, low), np.where(x < share, high, t)
    t = (low + high) / 2
    return np.asarray(3 * (1 - t) ** 2 * t * y1 + 3 * (1 - t) * t**2 * y2 + t**3)


def sampled(keys: Keys, frames: Ints) -> tuple[Doubles, Doubles]:
    """Places ``(T, 3)`` and turns ``(T, 4)`` of a bone at `frames`."""
    if len(keys.frames) == 1:
        return np.repeat(keys.positions, len(frames), 0), np.repeat(keys.turns, len(frames), 0)
    low = np.clip(np.searchsorted(keys.frames, frames, side="right") - 1, 0, len(keys.frames) - 2)
    span = keys.frames[low + 1] - keys.frames[low]
    share = np.clip((frames - keys.frames[low]) / span, 0, 1)
    curves = keys.curves[low + 1]
    ways = np.stack([bezier(share, curves[:, axis]) for axis in range(4)], axis=1)
    positions = keys.positions[low] + ways[:, :3] * (keys.positions[low + 1] - keys.positions[low])
    return positions, np.asarray(rot.slerp(keys.turns[low], keys.turns[low + 1], ways[:, 3]))
