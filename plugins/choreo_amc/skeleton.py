"""Read ASF, Acclaim's skeletons: bones from their parent's end in a direction of the world, with axes of their own.

After the definition V1.10 (M. Schafer, Acclaim, 1995): ``#`` begins a comment, commas and brackets are space, a colon
begins a section. Limits, masses and skins are not needed and not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from choreo.errors import MotionError
from choreo.foreign.files import read_bytes
from choreo.foreign.limits import ASF_BYTES
from choreo.motion import rotations as rot
from choreo.types import Doubles

MAX_BONES = 1000
LARGEST = 1e7
ROOT = "root"
TURNS = ("rx", "ry", "rz")
FREEDOMS = ("tx", "ty", "tz", *TURNS, "l")
SPACE = str.maketrans(",()", "   ")


@dataclass
class Bone:
    """A bone: the way ``(3,)`` to its end at rest, the turn ``(4,)`` of its axes, and what of it moves, in order."""

    name: str
    direction: Doubles = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))
    length: float = 0.0
    angles: Doubles = field(default_factory=lambda: np.zeros(3))
    order: str = "XYZ"
    freedoms: tuple[str, ...] = ()


@dataclass
class AcclaimSkeleton:
    """Bones with the root first and parents before children, in the file's units; ``angle`` is radians a unit."""

    path: Path
    bones: list[Bone] = field(default_factory=lambda: [Bone(ROOT)])
    parents: list[int] = field(default_factory=lambda: [-1])
    length: float = 1.0
    angle: float = np.pi / 180
    position: Doubles = field(default_factory=lambda: np.zeros(3))

    def axes(self, number: int) -> Doubles:
        """Turn ``(4,)`` of a bone's axes against the world's; of the root, how it is turned beforehand."""
        bone = self.bones[number]
        return fixed_turns(self.angle * bone.angles, bone.order)


def fixed_turns(angles: Doubles, order: str) -> Doubles:
    """Rotations ``(..., 4)`` of angles ``(..., 3)`` about fixed axes, the first of `order` first."""
    return np.asarray(rot.from_euler(angles[..., ::-1], order[::-1]))


class _Lines:
    """Lines of a file as words without comments, those of a section at a time."""

    def __init__(self, path: Path) -> None:
        self.path, self.at = path, 0
        text = read_bytes(path, ASF_BYTES, MotionError).decode("latin-1")
        found = (
            (number, line.split("#")[0].translate(SPACE).split()) for number, line in enumerate(text.split("\n"), 1)
        )
        self.rows = [(number, words) for number, words in found if words]

    def wrong(self, wanted: str) -> MotionError:
        """An error about the line that was taken last."""
        if not self.rows:
            return MotionError(f"{self.path}: is empty, expected {wanted}.")
        number, words = self.rows[max(0, self.at - 1)]
        return MotionError(f"{self.path}: line {number}: found {' '.join(words)[:60]!r}, expected {wanted}.")

    def take(self) -> list[str] | None:
        """Words of the next line of the section, None at its end."""
        if self.at >= len(self.rows) or self.rows[self.at][1][0].startswith(":"):
            return None
        self.at += 1
        return self.rows[self.at - 1][1]

    def section(self) -> list[str] | None:
        """Words of the next line that begins a section, None at the end of the file."""
        while self.take() is not None:
            pass
        self.at += 1
        return self.rows[self.at - 1][1] if self.at <= len(self.rows) else None

    def numbers(self, words: Sequence[str], count: int, wanted: str) -> Doubles:
        """As many finite numbers as `count`."""
        try:
            values = np.array([float(word) for word in words])
        except ValueError:
            raise self.wrong(wanted) from None
        if len(values) != count or not (np.abs(values) <= LARGEST).all():
            raise self.wrong(wanted)
        return values

    def order(self, words: Sequence[str]) -> str:
        """An order of three axes; XYZ where none is said."""
        order = "".join(words).upper() or "XYZ"
        if sorted(order) != ["X", "Y", "Z"]:
            raise self.wrong("an order of the axes, such as XYZ")
        return order

    def freedoms(self, words: Sequence[str]) -> tuple[str, ...]:
        """What moves, each once."""
        found = tuple(word.lower() for word in words)
        if len(set(found)) != len(found) or not set(found) <= set(FREEDOMS):
            raise self.wrong(f"some of {' '.join(FREEDOMS)}, each once")
        return found


def _read_units(lines: _Lines, skeleton: AcclaimSkeleton) -> None:
    while words := lines.take():
        if words[0].lower() == "length":
            skeleton.length = float(lines.numbers(words[1:], 1, "length and a number")[0])
            if skeleton.length < 1e-6:
                raise lines.wrong("length and a positive number")
        elif words[0].lower() == "angle":
            if words[1:2] not in (["deg"], ["rad"]):
                raise lines.wrong("angle and deg or rad")
            skeleton.angle = np.pi / 180 if words[1] == "deg" else 1.0


def _read_root(lines: _Lines, skeleton: AcclaimSkeleton) -> None:
    root = skeleton.bones[0]
    while words := lines.take():
        word = words[0].lower()
        if word == "order":
            root.freedoms = lines.freedoms(words[1:])
        elif word == "axis":
            root.order = lines.order(words[1:])
        elif word == "position":
            skeleton.position = lines.numbers(words[1:], 3, "position and three numbers")
        elif word == "orientation":
            root.angles = lines.numbers(words[1:], 3, "orientation and three numbers")


def _read_bone(lines: _Lines) -> Bone:
    bone = Bone("")
    while words := lines.take():
        word = words[0].lower()
        if word == "end":
            break
        if word == "name":
            bone.name = " ".join(words[1:])
        elif word == "direction":
            bone.direction = lines.numbers(words[1:], 3, "direction and three numbers")
        elif word == "length":
            bone.length = float(lines.numbers(words[1:], 1, "length and a number")[0])
        elif word == "axis":
            bone.angles, bone.order = lines.numbers(words[1:4], 3, "axis and three numbers"), lines.order(words[4:])
        elif word == "dof":
            bone.freedoms = lines.freedoms(words[1:])
    else:
        raise lines.wrong("'end' after a bone's data")
    if not bone.name:
        raise lines.wrong("a bone's name before 'end'")
    return bone


def _read_bones(lines: _Lines) -> dict[str, Bone]:
    bones: dict[str, Bone] = {}
    while words := lines.take():
        if words[0].lower() != "begin":
            raise lines.wrong("'begin' before a bone's data")
        bone = _read_bone(lines)
        key = bone.name.lower()
        if key in bones or key == ROOT or len(bones) >= MAX_BONES:
            raise lines.wrong(f"at most {MAX_BONES} bones, each name once; {bone.name!r} is there already")
        bones[key] = bone
    return bones


def _read_hierarchy(lines: _Lines, bones: dict[str, Bone]) -> dict[str, list[str]]:
    """Children by their parent's name."""
    children: dict[str, list[str]] = {}
    placed: set[str] = set()
    while words := lines.take():
        names = [word.lower() for word in words]
        if names in (["begin"], ["end"]):
            continue
        unknown = [name for name in names if name != ROOT and name not in bones]
        again = [name for k, name in enumerate(names[1:], 1) if name in placed or name == ROOT or name in names[1:k]]
        if unknown or again:
            raise lines.wrong(f"names of bones, each the child of one; not {(unknown or again)[0]!r}")
        placed.update(names[1:])
        children.setdefault(names[0], []).extend(names[1:])
    return children


def read_asf(path: Path) -> AcclaimSkeleton:
    """Read an ASF file.

    Raises
    ------
    MotionError
        Naming the line and what was expected there.
    """
    lines, skeleton = _Lines(path), AcclaimSkeleton(path)
    bones: dict[str, Bone] = {}
    children: dict[str, list[str]] = {}
    while words := lines.section():
        word = words[0].lower()
        if word == ":units":
            _read_units(lines, skeleton)
        elif word == ":root":
            _read_root(lines, skeleton)
        elif word == ":bonedata":
            bones |= _read_bones(lines)
        elif word == ":hierarchy":
            children = _read_hierarchy(lines, bones)
    if not bones or not children:
        raise MotionError(f"{path}: not an ASF file: expected sections :bonedata and :hierarchy with bones.")
    waiting = [(name, 0) for name in reversed(children.get(ROOT, []))]
    while waiting:
        name, parent = waiting.pop()
        skeleton.bones.append(bones.pop(name))
        skeleton.parents.append(parent)
        waiting += [(child, len(skeleton.bones) - 1) for child in reversed(children.get(name, []))]
    if bones:
        raise MotionError(f"{path}: the bone {next(iter(bones))!r} is not below the root; :hierarchy must say where.")
    return skeleton


__all__ = ["ROOT", "TURNS", "AcclaimSkeleton", "Bone", "fixed_turns", "read_asf"]
