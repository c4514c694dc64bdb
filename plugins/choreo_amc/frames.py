"""Read AMC, Acclaim's motions: for each frame its number, then each bone's name with its numbers, in any order."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.foreign.files import read_bytes
from choreo.foreign.limits import AMC_BYTES, POSED_JOINTS
from choreo.types import Doubles
from choreo_amc.skeleton import AcclaimSkeleton

FRAME = re.compile(r"^[ \t]*\d+[ \t\r]*$", re.MULTILINE)
COMMENT = re.compile(r"#[^\n]*")
BLOCK = 4 << 20
"""Letters of frames that are read at a time: lines take more room than the text."""
LARGEST = 1e7
RATES = (1.0, 1000.0)


@dataclass
class Frames:
    """Numbers ``(T, K)`` of all bones, in the order of the skeleton; radians an angle; frames a second where told."""

    table: Doubles
    angle: float
    fps: float | None


class _Layout:
    """How many numbers each bone has in a frame, and how the frames are written."""

    def __init__(self, path: Path, skeleton: AcclaimSkeleton) -> None:
        self.path, self.skeleton = path, skeleton
        self.counts = {bone.name.lower(): len(bone.freedoms) for bone in skeleton.bones}

    def table(self, block: str) -> Doubles:
        """Frame numbers and the bones' ``(T, 1 + K)`` of a block of whole frames."""
        lines = [line for line in block.split("\n") if line and not line.isspace()]
        table = self._all_alike(lines)
        return np.array(list(self._one_by_one(lines))) if table is None else table

    def _all_alike(self, lines: list[str]) -> Doubles | None:
        """The table, of frames that are all written as the first is; None when they are not.

        Nearly all files are so. A frame is made one line then, and numpy reads all lines by the same columns.
        """
        height = next((k for k, line in enumerate(lines) if k and FRAME.fullmatch(line)), len(lines))
        if len(lines) % height:
            return None
        number = lines[0].strip()
        kind: list[Any] = [("number", np.float64, (1,))]
        columns: dict[str, str] = {}
        first = [line.split() for line in lines[1:height]]
        for words in first:
            name = self._bone(words, number, columns)
            columns[name] = f"of {name}"
            kind += [(name, f"S{len(name) + 1}"), (columns[name], np.float64, (self.counts[name],))]
        self._complete(columns, number)
        try:
            rows = [" ".join(lines[k : k + height]) for k in range(0, len(lines), height)]
            read = np.loadtxt(rows, np.dtype(kind), comments=None, ndmin=1)
        except ValueError:
            return None
        if not all((read[words[0].lower()] == words[0].encode("latin-1")).all() for words in first):
            return None
        found = [read[columns[name]] for name in self.counts if name in columns]
        return np.concatenate([read["number"], *found], axis=1)

    def _one_by_one(self, lines: list[str]) -> Iterator[list[float]]:
        """Rows of the same table, however the frames are written."""
        rows = [line.split() for line in lines]
        starts = [k for k, words in enumerate(rows) if len(words) == 1 and words[0].isdecimal()]
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            number = rows[start][0]
            found: dict[str, list[float]] = {}
            for words in rows[start + 1 : end]:
                name = self._bone(words, number, found)
                try:
                    found[name] = [float(word) for word in words[1:]]
                except ValueError:
                    raise self._wrong(number, f"found {' '.join(words)[:60]!r}, expected numbers") from None
            self._complete(found, number)
            yield [float(number), *(value for name in self.counts for value in found.get(name, ()))]

    def _bone(self, words: list[str], number: str, found: Container[str]) -> str:
        """The bone that a line is about, with as many numbers as move in it."""
        name = words[0].lower()
        if name not in self.counts:
            raise self._wrong(number, f"found {words[0][:40]!r}, which is no bone of {self.skeleton.path}")
        if name in found:
            raise self._wrong(number, f"the bone {words[0]!r} is there twice")
        if len(words) - 1 != self.counts[name]:
            raise self._wrong(
                number,
                f"the bone {words[0]!r} has {len(words) - 1} numbers, expected the {self.counts[name]} that "
                f"{self.skeleton.path} names; the skeleton may be another's",
            )
        return name

    def _complete(self, found: Container[str], number: str) -> None:
        missing = [name for name, count in self.counts.items() if count and name not in found]
        if missing:
            raise self._wrong(
                number,
                f"no numbers for {', '.join(missing[:5])}{' ...' * (len(missing) > 5)}, which {self.skeleton.path} "
                "says move; the file may be cut off",
            )

    def _wrong(self, number: str, what: str) -> MotionError:
        return MotionError(f"{self.path}: frame {number[:12]}: {what}.")


def _blocks(text: str, start: int) -> Iterator[str]:
    """Whole frames, about `BLOCK` letters at a time."""
    while start < len(text):
        found = FRAME.search(text, start + BLOCK)
        end = found.start() if found else len(text)
        yield text[start:end]
        start = end


def _head(path: Path, text: str, skeleton: AcclaimSkeleton) -> tuple[float, float | None]:
    """Radians an angle, and frames a second where they are told."""
    angle, fps = skeleton.angle, None
    for words in filter(None, (line.split() for line in text.upper().split("\n"))):
        if words[0] in (":DEGREES", ":RADIANS"):
            angle = np.pi / 180 if words[0] == ":DEGREES" else 1.0
        elif words[0] == ":SAMPLES-PER-SECOND":
            try:
                fps = float(words[1])
            except (ValueError, IndexError):
                fps = 0.0
            if not RATES[0] <= fps <= RATES[1]:
                raise MotionError(f"{path}: found {' '.join(words)[:60]!r}, expected {RATES[0]:g} to {RATES[1]:g}.")
        elif not words[0].startswith(":"):
            raise MotionError(f"{path}: found {words[0][:40]!r} before the first frame, expected lines with a colon.")
    return angle, fps


def read_frames(path: Path, skeleton: AcclaimSkeleton) -> Frames:
    """Read an AMC file of a skeleton.

    Raises
    ------
    MotionError
        Naming the frame, what was found in it and what was expected.
    """
    text = read_bytes(path, AMC_BYTES, MotionError).decode("latin-1")
    if "#" in text:
        text = COMMENT.sub("", text)
    begin = FRAME.search(text)
    if begin is None:
        raise MotionError(f"{path}: not an AMC file: no line with the number of a frame in it.")
    angle, fps = _head(path, text[: begin.start()], skeleton)
    layout, tables, rows = _Layout(path, skeleton), [], 0
    for block in _blocks(text, begin.start()):
        tables.append(layout.table(block))
        rows += len(tables[-1])
        if rows * len(skeleton.bones) > POSED_JOINTS:
            raise MotionError(f"{path}: more than {POSED_JOINTS:,} poses of bones; cut the file in parts.")
    table = np.concatenate(tables)
    if not (np.abs(table) <= LARGEST).all():
        raise MotionError(f"{path}: every frame must have finite numbers of at most {LARGEST:g}.")
    gaps = np.flatnonzero(np.diff(table[:, 0]) != 1)
    if len(gaps):
        before, after = table[gaps[0] : gaps[0] + 2, 0]
        raise MotionError(f"{path}: frame {after:.0f} comes after frame {before:.0f}; expected all, one after another.")
    return Frames(table[:, 1:], angle, fps)


__all__ = ["Frames", "read_frames"]
