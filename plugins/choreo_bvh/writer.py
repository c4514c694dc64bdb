"""Write BVH: centimetres, Euler angles straight from matrices and continuous in time, in the order ZXY by default.

The root's OFFSET is zero and its position channels are the world position of the joint, so that
programs that add the offset and programs that replace it agree. Leaf joints get an end site.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from choreo.errors import InputError
from choreo.foreign.shown import shown
from choreo.motion import rotations as rot
from choreo.motion.blocks import blocks
from choreo.motion.rigs import moving_joints, rest_world, rig_points
from choreo.motion.skeleton import NAMES
from choreo.types import Body, Doubles, Ints, Motion, RigMotion
from choreo_bvh.decimals import table_text

ORDER = "ZXY"
CM = 100.0
BLOCK = 512
"""Frames that are made text at a time: their numbers stay in the processor's cache."""
TIPS = {"head": (0.0, 0.18, 0.02), "left_hand": (0.09, 0.0, 0.0), "right_hand": (-0.09, 0.0, 0.0)}
"""End sites in metres; other leaves (the toes) point forward."""
DEFAULT_TIP = (0.0, 0.0, 0.07)


@dataclass(frozen=True, eq=False)
class _Tree:
    """What stands in the HIERARCHY part, in the file's unit; joints that are `moving` have position channels."""

    names: Sequence[str]
    parents: Ints
    offsets: Doubles
    moving: Sequence[int]
    tips: Mapping[int, Doubles]


def _triple(values: Doubles) -> str:
    return " ".join(f"{v + 0.0:.6f}" for v in values)


def _hierarchy(tree: _Tree, turns: str) -> tuple[list[str], list[int]]:
    """Lines of the HIERARCHY part and the joints in the order in which it names them."""
    children: list[list[int]] = [[] for _ in tree.names]
    for joint in range(1, len(tree.names)):
        children[int(tree.parents[joint])].append(joint)
    rotation = " ".join(f"{letter}rotation" for letter in turns)
    lines, order = ["HIERARCHY"], []

    def add(joint: int, depth: int) -> None:
        pad, moves = "\t" * depth, joint in tree.moving
        order.append(joint)
        offset = np.zeros(3) if moves else tree.offsets[joint]
        channels = f"6 Xposition Yposition Zposition {rotation}" if moves else f"3 {rotation}"
        lines.extend(
            [
                f"{pad}{'JOINT' if depth else 'ROOT'} {shown(tree.names[joint])}",
                f"{pad}{{",
                f"{pad}\tOFFSET {_triple(offset)}",
                f"{pad}\tCHANNELS {channels}",
            ]
        )
        for child in children[joint]:
            add(child, depth + 1)
        if not children[joint]:
            lines.extend(
                [f"{pad}\tEnd Site", f"{pad}\t{{", f"{pad}\t\tOFFSET {_triple(tree.tips[joint])}", f"{pad}\t}}"]
            )
        lines.append(f"{pad}}}")

    add(0, 0)
    return lines, order


def _rows(places: Doubles, moving: Sequence[bool], angles: Doubles) -> str:
    """Lines of frames: of each joint its place ``(T, J, 3)``, where it is moving, and degrees from ``(T, J, 3)``."""
    columns: list[Doubles] = []
    for joint, moves in enumerate(moving):
        columns += [places[:, joint]] if moves else []
        columns += [np.degrees(angles[:, joint])]
    return table_text(np.concatenate(columns, axis=1))


def _tip(name: str) -> Doubles:
    """End site of a joint of ours, metres."""
    return np.array(TIPS.get(name, DEFAULT_TIP))


class BvhExporter:
    """Motion as BVH, which Blender, Maya, MotionBuilder and game engines read."""

    name = "bvh"
    description = "BVH motion, centimetres, Y up, canonical joint names"
    suffix = ".bvh"
    units = ("cm", "m")
    ups = ("y", "z")

    def __init__(self, order: str = ORDER) -> None:
        if sorted(order) != ["X", "Y", "Z"]:
            raise InputError(f"order {order!r}: want the letters X, Y and Z, each once, as in ZXY.")
        self.order = order

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the motion at its own frame rate; `body` is not used, the motion's skeleton is."""
        skeleton = motion.skeleton
        tips = {joint: CM * _tip(name) for joint, name in enumerate(skeleton.names)}
        tree = _Tree(
            skeleton.names, skeleton.parents, (np.float32(CM) * skeleton.offsets).astype(np.float64), [0], tips
        )

        def block_of(block: slice) -> tuple[Doubles, Doubles]:
            places = np.zeros((len(motion.translation[block]), len(skeleton), 3))
            places[:, 0] = motion.translation[block] * np.float32(CM)
            return places, motion.rotations[block]  # type: ignore[return-value]  # single precision is as good

        self._write(path, tree, len(motion), motion.fps, block_of)

    def export_rig(self, rigged: RigMotion, path: Path, *, body: Body | None = None) -> None:
        """Write a motion on a rig: its names, its root, its unit, its axis up.

        BVH has no axes of bones: angles are from a T-pose in which no joint is turned.
        """
        places, axes = rest_world(rigged)
        above = rigged.parents
        offsets = np.where(above[:, None] < 0, places, places - places[above])
        tips = {joint: _rig_tip(rigged, joint, offsets) for joint in range(len(rigged.names))}
        tree = _Tree(rigged.names, above, offsets, moving_joints(rigged), tips)
        axes_above = np.where(above[:, None] < 0, np.array([1.0, 0, 0, 0]), axes[above])

        def block_of(block: slice) -> tuple[Doubles, Doubles]:
            turns = rot.multiply(axes_above, rot.multiply(rigged.rotations[block], rot.conjugate(axes)))
            return np.asarray(rot.rotate(axes_above, rigged.translations[block])), np.asarray(turns)

        self._write(path, tree, len(rigged), rigged.fps, block_of)

    def _write(
        self, path: Path, tree: _Tree, frames: int, fps: float, block_of: Callable[[slice], tuple[Doubles, Doubles]]
    ) -> None:
        """Write the file; `block_of` gives places and rotations of some frames."""
        lines, order = _hierarchy(tree, self.order)
        lines += ["MOTION", f"Frames: {frames}", f"Frame Time: {1 / fps:.9f}"]
        moving = [joint in tree.moving for joint in order]
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(lines) + "\n")
            before = None
            for block in blocks(frames, BLOCK):
                places, rotations = block_of(block)
                angles = rot.to_euler(rotations[:, order], self.order, unwrap=True, before=before)
                before = angles[-1]
                file.write(_rows(places[:, order], moving, angles))


def _rig_tip(rigged: RigMotion, joint: int, offsets: Doubles) -> Doubles:
    """End site of a rig's joint: as of ours, of a finger half as far again as its bone."""
    ours = int(rigged.canonical[joint])
    if 0 <= ours < len(NAMES):
        return rig_points(rigged, _tip(NAMES[ours]))
    return np.asarray(0.5 * offsets[joint])
