"""Base class of dataset plugins that read files, and what they share: repair, retargeting and splitting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo.errors import ChoreoError, MotionError
from choreo.types import Clip, Doubles, Floats, Motion, Reading, Take

FLOATING = 0.03
"""A take whose dancer is off the floor in a larger share of the frames in which a foot is down is flagged."""
LEAST_SECONDS = 0.3
"""Shorter stretches between faults are dropped."""
ASSUMED = "assumed "
"""Beginning of the flags that say what a reader assumed."""


class Files:
    """Base class of datasets that are files in a folder; a plugin gives `takes` and the names."""

    name = ""
    description = ""
    licence = ""
    citation = ""
    expected = ""
    skips = "files that cannot be read, and stretches that no body can do"
    suffixes: tuple[str, ...] = ()

    def files(self, path: Path) -> Sequence[Path]:
        """Files below `path` with one of `suffixes`, sorted; `path` itself when it is one.

        Raises
        ------
        MotionError
            When there is nothing at `path`, or no such file below it.
        """
        if path.is_file():
            return [path]
        if not path.is_dir():
            what = "is no file" if path.exists() else "no such file or folder"
            raise MotionError(f"{path}: {what}. {self.name} expects {self.expected}.")
        found = sorted(
            file
            for file in path.rglob("*")
            if file.suffix.lower() in self.suffixes and file.is_file() and self.wanted(file)
        )
        if not found:
            raise MotionError(
                f"{path}: no {' or '.join(self.suffixes)} file in it. {self.name} expects {self.expected}."
            )
        return found

    def wanted(self, file: Path) -> bool:
        """Whether a file belongs to the dataset."""
        return True

    def lists(self, path: Path) -> Sequence[Path]:
        """Files, there or not, that `files` and `parts` look into; only the names of files below `path` are known."""
        return ()

    def parts(self, file: Path) -> Sequence[Path]:
        """All files that a recording lies in, of which `file` is the one that `files` names: itself in most formats."""
        return (file,)

    def beside(self, file: Path) -> Sequence[Path]:
        """Other files that `takes` looks up for a file, there or not; what is in `file` may not be known yet."""
        return ()

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the recordings of one file; see `choreo.protocols.FileDataset`."""
        raise NotImplementedError

    def clips(self, path: Path | None) -> Iterator[Clip]:
        """Yield clips of all files that can be read.

        Raises
        ------
        MotionError
            When `path` is missing, or none of its files can be read.
        """
        from choreo.datasets.cut import cut_take

        if path is None:
            raise MotionError(f"{self.name} needs a path: {self.expected}.")
        errors: list[str] = []
        found = False
        for file in self.files(path):
            try:
                for take in self.takes(file, root=path):
                    for clip in cut_take(take, self.name):
                        found = True
                        yield clip
            except MotionError as error:
                errors.append(error.message)
        if not found and errors:
            raise MotionError(errors[0])


@contextmanager
def naming(file: Path) -> Iterator[None]:
    """Context in which an error about what is in a file becomes a MotionError that names it."""
    try:
        yield
    except ChoreoError as error:
        if isinstance(error, MotionError) and str(file) in error.message:
            raise
        raise MotionError(f"{file}: {error.message}") from error


def source_name(file: Path, root: Path | None) -> str:
    """Name of a file within its dataset: its path below `root`, or its own name."""
    return file.relative_to(root).as_posix() if root is not None and root.is_dir() and file != root else file.name


def canonical_takes(
    base: Take,
    motion: Motion,
    *,
    joints: Mapping[str, str] | None = None,
    rest: Floats | None = None,
    soles: Doubles | None = None,
    reading: Reading = Reading(),
) -> Iterator[Take]:
    """Repair a motion of any skeleton, retarget it, and yield the stretches between its faults.

    Parameters
    ----------
    base
        Everything of the take but its motion, which is replaced; beats and cuts are in seconds of the whole.
    soles
        See `choreo.motion.retarget.retarget`; frames are those of `motion`.
    motion
        As the file has it, at the file's rate and with the file's axis up.
    reading
        A rate told takes the place of the motion's, and of the pace of beats and cuts; an axis told is turned up.
    """
    from choreo.motion import rotations as rot
    from choreo.motion.footing import resampled
    from choreo.motion.repair import mended, runs, sliced
    from choreo.motion.retarget import retarget

    if joints and "pelvis" not in joints:
        raise MotionError("the map lacks pelvis, the joint that all others hang on.")
    base, motion = told(base, motion, reading)
    if soles is not None and reading.up is not None:
        soles = rot.rotate(rot.up_turn(reading.up), soles)
    motion, unit = in_metres(motion, joints)
    soles = None if soles is None else unit * soles
    source_fps = motion.fps
    motion = capped(motion)
    if soles is not None:
        soles = resampled(soles, source_fps, motion.fps, len(motion))
    motion, faulty, bridged = mended(motion)
    if faulty.all():
        raise MotionError(f"{base.source}: every frame is faulty (joints faster than a body can be).")
    upright = reading.up is not None
    names = dict(joints) if joints else None
    moved, report = retarget(motion, names, rest=rest, soles=soles, up_is_told=upright)
    # what was just possible may not be on longer bones; retargeting keeps the frames, so both masks fit
    moved, wrong, more = mended(moved)
    wrong, bridged = wrong | faulty, bridged + more
    facts = {
        "end_error": report.end_error,
        "slide_before": report.slide_before,
        "slide_after": report.slide_after,
        "floating": report.floating,
        "bridged_frames": float(bridged),
        "cut_frames": float(wrong.sum()),
        **base.facts,
    }
    found = {"mended": bool(bridged), "cut": bool(wrong.any()), "floating": report.floating > FLOATING}
    flags = (*base.flags, *(name for name, there in found.items() if there))
    fps = moved.fps
    for first, last in runs(~wrong):
        if last - first < LEAST_SECONDS * fps:
            continue
        piece = replace(
            base,
            motion=sliced(moved, first, last),
            first_frame=base.first_frame + round(first / fps * source_fps),
            source_fps=source_fps,
            flags=flags,
            facts=facts,
        )
        yield shifted(piece, first / fps, (last - 1) / fps)


def assumed(reading: Reading, *, fps: float | None = None, up: str | None = None) -> tuple[str, ...]:
    """Flags of a take for the rate and the axis that its reader assumes, less those that the user told."""
    rate = () if fps is None or reading.fps is not None else (f"{ASSUMED}{fps:g} fps",)
    axis = () if up is None or reading.up is not None else (f"{ASSUMED}{up} up",)
    return rate + axis


def assumptions(flags: Iterable[str]) -> tuple[str, ...]:
    """What flags say was assumed: ``30 fps``, ``z up``."""
    return tuple(flag.removeprefix(ASSUMED) for flag in flags if flag.startswith(ASSUMED))


def told(take: Take, motion: Motion, reading: Reading) -> tuple[Take, Motion]:
    """A take and its motion at the rate and with the axis up that the user told."""
    from choreo.motion.ground import turned
    from choreo.motion.rotations import up_turn

    if reading.fps is not None and reading.fps != motion.fps:
        pace = motion.fps / reading.fps
        take = replace(
            take,
            tempo=None if take.tempo is None else take.tempo / pace,
            beats=None if take.beats is None else take.beats * pace,
            cuts=tuple(replace(cut, start=cut.start * pace, end=cut.end * pace) for cut in take.cuts),
        )
        motion = replace(motion, fps=reading.fps)
    if reading.up is not None and reading.up != "y":
        motion = turned(motion, up_turn(reading.up))
    return take, motion


def in_metres(motion: Motion, joints: Mapping[str, str] | None) -> tuple[Motion, float]:
    """A motion in metres and the factor to them: as it is, unless its legs have a length that no person's have.

    Then it is in centimetres, inches or any other unit, and is scaled such that its legs are the canonical ones.
    """
    from choreo.motion.families import guess_map
    from choreo.motion.joint_frames import mean_leg
    from choreo.motion.kinematics import rest_positions
    from choreo.motion.plausible import LEGS, leg_length
    from choreo.motion.skeleton import CANONICAL

    names, parents = motion.skeleton.names, motion.skeleton.parents.tolist()
    try:
        found = dict(joints) if joints else guess_map(names, parents)[1]
        rest = rest_positions(motion.skeleton).astype(np.float64)
        length = leg_length({ours: rest[None, names.index(theirs)] for ours, theirs in found.items()})
    except (MotionError, KeyError, ValueError):
        return motion, 1.0  # what is missing is told when it is retargeted
    low, high = LEGS["m"]
    if low <= length <= high or not 1e-6 < length < 1e6:
        return motion, 1.0
    unit = mean_leg(CANONICAL) / length
    skeleton = replace(motion.skeleton, offsets=(unit * motion.skeleton.offsets).astype(np.float32))
    return replace(motion, skeleton=skeleton, translation=(unit * motion.translation).astype(np.float32)), unit


def shifted(take: Take, start: float, end: float) -> Take:
    """Beats and cuts that lie within `start .. end` seconds, counted from `start`."""
    beats, downbeat = take.beats, take.downbeat
    if beats is not None:
        inside = np.flatnonzero((beats >= start - 1e-9) & (beats <= end + 1e-9))
        lowest = int(inside[0]) if len(inside) else 0
        beats = beats[inside] - start
        downbeat = (take.downbeat - lowest) % take.metre
    cuts = tuple(
        replace(cut, start=cut.start - start, end=cut.end - start)
        for cut in take.cuts
        if cut.start >= start - 1e-6 and cut.end <= end + 1e-6
    )
    return replace(take, beats=beats, downbeat=downbeat, cuts=cuts)


def capped(motion: Motion, fps: float = 60.0) -> Motion:
    """The motion at no more than `fps` frames a second."""
    from choreo.motion.resample import resample

    return resample(motion, fps) if motion.fps > 1.05 * fps else motion
