"""The skeleton of a USD layer and how its animation moves it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.inputs import file_size
from choreo.motion import rotations as rot
from choreo.types import Doubles, Floats, Motion, Skeleton
from choreo_usd.layer import Prim, Scanner

MAX_BYTES = 1 << 29
MAX_SECONDS, MAX_JOINTS, FASTEST = 3600, 2000, 240.0
"""Seconds, joints and frames a second."""
USUAL_RATE = 24.0
"""Time codes a second where a layer says nothing."""


def read_layer(path: Path) -> Prim:
    """The prims of a layer as text.

    Raises
    ------
    MotionError
        When the file cannot be read or is no such layer.
    """
    try:
        size = file_size(path)
        if size > MAX_BYTES:
            raise MotionError(f"{path}: {size:,} bytes, expected at most {MAX_BYTES:,}.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise MotionError(f"{path}: is no text; save it as .usda.") from error
    if not text.startswith("#usda"):
        raise MotionError(f"{path}: does not begin with '#usda'; USD as text is read, save it as .usda.")
    try:
        return Scanner(text).layer()
    except MotionError as error:
        raise MotionError(f"{path}: {error.message}") from error


def joint_tree(layer: Prim, path: Path) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names and parents of the first skeleton's joints.

    Raises
    ------
    MotionError
    """
    skeleton = next((each for each in layer.all() if each.kind == "Skeleton" and "joints" in each.values), None)
    if skeleton is None:
        raise MotionError(f"{path}: has no Skeleton with joints of its own.")
    return _tree(skeleton.values["joints"], path)


def _tree(joints: Any, path: Path) -> tuple[tuple[str, ...], tuple[int, ...]]:
    named = isinstance(joints, list) and all(isinstance(each, str) for each in joints) and len({*joints}) == len(joints)
    if not named or not 0 < len(joints) <= MAX_JOINTS:
        raise MotionError(f"{path}: joints are no list of 1 to {MAX_JOINTS} paths, each once.")
    at = {name: number for number, name in enumerate(joints)}
    parents = tuple(at.get(name.rpartition("/")[0], -1) for name in joints)
    if any(parent >= number for number, parent in enumerate(parents)):
        raise MotionError(f"{path}: a joint stands before the one that it hangs on.")
    return tuple(name.rpartition("/")[2] for name in joints), parents


def read_animation(path: Path, joints: Mapping[str, str] | None = None) -> tuple[Motion, Floats]:
    """The first animation of a layer from the hips on, and the rest rotations ``(J, 4)`` of its joints.

    `joints` are names of the file's joints by canonical name, guessed when None.

    Raises
    ------
    MotionError
        When there is none, or its arrays do not fit.
    """
    layer = read_layer(path)
    animation = next((each for each in layer.all() if each.kind == "SkelAnimation"), None)
    if animation is None or not isinstance(animation.values.get("rotations.timeSamples"), dict):
        raise MotionError(f"{path}: has no SkelAnimation with rotations over time.")
    names, parents = _tree(animation.values.get("joints"), path)
    rate = _number(layer, "timeCodesPerSecond", _number(layer, "framesPerSecond", USUAL_RATE, path), path)
    keys, turns = _samples(animation, "rotations", (len(names), 4), path)
    codes = _clock(keys, rate, path)
    turns = _between(keys, turns, codes)
    if not (np.linalg.norm(turns, axis=-1) > 1e-3).all():
        raise MotionError(f"{path}: rotations are no quaternions.")
    places = _between(*_samples(animation, "translations", (len(names), 3), path), codes)
    rests = _rests(layer, names, places[0])
    unit = _number(layer, "metersPerUnit", 0.01, path)
    if layer.values.get("upAxis", "Y") == "Z":
        tops = [k for k, parent in enumerate(parents) if parent < 0]
        turns[:, tops], rests[tops] = (rot.multiply(rot.up_turn("z"), each) for each in (turns[:, tops], rests[tops]))
        places[:, tops] = rot.rotate(rot.up_turn("z"), places[:, tops])
    fps = rate / (codes[1] - codes[0])
    return _from_hips(names, parents, rot.normalize(turns), unit * places, rests, fps, joints, path)


def _number(layer: Prim, name: str, usual: float, path: Path) -> float:
    found = layer.values.get(name, usual)
    if not isinstance(found, float) or not 1e-6 < found < 1e6:
        raise MotionError(f"{path}: {name} is {found!r}, expected a positive number.")
    return found


def _samples(prim: Prim, name: str, shape: tuple[int, int], path: Path) -> tuple[Doubles, Doubles]:
    """Time codes ``(N,)`` of an attribute, and its values ``(N, *shape)``; one that stands still has one."""
    found = prim.values.get(f"{name}.timeSamples", {"0": prim.values.get(name)})
    size = shape[0] * shape[1]
    fits = isinstance(found, dict) and all(
        isinstance(each, np.ndarray) and each.size == size for each in found.values()
    )
    if not fits or not found:
        raise MotionError(f"{path}: {name} are not {shape[1]} numbers for each of {shape[0]} joints.")
    try:
        codes = np.array([float(code) for code in found])
    except ValueError as error:
        raise MotionError(f"{path}: the time codes of {name} are no numbers.") from error
    rows = np.stack(list(found.values())).reshape(-1, *shape)
    if not (np.isfinite(rows).all() and np.isfinite(codes).all() and (np.diff(codes) > 0).all()):
        raise MotionError(f"{path}: {name} are no rising time codes with finite numbers.")
    return codes, rows


def _clock(keys: Doubles, rate: float, path: Path) -> Doubles:
    """Time codes ``(T,)`` as far from each other as keys usually are."""
    if len(keys) < 2:
        raise MotionError(f"{path}: one pose, expected a motion.")
    apart = max(float(np.median(np.diff(keys))), rate / FASTEST)
    seconds = (keys[-1] - keys[0]) / rate
    if seconds > MAX_SECONDS:
        raise MotionError(f"{path}: lasts {seconds:.0f} s, expected at most {MAX_SECONDS}.")
    if (keys[-1] - keys[0]) < apart:
        raise MotionError(f"{path}: lasts less than a frame.")
    return np.asarray(keys[0] + apart * np.arange(round(float(keys[-1] - keys[0]) / apart) + 1))


def _between(keys: Doubles, rows: Doubles, codes: Doubles) -> Doubles:
    """Values at time codes: places on straight lines, turns on the sphere."""
    if len(keys) == 1:
        return np.repeat(rows, len(codes), 0)
    low = np.clip(np.searchsorted(keys, codes, side="right") - 1, 0, len(keys) - 2)
    share = np.clip((codes - keys[low]) / (keys[low + 1] - keys[low]), 0, 1)[:, None]
    if rows.shape[-1] == 4:
        return np.asarray(rot.slerp(rows[low], rows[low + 1], share))
    return np.asarray(rows[low] + share[..., None] * (rows[low + 1] - rows[low]))


def _rests(layer: Prim, names: tuple[str, ...], places: Doubles) -> Doubles:
    """Local rest rotations ``(J, 4)``; none where the skeleton tells none of these joints."""
    still = np.tile([1.0, 0, 0, 0], (len(names), 1))
    for prim in layer.all():
        told = prim.values.get("restTransforms")
        listed = prim.values.get("joints")
        named = [str(each).rpartition("/")[2] for each in listed] if isinstance(listed, list) else []
        if prim.kind == "Skeleton" and isinstance(told, np.ndarray) and told.size == 16 * len(named):
            turns = rot.normalize(rot.from_matrix(told.reshape(-1, 4, 4)[:, :3, :3].transpose(0, 2, 1)))
            by_name = dict(zip(named, turns, strict=True))
            return np.stack([by_name.get(name, here) for name, here in zip(names, still, strict=True)])
    return still


def _from_hips(
    names: tuple[str, ...], parents: tuple[int, ...], turns: Doubles, places: Doubles, rests: Doubles, fps: float,
    joints: Mapping[str, str] | None, path: Path,
) -> tuple[Motion, Floats]:  # fmt: skip
    """The joints from the hips on, whose path has everything above them in it."""
    from choreo.motion.families import guess_map

    joints = joints or guess_map(names, parents)[1]
    if joints["pelvis"] not in names:
        raise MotionError(f"{path}: no joint is called {joints['pelvis']!r}.")
    top = names.index(joints["pelvis"])
    path_of, turn, rest, above = places[:, top], turns[:, top], rests[top], parents[top]
    while above >= 0:
        path_of = places[:, above] + rot.rotate(turns[:, above], path_of)
        turn, rest = rot.multiply(turns[:, above], turn), rot.multiply(rests[above], rest)
        above = parents[above]
    inside = [top]
    for joint, parent in enumerate(parents):
        if parent in inside:
            inside.append(joint)
    offsets, moved, resting = places[0, inside], turns[:, inside], rests[inside]
    offsets[0], moved[:, 0], resting[0] = path_of[0], turn, rest
    numbers = np.array([-1, *(inside.index(parents[joint]) for joint in inside[1:])])
    skeleton = Skeleton(tuple(names[joint] for joint in inside), numbers, offsets.astype(np.float32))
    rotations = rot.continuous(rot.normalize(moved)).astype(np.float32)
    return Motion(skeleton, fps, path_of.astype(np.float32), rotations), resting.astype(np.float32)
