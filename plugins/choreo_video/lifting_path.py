"""Where the camera is in each picture, from how the background moves: turns of it, and its way over the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.types import Doubles
from choreo_video.background import Background
from choreo_video.lifting_camera import up_of_camera

SPEED, TURNING = 0.6, 0.3
"""Metres and radians a second that are usual for cameras that move."""
CHANGES, TURNS_CHANGE = 3.0, 1.0
"""Metres and radians a second squared by which these change."""
FIRM = 400.0
"""How much more moves count than those of one pair of pictures would: errors do not add up while a picture is kept."""
STEADY, LEVEL = 0.06, 0.012
"""Metres and radians within which a camera that is not moved seems to stay."""
SEEN = 1e5
"""Least certainty of a shift of the background with which it says anything, in radians to the power of -2."""


@dataclass(frozen=True, eq=False)
class Path:
    """A camera's way, in the coordinates that it has in the frame `reference`.

    turns : (T, 3, 3) float64
        From the camera's coordinates in each frame to those.
    places : (T, 3) float64
        Metres.
    moves : bool
        Whether it moves at all; otherwise turns are 1 and places 0.
    seen : bool
        Whether there is a background that tells.
    """

    turns: Doubles
    places: Doubles
    moves: bool
    seen: bool

    def at(self, times: Doubles, wanted: Doubles) -> Path:
        """The way at other seconds."""
        from scipy.spatial.transform import Rotation, Slerp

        clipped = np.clip(wanted, times[0], times[-1])
        places = np.stack([np.interp(clipped, times, self.places[:, k]) for k in range(3)], axis=1)
        turns = Slerp(times, Rotation.from_matrix(self.turns))(clipped).as_matrix()
        return Path(np.asarray(turns), places, self.moves, self.seen)


def path_of(background: Background | None, times: Doubles, pitch: float, height: float) -> Path:
    """The way of a camera ``height`` metres over the floor that looks down by `pitch` radians.

    What moves as the floor does is taken for the floor, and what is far away shows turns as well. How far the
    camera goes is as sure as its height is.
    """
    count = len(times)
    still = Path(np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 3)), False, False)
    if background is None or count < 3:
        return still
    sure = FIRM * background.sure.astype(np.float64)
    seen = bool(np.median(np.minimum(sure[1:, 0, 0], sure[1:, 3, 3])) > FIRM * SEEN)
    if not seen:
        return still
    turns, places = still.turns, still.places
    middle = 0
    for _ in range(3):
        up = np.einsum("tji,j->ti", turns, up_of_camera(pitch))
        high = np.maximum(height + places @ up_of_camera(pitch), 0.3 * height)
        going = _speeds(background.moves.astype(np.float64), sure, times, up, high)
        turns, places = _summed(going)
        middle = _middle(turns)
        places = (places - places[middle]) @ turns[middle]
        turns = turns[middle].T @ turns
    if np.ptp(places, axis=0).max() < STEADY and np.ptp(turns[:, 2, :2], axis=0).max() < LEVEL:
        return Path(still.turns, still.places, False, True)
    return Path(turns, places, True, True)


def _shape(up: Doubles, height: Doubles) -> Doubles:
    """How the eight numbers follow from the camera's move ``(T, 8, 6)``: three of its way, three of its turn.

    A point of the floor at ray ``(x, y)`` is one over ``a + b x + c y`` away.
    """
    a, b, c = up[:, 2] / height, -up[:, 0] / height, -up[:, 1] / height
    out = np.zeros((len(up), 8, 6))
    for row, factor in enumerate((a, b, c)):
        out[:, row, 0] = -factor
        out[:, row + 3, 1] = -factor
    out[:, 1, 2] = out[:, 5, 2] = -a
    out[:, 6, 2], out[:, 7, 2] = -b, -c
    out[:, 3, 3], out[:, 7, 3] = -1, -1
    out[:, 0, 4], out[:, 6, 4] = 1, 1
    out[:, 2, 5], out[:, 4, 5] = 1, -1
    return out


def _speeds(moves: Doubles, sure: Doubles, times: Doubles, up: Doubles, height: Doubles) -> Doubles:
    """Moves ``(T, 6)`` from frame to frame: least squares of what is seen, and of calm."""
    from scipy.linalg import solveh_banded

    steps = np.diff(times, prepend=times[0] - (times[1] - times[0]))
    shape = _shape(up, height)
    weighed = np.einsum("tki,tkl->til", shape, sure)
    blocks = weighed @ shape
    right = np.einsum("til,tl->ti", weighed, moves)
    usual = np.repeat([SPEED, TURNING], 3) * steps[:, None]
    blocks[:, range(6), range(6)] += 1 / usual**2
    change = np.repeat([CHANGES, TURNS_CHANGE], 3) * (steps[1:] * steps[:-1])[:, None]
    calm = 1 / change**2
    blocks[1:, range(6), range(6)] += calm
    blocks[:-1, range(6), range(6)] += calm
    band = np.zeros((7, 6 * len(moves)))
    for column in range(6):
        band[: 6 - column, column::6] = blocks[:, column:, column].T
    band[6, :-6] = -calm.reshape(-1)
    made = solveh_banded(band, right.reshape(-1), lower=True).reshape(-1, 6)
    made[0] = 0
    return np.asarray(made)


def _summed(going: Doubles) -> tuple[Doubles, Doubles]:
    """Turns ``(T, 3, 3)`` and places ``(T, 3)`` after each step, from the first frame on."""
    from scipy.spatial.transform import Rotation

    steps = Rotation.from_rotvec(going[:, 3:]).as_matrix()
    turns, places = np.tile(np.eye(3), (len(going), 1, 1)), np.zeros((len(going), 3))
    for k in range(1, len(going)):
        turns[k] = turns[k - 1] @ steps[k]
        places[k] = places[k - 1] + turns[k] @ going[k, :3]
    return turns, places


def _middle(turns: Doubles) -> int:
    """The frame from which the camera turns away least."""
    ahead = turns[:, :, 2]
    mean = ahead.mean(axis=0)
    return int(np.argmax(ahead @ mean))


__all__ = ["Path", "path_of"]
