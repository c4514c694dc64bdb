"""Read BVH: any Euler order, three or six channels a joint, end sites, centimetres or metres."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL
from choreo.types import Doubles, Motion, Skeleton

MAX_BYTES = 512 * 2**20
MAX_JOINTS = 1000
METRES = (0.4, 3.0)
"""Heights of a skeleton whose numbers are taken for metres; anything taller is taken for centimetres."""


@dataclass
class _Tree:
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)


class _Lines:
    """The file's non-empty lines with their numbers, for messages."""

    def __init__(self, path: Path) -> None:
        self.path, self.at = path, 0
        try:
            if path.stat().st_size > MAX_BYTES:
                raise MotionError(
                    f"{path}: {path.stat().st_size} bytes is more than a BVH file of {MAX_BYTES} may have."
                )
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise MotionError(f"{path}: cannot be read ({error.strerror}).") from error
        self.rows = [(k, row) for k, line in enumerate(text.splitlines(), 1) if (row := line.split())]

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


def _read_tree(lines: _Lines) -> _Tree:
    if lines.take("HIERARCHY")[0].upper() != "HIERARCHY":
        raise lines.wrong("HIERARCHY")
    tree, pending = _Tree(), -1
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
    rows = lines.rows[lines.at :]
    if not 0 < frames == int(frames) or not step > 0:
        raise lines.wrong("at least one frame and a positive frame time")
    if len(rows) < frames:
        raise MotionError(f"{lines.path}: {int(frames)} frames promised, {len(rows)} found; the file may be cut off.")
    try:
        table = np.array([row for _, row in rows[: int(frames)]], dtype=np.float64)
    except ValueError:
        table = np.empty((0, 0))
    if table.ndim != 2 or table.shape[1] != columns or not np.isfinite(table).all():
        raise MotionError(f"{lines.path}: every frame must have {columns} finite numbers, as the channels say.")
    return table, 1 / step


def _rotations(table: np.ndarray, channels: list[str], first: int) -> np.ndarray:
    letters = [(name[0].upper(), first + k) for k, name in enumerate(channels) if name.endswith("rotation")]
    angles = np.radians(table[:, [column for _, column in letters]])
    if not letters:
        return np.tile([1.0, 0, 0, 0], (len(table), 1))
    return rot.from_euler(angles, "".join(letter for letter, _ in letters))


def _canonical(motion: Motion) -> Motion:
    """Put the joints in canonical order when the names are the canonical ones."""
    if set(motion.skeleton.names) != set(CANONICAL.names) or motion.skeleton.names == CANONICAL.names:
        return motion
    order = [motion.skeleton.index(name) for name in CANONICAL.names]
    skeleton = Skeleton(CANONICAL.names, CANONICAL.parents, motion.skeleton.offsets[order])
    return Motion(skeleton, motion.fps, motion.translation, motion.rotations[:, order])


def read_bvh(path: str | Path) -> Motion:
    """Read a BVH file on its own skeleton, in metres.

    Position channels of joints other than the root are not used: bones are rigid. A joint's position
    channels replace its OFFSET, as most programs take them.

    Raises
    ------
    MotionError
        Naming the line and what was expected there.
    """
    lines = _Lines(Path(path))
    tree = _read_tree(lines)
    table, fps = _read_table(lines, sum(len(names) for names in tree.channels))
    starts = np.cumsum([0, *(len(names) for names in tree.channels)])
    quaternions = [_rotations(table, names, int(start)) for names, start in zip(tree.channels, starts, strict=False)]
    offsets = np.array(tree.offsets, np.float32)
    skeleton = Skeleton(tuple(tree.names), np.array(tree.parents), offsets)
    rest = rest_positions(skeleton)
    height = float(np.ptp(rest[:, 1])) if len(rest) > 1 else 0.0
    scale = 1.0 if METRES[0] < height < METRES[1] else 0.01
    root = np.tile(offsets[0].astype(np.float64), (len(table), 1))
    for k, name in enumerate(tree.channels[0]):
        if name.endswith("position"):
            root[:, "xyz".index(name[0])] = table[:, k]
    rotations = rot.continuous(rot.normalize(np.stack(quaternions, axis=1))).astype(np.float32)
    rest_offsets = (offsets * scale).astype(np.float32)
    if not rest_offsets[0].any():
        rest_offsets[0, 1] = -rest[:, 1].min() * scale
    scaled = Skeleton(skeleton.names, skeleton.parents, rest_offsets)
    return _canonical(Motion(scaled, fps, (root * scale).astype(np.float32), rotations))
