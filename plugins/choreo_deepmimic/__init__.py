"""DeepMimic's humanoid motions: JSON with a duration, a root and joint rotations a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from choreo.datasets import Files, canonical_takes, naming, source_name
from choreo.errors import MotionError
from choreo.foreign import read_json
from choreo.motion import rotations as rot
from choreo.motion.resample import sample
from choreo.types import Motion, Reading, Skeleton, Take

COLUMNS = 44
JOINTS = (
    ("pelvis", -1, (0.0, 0.0, 0.0)), ("spine2", 0, (0.0, 0.236, 0.0)), ("neck", 1, (0.0, 0.224, 0.0)),
    ("right_hip", 0, (0.0, 0.0, 0.085)), ("right_knee", 3, (0.0, -0.422, 0.0)), ("right_ankle", 4, (0.0, -0.41, 0.0)),
    ("right_shoulder", 1, (-0.024, 0.244, 0.183)), ("right_elbow", 6, (0.0, -0.275, 0.0)),
    ("right_wrist", 7, (0.0, -0.259, 0.0)), ("left_hip", 0, (0.0, 0.0, -0.085)), ("left_knee", 9, (0.0, -0.422, 0.0)),
    ("left_ankle", 10, (0.0, -0.41, 0.0)), ("left_shoulder", 1, (-0.024, 0.244, -0.183)),
    ("left_elbow", 12, (0.0, -0.275, 0.0)), ("left_wrist", 13, (0.0, -0.259, 0.0)),
)  # fmt: skip
"""The humanoid of DeepMimic (Peng et al., SIGGRAPH 2018): it looks along +X, its right is +Z, arms hang at rest."""
SPINE, NECK = slice(8, 12), slice(12, 16)
BALLS = {
    "right_hip": 16,
    "right_ankle": 21,
    "right_shoulder": 25,
    "left_hip": 30,
    "left_ankle": 35,
    "left_shoulder": 39,
}
HINGES = {"right_knee": 20, "right_elbow": 29, "left_knee": 34, "left_elbow": 43}
MAP = {name: name for name, _, _ in JOINTS}


def read_deepmimic(path: Path) -> Motion:
    """Read a motion on DeepMimic's skeleton.

    Raises
    ------
    MotionError
        When it cannot be read or is of another form.
    """
    found: Any = read_json(path, kind=MotionError)
    try:
        rows = np.array(found["Frames"], np.float64)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise MotionError(f"{path}: is not a DeepMimic motion (JSON with Frames): {error}") from error
    if rows.ndim != 2 or rows.shape[1] != COLUMNS or len(rows) < 2 or not np.isfinite(rows).all():
        raise MotionError(f"{path}: Frames have shape {rows.shape}, expected (frames, {COLUMNS}) finite numbers.")
    steps = rows[:-1, 0]
    if not ((steps > 1e-4) & (steps < 10)).all() or float(np.abs(rows[:, 1:4]).max()) > 1e4:
        raise MotionError(f"{path}: frames last {steps.min():g} to {steps.max():g} s, expected 0.0001 to 10.")
    names = [name for name, _, _ in JOINTS]
    turns = np.zeros((len(rows), len(names), 4))
    turns[..., 0] = 1
    for part, name in ((slice(4, 8), "pelvis"), (SPINE, "spine2"), (NECK, "neck")):
        turns[:, names.index(name)] = rows[:, part]
    for name, first in BALLS.items():
        turns[:, names.index(name)] = rows[:, first : first + 4]
    for name, column in HINGES.items():
        turns[:, names.index(name)] = rot.from_axis_angle(rows[:, column, None] * np.array([0.0, 0, 1]))
    offsets = np.array([offset for _, _, offset in JOINTS], np.float32)
    offsets[0, 1] = 0.9
    skeleton = Skeleton(tuple(names), np.array([parent for _, parent, _ in JOINTS]), offsets)
    times = np.concatenate([[0.0], np.cumsum(steps)])
    fps = float(1 / np.median(steps))
    motion = Motion(
        skeleton, 1.0, rows[:, 1:4].astype(np.float32), rot.continuous(rot.normalize(turns)).astype(np.float32)
    )
    clock = np.arange(int(times[-1] * fps + 1e-6) + 1) / fps
    return sample(motion, np.interp(clock, times, np.arange(len(rows))), fps=fps)


class DeepMimicDataset(Files):
    """DeepMimic's JSON motions."""

    name = "deepmimic"
    description = "A folder of DeepMimic humanoid motions (.txt or .json)"
    licence = "unknown (DeepMimic's own: MIT)"
    citation = "Peng et al., DeepMimic: Example-Guided Deep Reinforcement Learning of Character Skills, 2018"
    expected = "a folder with .txt or .json files of Frames, or one of them"
    skips = "files without Frames of 44 numbers, and stretches that no body can do"
    suffixes = (".txt", ".json")

    def recognises(self, file: Path) -> bool:
        """Whether the file is JSON with Frames.

        Raises
        ------
        MotionError
            When it cannot be read.
        """
        with naming(file):
            found = read_json(file, kind=MotionError)
            return isinstance(found, Mapping) and "Frames" in found

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's motion."""
        with naming(file):
            motion, source = read_deepmimic(file), source_name(file, root)
            base = Take(name=file.stem, motion=motion, source=source, licence=self.licence, citation=self.citation)
            yield from canonical_takes(base, motion, joints=MAP, reading=reading)
