"""Rotations packed in 7 bytes: how far off, for which rotations, and that packing again changes nothing."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.packed import ANGLE_ERROR, MOST, STEP, as_stored, pack_rotations, packed_size, unpack_rotations
from choreo.motion.skeleton import CANONICAL
from choreo.types import Floats, Motion

JOINTS = len(CANONICAL)
FLOAT32 = 2e-7
"""Radians that rounding to float32 adds to an angle."""


def unit(q: np.ndarray) -> Floats:
    q = np.asarray(q, np.float64)
    return np.asarray((q / np.linalg.norm(q, axis=-1, keepdims=True)).astype(np.float32))


def angles(a: Floats, b: Floats) -> np.ndarray:
    """Radians between rotations, exact also where they are small."""
    p, q = a.astype(np.float64), b.astype(np.float64)
    p, q = (each / np.linalg.norm(each, axis=-1, keepdims=True) for each in (p, q))
    chord = np.minimum(np.linalg.norm(p - q, axis=-1), np.linalg.norm(p + q, axis=-1))
    return np.asarray(4 * np.arcsin(chord / 2))


def frames_of(q: np.ndarray) -> Floats:
    """Quaternions ``(N, 4)`` as frames ``(T, 24, 4)``, the last filled up with the first."""
    count = -(-len(q) // JOINTS) * JOINTS
    return unit(np.resize(q, (count, 4)).reshape(-1, JOINTS, 4))


def corners() -> np.ndarray:
    """Rotations at which packing could go wrong: ties, signs, half turns, zeros, and steps around all of these."""
    rng = np.random.default_rng(7)
    halves = np.array(np.meshgrid(*[[-0.5, 0.5]] * 4)).reshape(4, -1).T
    axes = np.concatenate([np.eye(4), -np.eye(4)])
    pairs = np.array([a + b for a in axes for b in axes if abs(a + b).max() == 1])
    threes = np.array([a * [1, 1, 1, 0] for a in halves] + [a * [0, 1, 1, 1] for a in halves])
    turns = rot.from_axis_angle(rng.normal(size=(50, 3)) * 1e-9 + np.pi * unit(rng.normal(size=(50, 3))))
    exact = np.concatenate([halves, axes, pairs, threes, turns])
    near = [exact + rng.normal(size=exact.shape) * size * STEP for size in (0.01, 0.3, 1, 3, 30) for _ in range(20)]
    return np.concatenate([exact, *near])


CASES = {
    "corners": frames_of(corners()),
    "any": frames_of(np.random.default_rng(1).normal(size=(48_000, 4))),
    "small turns": frames_of(np.array([1, 0, 0, 0]) + 1e-5 * np.random.default_rng(2).normal(size=(2400, 4))),
}


@pytest.mark.parametrize("case", CASES)
def test_rotations_come_back_within_the_error_and_with_their_sign(case: str) -> None:
    given_ = CASES[case]
    data = pack_rotations(given_)
    assert len(data) == packed_size(len(given_)) == 7 * given_[..., 0].size + -(-given_[..., 0].size // 8)
    found = unpack_rotations(data, len(given_))
    assert np.degrees(ANGLE_ERROR) < 0.0011
    assert angles(given_, found).max() <= ANGLE_ERROR + FLOAT32
    assert (np.einsum("...k,...k->...", given_, found) > 0).all()
    Motion(CANONICAL, 60.0, np.zeros((len(found), 3), np.float32), found)


@pytest.mark.parametrize("case", CASES)
def test_packing_what_was_unpacked_gives_the_same_bytes(case: str) -> None:
    data = pack_rotations(CASES[case])
    again = unpack_rotations(data, len(CASES[case]))
    assert pack_rotations(again) == data
    assert pack_rotations(again.copy(order="F")) == data


components = st.one_of(st.floats(-1, 1, width=32), st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0, 0.70710677]))


@settings(deadline=None)
@given(arrays(np.float32, (JOINTS, 4), elements=components))
def test_any_rotations_pack_once_and_for_all(values: Floats) -> None:
    values[np.linalg.norm(values, axis=-1) < 1e-3] = [1, 0, 0, 0]
    given_ = unit(values)[None]
    data = pack_rotations(given_)
    found = unpack_rotations(data, 1)
    assert angles(given_, found).max() <= ANGLE_ERROR + FLOAT32
    assert pack_rotations(found) == data


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), *[st.integers(-MOST, MOST)] * 3, st.booleans()), min_size=24, max_size=24))
def test_whatever_bytes_unpack_to_is_found_again(cells: list[tuple[int, int, int, int, bool]]) -> None:
    # bytes that no packing made: three components that leave no room for a fourth of at least their size
    numbers = np.array([cell[1:4] for cell in cells]) + (1 << 17)
    low = numbers & 3
    rest = np.array([cell[0] << 6 for cell in cells]) | low[:, 0] << 4 | low[:, 1] << 2 | low[:, 2]
    signs = np.packbits([cell[4] for cell in cells])
    data = (numbers >> 2).T.astype("<u2").tobytes() + rest.astype(np.uint8).tobytes() + signs.tobytes()
    found = unpack_rotations(data, 1)
    assert np.isfinite(found).all()
    usable = np.abs(np.linalg.norm(found.astype(np.float64), axis=-1) - 1) < 1e-3
    found[~usable] = [1, 0, 0, 0]
    once = pack_rotations(found)
    assert pack_rotations(unpack_rotations(once, 1)) == once


def test_the_same_bytes_give_the_same_floats_everywhere() -> None:
    rng = np.random.default_rng(5)
    data = rng.bytes(packed_size(40))
    # computed once; another sum on another machine or with another numpy means that motion differs there
    found = hashlib.sha256(unpack_rotations(data, 40).astype("<f4").tobytes()).hexdigest()
    assert found == "bc8f2158b03b221aaf01abc7cb7961ea15bfa0d49d35272b44c34d823778f117"


def extreme(frames: int = 240) -> Motion:
    """Every joint turned anyhow, the root far from the middle: the longest levers in all directions."""
    rng = np.random.default_rng(11)
    rotations = unit(rng.normal(size=(frames, JOINTS, 4)))
    return Motion(CANONICAL, 60.0, rng.normal(0, 5, (frames, 3)).astype(np.float32), rotations)


def stretched(frames: int = 240) -> Motion:
    """Arms and legs straight, all rotations near the one at which packing is farthest off."""
    rng = np.random.default_rng(12)
    rotations = unit(0.5 + rng.normal(0, 3, (frames, JOINTS, 4)) * STEP)
    rotations[:, 1:] = unit(np.array([1, 0, 0, 0]) + rng.normal(0, 1e-3, (frames, JOINTS - 1, 4)))
    return Motion(CANONICAL, 60.0, np.zeros((frames, 3), np.float32), rotations)


@pytest.mark.parametrize("motion", [extreme(), stretched()], ids=["extreme", "stretched"])
def test_no_joint_lies_a_tenth_of_a_millimetre_off(motion: Motion) -> None:
    read = as_stored(motion)
    exact: Any = np.float64  # float32 would add errors of its own
    before, after = (
        forward(CANONICAL, m.translation.astype(exact), m.rotations.astype(exact))[0] for m in (motion, read)
    )
    assert np.linalg.norm(after - before, axis=-1).max() < 1e-4
    assert (read.translation == motion.translation).all()


def test_rotations_of_another_length_are_refused() -> None:
    data = pack_rotations(CASES["any"][:2])
    for frames, given_ in ((3, data), (1, data), (2, data[:-1]), (0, b""), (-1, data)):
        with pytest.raises(MotionError, match=r"found \d+ bytes, expected \d+"):
            unpack_rotations(given_, frames)
