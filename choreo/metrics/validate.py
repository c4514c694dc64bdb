"""Checks of arrays that come from outside; inside this package arrays are not checked again."""

from __future__ import annotations

from typing import Any

import numpy as np

from choreo.errors import ShapeError
from choreo.motion.joint_arrays import NEEDED, SHORT
from choreo.motion.skeleton import NAMES
from choreo.types import Doubles

JOINTS = len(NAMES)


def positions(values: Any, fps: float) -> Doubles:
    """Check world positions of the canonical joints ``(T, 24, 3)``, metres, +Y up, at `fps` frames a second.

    The first 22 of them ``(T, 22, 3)`` get their hands as NaN; a joint that is NaN in all frames is one that is not
    there. Other joints come by name (`choreo.motion.joint_arrays.by_name`).

    Raises
    ------
    ShapeError
        When the form is another, there is no frame, a number is not finite or `fps` not positive.
    """
    out = np.asarray(values, np.float64)
    if out.ndim == 3 and out.shape[1:] == (SHORT, 3):
        out = np.concatenate([out, np.full((len(out), JOINTS - SHORT, 3), np.nan)], axis=1)
    if out.ndim != 3 or out.shape[1:] != (JOINTS, 3) or not len(out):
        raise ShapeError(
            f"positions: got {out.shape}, want (T, {JOINTS}, 3) with T > 0, metres of the canonical joints, or their "
            f"first {SHORT}; choreo.metrics.by_name puts others in place"
        )
    counted = np.array([name in ("pelvis", *NEEDED) for name in NAMES]) | ~np.all(np.isnan(out), axis=(0, 2))
    _finite(out[:, counted], "positions")
    if not (np.isfinite(fps) and fps > 0):
        raise ShapeError(f"fps: got {fps}, want a positive number")
    return out


def times(values: Any, name: str = "beats") -> Doubles:
    """Check rising times ``(B,)``, seconds, possibly none.

    Raises
    ------
    ShapeError
    """
    out = np.asarray(values, np.float64)
    if out.ndim != 1:
        raise ShapeError(f"{name}: got {out.shape}, want (B,) seconds")
    _finite(out, name)
    if np.any(np.diff(out) <= 0):
        raise ShapeError(f"{name}: times must increase")
    return out


def features(values: Any, name: str = "features") -> Doubles:
    """Check rows of features ``(N, D)``.

    Raises
    ------
    ShapeError
    """
    out = np.asarray(values, np.float64)
    if out.ndim != 2:
        raise ShapeError(f"{name}: got {out.shape}, want (N, D), one row a motion")
    _finite(out, name)
    return out


def _finite(values: Doubles, name: str) -> None:
    wrong = int((~np.isfinite(values)).sum())
    if wrong:
        raise ShapeError(f"{name}: {wrong} numbers are NaN or infinite; mend or cut the motion first")
