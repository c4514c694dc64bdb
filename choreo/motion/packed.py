"""Rotations packed as the smallest three: how motion is stored, and the form in which clips are danced.

Of a unit quaternion the component of largest magnitude follows from the other three, up to its sign. These lie within
``1/sqrt(2)`` of 0 and are stored in 18 bits each, in steps of `STEP`. With which one is left out and its sign, a
rotation takes 7 bytes and a bit, where four float32 take 16.

18 bits, not 16, because errors add up along the arm and the leg. The largest angle error is `ANGLE_ERROR`, 0.0011
degrees; a toe, four joints from the root, then lies within 0.056 mm and the end of a hand, eight joints from it, within
0.13 mm, whatever the pose. 16 bits would be an eighth smaller, and four times as far off.

The same bytes give the same floats on every machine: integers are exact, and of floating point there are one square
root, products and roundings, which IEEE 754 defines to the last bit. Packing what was unpacked gives the bytes that it
was unpacked from, so that a clip may be read and added as often as one likes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.errors import MotionError
from choreo.motion.skeleton import CANONICAL
from choreo.types import Bools, Bytes, Doubles, Floats, Motion

MOST = (1 << 17) - 1
"""Largest number that stands for a component; the least is its negative."""
STEP = 0.5**0.5 / MOST
"""Difference of two components whose numbers are neighbours."""
ANGLE_ERROR = 12**0.5 * STEP
"""Radians by which a packed rotation may differ: all three components by half a step, where all four are equal."""
JOINTS = len(CANONICAL)
_BIAS = 1 << 17
_UNIT = 2.0 * MOST**2
"""Sum of the squares of a unit quaternion's components in steps."""
_NEAR = 4 * STEP
"""A component this near to the largest may be the one that is left out."""


def packed_size(frames: int) -> int:
    """Bytes of the packed rotations of a motion."""
    count = frames * JOINTS
    return 7 * count + (count + 7) // 8


def pack_rotations(rotations: Floats) -> bytes:
    """Pack unit quaternions ``(T, 24, 4)``.

    The upper 16 bits of the three components come first, one component after the other; then a byte a rotation with
    the others and which component is left out; then the signs of those.
    """
    given = np.asarray(rotations, np.float32).reshape(-1, 4).T
    left, numbers, negative = _on_grid(given)
    unsigned = (numbers.astype(np.int64) + _BIAS).astype(np.uint32)
    low = unsigned & 3
    rest = (left.astype(np.uint32) << 6 | low[0] << 4 | low[1] << 2 | low[2]).astype(np.uint8)
    return (unsigned >> 2).astype("<u2").tobytes() + rest.tobytes() + np.packbits(negative).tobytes()


def unpack_rotations(data: bytes | memoryview, frames: int) -> Floats:
    """Unit quaternions ``(T, 24, 4) float32`` of packed ones.

    Raises
    ------
    MotionError
        When these are not the rotations of so many frames.
    """
    if frames < 1 or len(data) != packed_size(frames):
        raise MotionError(
            f"rotations of {frames} frames: found {len(data)} bytes, expected {packed_size(max(frames, 0))}."
        )
    count = frames * JOINTS
    rest = np.frombuffer(data, np.uint8, count, 6 * count)
    numbers = np.frombuffer(data, "<u2", 3 * count).reshape(3, count).astype(np.int32)
    numbers <<= 2
    for number, shift in zip(numbers, (4, 2, 0), strict=True):
        number |= rest >> shift & 3
    numbers -= _BIAS
    negative = np.unpackbits(np.frombuffer(data, np.uint8, offset=7 * count), count=count)
    found = _quaternions((rest >> 6).astype(np.uint8), numbers.astype(np.float64), negative)
    return found.T.reshape(frames, JOINTS, 4).copy()


def as_stored(motion: Motion) -> Motion:
    """`motion` on the canonical skeleton with the rotations that it has when it was stored and read again."""
    return replace(motion, rotations=unpack_rotations(pack_rotations(motion.rotations), len(motion)))


def _quaternions(left: Bytes, numbers: Doubles, negative: Bytes | Bools) -> Floats:
    """Quaternions ``(4, N)`` of the components left out ``(N,)``, numbers of the others ``(3, N)``, and signs."""
    a, b, c = numbers
    # whole numbers below 2**53: these sums are exact
    largest = np.sqrt(np.maximum(_UNIT - (a * a + b * b + c * c), 0)) * STEP
    largest = np.where(negative, -largest, largest).astype(np.float32)
    a, b, c = (numbers * STEP).astype(np.float32)
    out: Floats = np.empty((4, len(largest)), np.float32)
    out[0] = np.where(left == 0, largest, a)
    out[1] = np.where(left == 1, largest, np.where(left == 0, a, b))
    out[2] = np.where(left == 2, largest, np.where(left == 3, c, b))
    out[3] = np.where(left == 3, largest, c)
    return out


def _written(given: Floats, left: Bytes) -> tuple[Doubles, Bools, Bools]:
    """Numbers ``(3, N)`` of quaternions of which `left` is left out, its sign, and whether they come back of them."""
    w, x, y, z = given.astype(np.float64)
    scale = 1 / (np.sqrt(w * w + x * x + y * y + z * z) * STEP)
    others = np.stack((np.where(left == 0, x, w), np.where(left <= 1, y, x), np.where(left <= 2, z, y)))
    numbers = np.clip(np.rint(others * scale), -MOST, MOST)
    negative = np.choose(left, given) < 0
    return numbers, negative, np.asarray((_quaternions(left, numbers, negative) == given).all(axis=0))


def _on_grid(given: Floats) -> tuple[Bytes, Doubles, Bools]:
    """Components to leave out, numbers of the others, and signs, such that what comes of them is written as they are.

    Where two components are about the largest, rounding may turn their order round. Therefore what comes back is
    looked at: of the ways to write it, it has one, the same for all quaternions that become it.
    """
    left, numbers, negative, found = _way(given)
    astray = np.flatnonzero(~found)
    if len(astray):  # not on the grid: take what is there in their place
        instead = _quaternions(left[astray], numbers[:, astray], negative[astray])
        left[astray], numbers[:, astray], negative[astray], _ = _way(instead)
    return left, numbers, negative


def _way(given: Floats) -> tuple[Bytes, Doubles, Bools, Bools]:
    """The way to write quaternions: components to leave out, numbers of the others, signs, whether they come back."""
    size = np.abs(given)
    largest = size.max(axis=0)
    left = np.argmax(size, axis=0).astype(np.uint8)
    numbers, negative, found = _written(given, left)
    for other in range(4):
        rows = np.flatnonzero(~found & (size[other] > largest - _NEAR))
        tried = np.full(len(rows), other, np.uint8)
        new, sign, good = _written(given[:, rows], tried)
        rows = rows[good]
        left[rows], numbers[:, rows], negative[rows], found[rows] = other, new[:, good], sign[good], True
    return left, numbers, negative, found
