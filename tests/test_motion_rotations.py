from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from choreo.motion import rotations as rot

vectors = arrays(np.float64, (3,), elements=st.floats(-3, 3, allow_subnormal=False))
ORDERS = ["XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"]


def same(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.max(1 - np.abs(np.sum(a * b, axis=-1))))


@given(vectors, vectors, vectors)
def test_multiply_composes_and_matches_matrices(a: np.ndarray, b: np.ndarray, v: np.ndarray) -> None:
    p, q = rot.from_axis_angle(a), rot.from_axis_angle(b)
    np.testing.assert_allclose(rot.rotate(rot.multiply(p, q), v), rot.rotate(p, rot.rotate(q, v)), atol=1e-9)
    np.testing.assert_allclose(rot.to_matrix(p) @ v, rot.rotate(p, v), atol=1e-9)


@given(vectors)
def test_matrix_and_axis_angle_round_trips(v: np.ndarray) -> None:
    q = rot.from_axis_angle(v)
    assert same(rot.from_matrix(rot.to_matrix(q)), q) < 1e-9
    assert same(rot.from_axis_angle(rot.to_axis_angle(q)), q) < 1e-9


def test_exponential_map_is_finite_at_zero_and_keeps_float32() -> None:
    q = rot.from_axis_angle(np.zeros((2, 3), np.float32))
    np.testing.assert_array_equal(q, np.array([[1, 0, 0, 0]] * 2, np.float32))
    assert q.dtype == np.float32


def test_known_quarter_turns() -> None:
    np.testing.assert_allclose(rot.rotate(rot.yaw(np.pi / 2), np.array([0, 0, 1.0])), [1, 0, 0], atol=1e-6)
    assert rot.heading(rot.yaw(0.7)) == pytest.approx(0.7, abs=1e-6)


@pytest.mark.parametrize("order", ORDERS)
def test_euler_round_trips_in_every_order(order: str) -> None:
    angles = np.random.default_rng(0).uniform(-1.4, 1.4, (200, 3))
    q = rot.from_euler(angles, order)
    np.testing.assert_allclose(rot.to_euler(q, order), angles, atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
def test_euler_survives_gimbal_lock(order: str) -> None:
    q = rot.from_euler(np.array([[0.3, np.pi / 2, 0.4], [0.3, -np.pi / 2, 0.4]]), order)
    assert same(rot.from_euler(rot.to_euler(q, order), order), q) < 1e-9


def test_unwrapped_euler_angles_do_not_jump_over_two_turns() -> None:
    t = np.linspace(0, 4 * np.pi, 400)
    q = rot.from_euler(np.stack([t, 0.2 * np.sin(t), 0.1 * t], axis=-1), "ZXY")
    angles = rot.to_euler(q, "ZXY", unwrap=True)
    assert np.abs(np.diff(angles, axis=0)).max() < 0.1
    assert same(rot.from_euler(angles, "ZXY"), q) < 1e-9


def test_slerp_goes_halfway_the_short_way() -> None:
    a, b = rot.yaw(0.2), -rot.yaw(1.0)
    assert same(rot.slerp(a, b, 0.5), rot.yaw(0.6)) < 1e-6
    np.testing.assert_allclose(rot.slerp(a, a, 0.3), a, atol=1e-6)


def test_between_handles_opposite_directions() -> None:
    u = np.array([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]])
    np.testing.assert_allclose(rot.rotate(rot.between(u, -u), u), -u, atol=1e-6)
    np.testing.assert_allclose(rot.rotate(rot.between(u, np.roll(u, 1, 0)), u), np.roll(u, 1, 0), atol=1e-9)


def test_look_points_z_forward() -> None:
    q = rot.look(np.array([1.0, 0, 1.0]), np.array([0, 1.0, 0]))
    assert rot.heading(q) == pytest.approx(np.pi / 4)


def test_continuous_removes_sign_flips() -> None:
    q = rot.yaw(np.linspace(0, 6, 100))
    flipped = q * np.where(np.arange(100) % 3 == 0, -1, 1)[:, None]
    assert (np.sum(np.diff(rot.continuous(flipped), axis=0) ** 2, axis=-1) < 0.01).all()
