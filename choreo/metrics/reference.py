"""Real dances to compare with, read from a motion database or from motion files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from choreo.errors import ChoreoError, InputError, MotionError
from choreo.metrics.dances import read_dances
from choreo.motion.joint_arrays import JointArray as JointArray
from choreo.motion.joint_arrays import at_rate
from choreo.motion.joint_arrays import by_name as by_name
from choreo.motion.kinematics import forward
from choreo.motion.resample import resample
from choreo.types import Doubles, Motion, Reading

FPS = 60.0
LARGEST_SECONDS = 3600.0
"""Of a longer reference, motions are left out evenly."""
BESIDE = frozenset((".json", ".txt", ".csv", ".mp4", ".mov", ".webm", ".mkv", ".avi"))
"""Endings that in a folder are of what describes or shows motions, not of motions."""
SHORTEST_WINDOW, LONGEST_WINDOW = 1.0, 5.0
"""Seconds between which the default window for FID lies."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Motions at 60 frames a second: ``positions`` of each ``(T, 24, 3)``, numbers of their recordings, and names.

    ``window``: seconds that motions and the dance are cut into for FID.
    """

    name: str
    positions: tuple[Doubles, ...]
    groups: tuple[int, ...]
    names: tuple[str, ...]
    window: float
    warnings: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Length of all motions together."""
        return sum(len(each) for each in self.positions) / FPS


def joint_positions(motion: Motion | JointArray, fps: float = FPS) -> Doubles:
    """World positions ``(T, 24, 3)`` of a canonical motion at `fps` frames a second.

    Of a joint array they are what it has, in the canonical places, NaN for joints that it lacks.
    """
    if isinstance(motion, JointArray):
        return at_rate(motion, fps)
    even = resample(motion, fps)
    return np.asarray(forward(even.skeleton, even.translation, even.rotations)[0], np.float64)


def read_reference(location: str, *, reading: Reading = Reading()) -> Reference:
    """Read a reference: a motion database, a folder of motion files, or one file.

    Files of joint positions are measured as they are. `reading` is what the user says of rate and axis of the files.

    Raises
    ------
    InputError, MotionError, DatabaseError
        When there is nothing there, or nothing that can be read.
    """
    path = Path(location)
    if "://" in location or (path.is_dir() and (path / "clips.lance").exists()):
        return _from_database(location)
    if not path.exists():
        raise InputError(f"{location}: no such motion database, folder or file for --reference.")
    return _from_files(path, reading)


def _from_database(location: str) -> Reference:
    from choreo.db import MotionDB

    db = MotionDB.open(location)
    rows = sorted((row for row in db.rows()), key=lambda row: str(row["clip_id"]))
    if not rows:
        raise InputError(f"{location}: the motion database is empty. Add dances with 'choreo db add'.")
    seconds = np.array([max(row["frames"] - 1, 0) / row["fps"] for row in rows])
    chosen = _thinned(seconds)
    clips = db.get([str(rows[k]["clip_id"]) for k in chosen])
    ordered = [clips[key] for key in sorted(clips)]
    sources = sorted({(clip.dataset, clip.source) for clip in ordered})
    return Reference(
        name=location,
        positions=tuple(joint_positions(clip.motion) for clip in ordered),
        groups=tuple(sources.index((clip.dataset, clip.source)) for clip in ordered),
        names=tuple(clip.name for clip in ordered),
        window=_window(seconds[chosen]),
        warnings=_left_out(len(rows), len(chosen)),
    )


def _from_files(path: Path, reading: Reading) -> Reference:
    from choreo.datasets.convert import endings

    found: list[tuple[Path, Motion | JointArray]] = []
    unreadable: list[str] = []
    flags: Counter[str] = Counter()
    known = endings()
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    for file in files:
        if path.is_dir() and file.suffix.lower() not in known - BESIDE:
            continue  # not a motion file: notes, pictures, music
        try:
            dances = read_dances(file, reading=reading)
            found.extend((file, each.motion) for each in dances)
            flags.update(flag for flag in dances[0].flags if flag.startswith("assumed"))
        except ChoreoError as error:
            if path.is_file():
                raise
            if not isinstance(error, InputError) or isinstance(error, MotionError):  # else it is something else
                unreadable.append(error.message)
    if not found:
        raise MotionError(unreadable[0] if unreadable else f"{path}: no motion file in it for --reference.")
    seconds = np.array([motion.duration for _, motion in found])
    chosen = _thinned(seconds)
    names = sorted({str(found[k][0]) for k in chosen})
    warnings = _left_out(len(found), len(chosen))
    warnings += tuple(f"of the reference, {flag} in {count} files" for flag, count in sorted(flags.items()))
    if unreadable:
        warnings = (f"{len(unreadable)} files of the reference could not be read, e.g. {unreadable[0]}", *warnings)
    return Reference(
        name=str(path),
        positions=tuple(joint_positions(found[k][1]) for k in chosen),
        groups=tuple(names.index(str(found[k][0])) for k in chosen),
        names=tuple(found[k][0].stem for k in chosen),
        window=_window(seconds[chosen]),
        warnings=warnings,
    )


def _window(seconds: Doubles) -> float:
    return float(np.clip(np.median(seconds), SHORTEST_WINDOW, LONGEST_WINDOW))


def _thinned(seconds: Doubles) -> list[int]:
    """Indices of evenly chosen motions that together last no longer than `LARGEST_SECONDS`."""
    total = float(seconds.sum())
    if total <= LARGEST_SECONDS:
        return list(range(len(seconds)))
    share = LARGEST_SECONDS / total
    steps = np.floor(np.arange(1, len(seconds) + 1) * share) > np.floor(np.arange(len(seconds)) * share)
    return [int(k) for k in np.flatnonzero(steps)]


def _left_out(count: int, used: int) -> tuple[str, ...]:
    return (f"the reference is large: {used} of its {count} motions were used, evenly chosen",) if used < count else ()
