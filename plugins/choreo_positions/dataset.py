"""Dataset plugin ``positions``: joint positions of any known joint set, in arrays, tables and JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from choreo.datasets import Files, assumed, canonical_takes, naming, shifted, source_name
from choreo.errors import MotionError
from choreo.motion.families import FAMILIES
from choreo.motion.joint_arrays import JointArray, measured
from choreo.motion.joint_sets import sets_of
from choreo.motion.plausible import which_set
from choreo.motion.positions import solved
from choreo.motion.repair import runs, sliced
from choreo.types import Motion, Reading, Take
from choreo_c3d.dataset import marker_takes
from choreo_positions.arrays import AIST_FPS, read_named, read_npy
from choreo_positions.landmarks import TRIED, numbered_files, read_landmarks, sequence_of
from choreo_positions.markers import labels_of, markers_of
from choreo_positions.recorded import Recorded
from choreo_positions.tables import read_csv, read_trc

USUAL_FPS = 30.0
AIST = re.compile(r"g[A-Z]{2}_s[A-Z]{2}_c(All|\d\d)_d\d\d_m[A-Z]{2}\d_ch\d\d")
"""Names of AIST's recordings."""
READERS: Mapping[str, Callable[[Path], Recorded]] = {
    ".npy": read_npy, ".npz": read_named, ".pkl": read_named, ".csv": read_csv, ".trc": read_trc,
    ".json": read_landmarks,
}  # fmt: skip


class PositionsDataset(Files):
    """Joint positions to a skeleton with constant bone lengths, then to the canonical one."""

    name = "positions"
    description = "A folder of joint positions: HumanML3D, SMPL, COCO, Human3.6M, OpenPose, MediaPipe; npy to TRC"
    licence = "unknown"
    citation = ""
    expected = "a folder with .npy, .npz, .csv, .trc or .json files of joint positions, or one of them"
    skips = "stretches where a needed joint is lost for over half a second, positions in pictures (2D)"
    suffixes = tuple(READERS)

    def files(self, path: Path) -> Sequence[Path]:
        """Files below `path`; of one file for each frame, the first."""
        found = super().files(path)
        return list(dict.fromkeys(self.parts(file)[0] for file in found)) if path.is_dir() else found

    def lists(self, path: Path) -> Sequence[Path]:
        """Files that tell whether those that differ in a number are frames of one recording."""
        folders = {file.parent for file in path.rglob("*.json")} if path.is_dir() else {path.parent}
        return [
            file for folder in sorted(folders) for files in numbered_files(folder).values() for file in files[:TRIED]
        ]

    def parts(self, file: Path) -> Sequence[Path]:
        """The files of the recording that a file is of."""
        return sequence_of(file) if file.suffix.lower() == ".json" else (file,)

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the stretches of the file in which all needed joints are known."""
        with naming(file):
            found, names, fps, chosen = _read(file, joints, reading)
            labels = labels_of(found)
            if labels is not None and not joints:
                yield from self._of_markers(file, root, found, labels, fps, reading)
                return
            made = solved(found.positions, names, fps, reading.up or found.up or "auto", found.unit)
            flags = (
                *found.flags,
                *chosen,
                *assumed(reading, fps=None if found.fps else fps, up=None if found.up else made.up),
                *(("assumed legs of usual length",) if not made.unit else ()),
                *(("assumed that the lower foot stands",) if made.centred else ()),
                *(("gaps",) if made.facts["bridged_samples"] else ()),
            )
            base = Take(
                name=file.stem, motion=made.motion, source=source_name(file, root), licence=self.licence, flags=flags,
                facts=made.facts,
            )  # fmt: skip
            for first, last in runs(~made.lost):
                if last - first < fps:
                    continue
                part = shifted(replace(base, first_frame=first), first / fps, (last - 1) / fps)
                yield from canonical_takes(
                    part,
                    sliced(made.motion, first, last),
                    joints=FAMILIES["canonical"],
                    soles=made.soles[first:last],
                    reading=replace(reading, up="y"),
                )

    def _of_markers(
        self, file: Path, root: Path | None, found: Recorded, labels: tuple[str, ...], fps: float, reading: Reading
    ) -> Iterator[Take]:
        """Yield the stretches of positions of markers."""
        markers, up = markers_of(found, labels, fps, reading.up or found.up)
        flags = assumed(reading, fps=None if found.fps else fps, up=None if found.up else up)

        def describe(motion: Motion) -> Take:
            return Take(file.stem, motion, source_name(file, root), self.licence, flags=flags)

        yield from marker_takes(markers, describe, reading)

    def joint_array(
        self, file: Path, *, joints: Mapping[str, str] | None = None, reading: Reading = Reading()
    ) -> tuple[JointArray, float, tuple[str, ...]]:
        """Joint positions of a file as they are, for measuring.

        Returns
        -------
        The array in metres, +Y up; seconds of the file at which it begins; flags of what was assumed.

        Raises
        ------
        MotionError
            When the file cannot be read, or holds no person.
        """
        with naming(file):
            found, names, fps, chosen = _read(file, joints, reading)
            up = reading.up or found.up or "auto"
            array, begin, axis = measured(found.positions, names, fps, up, found.unit)
            said = assumed(reading, fps=None if found.fps else fps, up=None if found.up else axis)
            return array, begin, (*found.flags, *chosen, *said)


def _read(
    file: Path, joints: Mapping[str, str] | None, reading: Reading
) -> tuple[Recorded, tuple[str, ...], float, tuple[str, ...]]:
    """What is in a file, names of its joints, its rate, and flags for what was chosen."""
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise MotionError(f"{file}: expected one of {', '.join(READERS)}.")
    found = reader(file)
    names, usual, chosen = _named(found, joints)
    usual = AIST_FPS if AIST.search(file.name) else usual
    return found, names, reading.fps or found.fps or found.usual or usual, chosen


def _named(found: Recorded, joints: Mapping[str, str] | None) -> tuple[tuple[str, ...], float, tuple[str, ...]]:
    """Names of the joints, the usual rate of such files, and flags for what was chosen."""
    count = found.positions.shape[1]
    if joints:
        return _mapped(found.names or tuple(map(str, range(count))), joints), USUAL_FPS, ()
    if found.names is not None:
        return found.names, USUAL_FPS, ()
    sets = sets_of(count)
    best = which_set(found.positions, sets)
    return best.joints, best.fps, (f"assumed {best.title} joints",) if len(sets) > 1 else ()


def _mapped(names: tuple[str, ...], joints: Mapping[str, str]) -> tuple[str, ...]:
    """Names with those of a map in place; joints without a name in the file go by their number."""
    ours = {theirs: name for name, theirs in joints.items()}
    unknown = sorted(set(ours) - set(names))
    if unknown:
        raise MotionError(f"the map names the joint {unknown[0]!r}; the file has {', '.join(names[:40])}.")
    return tuple(ours.get(name, f"not {name}") for name in names)


__all__ = ["PositionsDataset"]
