"""Joint positions in npy, npz and pickle files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from choreo.datasets.unpickle import load_arrays
from choreo.errors import MotionError
from choreo.foreign import read_npz
from choreo.motion.joint_sets import SETS
from choreo_positions import humanml3d
from choreo_positions.recorded import Recorded, from_numbers
from choreo_smpl.reader import array_of

AIST_FPS = 60.0
KEYS = (
    "keypoints3d_optim", "keypoints3d", "keypoints_3d", "joints3d", "joints_3d", "joint_positions", "positions_3d",
    "poses_3d", "pose3d", "joints", "positions", "motion", "poses", "data", "arr_0",
)  # fmt: skip
"""Names of the array in an npz or pickle file; the first that is there is taken."""
RATES = ("fps", "frame_rate", "framerate", "mocap_framerate", "mocap_frame_rate", "rate")
NAMES_KEYS = ("names", "joint_names", "joints_names", "keypoint_names", "labels")


def read_npy(path: Path) -> Recorded:
    """An array of positions, or of HumanML3D's features.

    Raises
    ------
    MotionError
        When it cannot be read, or is neither.
    """
    return _of_array(array_of(path), f"{path}: the array", {})


def read_named(path: Path) -> Recorded:
    """Positions in an npz or pickle file, under one of `KEYS`, with the rate and names that stand beside them.

    Raises
    ------
    MotionError
        When it cannot be read, or there are none.
    """
    pickled = path.suffix.lower() == ".pkl"
    found: Any = load_arrays(path) if pickled else read_npz(path, kind=MotionError, others="left out")
    if not isinstance(found, Mapping):
        raise MotionError(f"{path}: holds a {type(found).__name__}, expected named arrays.")
    by_key = {str(key).lower(): value for key, value in found.items()}
    key = next((key for key in KEYS if isinstance(by_key.get(key), np.ndarray) and by_key[key].ndim > 1), None)
    if key is None:
        raise MotionError(
            f"{path}: found {', '.join(map(str, list(found)[:8])) or 'nothing'}, expected joint positions under one of "
            f"{', '.join(KEYS)}."
        )
    return _of_array(by_key[key], f"{path}: {key}", by_key, usual=AIST_FPS if key.startswith("keypoints3d") else None)


def _of_array(array: np.ndarray, what: str, beside: Mapping[str, Any], usual: float | None = None) -> Recorded:
    if array.dtype.kind not in "fiu":
        raise MotionError(f"{what} holds {array.dtype}, expected numbers.")
    while array.ndim > 3 and 1 in (array.shape[0], array.shape[1]):  # a batch of one, or one person
        array = array[0] if array.shape[0] == 1 else array[:, 0]
    rate = _number(beside, RATES)
    if array.ndim == 2 and array.shape[1] == humanml3d.COUNT:
        humanml = SETS["humanml3d"]
        return Recorded(humanml3d.joints_of(array), humanml.joints, rate, "y", "m", humanml.fps)
    if array.ndim == 2 and array.shape[1] % 3 == 0 and array.shape[1] // 3 in {len(each) for each in SETS.values()}:
        array = array.reshape(len(array), -1, 3)
    names = _names(beside)
    return Recorded(from_numbers(array, what, names), names, rate, usual=usual)


def _number(beside: Mapping[str, Any], keys: tuple[str, ...]) -> float | None:
    for key in keys:
        value = np.asarray(beside.get(key, ""))
        if value.dtype.kind in "fiu" and value.size == 1:
            return float(value.reshape(-1)[0])
    return None


def _names(beside: Mapping[str, Any]) -> tuple[str, ...] | None:
    for key in NAMES_KEYS:
        value = beside.get(key)
        if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
            return tuple(value)
        if isinstance(value, np.ndarray) and value.dtype.kind == "U" and value.ndim == 1:
            return tuple(str(each) for each in value)
    return None
