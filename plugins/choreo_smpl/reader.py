"""Read poses of SMPL, SMPL-H and SMPL-X from npz, npy and pickle files; nothing in them is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.foreign import read_npz, size_of
from choreo.foreign.limits import ARRAYS_BYTES
from choreo.motion import rotations as rot
from choreo.types import Doubles

BODY = 22
"""Joints that SMPL, SMPL-H and SMPL-X share; hands and faces follow and are not read."""
POSES = ("smpl_poses", "poses", "pose", "full_pose", "fullpose", "thetas")
TRANSLATIONS = ("smpl_trans", "trans", "transl", "translation", "root_trans", "root_translation")
RATES = ("mocap_framerate", "mocap_frame_rate", "fps", "frame_rate", "framerate")


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    """Named numeric arrays of an npz file.

    Raises
    ------
    MotionError
        When it cannot be read, unpacks to too much, or holds objects.
    """
    return read_npz(path, kind=MotionError, others="left out")  # objects, such as labels, are nothing that is needed


def array_of(path: Path) -> np.ndarray:
    """The array of an npy file.

    Raises
    ------
    MotionError
        When it cannot be read or holds objects.
    """
    size_of(path, ARRAYS_BYTES, MotionError)
    try:
        return np.asarray(np.load(path, allow_pickle=False, mmap_mode="r"))
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except Exception as error:  # numpy raises whatever a broken header leads it to
        raise MotionError(f"{path}: is not a readable .npy file ({error}).") from error


def one_of(found: Mapping[str, Any], names: tuple[str, ...]) -> np.ndarray | None:
    """The first of the names that is there, as numbers."""
    for name in names:
        if name in found:
            try:
                value = np.asarray(found[name])
                with np.errstate(invalid="ignore", over="ignore"):
                    return value.astype(np.float64) if value.dtype.kind in "fiu" else None
            except (TypeError, ValueError):
                return None
    return None


def poses_of(path: Path, found: Mapping[str, Any]) -> tuple[Doubles, Doubles]:
    """Axis angles ``(T, 22, 3)`` and translation ``(T, 3)``.

    Raises
    ------
    MotionError
        When they are not there or of another shape.
    """
    poses, translation = one_of(found, POSES), one_of(found, TRANSLATIONS)
    if poses is None:
        parts = [one_of(found, names) for names in (("global_orient", "root_orient"), ("body_pose", "pose_body"))]
        poses = _joined(path, [part for part in parts if part is not None])
    if poses is None:
        raise MotionError(
            f"{path}: found {', '.join(map(str, list(found)[:8])) or 'nothing'}, "
            f"expected poses under one of {', '.join(POSES)}."
        )
    if poses.ndim == 4 and poses.shape[-2:] == (3, 3):
        poses = rot.to_axis_angle(rot.from_matrix(poses))
    flat = poses.reshape(len(poses), -1) if poses.ndim > 1 and len(poses) else np.zeros((0, 0))
    if flat.shape[0] == 0 or flat.shape[1] < 3 * BODY or flat.shape[1] % 3:
        raise MotionError(
            f"{path}: poses have shape {poses.shape}, expected (frames, joints * 3) of {BODY} joints or more."
        )
    translation = np.zeros((len(flat), 3)) if translation is None else translation
    if translation.shape != (len(flat), 3):
        raise MotionError(f"{path}: translation has shape {translation.shape}, expected ({len(flat)}, 3).")
    if not np.isfinite(flat[:, : 3 * BODY]).all() or not np.isfinite(translation).all():
        raise MotionError(f"{path}: holds NaN or infinity.")
    if float(np.abs(translation).max()) > 1e5:
        raise MotionError(f"{path}: translation of up to {float(np.abs(translation).max()):.3g} m, expected metres.")
    return flat[:, : 3 * BODY].reshape(len(flat), BODY, 3), translation


def _joined(path: Path, parts: Sequence[np.ndarray]) -> Doubles | None:
    """Poses of the pelvis and of the rest of the body side by side; None when one is missing.

    Raises
    ------
    MotionError
        When they are not of as many frames.
    """
    if len(parts) < 2:
        return None
    if any(part.ndim < 2 or not len(part) or len(part) != len(parts[0]) for part in parts):
        shapes = " and ".join(str(part.shape) for part in parts)
        raise MotionError(f"{path}: poses of pelvis and body have shapes {shapes}, expected as many frames of both.")
    return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
