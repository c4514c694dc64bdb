"""Sample an animation of a file on its own skeleton."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.foreign.limits import KEY_VALUES, POSED_JOINTS
from choreo.motion import rotations as rot
from choreo.types import Doubles, Floats, Motion, Skeleton
from choreo_gltf.reader import Tree, open_gltf, tree_of, values

MAX_SECONDS = 7200.0
FPS = 60.0


def read_animation(
    path: Path, number: int = 0, fps: float = FPS, joints: Mapping[str, str] | None = None
) -> tuple[Motion, Floats]:
    """An animation of a file on its own skeleton, and the rest rotations ``(J, 4)`` of that skeleton.

    `joints` are names of the nodes by canonical name, guessed when None.

    Raises
    ------
    MotionError
        When there is none or it cannot be read.
    """
    document = open_gltf(path)
    try:
        tree = tree_of(document)
        if not 0 <= number < len(document.animations or []):
            raise MotionError(
                f"{path}: has {len(document.animations or [])} animations, none with the number {number}."
            )
        return _sampled(tree, document.animations[number], fps, joints)
    except MotionError:
        raise
    except Exception as error:
        raise MotionError(f"{path}: its animation cannot be read ({type(error).__name__}: {error}).") from error


def _sampled(tree: Tree, animation: Any, fps: float, joints: Mapping[str, str] | None) -> tuple[Motion, Floats]:
    tracks, numbers = [], 0
    for channel in animation.channels:
        sampler = animation.samplers[channel.sampler]
        if channel.target.path in ("rotation", "translation") and channel.target.node is not None:
            times = values(tree.document, sampler.input)[:, 0]
            rows = values(tree.document, sampler.output)
            numbers += times.size + rows.size
            if numbers > KEY_VALUES:
                raise ValueError(f"more than {KEY_VALUES:,} numbers of keys")
            if sampler.interpolation == "CUBICSPLINE":
                rows = rows[1::3]
            if len(rows) != len(times) or not np.isfinite(rows).all() or not (np.diff(times) > 0).all():
                raise ValueError("times and values of a channel do not belong together")
            tracks.append((channel.target.node, channel.target.path, times, rows))
    if not tracks:
        raise ValueError("nothing in it moves a joint")
    end = max(float(times[-1]) for _, _, times, _ in tracks)
    if not 0 <= end <= MAX_SECONDS:
        raise ValueError(f"it lasts {end:.3g} s")
    frames = int(end * fps + 1e-6) + 1
    if frames * len(tree.order) > POSED_JOINTS:
        raise ValueError(f"{frames:,} frames of {len(tree.order):,} nodes, expected at most {POSED_JOINTS:,} in all")
    clock = np.arange(frames) / fps
    turns, positions = np.repeat(tree.rest[None], len(clock), 0), np.repeat(tree.offsets[None], len(clock), 0)
    index = {node: k for k, node in enumerate(tree.order)}
    for node, what, times, rows in tracks:
        k = index[node]
        if what == "rotation":
            turns[:, k] = _slerped(times, rows[:, [3, 0, 1, 2]], clock)
        else:
            scale = tree.scales[tree.parents[k]] if tree.parents[k] >= 0 else 1.0
            positions[:, k] = np.stack([np.interp(clock, times, rows[:, c]) for c in range(3)], axis=1) * scale
    return humanoid(tree, positions, turns, fps, joints)


def _slerped(times: Doubles, rows: Doubles, clock: Doubles) -> Doubles:
    rows = rot.continuous(rot.normalize(rows))
    if len(times) == 1:
        return np.repeat(rows, len(clock), 0)
    low = np.clip(np.searchsorted(times, clock, side="right") - 1, 0, len(times) - 2)
    share = np.clip((clock - times[low]) / (times[low + 1] - times[low]), 0, 1)
    return np.asarray(rot.slerp(rows[low], rows[low + 1], share))


def humanoid(
    tree: Tree, positions: Doubles, turns: Doubles, fps: float, joints: Mapping[str, str] | None = None
) -> tuple[Motion, Floats]:
    """The part of the tree below the hips, whose path has everything above it in it."""
    from choreo.motion.families import guess_map

    joints = joints or guess_map(tree.names, tree.parents)[1]
    if joints["pelvis"] not in tree.names:
        raise ValueError(f"no joint is called {joints['pelvis']!r}")
    top = tree.names.index(joints["pelvis"])
    chain = [top]
    while tree.parents[chain[-1]] >= 0:
        chain.append(tree.parents[chain[-1]])
    position, turn = positions[:, chain[-1]], turns[:, chain[-1]]
    rest = tree.rest[chain[-1]]
    for joint in chain[-2::-1]:
        position = position + rot.rotate(turn, positions[:, joint])
        turn = rot.multiply(turn, turns[:, joint])
        rest = rot.multiply(rest, tree.rest[joint])
    inside = [top]
    for joint in range(len(tree.names)):
        if joint != top and tree.parents[joint] in inside:
            inside.append(joint)
    inside.sort()
    parents = [-1, *(inside.index(tree.parents[joint]) for joint in inside[1:])]
    offsets = tree.offsets[inside].copy()
    offsets[0] = position[0]
    part = turns[:, inside].copy()
    part[:, 0] = turn
    rests = tree.rest[inside].copy()
    rests[0] = rest
    skeleton = Skeleton(tuple(tree.names[joint] for joint in inside), np.array(parents), offsets.astype(np.float32))
    rotations = rot.continuous(rot.normalize(part)).astype(np.float32)
    return Motion(skeleton, fps, position.astype(np.float32), rotations), rests.astype(np.float32)
