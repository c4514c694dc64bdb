"""Read BVH: any Euler order, three or six channels a joint, end sites, centimetres or metres."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import numpy as np

from choreo.errors import MotionError
from choreo.foreign.files import read_bytes
from choreo.foreign.limits import BVH_BYTES, BVH_HEAD_BYTES, POSED_JOINTS
from choreo.motion import rotations as rot
from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL
from choreo.types import Doubles, Ints, Motion, Skeleton

MAX_JOINTS = 1000
MAX_FPS = 2000.0
LARGEST = 1e7
FRAME_TIME = re.compile(rb"Frame\s+Time\s*:\s*\S+", re.IGNORECASE)
LOOSE_LETTERS = 64 << 20
"""Of the frames of a file that has them in other lines than one each; what comes later is not read."""
UNITS = (1.0, 0.0254, 0.01, 0.001)
HEIGHT = 1.7
"""Metres; of metres, inches, centimetres and millimetres that unit is meant which brings a skeleton nearest to it."""


@dataclass
class _JointTree:
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)


class _Lines:
    """The non-empty lines of the header with their numbers, for messages, and the text of the motion data after it."""

    def __init__(self, path: Path) -> None:
        self.path, self.at = path, 0
        data = read_bytes(path, BVH_BYTES, MotionError)
        found = FRAME_TIME.search(data)
        cut = found.end() if found else len(data)
        if cut > BVH_HEAD_BYTES:
            raise MotionError(f"{path}: no frames in its first {BVH_HEAD_BYTES:,} bytes; it is no BVH file.")
        self.numbers_text = data[cut:].decode("latin-1").strip()  # a byte a letter, whatever is in it
        head = data[:cut].decode("utf-8-sig", errors="replace")
        self.rows = [(k, row) for k, line in enumerate(head.splitlines(), 1) if (row := line.split())]

    def wrong(self, wanted: str) -> MotionError:
        if self.at > 0:
            number, row = self.rows[self.at - 1]
            return MotionError(f"{self.path}: line {number}: found {' '.join(row)[:60]!r}, expected {wanted}.")
        return MotionError(f"{self.path}: not a BVH file: expected {wanted}.")

    def take(self, wanted: str) -> list[str]:
        if self.at >= len(self.rows):
            raise MotionError(f"{self.path}: the file ends where {wanted} was expected; it may be cut off.")
        self.at += 1
        return self.rows[self.at - 1][1]

    def numbers(self, words: list[str], count: int, wanted: str) -> list[float]:
        try:
            values = [float(word) for word in words]
        except ValueError:
            raise self.wrong(wanted) from None
        if len(values) != count or not np.isfinite(values).all():
            raise self.wrong(wanted)
        return values


def _read_tree(lines: _Lines) -> _JointTree:
    if lines.take("HIERARCHY")[0].upper() != "HIERARCHY":
        raise lines.wrong("HIERARCHY")
    tree, pending = _JointTree(), -1
    stack: list[int] = []
    while True:
        row = lines.take("a joint or MOTION")
        word = row[0].upper()
        if word == "MOTION":
            break
        if word in ("ROOT", "JOINT"):
            if len(tree.names) >= MAX_JOINTS or (word == "ROOT") != (not tree.names):
                raise lines.wrong(f"one ROOT and at most {MAX_JOINTS} joints")
            tree.names.append(" ".join(row[1:]) or f"joint{len(tree.names)}")
            tree.parents.append(stack[-1] if stack else -1)
            tree.offsets.append([0.0, 0.0, 0.0])
            tree.channels.append([])
            pending = len(tree.names) - 1
        elif word == "END":
            pending = -2
        elif word == "{":
            stack.append(pending)
        elif word == "}" and stack:
            stack.pop()
        elif word == "OFFSET" and stack:
            values = lines.numbers(row[1:], 3, "OFFSET and three numbers")
            if stack[-1] >= 0:
                tree.offsets[stack[-1]] = values
        elif word == "CHANNELS" and stack and stack[-1] >= 0:
            names = [name.lower() for name in row[2:]]
            good = all(len(n) == 9 and n[0] in "xyz" and n[1:] in ("position", "rotation") for n in names)
            if not good or row[1:2] != [str(len(names))] or len(set(names)) != len(names):
                raise lines.wrong("CHANNELS, their number and as many different names")
            tree.channels[stack[-1]] = names
        else:
            raise lines.wrong("ROOT, JOINT, End Site, OFFSET, CHANNELS, { or }")
    if stack or not tree.names:
        raise lines.wrong("a closed tree of joints before MOTION")
    return tree


def _read_table(lines: _Lines, columns: int) -> tuple[Doubles, float]:
    head = " ".join(lines.take("Frames:")).split(":")
    frames = lines.numbers(head[1:], 1, "Frames: and a number")[0]
    step = lines.numbers(" ".join(lines.take("Frame Time:")).split(":")[1:], 1, "Frame Time: and seconds")[0]
    if not 0 < frames == int(frames) or not 1 / MAX_FPS <= step <= 60:
        raise lines.wrong("at least one frame and a positive frame time")
    joints = max(1, columns // 3)
    if frames * joints > POSED_JOINTS or frames * columns > max(len(lines.numbers_text), 1000):
        raise MotionError(
            f"{lines.path}: {frames:,.0f} frames of {columns} numbers promised, more than its "
            f"{len(lines.numbers_text):,} letters hold or than is read; the file may be cut off."
        )
    table = _numbers(lines, int(frames), columns)
    if not np.isfinite(table).all() or float(np.abs(table).max(initial=0)) > LARGEST:
        raise MotionError(f"{lines.path}: every frame must have {columns} finite numbers, as the channels say.")
    fps = 1 / step
    return table, float(round(fps)) if abs(fps - round(fps)) < 1e-3 else fps  # frame times are rounded


def _numbers(lines: _Lines, frames: int, columns: int) -> Doubles:
    """The frames' numbers ``(T, K)``: a frame a line, else in whatever lines they come."""
    try:
        if not lines.numbers_text:
            raise ValueError
        table = np.loadtxt(StringIO(lines.numbers_text), ndmin=2, comments=None)
        if len(table) >= frames and table.shape[1] == columns:
            return table[:frames]
    except ValueError:
        pass  # reported below; or the numbers are there, but not a frame a line
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # numpy warns of what is no number
            found = np.fromstring(lines.numbers_text[:LOOSE_LETTERS], np.float64, sep=" ")
    except (ValueError, DeprecationWarning) as error:
        raise MotionError(f"{lines.path}: found something other than numbers in the frames ({error}).") from error
    if len(found) < frames * columns:
        raise MotionError(
            f"{lines.path}: {frames} frames of {columns} numbers promised, {len(found)} numbers found; "
            "the file may be cut off."
        )
    return found[: frames * columns].reshape(frames, columns)


def _rotations(table: Doubles, channels: list[list[str]], starts: Ints) -> Doubles:
    """Local rotations ``(T, J, 4)``; joints with the same order of angles are turned together."""
    out = np.zeros((len(table), len(channels), 4))
    out[..., 0] = 1
    orders: dict[str, tuple[list[int], list[list[int]]]] = {}
    for joint, names in enumerate(channels):
        found = [(name[0].upper(), int(starts[joint]) + k) for k, name in enumerate(names) if name.endswith("rotation")]
        if found:
            joints, columns = orders.setdefault("".join(letter for letter, _ in found), ([], []))
            joints.append(joint)
            columns.append([column for _, column in found])
    for order, (joints, columns) in orders.items():
        out[:, joints] = rot.from_euler(np.radians(table[:, columns]), order)
    return out


def _canonical(motion: Motion) -> Motion:
    """Put the joints in canonical order when the names are the canonical ones."""
    if set(motion.skeleton.names) != set(CANONICAL.names) or motion.skeleton.names == CANONICAL.names:
        return motion
    order = [motion.skeleton.index(name) for name in CANONICAL.names]
    skeleton = Skeleton(CANONICAL.names, CANONICAL.parents, motion.skeleton.offsets[order])
    return Motion(skeleton, motion.fps, motion.translation, motion.rotations[:, order])


def _local_positions(table: Doubles, tree: _JointTree, starts: Ints) -> Doubles:
    """Where each joint is in its parent's frame ``(T, J, 3)``: its position channels, its offset where it has none."""
    positions = np.repeat(np.array(tree.offsets)[None], len(table), axis=0)
    for joint, names in enumerate(tree.channels):
        for k, name in enumerate(names):
            if name.endswith("position"):
                positions[:, joint, "xyz".index(name[0])] = table[:, int(starts[joint]) + k]
    return positions


def _carried(tree: _JointTree, positions: Doubles, turns: Doubles) -> tuple[_JointTree, Doubles, Doubles]:
    """Remove roots that only carry the true one: joints whose only child moves about in them.

    Some programs put the root trajectory on the hips and leave a fixed "reference" joint above. A bone is rigid, so a
    child that moves by more than rounding is not at the end of one.
    """
    size = float(np.abs(np.array(tree.offsets)).max()) + 1e-9
    for _ in range(_carriers(tree, positions, 1e-3 * size)):
        positions[:, 1] = positions[:, 0] + rot.rotate(turns[:, 0], positions[:, 1])
        turns[:, 1] = rot.multiply(turns[:, 0], turns[:, 1])
        parents = [-1, *(parent - 1 for parent in tree.parents[2:])]
        tree = _JointTree(tree.names[1:], parents, [[0.0, 0.0, 0.0], *tree.offsets[2:]], tree.channels[1:])
        positions, turns = positions[:, 1:], turns[:, 1:]
    return tree, positions, turns


def _carriers(tree: _JointTree, positions: Doubles, least: float) -> int:
    """How many joints above the first branch carry one that moves by more than `least` in the joint above it."""
    found = joint = 0
    while tree.parents.count(joint) == 1 and joint + 2 < len(tree.names):
        joint += 1  # an only child comes next
        if float(np.ptp(positions[:, joint], axis=0).max()) >= least:
            found = joint
    return found


def read_bvh(path: str | Path) -> Motion:
    """Read a BVH file on its own skeleton, in metres.

    Position channels replace a joint's OFFSET, as most programs take them. Bones are rigid: of the position
    channels of joints other than the root, the median counts; a root that only carries the true one is left out.

    Raises
    ------
    MotionError
        Naming the line and what was expected there.
    """
    lines = _Lines(Path(path))
    tree = _read_tree(lines)
    table, fps = _read_table(lines, sum(len(names) for names in tree.channels))
    starts = np.cumsum([0, *(len(names) for names in tree.channels)])
    turns = _rotations(table, tree.channels, starts)
    tree, positions, turns = _carried(tree, _local_positions(table, tree, starts), turns)
    offsets = np.median(positions, axis=0).astype(np.float32)
    offsets[0] = tree.offsets[0]
    skeleton = Skeleton(tuple(tree.names), np.array(tree.parents), offsets)
    scale = _metres(skeleton)
    rest_offsets = (offsets * scale).astype(np.float32)
    if not rest_offsets[0].any():
        rest_offsets[0, 1] = -float(rest_positions(skeleton)[:, 1].min()) * scale
    scaled = Skeleton(skeleton.names, skeleton.parents, rest_offsets)
    rotations = rot.continuous(rot.normalize(turns)).astype(np.float32)
    return _canonical(Motion(scaled, fps, (positions[:, 0] * scale).astype(np.float32), rotations))


def _metres(skeleton: Skeleton) -> float:
    """Metres per unit: the unit of `UNITS` in which the skeleton is nearest to `HEIGHT` high.

    The height is twice the longest way down the tree, whatever the rest pose: from the pelvis to toes or fingers.
    """
    reach = np.linalg.norm(skeleton.offsets.astype(np.float64), axis=1)
    reach[0] = 0
    for joint in range(1, len(skeleton)):
        reach[joint] += reach[int(skeleton.parents[joint])]
    height = 2 * float(reach.max())
    return min(UNITS, key=lambda unit: abs(np.log(max(height, 1e-9) * unit / HEIGHT)))
