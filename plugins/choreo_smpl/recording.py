"""Poses, path, rate and axis of a file in any of the layouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from choreo.datasets import assumed
from choreo.datasets.unpickle import load_arrays
from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.types import LEAST_RATE, MOST_RATE, Doubles, Motion, Reading
from choreo_smpl.body import body_motion, size_of, up_of
from choreo_smpl.layouts import CONTACTS, SIX, TRANSLATION, WITH_CONTACTS, Layout, is_positions
from choreo_smpl.reader import BODY, RATES, array_of, arrays_of, one_of, poses_of

HUGE = 1e5
"""Metres, or any unit, that no dancer is away."""


@dataclass(frozen=True, eq=False)
class Recording:
    """Axis angles ``(T, 22, 3)``, translation ``(T, 3)`` in metres; where the file says them, rate and legs' length.

    ``size``: length of the canonical legs over the dancer's.
    """

    poses: Doubles
    translation: Doubles
    fps: float | None = None
    size: float | None = None

    def motion(self, layout: Layout, reading: Reading) -> tuple[Motion, tuple[str, ...]]:
        """The canonical motion, Y up, and flags of what was assumed for it.

        Raises
        ------
        MotionError
            When the file's rate is none, and the user told no other.
        """
        up = reading.up or up_of(self.poses, layout.ups)
        fps = reading.fps or (layout.fps if self.fps is None else self.fps)
        if not LEAST_RATE <= fps <= MOST_RATE:
            wanted = f"{LEAST_RATE:g} to {MOST_RATE:g}; --fps-of tells another"
            raise MotionError(f"{fps:g} frames a second, expected {wanted}.")
        flags = assumed(reading, fps=layout.fps if self.fps is None else None, up=up)
        return body_motion(self.poses, self.translation, fps, up=up, size=self.size), flags


def content_of(path: Path) -> Any:
    """What is in a file of arrays: by name from npz and pickle, one array from npy.

    Raises
    ------
    MotionError
        When it cannot be read, or holds objects.
    """
    ending = path.suffix.lower()
    if ending == ".npz":
        return arrays_of(path)
    return array_of(path) if ending == ".npy" else load_arrays(path)


def recording_of(path: Path, found: Any, layout: str) -> Recording:
    """The recording in what `content_of` found.

    Raises
    ------
    MotionError
        When it is not of the layout's form, or holds what is no motion.
    """
    if isinstance(found, Mapping):
        return _from_names(path, found)
    return _from_faced(path, found) if layout == "motionx" else _from_rows(path, found)


def _from_names(path: Path, found: Mapping[str, Any]) -> Recording:
    poses, translation = poses_of(path, found)
    scaling = one_of(found, ("smpl_scaling",))
    size = float(scaling.reshape(-1)[0]) if scaling is not None and scaling.size else 1.0
    if not size > 0:
        raise MotionError(f"{path}: smpl_scaling is {size:g}, expected a positive number.")
    rate = one_of(found, RATES)
    fps = float(rate.reshape(-1)[0]) if rate is not None and rate.size else None
    places = one_of(found, ("full_pose",)) if is_positions(found.get("full_pose")) else None
    return Recording(poses, translation / size, fps, None if places is None else size_of(places))


def _from_rows(path: Path, rows: np.ndarray) -> Recording:
    """Rows of translation and rotations in six numbers each, contacts in front of them or not."""
    first = CONTACTS if rows.shape[1] in WITH_CONTACTS else 0
    used = _checked(path, rows, slice(first, first + TRANSLATION + SIX * BODY))
    halves = used[:, TRANSLATION:].reshape(len(used), BODY, 2, 3)
    matrices = orthonormal(halves[:, :, 0], halves[:, :, 1])
    return Recording(rot.to_axis_angle(rot.from_matrix(matrices)), used[:, :TRANSLATION])


def _from_faced(path: Path, rows: np.ndarray) -> Recording:
    """Motion-X's rows: root and body first, the translation behind hands, jaw, expression and shape of the face."""
    poses = _checked(path, rows, slice(0, 3 * BODY))
    return Recording(poses.reshape(len(rows), BODY, 3), _checked(path, rows, slice(309, 312)))


def _checked(path: Path, rows: np.ndarray, columns: slice) -> Doubles:
    values = np.asarray(rows[:, columns], np.float64)
    if not np.isfinite(values).all() or float(np.abs(values).max()) > HUGE:
        raise MotionError(f"{path}: holds NaN, infinity or numbers that are no metres.")
    return values


def orthonormal(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Matrices whose first two rows are these, made orthonormal (Zhou et al., CVPR 2019)."""
    a = first / np.maximum(np.linalg.norm(first, axis=-1, keepdims=True), 1e-9)
    b = second - np.sum(a * second, axis=-1, keepdims=True) * a
    b = b / np.maximum(np.linalg.norm(b, axis=-1, keepdims=True), 1e-9)
    return np.stack([a, b, np.cross(a, b)], axis=-2)
