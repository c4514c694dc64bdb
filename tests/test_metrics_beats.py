from __future__ import annotations

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics_support import on_beat, standing, wandering

from choreo.errors import ShapeError
from choreo.metrics import bas_aist, bas_bailando, beat_scores, motion_beats
from choreo.metrics.beats import joint_speed, match, motion_beats_aist, motion_beats_bailando
from choreo.metrics.chance import block_null, ceiling, shift_null

MUSIC = np.arange(0.5, 20, 0.5)
times = st.lists(st.integers(0, 4000), max_size=25, unique=True).map(lambda found: np.array(sorted(found)) / 1000)


def f1(motion: np.ndarray, music: np.ndarray) -> float:
    return match(motion, music, 0.07).f1


@pytest.mark.parametrize("fps", [30.0, 60.0, 100.0])
@pytest.mark.parametrize("late", [0.0, 0.04, -0.03])
def test_a_dancer_whose_stops_are_on_the_beat(fps: float, late: float) -> None:
    beats = motion_beats(on_beat(20, fps, late=late), fps)
    scores = beat_scores(beats, MUSIC, start=0, end=20)
    assert scores.far.f1 == scores.near.f1 == 1
    assert scores.lag == pytest.approx(late, abs=1e-3)
    assert scores.aist == pytest.approx(np.exp(-0.5 * (late / 0.05) ** 2), abs=0.02)
    assert scores.aist == pytest.approx(scores.bailando)


def test_a_lag_between_both_windows() -> None:
    scores = beat_scores(MUSIC + 0.06, MUSIC, start=0, end=20)
    assert (scores.near.f1, scores.far.f1) == (0, 1)
    assert scores.lag == pytest.approx(0.06)


def test_a_dancer_who_stands_still_has_no_beats() -> None:
    beats = motion_beats(standing(600), 60)
    scores = beat_scores(beats, MUSIC, start=0, end=10)
    assert len(beats) == 0
    assert scores.far.f1 == scores.aist == scores.bailando == 0
    assert scores.shift is None
    assert np.isnan([scores.lag, scores.far.precision, scores.ceiling]).all()


def test_noise_of_a_body_at_rest_is_no_beat() -> None:
    noise = np.random.default_rng(0).normal(scale=5e-5, size=(1200, 24, 3))
    assert len(motion_beats(standing(1200) + noise, 60)) == 0


def test_a_hold_is_one_beat_where_it_begins() -> None:
    speed = np.ones(360)
    speed[120:210] = 0
    dance = standing(361)
    dance[1:] += (np.cumsum(speed) / 60)[:, None, None] * np.array([0, 0, 1.0])
    beats = motion_beats(dance + np.random.default_rng(0).normal(scale=2e-6, size=dance.shape), 60)
    assert beats == pytest.approx([2.0], abs=0.035)


def test_a_quick_stop_and_a_slow_start_are_heard_where_the_stop_is() -> None:
    speed = np.interp(np.arange(1200) / 60 % 1, [0, 0.6, 0.9, 1.0], [0.0, 1.0, 1.0, 0.0])
    dance = standing(1201)
    dance[1:] += (np.cumsum(speed) / 60)[:, None, None] * np.array([0, 0, 1.0])
    beats = motion_beats(dance, 60)
    wide = (motion_beats_bailando(dance) + 0.5) / 60
    music = np.arange(1.0, 20)
    lag, bias = (float(np.median(found[1:-1] - np.round(found[1:-1]))) for found in (beats, wide))
    assert len(beats) == len(music)
    assert abs(lag) < 0.02
    assert bias > 0.03


def test_minima_of_the_published_forms_are_those_of_their_definitions() -> None:
    dance = wandering(8, 60, 5)
    speed = joint_speed(dance, 60)
    lifted = np.concatenate([[0], speed])
    slow = [k for k in range(10, len(lifted) - 10) if lifted[k] < np.delete(lifted[k - 10 : k + 11], 10).min()]
    found = motion_beats_aist(dance).tolist()
    assert [k for k in found if 10 <= k < len(lifted) - 10] == slow
    kernel = np.exp(-0.5 * (np.arange(-20, 21) / 5) ** 2)
    padded = np.pad(speed, 20, mode="symmetric")
    smooth = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    inner = np.flatnonzero((smooth[1:-1] < smooth[:-2]) & (smooth[1:-1] < smooth[2:])) + 1
    np.testing.assert_array_equal(motion_beats_bailando(dance), inner)


def test_alignment_scores_by_hand() -> None:
    motion, music = np.array([1.0, 2.05]), np.array([1.0, 2.0, 3.0])
    near = np.exp(-0.5)
    assert bas_aist(motion, music) == pytest.approx((1 + near) / 2)
    assert bas_bailando(motion, music) == pytest.approx((1 + near) / 3, abs=1e-9)
    assert bas_bailando(60 * motion, 60 * music, sigma=3) == pytest.approx(bas_bailando(motion, music))
    none = np.zeros(0)
    assert bas_aist(none, music) == bas_bailando(none, music) == bas_aist(motion, none) == 0


@pytest.mark.parametrize(("rate", "chance"), [(2, 0.22), (3, 0.30), (4, 0.38)])
def test_more_motion_beats_please_the_published_score(rate: int, chance: float) -> None:
    rng = np.random.default_rng(rate)
    motion = np.sort(rng.uniform(0, 4000, 4000 * rate))
    assert bas_bailando(motion, np.arange(10, 3990, 0.5)) == pytest.approx(chance, abs=0.015)


@given(times, times)
@settings(max_examples=80, deadline=None)
def test_f1_is_that_of_mir_eval(motion: np.ndarray, music: np.ndarray) -> None:
    wanted = float(mir_eval.beat.f_measure(music, motion, 0.07)) if len(motion) and len(music) else 0.0
    # mir_eval leaves equality at the very edge of the window to rounding: stay off it
    gaps = np.abs(motion[:, None] - music[None])
    if len(music) and not np.any(np.abs(gaps - 0.07) < 1e-6):
        assert f1(motion, music) == pytest.approx(wanted)


@given(times, times)
@settings(max_examples=50, deadline=None)
def test_a_wider_window_matches_no_less(motion: np.ndarray, music: np.ndarray) -> None:
    if len(music):
        found = [match(motion, music, window).f1 for window in (0.02, 0.05, 0.07, 0.2)]
        assert found == sorted(found)
        assert match(motion, motion, 0.01).f1 == 1 or not len(motion)


def test_turning_all_beats_at_once_has_a_bound_and_turning_blocks_has_not() -> None:
    shift = shift_null(MUSIC, MUSIC, f1, start=0.25, end=19.75)
    share = 0.14 / 0.5
    assert shift.mean == pytest.approx(share, abs=0.02)
    assert shift.z == pytest.approx(np.sqrt((1 - share) / share), abs=0.1)
    assert ceiling(MUSIC, f1, start=0.25, end=19.75) == shift.z < 3
    assert block_null(MUSIC, MUSIC, f1, start=0.25, end=19.75).z > 3.2
    long = np.arange(0.5, 80, 0.5)
    assert block_null(long, long, f1, start=0.25, end=79.75).z > 6


def test_dances_that_know_nothing_of_the_music_are_near_chance() -> None:
    found = []
    for seed in range(20):
        motion = np.sort(np.random.default_rng(seed).uniform(0, 20, 45))
        null = block_null(motion, MUSIC, f1, start=0, end=20, seed=seed)
        assert len(null.scores) >= 200
        found.append(null.z)
    assert abs(np.mean(found)) < 0.7
    assert max(found) < 3.5


def test_nothing_is_asked_of_the_dance_where_the_music_does_not_beat() -> None:
    music = np.arange(10, 20, 0.5)
    dance = np.concatenate([np.arange(0.1, 9, 0.37), music])
    scores = beat_scores(dance, music, start=0, end=20)
    assert scores.far.precision == scores.far.recall == 1


def test_the_same_question_has_the_same_answer() -> None:
    motion = np.sort(np.random.default_rng(1).uniform(0, 20, 40))
    first, second = (beat_scores(motion, MUSIC, start=0, end=20) for _ in range(2))
    assert first.block is not None
    assert second.block is not None
    assert first.block.z == second.block.z


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 23, 3)), np.zeros((0, 24, 3)), np.full((4, 24, 3), np.nan), np.zeros((24, 3))]
)
def test_positions_are_checked_at_the_border(wrong: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="positions"):
        motion_beats(wrong, 60)


def test_beats_are_checked_at_the_border() -> None:
    with pytest.raises(ShapeError, match="increase"):
        beat_scores(np.array([1.0, 0.5]), MUSIC, start=0, end=20)
    with pytest.raises(ShapeError, match="NaN"):
        beat_scores(MUSIC, np.array([1.0, np.nan]), start=0, end=20)
    with pytest.raises(ShapeError, match="fps"):
        motion_beats(standing(4), 0)
