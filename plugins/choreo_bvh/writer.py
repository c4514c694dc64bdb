"""Write BVH: centimetres, Euler angles straight from matrices and continuous in time, in the order ZXY by default.

The root's OFFSET is zero and its position channels are the world position of the joint, so that
programs that add the offset and programs that replace it agree. Leaf joints get an end site.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.errors import InputError
from choreo.foreign.shown import shown
from choreo.motion import rotations as rot
from choreo.motion.blocks import blocks
from choreo.types import Body, Doubles, Floats, Motion, Skeleton
from choreo_bvh.decimals import table_text

ORDER = "ZXY"
CM = 100.0
BLOCK = 512
"""Frames that are made text at a time: their numbers stay in the processor's cache."""
TIPS = {"head": (0.0, 0.18, 0.02), "left_hand": (0.09, 0.0, 0.0), "right_hand": (-0.09, 0.0, 0.0)}
"""End sites in metres; other leaves (the toes) point forward."""
DEFAULT_TIP = (0.0, 0.0, 0.07)


def _triple(values: np.ndarray | tuple[float, ...]) -> str:
    return " ".join(f"{v * CM + 0.0:.6f}" for v in values)


def _hierarchy(skeleton: Skeleton, turns: str) -> tuple[list[str], list[int]]:
    """Lines of the HIERARCHY part and the joints in the order in which it names them."""
    children: list[list[int]] = [[] for _ in skeleton.names]
    for joint in range(1, len(skeleton)):
        children[int(skeleton.parents[joint])].append(joint)
    rotation = " ".join(f"{letter}rotation" for letter in turns)
    lines, order = ["HIERARCHY"], []

    def add(joint: int, depth: int) -> None:
        pad, root = "\t" * depth, joint == 0
        order.append(joint)
        offset = np.zeros(3) if root else skeleton.offsets[joint]
        channels = f"6 Xposition Yposition Zposition {rotation}" if root else f"3 {rotation}"
        lines.extend(
            [
                f"{pad}{'ROOT' if root else 'JOINT'} {shown(skeleton.names[joint])}",
                f"{pad}{{",
                f"{pad}\tOFFSET {_triple(offset)}",
                f"{pad}\tCHANNELS {channels}",
            ]
        )
        for child in children[joint]:
            add(child, depth + 1)
        if not children[joint]:
            tip = TIPS.get(skeleton.names[joint], DEFAULT_TIP)
            lines.extend([f"{pad}\tEnd Site", f"{pad}\t{{", f"{pad}\t\tOFFSET {_triple(tip)}", f"{pad}\t}}"])
        lines.append(f"{pad}}}")

    add(0, 0)
    return lines, order


def _rows(translation: Floats, angles: Doubles) -> str:
    """Lines of frames: the root in centimetres from metres ``(T, 3)``, degrees from radians ``(T, J, 3)``."""
    return table_text(np.concatenate([translation * CM, np.degrees(angles).reshape(len(angles), -1)], axis=1))


class BvhExporter:
    """Motion as BVH, which Blender, Maya, MotionBuilder and game engines read."""

    name = "bvh"
    description = "BVH motion, centimetres, Y up, canonical joint names"
    suffix = ".bvh"

    def __init__(self, order: str = ORDER) -> None:
        if sorted(order) != ["X", "Y", "Z"]:
            raise InputError(f"order {order!r}: want the letters X, Y and Z, each once, as in ZXY.")
        self.order = order

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the motion at its own frame rate; `body` is not used, the motion's skeleton is."""
        lines, order = _hierarchy(motion.skeleton, self.order)
        lines += ["MOTION", f"Frames: {len(motion)}", f"Frame Time: {1 / motion.fps:.9f}"]
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(lines) + "\n")
            before = None
            for block in blocks(len(motion), BLOCK):
                angles = rot.to_euler(motion.rotations[block][:, order], self.order, unwrap=True, before=before)
                before = angles[-1]
                file.write(_rows(motion.translation[block], angles))
