from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics_support import standing, wandering
from scipy.linalg import sqrtm

from choreo.errors import ShapeError
from choreo.metrics import PROTOCOLS, bootstrap, distances, diversity, feature_rows, frechet, geometric, kinetic
from choreo.metrics.distance import scaled, split_baseline
from choreo.motion.skeleton import NAMES

GOLDENS = json.loads((Path(__file__).parent / "goldens" / "metrics.json").read_text(encoding="utf-8"))
CASES = GOLDENS["cases"]


def spread(rng: np.random.Generator, rows: int, deviations: np.ndarray) -> np.ndarray:
    """Rows with mean 0 and exactly these standard deviations, uncorrelated."""
    raw = rng.normal(size=(rows, len(deviations)))
    q, _ = np.linalg.qr(raw - raw.mean(axis=0))
    return np.asarray(q * np.sqrt(rows - 1) * deviations)


def test_there_are_goldens() -> None:
    assert len(CASES) == 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"seed{case['seed']}")
def test_features_are_those_of_plain_loops(case: dict[str, Any]) -> None:
    dance = wandering(GOLDENS["seconds"], 60, case["seed"])
    np.testing.assert_allclose(kinetic(dance, 60), case["kinetic"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(kinetic(dance, 60, protocol=PROTOCOLS["aist"]), case["kinetic"], rtol=1e-9, atol=1e-9)
    bailando = kinetic(dance, 60, protocol=PROTOCOLS["bailando"])
    np.testing.assert_allclose(bailando, case["kinetic_bailando"], rtol=1e-9, atol=1e-6)
    for name in ("aist", "bailando"):
        np.testing.assert_allclose(geometric(dance, 60, protocol=PROTOCOLS[name]), case["geometric"], atol=1e-9)


def test_a_still_joint_a_metre_from_the_origin() -> None:
    dance = np.zeros((30, 24, 3))
    dance[:, 5, 0] = 1
    wrong = kinetic(dance, 60, protocol=PROTOCOLS["bailando"])
    assert wrong[3 * 5 + 2] == pytest.approx(3540)
    assert not kinetic(dance, 60).any()


def test_speed_and_frame_rate() -> None:
    for fps in (30.0, 60.0, 120.0):
        time = np.arange(round(4 * fps)) / fps
        dance = standing(len(time)) + time[:, None, None] * np.array([0.6, 0.5, 0.8])
        found = kinetic(dance, fps).reshape(24, 3)
        np.testing.assert_allclose(found, np.tile([1.0, 0.25, 0.0], (24, 1)), atol=1e-6)
        fall = standing(len(time)) - 4.9 * time[:, None, None] ** 2 * np.array([0, 1.0, 0])
        np.testing.assert_allclose(kinetic(fall, fps).reshape(24, 3)[:, 2], 9.8, rtol=1e-6)


def test_a_lifted_foot_a_bent_elbow_and_a_fast_hand() -> None:
    dance = standing(60)
    assert geometric(dance, 60)[[6, 7, 12, 13, 16, 17, 29, 30, 31]].tolist() == [0] * 9
    dance[:30, NAMES.index("right_ankle"), 1] += 0.5
    elbow, wrist = NAMES.index("right_elbow"), NAMES.index("right_wrist")
    dance[:, wrist] = dance[:, elbow] + np.array([0, 0.25, 0.0])
    lhand = NAMES.index("left_wrist")
    dance[:, lhand, 2] += np.arange(60) / 60
    found = geometric(dance, 60)
    assert found[16] == pytest.approx(29 / 59)
    assert found[6] == 1
    assert (found[12], found[13]) == (0, 1)


def test_too_few_frames_are_not_enough() -> None:
    assert np.isnan(kinetic(standing(2), 60)).all()
    assert np.isnan(geometric(standing(1), 60)).all()
    assert len(feature_rows([standing(2)])[0]) == 0


def test_lodge_counts_twenty_two_joints_and_rows_are_windows() -> None:
    found, shape, of = feature_rows([wandering(7, 30, 1), wandering(3, 30, 2)], PROTOCOLS["lodge"], 2.0)
    assert found.shape == (6, 66)
    assert shape.shape == (6, 32)
    assert of.tolist() == [0, 0, 0, 0, 1, 1]


def test_two_gaussians_have_the_distance_of_the_closed_form() -> None:
    rng = np.random.default_rng(0)
    a, b = np.array([1.0, 2.0, 0.5, 3.0]), np.array([2.0, 2.0, 1.5, 1.0])
    first, second = spread(rng, 50, a), spread(rng, 80, b) + np.array([1.0, 0, 0, -2.0])
    assert frechet(first, second) == pytest.approx(((a - b) ** 2).sum() + 5)


@given(st.integers(2, 30), st.integers(2, 30), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_fewer_rows_than_columns_are_no_trouble(few: int, many: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(few, 12)), rng.normal(size=(many, 12)) * 1.5 + 0.3
    value = frechet(a, b)
    assert value == pytest.approx(frechet(b, a))
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    roots = np.sqrt(np.maximum(np.linalg.eigvals(first @ second).real, 0)).sum()
    slow = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(first) + np.trace(second) - 2 * roots
    assert value == pytest.approx(slow, abs=1e-5)


def test_the_published_form_is_the_same_where_it_is_sound() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(200, 6)), rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6))
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(first @ second).real
    wanted = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(first + second - 2 * root)
    assert frechet(a, b) == pytest.approx(wanted)


def test_not_enough_rows() -> None:
    row = np.zeros((1, 3))
    assert np.isnan([frechet(row, np.zeros((5, 3))), diversity(row)]).all()
    assert np.isnan(bootstrap(frechet, row, row).value)
    assert np.isnan(split_baseline(np.zeros((3, 3))).value)
    assert np.isnan(split_baseline(np.zeros((8, 3)), groups=np.zeros(8, int)).value)


def test_diversity_by_hand() -> None:
    assert diversity(np.array([[0.0, 0], [3, 4], [0, 4]])) == pytest.approx((5 + 4 + 3) / 3)


def test_a_relation_that_real_dance_never_has_is_far_but_not_infinitely() -> None:
    rng = np.random.default_rng(2)
    real = np.column_stack([rng.normal(size=(40, 5)), np.zeros(40)])
    mine = np.column_stack([rng.normal(size=(40, 5)), np.full(40, 0.05)])
    assert frechet(*scaled(mine, real, published=True)) > 1e12
    assert 0.1 < frechet(*scaled(mine, real)) < 20


def test_the_interval_knows_that_sampling_alone_makes_a_distance() -> None:
    covered = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        same = bootstrap(frechet, rng.normal(size=(30, 8)), rng.normal(size=(60, 8)), seed=seed)
        covered += same.low < 0.25
        assert same.low <= same.high
    assert covered >= 8
    rng = np.random.default_rng(0)
    other = bootstrap(frechet, rng.normal(size=(30, 8)) + 2, rng.normal(size=(60, 8)))
    assert other.low > 15


def test_halves_of_one_kind_are_near_and_recordings_stay_whole() -> None:
    rng = np.random.default_rng(3)
    flat = rng.normal(size=(120, 4))
    groups = np.repeat(np.arange(12), 10)
    lumpy = flat + 3 * rng.normal(size=(12, 4))[groups]
    assert split_baseline(flat).value < 1
    assert split_baseline(lumpy, groups=groups).value > 1.5 * split_baseline(lumpy).value
    assert split_baseline(flat, size=10).value > split_baseline(flat).value


def test_everything_together() -> None:
    rng = np.random.default_rng(4)
    told = distances(rng.normal(size=(20, 6)), rng.normal(size=(90, 6)))
    assert told.fid.low <= told.matched.high
    assert told.diversity == pytest.approx(told.reference_diversity, rel=0.3)
    assert (told.rows, told.reference_rows) == (20, 90)
    again = distances(rng.normal(size=(20, 6)) + 3, rng.normal(size=(90, 6)))
    assert again.fid.low > again.matched.high


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ShapeError, match="NaN"):
        frechet(np.full((3, 2), np.nan), np.zeros((3, 2)))
