"""The animations of a file: which there are, and one of them sampled on the file's own skeleton."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.foreign.limits import KEY_VALUES, POSED_JOINTS
from choreo.motion import rotations as rot
from choreo.motion.families import JointMap
from choreo.plugins import suggest
from choreo.types import CharacterOptions, Doubles, Floats, Motion
from choreo_gltf.people import joints_of
from choreo_gltf.reader import Tree, read_tree, values
from choreo_gltf.skeletons import humanoid

MAX_SECONDS = 7200.0
FPS = 60.0
PATHS = {"rotation": 4, "translation": 3}
"""What of nodes is sampled, and how many numbers a value has."""
MOVED = 1e-3
"""Most that the values of a channel differ which moves nothing."""
DANCING = 0.5
"""Share of the joints that the liveliest animation of a file moves from which on one is a dance."""


@dataclass(frozen=True)
class Listed:
    """An animation of a file: how long it is, and how many joints of the humanoid it moves."""

    name: str
    seconds: float
    joints: int


def listed(tree: Tree, joints: JointMap) -> list[Listed]:
    """All animations of a file, in its order; of one that cannot be read the seconds and joints are 0.

    Raises
    ------
    ValueError
        When they have too many keys together.
    """
    nodes = {tree.order[tree.names.index(name)] for name in joints.values() if name in tree.names}
    out = []
    numbers = 0
    for number, animation in enumerate(tree.document.animations or []):
        seconds, moved = 0.0, set()
        if numbers > 4 * KEY_VALUES:
            raise ValueError(f"more than {4 * KEY_VALUES:,} numbers of keys")
        try:
            for channel in animation.channels:
                if channel.target.path not in PATHS or channel.target.node is None:
                    continue
                sampler = animation.samplers[channel.sampler]
                times, rows = values(tree.document, sampler.input), values(tree.document, sampler.output)
                numbers += times.size + rows.size
                seconds = max(seconds, float(times[-1, 0]))
                if channel.target.node in nodes and np.ptp(rows, axis=0).max() > MOVED:
                    moved.add(channel.target.node)
        except (ValueError, TypeError, IndexError, KeyError, AttributeError):
            seconds, moved = 0.0, set()
        out.append(Listed(animation.name or f"animation {number}", seconds, len(moved)))
    return out


def chosen(found: list[Listed], wanted: str | None) -> int:
    """Number of the animation that is meant: by name or number, else the longest of those that dance.

    Raises
    ------
    MotionError
        When there is none such.
    """
    if not found:
        raise MotionError("has no animation.")
    if wanted is None:
        least = DANCING * max(each.joints for each in found)
        dancing = [number for number, each in enumerate(found) if each.joints >= least]
        return max(dancing, key=lambda number: (found[number].seconds, -number))
    names = [each.name for each in found]
    if wanted in names:
        return names.index(wanted)
    alike = [number for number, name in enumerate(names) if name.lower() == wanted.lower()]
    if len(alike) == 1:
        return alike[0]
    if wanted.isdecimal() and int(wanted) < len(found):
        return int(wanted)
    there = "; ".join(f"{number} {each.name!r}, {each.seconds:.1f} s" for number, each in enumerate(found[:20]))
    more = f"; and {len(found) - 20} more" if len(found) > 20 else ""
    raise MotionError(f"has no animation {wanted!r}.{suggest(wanted, names)} There are: {there}{more}.")


def read_animation(
    path: Path,
    wanted: str | None = None,
    fps: float = FPS,
    joints: Mapping[str, str] | None = None,
) -> tuple[Motion, Floats, JointMap]:
    """An animation of a file on its own skeleton, the rest rotations ``(J, 4)`` of that, and which joint is which.

    Parameters
    ----------
    wanted
        Name or number; the longest that dances when None.
    joints
        Names of the nodes by canonical name, guessed when None.

    Raises
    ------
    MotionError
        When there is none or it cannot be read.
    """
    tree = read_tree(path)
    try:
        mine = joints_of(tree, CharacterOptions(joints=joints))
        number = chosen(listed(tree, mine), wanted)
        positions, turns = sampled(tree, tree.document.animations[number], fps)
        motion, rest = humanoid(tree, positions, turns, fps, mine)
        return motion, rest, mine
    except MotionError as error:
        raise MotionError(f"{path}: {error.message.removeprefix(f'{path}: ')}") from error
    except Exception as error:
        raise MotionError(f"{path}: its animation cannot be read ({type(error).__name__}: {error}).") from error


def sampled(tree: Tree, animation: Any, fps: float) -> tuple[Doubles, Doubles]:
    """Local places ``(T, J, 3)``, scales of ancestors multiplied in, and rotations ``(T, J, 4)`` of all nodes.

    Raises
    ------
    ValueError
        When the animation is damaged or too large.
    """
    tracks, numbers = [], 0
    for channel in animation.channels:
        sampler = animation.samplers[channel.sampler]
        if channel.target.path in PATHS and channel.target.node is not None:
            times = values(tree.document, sampler.input)[:, 0]
            rows = values(tree.document, sampler.output)
            numbers += times.size + rows.size
            if numbers > KEY_VALUES:
                raise ValueError(f"more than {KEY_VALUES:,} numbers of keys")
            way = sampler.interpolation or "LINEAR"
            keys = len(times) * (3 if way == "CUBICSPLINE" else 1)
            sound = rows.shape == (keys, PATHS[channel.target.path]) and np.isfinite(rows).all()
            if not sound or not np.isfinite(times).all() or not (np.diff(times) > 0).all():
                raise ValueError("times and values of a channel do not belong together")
            tracks.append((channel.target.node, channel.target.path, way, times, rows))
    if not tracks:
        raise ValueError("nothing in it moves a joint")
    end = max(float(times[-1]) for _, _, _, times, _ in tracks)
    if not 0 <= end <= MAX_SECONDS:
        raise ValueError(f"it lasts {end:.3g} s")
    frames = int(end * fps + 1e-6) + 1
    if frames * len(tree.order) > POSED_JOINTS:
        raise ValueError(f"{frames:,} frames of {len(tree.order):,} nodes, expected at most {POSED_JOINTS:,} in all")
    clock = np.arange(frames) / fps
    turns, positions = np.repeat(tree.posed[None], frames, 0), np.repeat(tree.places[None], frames, 0)
    index = {node: k for k, node in enumerate(tree.order)}
    for node, what, way, times, rows in tracks:
        k = index[node]
        if what == "rotation":
            turns[:, k] = rot.normalize(between_keys(times, rows[:, [3, 0, 1, 2]], clock, way, turning=True))
        else:
            scale = tree.scales[tree.parents[k]] if tree.parents[k] >= 0 else 1.0
            positions[:, k] = between_keys(times, rows, clock, way) * scale
    return positions, turns


def between_keys(times: Doubles, rows: Doubles, clock: Doubles, way: str, *, turning: bool = False) -> Doubles:
    """Values ``(T, K)`` at the times of `clock`, as glTF interpolates; outside of the keys the nearest stays.

    Parameters
    ----------
    times, rows
        ``(N,)`` seconds and ``(N, K)``; for ``CUBICSPLINE`` ``(3N, K)``: tangent in, value, tangent out of each key.
    way
        ``LINEAR``, ``STEP`` or ``CUBICSPLINE``.
    turning
        Whether rows are quaternions wxyz: these go the short way round.

    Raises
    ------
    ValueError
        When there is no such interpolation.
    """
    if way not in ("LINEAR", "STEP", "CUBICSPLINE"):
        raise ValueError(f"keys are interpolated by {way!r}")
    keys = rows.reshape(len(times), -1, rows.shape[1])
    points = keys[:, keys.shape[1] // 2]
    if len(times) == 1:
        return np.repeat(points, len(clock), 0)
    # Times are numbers of 32 bits: a frame at a key may be a hair before it, which a step would show.
    low = np.clip(np.searchsorted(times, clock + 1e-6 * (1 + clock), side="right") - 1, 0, len(times) - 1)
    if way == "STEP":
        return points[low]
    low = np.minimum(low, len(times) - 2)
    step = times[low + 1] - times[low]
    share = np.clip((clock - times[low]) / step, 0, 1)
    if way == "CUBICSPLINE":
        t, d = share[:, None], step[:, None]
        first = (2 * t**3 - 3 * t**2 + 1) * points[low] + d * (t**3 - 2 * t**2 + t) * keys[low, 2]
        return np.asarray(first + (3 * t**2 - 2 * t**3) * points[low + 1] + d * (t**3 - t**2) * keys[low + 1, 0])
    if turning:
        points = rot.continuous(rot.normalize(points))
        return np.asarray(rot.slerp(points[low], points[low + 1], share))
    return np.asarray(points[low] + share[:, None] * (points[low + 1] - points[low]))
