"""What the readers of joint positions find in a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.errors import MotionError
from choreo.types import Doubles

MOST_VALUES = 40_000_000
"""Numbers in a recording: an hour of 60 joints at 60 frames a second."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """Positions ``(T, J, 3)``, NaN where a joint was not seen, and what the file says of them; None where it does not.

    ``names`` of the joints, ``fps``, ``up`` as in `choreo.types.Reading`, ``unit`` as in
    `choreo.motion.positions.motion_from_positions`; ``usual`` is the rate that files of this kind have; ``flags`` tell
    what was chosen while reading.
    """

    positions: Doubles
    names: tuple[str, ...] | None = None
    fps: float | None = None
    up: str | None = None
    unit: str = "auto"
    usual: float | None = None
    flags: tuple[str, ...] = ()


def from_numbers(array: np.ndarray, what: str, names: Sequence[str] | None = None) -> Doubles:
    """Positions of an array ``(T, J, 3)``, or ``(T, J, 4)`` with a confidence, which is 0 where a joint was not seen.

    Raises
    ------
    MotionError
        When the array is of another form or too large.
    """
    if array.dtype.kind not in "fiu" or array.ndim != 3 or array.shape[2] not in (3, 4) or not len(array):
        if array.ndim == 3 and array.shape[2] == 2:
            raise MotionError(f"{what} has shape {array.shape}: positions in a picture; positions in space are needed.")
        raise MotionError(f"{what} has {array.dtype} of shape {array.shape}, expected (frames, joints, 3).")
    if array.size > MOST_VALUES:
        raise MotionError(f"{what} has {array.size:,} numbers, expected at most {MOST_VALUES:,}.")
    if names is not None and len(names) != array.shape[1]:
        raise MotionError(f"{what} has {array.shape[1]} joints and {len(names)} names.")
    with np.errstate(over="ignore", invalid="ignore"):
        points = array[..., :3].astype(np.float64)
    if array.shape[2] == 4:
        points = np.where(array[..., 3:] > 0, points, np.nan)
    return points
