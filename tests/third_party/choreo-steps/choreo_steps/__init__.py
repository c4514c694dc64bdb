"""A dataset of somebody else's: joint positions as text, one row a frame, as many pose estimators give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from choreo.datasets import Files, canonical_takes
from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.joint_frames import NEEDED, local, orient, own_skeleton
from choreo.motion.skeleton import NAMES
from choreo.types import Motion, Reading, Take


class StepsDataset(Files):
    """``name_x name_y name_z ...`` in the first row, metres below, Y up, 50 frames a second."""

    name = "steps"
    description = "Joint positions in text files"
    licence = "CC0-1.0"
    citation = "nobody, nowhere"
    expected = "a folder with .steps files"
    suffixes = (".steps",)
    fps = 50.0

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's motion."""
        try:
            head, *_ = file.read_text(encoding="utf-8").split("\n", 1)
            names = [word.removesuffix("_x") for word in head.split() if word.endswith("_x")]
            rows = np.loadtxt(file, skiprows=1, ndmin=2).reshape(-1, len(names), 3)
        except (OSError, ValueError) as error:
            raise MotionError(f"{file}: is not a .steps file ({error}).") from error
        at = {name: rows[:, k] for k, name in enumerate(names)}
        missing = [name for name in NEEDED if name not in at]
        if missing or not np.isfinite(rows).all():
            raise MotionError(f"{file}: lacks {', '.join(missing) or 'finite numbers'}.")
        skeleton, rotations = own_skeleton(at), local(orient(at))
        hips = skeleton.offsets[[NAMES.index("left_hip"), NAMES.index("right_hip")]].mean(axis=0)
        middle = (at["left_hip"] + at["right_hip"]) / 2
        translation = middle - rot.rotate(rotations[:, 0].astype(float), hips.astype(float))
        motion = Motion(skeleton, self.fps, translation.astype(np.float32), rotations)
        base = Take(name=file.stem, motion=motion, source=file.name, licence=self.licence, citation=self.citation)
        yield from canonical_takes(base, motion, joints={name: name for name in NAMES}, reading=reading)
