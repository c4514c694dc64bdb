from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from metrics_support import standing, wandering

from choreo.metrics import contact_slide_p95, foot_skate_ratio, pfc
from choreo.motion.skeleton import NAMES

GOLDENS = json.loads((Path(__file__).parent / "goldens" / "metrics.json").read_text(encoding="utf-8"))
LEFT = [NAMES.index("left_ankle"), NAMES.index("left_foot")]


def sliding(speed: float, fps: float = 30.0, *, way: tuple[float, float] = (1.0, 0.0), frames: int = 61) -> np.ndarray:
    """Standing, the left foot sliding at `speed` m/s along `way` in x and z."""
    dance = standing(frames)
    there = speed * np.arange(frames) / fps / np.hypot(*way)
    dance[:, LEFT, 0] += way[0] * there[:, None]
    dance[:, LEFT, 2] += way[1] * there[:, None]
    return dance


@pytest.mark.parametrize("case", GOLDENS["cases"], ids=lambda case: f"seed{case['seed']}")
def test_published_measures_are_those_of_plain_loops(case: dict[str, Any]) -> None:
    dance = wandering(GOLDENS["seconds"], 60, case["seed"])[::2]
    assert pfc(dance) == pytest.approx(case["pfc"], rel=1e-9)
    dance[:, [7, 8], 1], dance[:, [10, 11], 1] = 0.06, 0.01
    assert foot_skate_ratio(dance, signed=True) == pytest.approx(case["skating"], rel=1e-9)


@pytest.mark.parametrize("fps", [30.0, 60.0, 120.0])
@pytest.mark.parametrize(("speed", "ratio"), [(0.0, 0.0), (0.2, 0.0), (0.29, 0.0), (0.31, 0.5), (1.5, 0.5)])
def test_one_foot_slides_at_a_known_speed(speed: float, ratio: float, fps: float) -> None:
    assert foot_skate_ratio(sliding(speed, fps), fps) == pytest.approx(ratio)


def test_the_signed_mean_does_not_see_a_diagonal_slide() -> None:
    across = sliding(1.0, way=(1.0, -1.0))
    assert foot_skate_ratio(across, signed=True) == 0
    assert foot_skate_ratio(across) == pytest.approx(0.5)
    along = sliding(0.5)
    assert foot_skate_ratio(along, signed=True) == 0  # 1.67 cm a frame, of which it sees half
    assert foot_skate_ratio(along) == pytest.approx(0.5)


def test_a_foot_in_the_air_slides_not_and_a_floor_elsewhere_is_found() -> None:
    air = sliding(1.0)
    air[:, LEFT, 1] += 0.2
    assert foot_skate_ratio(air + np.array([0, -3.0, 0])) == 0
    both = sliding(1.0) + np.array([0, 0.7, 0])
    assert foot_skate_ratio(both) == pytest.approx(0.5)


def test_where_a_dance_begins_with_a_jump_the_published_floor_is_in_the_air() -> None:
    dance = sliding(1.5)
    dance[30:, LEFT, 1] += 0.3  # swings forward through the air
    dance[0, :, 1] += 1.0
    assert foot_skate_ratio(dance, signed=True) == pytest.approx(0.5, abs=0.02)
    assert foot_skate_ratio(dance[30:]) == 0
    assert foot_skate_ratio(dance) == pytest.approx(0.5)


def test_a_dancer_in_heels_stands_too() -> None:
    dance = sliding(1.0)
    dance[:, [NAMES.index("left_ankle"), NAMES.index("right_ankle")], 1] += 0.06
    assert np.isnan(foot_skate_ratio(dance, signed=True))
    assert foot_skate_ratio(dance) == pytest.approx(0.5)


def test_pfc_by_hand() -> None:
    frames = np.arange(40)
    dance = standing(40) + 0.02 * frames[:, None, None] * np.array([1.0, 0, 0])
    assert pfc(dance) == 0  # no acceleration at all
    dance[:, 0, 2] += 0.001 * frames**2
    assert pfc(dance) == pytest.approx(0.02 * 0.02 * 10_000)
    fast = np.repeat(dance, 1, 0)
    assert pfc(fast, 60.0) == pytest.approx(4 * pfc(fast))  # the same steps in half the time go twice as far in 1/30 s
    falling = dance.copy()
    falling[:, 0, 2] = 0
    falling[:, 0, 1] -= 0.001 * frames**2
    assert pfc(falling) == 0


def test_pfc_is_small_when_one_foot_stands() -> None:
    dance = sliding(1.0)
    dance[:, 0, 2] += 0.001 * np.arange(len(dance)) ** 2
    assert pfc(dance) == 0
    assert pfc(standing(100)) == 0


def test_slide_of_standing_soles() -> None:
    points: np.ndarray = np.zeros((61, 4, 3))
    points[:, 0, 0] = 0.03 * np.arange(61) / 60
    standing_soles = np.zeros((61, 4), bool)
    standing_soles[:, 0] = True
    assert contact_slide_p95(points, standing_soles, 60) == pytest.approx(3.0)
    points[:, 1, 2] = np.arange(61)
    assert contact_slide_p95(points, standing_soles, 60) == pytest.approx(3.0)
    points[:, 0, 1] = np.arange(61)
    assert contact_slide_p95(points, standing_soles, 60) == pytest.approx(3.0)


def test_not_enough() -> None:
    one = standing(1)
    assert np.isnan([pfc(standing(2)), foot_skate_ratio(one)]).all()
    assert np.isnan(contact_slide_p95(np.zeros((9, 4, 3), np.float32), np.zeros((9, 4), bool), 60))
    assert np.isnan(contact_slide_p95(np.zeros((1, 4, 3), np.float32), np.ones((1, 4), bool), 60))
