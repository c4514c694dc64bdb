"""Knees that bend smoothly: the geometry of it, with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from choreo.motion.ik import leg_length
from choreo.motion.skeleton import CANONICAL
from choreo.synthesis.flexion import feet_at, knee_bends, leg_bones, pelvis_shift, reaches

BONES = leg_bones(CANONICAL)
LENGTH = leg_length(CANONICAL, "left")


def legs(reach: float, frames: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Hips 0.9 m up and ankles straight below them, `reach` metres away."""
    hips = np.zeros((frames, 2, 3), np.float32)
    hips[..., 1] = 0.9
    ankles = hips.copy()
    ankles[..., 1] -= reach
    return hips, ankles


@pytest.mark.parametrize("reach", [0.5, 0.7, 0.85, 0.89])
def test_bends_and_reaches_belong_together(reach: float) -> None:
    hips, ankles = legs(reach)
    np.testing.assert_allclose(reaches(knee_bends(hips, ankles, BONES), BONES), reach, atol=1e-4)


def test_a_straight_leg_is_not_bent_and_a_square_one_is() -> None:
    thigh, shin = BONES
    assert knee_bends(*legs(LENGTH), BONES).max() < 0.01
    square = float(np.hypot(thigh[0], shin[0]))
    np.testing.assert_allclose(knee_bends(*legs(square), BONES), np.pi / 2, atol=1e-3)


def test_the_pelvis_goes_down_over_legs_that_stand_and_feet_in_the_air_come_nearer() -> None:
    hips, ankles = legs(0.88)
    wanted = np.full((12, 2), 0.87)
    standing, all_of_it = np.zeros((12, 2), bool), np.ones(12, np.float32)
    np.testing.assert_allclose(pelvis_shift(hips, ankles, wanted, standing, all_of_it), -0.01, atol=1e-6)
    np.testing.assert_array_equal(feet_at(hips, ankles, wanted, standing, all_of_it), ankles)
    assert not pelvis_shift(hips, ankles, wanted, ~standing, all_of_it).any()
    np.testing.assert_allclose(feet_at(hips, ankles, wanted, ~standing, all_of_it)[..., 1], 0.03, atol=1e-6)
    far = pelvis_shift(hips, ankles, np.full((12, 2), 0.5), standing, all_of_it)
    np.testing.assert_allclose(far, -0.02, atol=1e-6)  # never far
