"""From Acclaim's bones to joints: a joint is where a bone begins, at its parent's end.

At rest all axes are the world's. A bone's angles are about its own axes ``C``, so it turns its joint by ``C R C^-1``;
``R`` turns about fixed axes, in the order in which the skeleton names them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import rest_positions
from choreo.types import Doubles, Motion, Skeleton
from choreo_amc.frames import Frames, read_frames
from choreo_amc.skeleton import TURNS, AcclaimSkeleton, fixed_turns, read_asf

FPS = 120.0
"""Frames a second where neither file nor user says: CMU's and HDM05's have so many."""
INCH = 0.0254
UNITS = (INCH, 0.01, 1.0, 0.001)
REACH = 2.4
"""Metres of twice the longest way from the root to a bone's end, of a grown-up: to the toes or to the fingers."""
HUMAN = (1.2, 3.5)
"""Least and most of it: a child of three, a giant."""


def metres(skeleton: AcclaimSkeleton) -> float:
    """Metres a unit of length.

    CMU's and Vicon's values are inches times the ``length`` of ``:units``; the definition has values that are to be
    multiplied by it. The first holds where it makes a human, else what comes nearest to one in some unit.
    """
    way = np.zeros(len(skeleton.bones))
    for number, (bone, parent) in enumerate(zip(skeleton.bones, skeleton.parents, strict=True)):
        way[number] = abs(bone.length) * float(np.linalg.norm(bone.direction)) + (way[parent] if number else 0.0)
    height = 2 * max(float(way.max()), 1e-9)
    scales = [unit * factor for factor in (1 / skeleton.length, skeleton.length) for unit in UNITS]
    if HUMAN[0] <= height * scales[0] <= HUMAN[1]:
        return scales[0]
    return min(scales, key=lambda scale: abs(np.log(height * scale / REACH)))


def skeleton_of(acclaim: AcclaimSkeleton) -> Skeleton:
    """Joints at the beginnings of the bones, in metres, the feet of the rest pose on the floor."""
    ends = np.array([bone.direction * bone.length for bone in acclaim.bones])
    offsets = np.array([ends[parent] if parent > 0 else np.zeros(3) for parent in acclaim.parents])
    names = tuple(bone.name for bone in acclaim.bones)
    raw = Skeleton(names, np.array(acclaim.parents), (offsets * metres(acclaim)).astype(np.float32))
    rest = raw.offsets.copy()
    rest[0, 1] = -float(rest_positions(raw)[:, 1].min())
    return Skeleton(names, raw.parents, rest)


def _turns(acclaim: AcclaimSkeleton, frames: Frames) -> Doubles:
    """Local rotations ``(T, J, 4)``; bones with the same order of angles are turned together."""
    out = np.zeros((len(frames.table), len(acclaim.bones), 4))
    out[..., 0] = 1
    orders: dict[str, tuple[list[int], list[list[int]]]] = {}
    first, still = 0, int(frames.table.shape[1])
    for number, bone in enumerate(acclaim.bones):
        found = {name[1].upper(): first + k for k, name in enumerate(bone.freedoms) if name in TURNS}
        first += len(bone.freedoms)
        if found:
            order = "".join([*found, *sorted(set("XYZ") - set(found))])
            bones, columns = orders.setdefault(order, ([], []))
            bones.append(number)
            columns.append([found.get(letter, still) for letter in order])
    angles = np.concatenate([frames.table * frames.angle, np.zeros((len(frames.table), 1))], axis=1)
    for order, (bones, columns) in orders.items():
        axes = np.array([acclaim.axes(number) if number else [1.0, 0, 0, 0] for number in bones])
        turned = rot.multiply(axes, fixed_turns(angles[:, columns], order))
        out[:, bones] = rot.multiply(turned, rot.conjugate(axes))
    out[:, 0] = rot.multiply(acclaim.axes(0), out[:, 0])
    return rot.normalize(out)


def _path(acclaim: AcclaimSkeleton, frames: Frames) -> Doubles:
    """Where the root is ``(T, 3)``, in the file's unit."""
    freedoms = acclaim.bones[0].freedoms
    path = np.tile(acclaim.position, (len(frames.table), 1))
    for axis, name in enumerate(("tx", "ty", "tz")):
        if name in freedoms:
            path[:, axis] += frames.table[:, freedoms.index(name)]
    return path


def read_amc(path: Path, skeleton: Path) -> tuple[Motion, bool]:
    """Read an AMC file on the skeleton of an ASF file, in metres.

    Bones are rigid: what a file says of their being moved or stretched against their parents is left out.

    Returns
    -------
    motion
        With a joint for the beginning of each bone, under the bone's name.
    told
        Whether the file says how many frames a second has; `FPS` is taken where it does not.

    Raises
    ------
    MotionError
        Naming the file, the line or frame, what was found and what was expected.
    """
    acclaim = read_asf(skeleton)
    frames = read_frames(path, acclaim)
    joints = skeleton_of(acclaim)
    rotations = rot.continuous(_turns(acclaim, frames)).astype(np.float32)
    translation = (_path(acclaim, frames) * metres(acclaim)).astype(np.float32)
    return Motion(joints, frames.fps or FPS, translation, rotations), frames.fps is not None


__all__ = ["FPS", "metres", "read_amc", "skeleton_of"]
