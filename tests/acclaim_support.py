"""A writer of ASF and AMC, from any motion: what reads them is tested against the motion that was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.motion import rotations as rot
from choreo.types import Motion

CMU_LENGTH = 0.45
CMU_METRE = CMU_LENGTH / 0.0254
"""Of CMU's units in a metre."""


def _numbers(values: np.ndarray) -> str:
    return " ".join(f"{value:.9g}" for value in values)


def _named(name: str, order: str, angles: np.ndarray, way: np.ndarray, dof: str) -> list[str]:
    length = float(np.linalg.norm(way))
    direction = way / length if length else np.array([0.0, 1, 0])
    moves = [f"    dof {dof}", "    limits (-180.0 180.0)", "           (-90.0 90.0)"] if dof else []
    return [f"     name {name}", f"     direction {_numbers(direction)}", f"     length {length:.9g}",
            f"     axis {_numbers(angles)}  {order}", *moves]  # fmt: skip


def write_acclaim(
    motion: Motion, asf: Path, amc: Path, *, unit: float = CMU_METRE, length: float = CMU_LENGTH, order: str = "XYZ",
    turned: bool = True, radians: bool = False, decimals: str = ".9g", rate: bool = False,
) -> None:  # fmt: skip
    """Write a motion on its own skeleton; its joints are the beginnings of the bones that bear their names.

    A bone has one end only. So a joint with several children, and every root, has a fixed bone ``link_CHILD`` to each.
    `order` is that of all angles about fixed axes, `turned` gives each bone axes of its own, `rate` tells the rate.
    """
    skeleton, rng = motion.skeleton, np.random.default_rng(5)
    offsets = skeleton.offsets.astype(np.float64) * unit
    children: dict[int, list[int]] = {joint: [] for joint in range(len(skeleton))}
    for joint in range(1, len(skeleton)):
        children[int(skeleton.parents[joint])].append(joint)
    scale = 1.0 if radians else 180 / np.pi
    dofs = " ".join(f"r{letter.lower()}" for letter in order)
    bones, tree, axes = [], [], np.tile([1.0, 0, 0, 0], (len(skeleton), 1))
    for joint, below in children.items():
        name, linked = skeleton.names[joint], joint == 0 or len(below) > 1
        if joint:
            angles = rng.uniform(-2, 2, 3) if turned else np.zeros(3)
            axes[joint] = rot.from_euler(angles[::-1], "ZYX")
            way = offsets[below[0]] if below and not linked else np.zeros(3)
            bones.append(_named(name, "XYZ", scale * angles, way, dofs))
        if below:
            over = name if joint else "root"
            tree.append(
                [over, *(f"link_{skeleton.names[child]}" if linked else skeleton.names[child] for child in below)]
            )
        for child in below if linked else []:
            bones.append(_named(f"link_{skeleton.names[child]}", "XYZ", np.zeros(3), offsets[child], ""))
            tree.append([f"link_{skeleton.names[child]}", skeleton.names[child]])
    lines = ["# written by a test", ":version 1.10", ":name TEST", ":units", "  mass 1.0", f"  length {length}",
             f"  angle {'rad' if radians else 'deg'}", ":documentation", "   some words, and a number: 1",
             ":root", f"   order TX TY TZ {dofs.upper()}", "   axis XYZ", "   position 0 0 0", "   orientation 0 0 0",
             ":bonedata"]  # fmt: skip
    for number, bone in enumerate(bones, 1):
        lines += ["  begin", f"     id {number}", *bone, "  end"]
    lines += [":hierarchy", "  begin", *("    " + " ".join(row) for row in tree), "  end"]
    asf.write_text("\n".join(lines) + "\n", encoding="ascii")
    inside = rot.multiply(rot.multiply(rot.conjugate(axes), motion.rotations.astype(np.float64)), axes)
    angles = rot.to_euler(inside, order[::-1], unwrap=True)[..., ::-1] * scale
    path = motion.translation.astype(np.float64) * unit
    rows = [f"# written by a test\n:FULLY-SPECIFIED\n:{'RADIANS' if radians else 'DEGREES'}"]
    if rate:
        rows.append(f":SAMPLES-PER-SECOND {motion.fps:g}")
    for frame in range(len(motion)):
        rows.append(str(frame + 1))
        for joint, name in enumerate(skeleton.names):
            values = [*path[frame], *angles[frame, 0]] if joint == 0 else angles[frame, joint]
            rows.append(" ".join([name if joint else "root", *(format(value, decimals) for value in values)]))
    amc.write_text("\n".join(rows) + "\n", encoding="ascii")
