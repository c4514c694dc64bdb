"""Dataset plugin ``c3d``: a folder of optical motion capture with a common marker set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo.datasets import Files, canonical_takes, naming, shifted, source_name
from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.families import FAMILIES
from choreo.motion.joint_frames import local, orient, own_skeleton
from choreo.motion.kinematics import forward, root_from_hips
from choreo.motion.repair import runs, sliced
from choreo.types import Bools, Doubles, Motion, Reading, Take
from choreo_c3d.joints import ALIASES, NEEDED, chest, feet_of, filled, joint_centres, sole_markers
from choreo_c3d.reader import Markers, read_c3d


def solved(markers: Markers) -> tuple[Motion, Doubles, Bools, dict[str, float]]:
    """Find a motion with constant bone lengths, the performer's own.

    Returns
    -------
    motion, soles, lost, facts
        `soles` ``(T, 4, 3)`` markers of heels and balls; `lost` ``(T,)`` frames in which it cannot be trusted.

    Facts: ``marker_residual_mm``, the root mean square distance of the markers from where they would be if each were
    fixed to its bone; ``bone_variation``, the largest share by which a bone's length varies; ``bridged_samples``.
    """
    at, lost, bridged = filled(markers)
    if lost.all():
        raise MotionError("a marker that is needed is never seen for long enough.")
    soles = sole_markers(at)
    centres, head = joint_centres(at, feet_of(at, markers.fps))
    good = {name: track[~lost] for name, track in centres.items()}
    skeleton = own_skeleton(good)
    rotations = local(orient(centres, head, chest(at, centres)))
    middle = (centres["left_hip"] + centres["right_hip"]) / 2
    translation = root_from_hips(middle, rotations[:, 0], skeleton)
    motion = Motion(skeleton, markers.fps, translation.astype(np.float32), rotations)
    facts = {
        "marker_residual_mm": 1000 * residual(motion, at, ~lost),
        "bone_variation": bone_variation(motion),
        "bridged_samples": float(bridged),
    }
    return motion, soles, lost, facts


def bone_variation(motion: Motion) -> float:
    """Largest ``(max - min) / mean`` of a bone's length over the motion."""
    positions, _ = forward(motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
    lengths = np.linalg.norm(positions[:, 1:] - positions[:, motion.skeleton.parents[1:]], axis=-1)
    return float((np.ptp(lengths, axis=0) / np.maximum(lengths.mean(axis=0), 1e-9)).max())


def residual(motion: Motion, at: Mapping[str, Doubles], good: Bools) -> float:
    """Root mean square distance in metres of the markers from their mean positions on the nearest bone."""
    positions, world = forward(motion.skeleton, motion.translation[good], motion.rotations[good])
    squares = []
    for track in at.values():
        seen = track[good]
        best = np.inf
        for joint in range(len(motion.skeleton)):
            inside = rot.rotate(rot.conjugate(world[:, joint]), (seen - positions[:, joint]).astype(np.float32))
            best = min(best, float(((inside - inside.mean(axis=0)) ** 2).sum(axis=-1).mean()))
        squares.append(best)
    return float(np.sqrt(np.mean(squares)))


def is_marker_set(labels: Sequence[str]) -> bool:
    """Whether labels are of a marker set that joints can be found from."""
    needed = (side + part for side in "LR" for part in NEEDED)
    return all({name, *ALIASES.get(name, ())} & set(labels) for name in needed)


def marker_takes(markers: Markers, describe: Callable[[Motion], Take], reading: Reading) -> Iterator[Take]:
    """Yield the stretches of markers, +Y up, in which all that are needed are known; `describe` makes takes of them."""
    motion, soles, lost, facts = solved(markers)
    base = describe(motion)
    flags = (*base.flags, *(["gaps"] if facts["bridged_samples"] else []))
    for first, last in runs(~lost):
        if last - first < motion.fps:
            continue
        part = replace(base, first_frame=first, flags=flags, facts=facts)
        part = shifted(part, first / motion.fps, (last - 1) / motion.fps)
        seen = sliced(motion, first, last)
        told = replace(reading, up="y")
        yield from canonical_takes(part, seen, joints=FAMILIES["canonical"], soles=soles[first:last], reading=told)


class C3dDataset(Files):
    """Markers to joint centres to a skeleton with constant bone lengths, then to the canonical one."""

    name = "c3d"
    description = "A folder of C3D motion capture with Vicon, CMU or Plug-in Gait markers"
    licence = "unknown"
    citation = ""
    expected = "a folder with .c3d files, or one of them"
    skips = "stretches where a needed marker is lost for over half a second, and those that no body can do"
    suffixes = (".c3d",)

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the stretches of the file in which all needed markers are known."""
        with naming(file):
            markers = read_c3d(file, reading.up)

            def describe(motion: Motion) -> Take:
                take = Take(name=file.stem, motion=motion, source=source_name(file, root), licence=self.licence)
                return self.described(take, file)

            yield from marker_takes(markers, describe, reading)

    def described(self, take: Take, file: Path) -> Take:
        """What is known of a take beside its motion; more in datasets that say more."""
        return take
