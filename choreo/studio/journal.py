"""What is done in the studio, written down at once, so that a process that is killed loses nothing.

The journal lies beside the plan, as ``.SONG.studio.jsonl``: a line with the plan as it was opened, then a line a change
with what of the plan is other than before. It needs no planner to be read again. It is on the disk before a change is
answered. A last line that was cut off is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from choreo.errors import ChoreoError
from choreo.foreign.limits import PLAN_BYTES
from choreo.planfile.file import check_plan, plan_to_dict
from choreo.studio.history import Entry, History, Take
from choreo.types import ChoreographyPlan, PlanStep

FORM = 1
MOST_LINES = 200_000


class Waiting(msgspec.Struct, forbid_unknown_fields=True):
    """A second take that waits: its bars, its seed, and what of the plan is other than in the first."""

    bars: tuple[int, int]
    seed: int
    plan: dict[str, Any]


class Line(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """A line of a journal; one of its fields, `said` goes with `plan`."""

    form: int = 0
    begin: dict[str, Any] | None = None
    plan: dict[str, Any] | None = None
    said: str = ""
    take: Waiting | None = None
    at: int | None = None
    version: str = ""
    clips: list[str] = []
    saved: str = ""


class Fields(msgspec.Struct, forbid_unknown_fields=True):
    """Fields of a plan that are others than before; None for those that are not."""

    song: dict[str, Any] | None = None
    metre: int | None = None
    tempo: float | None = None
    start: float | None = None
    end: float | None = None
    seed: int | None = None
    options: dict[str, Any] | None = None
    versions: dict[str, str] | None = None
    guarantees: dict[str, float] | None = None
    warnings: tuple[str, ...] | None = None


KEPT_WHOLE = Fields.__struct_fields__
"""Fields of a plan that a line has whole where they are others; of its steps it has those that are."""


@dataclass
class Found:
    """What a journal has: what was done, own files that were brought in, and whether some of it was not saved."""

    history: History
    clips: list[str] = field(default_factory=list)
    unsaved: bool = False


class Journal:
    """The journal of the plan at a path.

    Attributes
    ----------
    trouble
        In words, why what is done is not written down; empty when it is.
    """

    def __init__(self, plan_path: Path) -> None:
        stem = plan_path.name.removesuffix(".json").removesuffix(".plan")
        self.path = plan_path.with_name(f".{stem}.studio.jsonl")
        self.trouble = ""
        self._begun = False
        self._waiting = b""
        self._first: ChoreographyPlan | None = None

    def restored(self, plan: ChoreographyPlan) -> Found | None:
        """What was done to a plan before; None when nothing was, or the file is of another state of the plan.

        A journal that is not of this plan is set aside, as ``.SONG.studio.jsonl.old``.
        """
        self._first = plan
        try:
            read = _read(self.path)
            if read is not None and read[1] == digest(plan):
                os.truncate(self.path, read[2])
                self._begun = True
                return read[0]
        except FileNotFoundError:
            return None
        except OSError as error:
            self.trouble = _words(error)
            return None
        self.set_aside()
        return None

    def set_aside(self) -> None:
        """Keep what is there as ``.SONG.studio.jsonl.old``; what is done from now on begins a new journal."""
        self._begun, self._waiting = False, b""
        try:
            os.replace(self.path, self.path.with_name(f"{self.path.name}.old"))
        except FileNotFoundError:
            pass
        except OSError as error:
            self.trouble = _words(error)

    def changed(self, history: History) -> None:
        """Write down the newest change."""
        entry, before = history.entries[history.at], history.entries[history.at - 1]
        take = entry.take
        waits = None if take is None else Waiting(take.bars, take.seed, _difference(entry.plan, take.plan))
        self._write(Line(plan=_difference(before.plan, entry.plan), said=entry.said, take=waits))

    def turned(self, history: History) -> None:
        """Write down that changes were taken back, or made again."""
        self._write(Line(at=history.at))

    def named(self, name: str) -> None:
        """Write down that the dance as it is has a name."""
        self._write(Line(version=name))

    def brought(self, paths: list[Path]) -> None:
        """Write down that own files were brought in."""
        self._write(Line(clips=[str(path.resolve()) for path in paths]))

    def saved(self, plan: ChoreographyPlan, path: Path) -> None:
        """Write down that a plan was saved; under another name the journal goes with it."""
        moved = Journal(path)
        if moved.path != self.path and self._begun:
            moved.set_aside()
            try:
                os.replace(self.path, moved.path)
            except OSError:
                self._begun = False
        self.path = moved.path
        if self._begun:
            self._write(Line(saved=digest(plan)))
        else:
            self._first, self._waiting = plan, b""

    def _write(self, line: Line) -> None:
        """Add a line, and see it on the disk; why it cannot be written is told by `trouble`.

        Each line is what is other than before it: one that cannot be written waits, and goes before the next.
        """
        self._waiting += _encoded(line)
        text = self._waiting
        if not self._begun:
            assert self._first is not None
            text = _encoded(Line(form=FORM, begin=_whole(self._first))) + text
        try:
            with self.path.open("ab" if self._begun else "wb") as file:
                end = file.tell()
                try:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    os.truncate(self.path, end)
                    raise
        except OSError as error:
            self.trouble = _words(error)
        else:
            self.trouble, self._begun, self._waiting = "", True, b""


def digest(plan: ChoreographyPlan) -> str:
    """Hash of a plan as its file has it."""
    return hashlib.sha256(json.dumps(plan_to_dict(plan), sort_keys=True).encode()).hexdigest()


def _words(error: Exception) -> str:
    return (
        f"what you do is not written down ({getattr(error, 'strerror', None) or error}): should the studio be killed, "
        "what was not saved is lost. Free some space, or save elsewhere."
    )


def _encoded(line: Line) -> bytes:
    return msgspec.json.encode(line) + b"\n"


def _plain(value: Any) -> Any:
    """JSON-ready values, to the bit."""
    return msgspec.to_builtins(value, enc_hook=lambda each: each.item())


def _whole(plan: ChoreographyPlan) -> dict[str, Any]:
    return {"steps": _plain(plan.steps), **{name: _plain(getattr(plan, name)) for name in KEPT_WHOLE}}


def _difference(before: ChoreographyPlan, after: ChoreographyPlan) -> dict[str, Any]:
    """What of a plan is other than before: fields; of its steps the first and past-last that give way, and new ones."""
    out = {name: _plain(getattr(after, name)) for name in KEPT_WHOLE if getattr(before, name) != getattr(after, name)}
    old, new = before.steps, after.steps
    first = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    if first < len(old) - last or first < len(new) - last:
        out["steps"] = [first, len(old) - last, _plain(new[first : len(new) - last])]
    return out


def _applied(before: ChoreographyPlan, difference: Mapping[str, Any]) -> ChoreographyPlan:
    """The plan that differs so from the one before.

    Raises
    ------
    ValueError, InputError
        When there is no such.
    """
    values = msgspec.convert({name: value for name, value in difference.items() if name != "steps"}, Fields)
    steps = before.steps
    if "steps" in difference:
        first, last, new = msgspec.convert(difference["steps"], tuple[int, int, tuple[PlanStep, ...]])
        if not 0 <= first <= last <= len(steps):
            raise ValueError("steps that are not there")
        steps = (*steps[:first], *new, *steps[last:])
    others = {name: value for name in KEPT_WHOLE if (value := getattr(values, name)) is not None}
    plan = replace(before, **others, steps=steps)
    check_plan(plan)
    return plan


def _read(path: Path) -> tuple[Found, str, int] | None:
    """What a journal has, the hash of the plan's file that it goes with, and its bytes that can be read.

    None when it is none.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    found: Found | None = None
    goes_with, length = "", 0
    with path.open("rb") as file:
        for _ in range(MOST_LINES):
            line = file.readline(PLAN_BYTES + 1)
            if not line.endswith(b"\n"):
                break
            try:
                read = msgspec.json.decode(line, type=Line)
                if found is None:
                    if read.form != FORM or read.begin is None:
                        return None
                    plan = msgspec.convert(read.begin, ChoreographyPlan)
                    check_plan(plan)
                    found, goes_with = Found(History([Entry(plan, "")])), digest(plan)
                else:
                    goes_with = _taken(found, read) or goes_with
            except (ValueError, TypeError, KeyError, RecursionError, ChoreoError):
                break
            length += len(line)
    return None if found is None else (found, goes_with, length)


def _taken(found: Found, line: Line) -> str:
    """Take a line up; the hash of what was saved, where it says that."""
    history = found.history
    if line.plan is not None:
        plan, take = _applied(history.plan, line.plan), None
        if line.take is not None:
            take = Take(line.take.bars, line.take.seed, _applied(plan, line.take.plan))
        history.add(plan, line.said[:1000], take)
        found.unsaved = True
    elif line.at is not None:
        if not 0 <= line.at < len(history.entries):
            raise ValueError("no such change")
        history.at = line.at
        found.unsaved = True
    elif line.version:
        history.versions[line.version[:200]] = history.plan
    elif line.clips:
        found.clips += line.clips
    elif line.saved:
        found.unsaved = False
    return line.saved


__all__ = ["Found", "Journal", "digest"]
