"""How the background moves from one picture to the next: what tells where a camera goes.

Of a plane, and of all that is far away, a small move of the camera moves the picture by eight numbers (Longuet-Higgins
and Prazdny, 1980). They are fitted to the grey values of pixels outside of people by Gauss-Newton from coarse to fine
(Lucas and Kanade, 1981), with little weight for pixels that move otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.types import Bytes, Doubles, Floats

FOCAL = 1.5
"""Focal length over the picture's shorter side: the usual lens of a phone, and of a film."""
TERMS = 8
LONG_SIDE = 256
"""Pixels of the pictures' longer side that are compared."""
LEAST = 24
"""Pixels of the shorter side, of those, below which pictures are not compared."""
LEVELS, ROUNDS = 3, 4
MOST = 4000
"""Pixels that are compared: those with most contrast."""
AROUND = 0.12
"""By how much more than landmarks a person covers, by the longer side of their box."""
SHADOW = 0.3
"""Height of the person within which beside the feet, and below them, shadows and reflections lie."""
RIM = 3
"""Pixels at the picture's edge that are left out."""
DARK = 12.0
"""Grey value of black bars."""
FLAT = 1.2
"""Least contrast, in grey values a pixel, of what is compared."""
NOISE = 2.0
"""Grey values by which the same pixel differs at least; neighbours err together, hence more than of one pixel."""
LOCAL = 8.0
"""Pixels about one whose mean is taken off: light comes and goes."""


@dataclass(frozen=True, eq=False)
class Background:
    """How the background moves from the picture before to each, in rays: over the focal length, right and up.

    A point at ray ``(x, y)`` moves by ``(a0 + a1 x + a2 y + a6 x2 + a7 xy, a3 + a4 x + a5 y + a6 xy + a7 y2)``.

    moves : (T, 8) float32
        These numbers; 0 with the first picture of a shot.
    sure : (T, 8, 8) float32
        The inverse of their covariance; 0 where the background shows nothing.
    """

    moves: Floats
    sure: Floats

    def part(self, first: int, last: int) -> Background:
        """Those of some pictures."""
        return Background(self.moves[first:last].copy(), self.sure[first:last].copy())


class Moves:
    """Takes the pictures of a shot one after the other.

    Each is compared with a picture that is kept for as long as much of it is seen, so that errors do not add up.
    """

    def __init__(self) -> None:
        self._kept: list[Doubles] = []
        self._free: np.ndarray = np.zeros((0, 0), bool)
        self._from_kept, self._last = np.eye(3), np.zeros(TERMS)
        self._moves: list[Doubles] = []
        self._sure: list[Doubles] = []

    def see(self, pixels: Bytes, people: Sequence[Doubles]) -> None:
        """Compare a picture ``(h, w, 3)`` with the one that is kept; `people` are landmarks ``(N, 2)`` in it."""
        step = max(1, -(-max(pixels.shape[:2]) // LONG_SIDE))
        if min(pixels.shape[:2]) < LEAST * step:
            self._moves.append(np.zeros(TERMS))
            self._sure.append(np.zeros((TERMS, TERMS)))
            return
        grey = _shrunk(pixels[..., 1], step)
        free = _free_of(grey, [points[:, :2] / step for points in people])
        levels = [_even(grey)]
        for _ in range(LEVELS - 1):
            levels.append(_shrunk(levels[-1], 2))
        move, sure = np.zeros(TERMS), np.zeros((TERMS, TERMS))
        if self._kept and self._kept[0].shape == levels[0].shape:
            start = (np.eye(3) + _matrix(self._last)) @ self._from_kept
            found, sure = _moved(self._kept, levels, self._free, free, start)
            move = _terms(found @ np.linalg.inv(self._from_kept))
            self._from_kept = found
        if not self._kept or not _alike(self._from_kept) or not sure.any():
            self._kept, self._free, self._from_kept = levels, free, np.eye(3)
        self._last = move
        self._moves.append(move)
        self._sure.append(sure)

    def background(self) -> Background:
        """All of the shot so far."""
        moves, sure = np.array(self._moves, np.float32), np.array(self._sure, np.float32)
        return Background(moves.reshape(-1, TERMS), sure.reshape(-1, TERMS, TERMS))


MOST_MOVED = 0.12
"""Rays by which the picture's parts move at most until another picture is kept."""
CORNERS = np.array([[0.0, 0, 1], [0.35, 0.25, 1], [-0.35, 0.25, 1], [0.35, -0.25, 1], [-0.35, -0.25, 1]]).T


def _alike(matrix: Doubles) -> bool:
    moved = matrix @ CORNERS
    return bool((moved[2] > 0.2).all() and np.abs(moved[:2] / moved[2] - CORNERS[:2]).max() < MOST_MOVED)


def _matrix(move: Doubles) -> Doubles:
    """The homography of rays that the eight numbers begin, less the identity."""
    a = move
    return np.array([[a[1], a[2], a[0]], [a[4], a[5], a[3]], [-a[6], -a[7], 0.0]])


def _terms(matrix: Doubles) -> Doubles:
    """The eight numbers of a homography near the identity: its logarithm, to the second order."""
    off = matrix / matrix[2, 2] - np.eye(3)
    off = off - off @ off / 2
    off = off - off[2, 2] * np.eye(3)
    return np.array([off[0, 2], off[0, 0], off[0, 1], off[1, 2], off[1, 0], off[1, 1], -off[2, 0], -off[2, 1]])


def _shrunk(grey: Bytes | Doubles, step: int) -> Doubles:
    """Means of squares of `step` pixels."""
    height, width = (side // step for side in grey.shape)
    return np.asarray(
        grey[: height * step, : width * step].reshape(height, step, width, step).mean(axis=(1, 3), dtype=np.float64)
    )


def _even(grey: Doubles) -> Doubles:
    from scipy.ndimage import gaussian_filter, uniform_filter

    return np.asarray(gaussian_filter(grey, 0.7) - uniform_filter(grey, 2 * round(LOCAL) + 1))


def _free_of(grey: Doubles, people: Sequence[Doubles]) -> np.ndarray:
    """Pixels ``(h, w)`` that show neither somebody nor black bars nor the picture's edge."""
    free = np.zeros(grey.shape, bool)
    free[RIM:-RIM, RIM:-RIM] = True
    for axis in (0, 1):
        dark = np.flatnonzero(grey.max(axis=axis) < DARK)
        near = np.unique(np.clip(dark[:, None] + np.arange(-RIM, RIM + 1), 0, grey.shape[1 - axis] - 1))
        if axis:
            free[near] = False
        else:
            free[:, near] = False
    for points in people:
        low, high = points.min(axis=0), points.max(axis=0)
        around = AROUND * float((high - low).max())
        (x0, y0), (x1, y1) = (np.clip(each, 0, 1e6).astype(int) for each in (low - around, high + around))
        free[y0 : y1 + 1, x0 : x1 + 1] = False
        tall = float(high[1] - low[1])
        x0, x1 = (int(np.clip(each, 0, 1e6)) for each in (low[0] - SHADOW * tall, high[0] + SHADOW * tall))
        y0, y1 = (int(np.clip(high[1] + each * tall, 0, 1e6)) for each in (-SHADOW, 0.7 * SHADOW))
        free[y0 : y1 + 1, x0 : x1 + 1] = False
    return free


def _moved(
    kept: Sequence[Doubles], now: Sequence[Doubles], free: np.ndarray, free_now: np.ndarray, start: Doubles
) -> tuple[Doubles, Doubles]:
    """The homography of rays from the kept picture to this one, and the inverse of the eight numbers' covariance."""
    from scipy.ndimage import map_coordinates

    matrix, sure = start, np.zeros((TERMS, TERMS))
    for level in reversed(range(len(now))):
        one, two = kept[level], now[level]
        scale = 2**level
        focal = FOCAL * min(now[0].shape) / scale
        down, across = np.gradient(one)
        strong = np.hypot(down, across)
        places = [
            np.minimum(np.arange(side) * scale + scale // 2, free.shape[k] - 1) for k, side in enumerate(one.shape)
        ]
        at = np.flatnonzero((free[np.ix_(*places)] & (strong > FLAT)).ravel())
        if len(at) > MOST:
            at = np.sort(at[np.argsort(-strong.ravel()[at], kind="stable")[:MOST]])
        row, column = np.divmod(at, one.shape[1])
        middle = (np.array(now[0].shape) / scale - 1) / 2
        rays = np.stack([(column - middle[1]) / focal, (middle[0] - row) / focal, np.ones(len(at))])
        slope = focal * np.stack([across.ravel()[at], -down.ravel()[at]], axis=1)
        gone = np.zeros(TERMS)
        for _ in range(ROUNDS):
            moved = matrix @ rays
            x, y = moved[:2] / np.maximum(moved[2], 0.1)
            rows, columns = middle[0] - focal * y, middle[1] + focal * x
            inside = (rows * scale).round().astype(int), (columns * scale).round().astype(int)
            usable = free_now[tuple(np.clip(k, 0, n - 1) for k, n in zip(inside, free_now.shape, strict=True))]
            if usable.sum() < 4 * TERMS:
                break
            off = map_coordinates(two, [rows[usable], columns[usable]], order=1) - one.ravel()[at[usable]]
            lines = np.einsum("na,nab->nb", slope[usable], shape_of(x[usable], y[usable]))
            noise = max(NOISE, 1.48 * float(np.median(np.abs(off))))
            weight = 1 / (1 + (off / noise / 2) ** 2) / noise**2
            sure = (lines * weight[:, None]).T @ lines
            known = EACH * sure + PRIOR
            step = np.linalg.solve(known, -EACH * (lines * weight[:, None]).T @ off - PRIOR @ gone)
            gone = gone + step
            matrix = (np.eye(3) + _matrix(step)) @ matrix
            matrix = matrix / matrix[2, 2]
    return matrix, sure * EACH


PRIOR = np.diag(1 / np.array([0.02, 0.01, 0.01, 0.02, 0.01, 0.01, 0.004, 0.004]) ** 2)
"""By how much the eight numbers change from picture to picture."""
EACH = 0.05
"""Independent measurements a pixel: neighbours show the same."""


def shape_of(x: Doubles, y: Doubles) -> Doubles:
    """By how much each of the eight numbers moves points at rays ``x, y``, each ``(N,)``: ``(N, 2, 8)``."""
    one, none = np.ones_like(x), np.zeros_like(x)
    right = np.stack([one, x, y, none, none, none, x * x, x * y], axis=-1)
    up = np.stack([none, none, none, one, x, y, x * y, y * y], axis=-1)
    return np.stack([right, up], axis=1)


__all__ = ["FOCAL", "Background", "Moves", "shape_of"]
