"""choreo's contract suite, run by an outsider."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.motion.kinematics import forward
from choreo.motion.resample import resample
from choreo.plugins import load
from choreo.testing import check_datasets, sample_motion


def test_contract(tmp_path: Path) -> None:
    motion = resample(sample_motion(8.0), 50.0)
    places, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    head = " ".join(f"{name}_{axis}" for name in motion.skeleton.names for axis in "xyz")
    np.savetxt(tmp_path / "a.steps", places.reshape(len(places), -1), header=head, comments="", fmt="%.5f")
    check_datasets(load("datasets", "steps"), tmp_path)
