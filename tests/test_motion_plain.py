"""The kinematics written for speed have the bits of numpy's general functions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plain_formulas as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_formulas import Array, same_bits

from choreo.motion import parts
from choreo.motion import rotations as rot
from choreo.motion.contacts import foot_points, sole_points
from choreo.motion.ik import two_bone
from choreo.motion.kinematics import BLOCK, forward
from choreo.motion.skeleton import CANONICAL
from choreo.motion.unwrap import unwrap_euler
from choreo.types import Motion, Skeleton

KINDS = [np.float32, np.float64]
SHAPES = [((), ()), ((7,), (7,)), ((), (7,)), ((7,), ()), ((5, 1), (1, 4)), ((6, 4), (4,)), ((0,), (0,)), ((3, 2),) * 2]
"""Leading axes of two operands that go together."""
ODD = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-9, -1e-9, 1e-30, 1e6]


def random(shape: tuple[int, ...], kind: type, seed: int, *, odd: bool) -> Array:
    """Numbers of every size, or those of `ODD`."""
    rng = np.random.default_rng(seed)
    return np.asarray(rng.choice(ODD, shape) if odd else rng.normal(0, 1, shape), kind)


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("kinds", [(a, b) for a in KINDS for b in KINDS])
@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize(
    ("fast", "slow", "sizes"),
    [
        (rot.multiply, plain.multiply, (4, 4)),
        (rot.rotate, plain.rotate, (4, 3)),
        (rot.between, plain.between, (3, 3)),
        (parts.cross, np.cross, (3, 3)),
        (parts.dot, lambda a, b: np.sum(a * b, axis=-1, keepdims=True), (3, 3)),
        (parts.dot, lambda a, b: np.sum(a * b, axis=-1, keepdims=True), (4, 4)),
    ],
)
def test_of_two_arrays(
    fast: Callable[..., Array],
    slow: Callable[..., Array],
    sizes: tuple[int, int],
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    kinds: tuple[type, type],
    odd: bool,
) -> None:
    a, b = (
        random((*shape, size), kind, seed, odd=odd)
        for seed, (shape, size, kind) in enumerate(zip(shapes, sizes, kinds, strict=True))
    )
    assert same_bits(np.asarray(fast(a, b)), np.asarray(slow(a, b)))
    views = [np.repeat(each[..., None], 2, axis=-1)[..., 0] for each in (a, b)]  # strided, as parts of larger arrays
    assert same_bits(np.asarray(fast(*views)), np.asarray(slow(a, b)))


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(), (1,), (9,), (9, 5)])
@pytest.mark.parametrize(
    ("fast", "slow", "size"),
    [
        (rot.normalize, plain.normalize, (4,)),
        (rot.to_matrix, plain.to_matrix, (4,)),
        (rot.from_matrix, plain.from_matrix, (3, 3)),
        (parts.length, lambda v: np.linalg.norm(v, axis=-1, keepdims=True), (3,)),
        (parts.length, lambda v: np.linalg.norm(v, axis=-1, keepdims=True), (4,)),
    ],
)
def test_of_one_array(
    fast: Callable[[Array], Array],
    slow: Callable[[Array], Array],
    size: tuple[int, ...],
    shape: tuple[int, ...],
    kind: type,
    odd: bool,
) -> None:
    value = random((*shape, *size), kind, 3, odd=odd)
    assert same_bits(np.asarray(fast(value)), np.asarray(slow(value)))


def test_directions_that_are_opposite_equal_or_zero() -> None:
    axes = np.concatenate([np.eye(3), -np.eye(3), np.zeros((1, 3)), np.ones((1, 3))])
    for kind in KINDS:
        u, v = (np.repeat(axes, 8, axis=0).astype(kind), np.tile(axes, (8, 1)).astype(kind))
        assert same_bits(rot.between(u, v), plain.between(u, v))


@pytest.mark.parametrize("frames", [1, 2, 30])
def test_signs_that_follow_the_frame_before(frames: int) -> None:
    for seed in range(4):
        q = random((frames, 5, 4), np.float32, seed, odd=seed == 3)
        assert same_bits(rot.continuous(q), plain.continuous(q))
        followed = rot.continuous(q)
        assert same_bits(rot.continuous(followed), plain.continuous(followed))


def chain_and_star() -> Skeleton:
    """A tree with a joint far below the root before one beside it, and several children of one joint."""
    parents = np.array([-1, 0, 1, 2, 0, 4, 0, 6, 6, 6])
    offsets = np.random.default_rng(0).normal(0, 0.3, (10, 3)).astype(np.float32)
    return Skeleton(tuple("abcdefghij"), parents, offsets)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lead", [(), (1,), (9,), (3, 4), (BLOCK + 3,)])
@pytest.mark.parametrize("skeleton", [CANONICAL, chain_and_star()], ids=["canonical", "other"])
def test_forward_kinematics_level_by_level(skeleton: Skeleton, lead: tuple[int, ...], kind: type) -> None:
    rng = np.random.default_rng(1)
    rotations: Array = rot.normalize(rng.normal(0, 1, (*lead, len(skeleton), 4))).astype(kind)
    translation: Array = rng.normal(0, 1, (*lead, 3)).astype(kind)
    wanted = plain.forward(skeleton, translation, rotations)
    found = forward(skeleton, translation, rotations)
    assert all(same_bits(a, b) for a, b in zip(found, wanted, strict=True))
    some = [5, 0, 3, 5]
    for a, b in zip(forward(skeleton, translation, rotations, some), wanted, strict=True):
        assert same_bits(a, b[..., some, :])


def test_soles_of_a_motion_are_those_of_all_joints() -> None:
    rotations = rot.normalize(np.random.default_rng(5).normal(0, 1, (7, len(CANONICAL), 4))).astype(np.float32)
    motion = Motion(CANONICAL, 60.0, np.zeros((7, 3), np.float32), rotations)
    assert same_bits(sole_points(motion), foot_points(*plain.forward(CANONICAL, motion.translation, motion.rotations)))


@pytest.mark.parametrize("kind", KINDS)
def test_two_limbs_at_once(kind: type) -> None:
    rng = np.random.default_rng(2)
    root: Array = rng.normal(0, 1, (50, 2, 3)).astype(kind)
    pole: Array = rng.normal(0, 1, (50, 2, 3)).astype(kind)
    target = root + rng.normal(0, 0.4, (50, 2, 3)).astype(kind)
    target[:3], pole[3:6] = root[:3], 0  # no length, and no way to bend
    bones = [(0.31, 0.27), (0.456, 0.4361)]
    found = two_bone(root, target, pole, bones)
    for k, lengths in enumerate(bones):
        wanted = plain.two_bone(root[:, k], target[:, k], pole[:, k], *lengths)
        assert all(same_bits(a[:, k].copy(), b) for a, b in zip(found, wanted, strict=True))


def check_unwrapped(angles: Array) -> None:
    found = unwrap_euler(angles)
    assert same_bits(found, plain.unwrap_euler(angles + 0.0))
    assert np.array_equal(found, plain.unwrap_euler(angles))  # -0 and 0 are equal here
    half = len(angles) // 2
    if half:
        later = unwrap_euler(np.concatenate([found[half - 1 : half], angles[half:]]))[1:]
        assert same_bits(np.concatenate([unwrap_euler(angles[:half]), later]), found)


GIMBAL = np.pi / 2
SPECIAL = [0.0, -0.0, GIMBAL, -GIMBAL, np.pi, -np.pi, np.pi / 4, 1e-12, -1e-12, np.nextafter(GIMBAL, 0), 3.0, -3.0]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.sampled_from(SPECIAL) | st.floats(-3.15, 3.15)] * 3) | st.just(None),  # None repeats a frame
        min_size=1,
        max_size=40,
    )
)
def test_unwrapping_is_the_loop_over_frames(rows: list[tuple[float, float, float] | None]) -> None:
    angles: list[tuple[float, float, float]] = []
    for row in rows:
        angles.append(row if row is not None else angles[-1] if angles else (0.0, GIMBAL, 0.0))
    check_unwrapped(np.array(angles))


@pytest.mark.parametrize("order", ["ZXY", "XYZ", "YZX", "YXZ"])
def test_unwrapping_turns_at_and_through_the_gimbal(order: str) -> None:
    rng = np.random.default_rng(4)
    t = np.linspace(0, 9, 300)
    rolling = np.stack([np.sin(t), t * 2, np.cos(3 * t)], axis=-1)  # the middle angle goes round and round
    held = np.stack([t, np.full_like(t, GIMBAL), -t], axis=-1)
    near = np.stack([t, GIMBAL + rng.normal(0, 1e-6, 300), 2 * t], axis=-1)
    walk = np.cumsum(rng.normal(0, 0.4, (300, 3)), axis=0)
    jumps = rng.uniform(-np.pi, np.pi, (300, 3))
    halves = np.pi / 2 * rng.integers(-2, 3, (300, 3))  # equally near: rounding decides
    still = np.repeat(rng.uniform(-np.pi, np.pi, (10, 3)), 30, axis=0)
    joints = np.stack([rolling, held, -held, near, walk, jumps, halves, still], axis=1)
    q = rot.from_euler(joints, order)
    q *= rng.choice([-1.0, 1.0], q.shape[:-1])[..., None]  # q and -q are one rotation
    angles = rot.to_euler(q, order)
    assert np.isfinite(angles).all()
    check_unwrapped(angles)
    check_unwrapped(halves)
    whole = rot.to_euler(q, order, unwrap=True)
    assert same_bits(whole, unwrap_euler(angles))
    parted = rot.to_euler(q[200:], order, unwrap=True, before=rot.to_euler(q[:200], order, unwrap=True)[-1])
    assert same_bits(parted, whole[200:])
