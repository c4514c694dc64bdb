from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metrics_support import on_beat, standing, wandering
from motion_support import dance

from choreo.errors import ShapeError
from choreo.metrics import (
    bar_distances,
    bar_energy,
    copies,
    energy_correlation,
    repetition,
    sampled,
    seam_spikiness,
    self_copies,
)
from choreo.metrics.poses import mirrored, own_frame
from choreo.motion.kinematics import forward


def faster(dance: np.ndarray, speed: float) -> np.ndarray:
    """The dance, `speed` times as fast."""
    return sampled(dance, 60, np.arange(0, (len(dance) - 1) / 60, speed / 60))


@given(st.floats(-3, 3), st.floats(-5, 5), st.floats(-5, 5))
@settings(max_examples=25, deadline=None)
def test_place_and_facing_do_not_matter(turn: float, x: float, z: float) -> None:
    dance = wandering(0.2, 60, 3)
    a, b = np.cos(turn), np.sin(turn)
    moved = dance @ np.array([[a, 0, b], [0, 1, 0], [-b, 0, a]]).T + np.array([x, 0, z])
    np.testing.assert_allclose(own_frame(moved), own_frame(dance), atol=1e-9)
    np.testing.assert_allclose(mirrored(mirrored(own_frame(dance))), own_frame(dance))


def test_a_jump_at_a_seam_is_seen_and_where_it_is() -> None:
    seams = np.array([2.0, 4.0, 6.0])
    dance = wandering(8, 60, 1)
    smooth = seam_spikiness(dance, 60, seams)
    assert smooth.spikiness == pytest.approx(1, abs=0.35)
    assert smooth.seams == 3
    jump = dance.copy()
    jump[240:] += np.array([0.05, 0, 0])
    told = seam_spikiness(jump, 60, seams, np.arange(0.5, 8, 0.5))
    assert told.worst > 3 * smooth.worst / 2
    assert told.worst_at == pytest.approx(4.0, abs=0.02)


def test_seams_where_accents_are_are_held_against_accents() -> None:
    beats = np.arange(0.5, 12, 0.5)
    dance = on_beat(12, 60)
    dance[:, 20] += 0.2 * np.exp(-0.5 * (((np.arange(721) / 60 + 0.25) % 0.5 - 0.25) / 0.04) ** 2)[:, None]
    told = seam_spikiness(dance, 60, beats[3::4], beats)
    assert told.spikiness > 0.95
    assert told.at_beats == pytest.approx(1, abs=0.1)


def test_no_seams_is_not_enough() -> None:
    assert np.isnan(seam_spikiness(standing(60), 60, np.array([])).spikiness)
    assert np.isnan(seam_spikiness(standing(60), 60, np.array([5.0])).spikiness)
    assert np.isnan(seam_spikiness(standing(600), 60, np.array([5.0])).spikiness)
    assert np.isnan(seam_spikiness(standing(1), 60, np.array([0.5])).spikiness)


def test_copied_stretches_are_found_with_their_sources() -> None:
    sources = [wandering(8, 60, seed) for seed in range(4)]
    own = wandering(4, 60, 99)
    dance = np.concatenate([sources[0][120:361], own, mirrored(sources[2][60:240])])
    told = copies(dance, sources, 60)
    assert told.sources == 2
    assert [run.source for run in told.runs] == [0, 2]
    assert [run.mirror for run in told.runs] == [False, True]
    assert told.runs[0].seconds == pytest.approx(4, abs=0.1)
    assert told.runs[0].source_end == pytest.approx(6, abs=0.1)
    assert told.longest == pytest.approx(4, abs=0.1)
    assert told.rate == pytest.approx(7 / 11, abs=0.02)


@pytest.mark.parametrize("speed", [0.8, 0.9, 1.1, 1.25])
def test_a_copy_that_is_danced_faster_or_slower_is_a_copy(speed: float) -> None:
    motion = dance(8)
    source, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    assert copies(faster(source, speed), [source.astype(np.float64)], 60).rate > 0.95


def test_another_dance_is_no_copy_and_runs_do_not_step_over_the_end_of_a_source() -> None:
    dance = wandering(12, 60, 7)
    assert copies(dance, [wandering(30, 60, seed) for seed in (8, 9)], 60).rate == 0
    parts = [dance[first : first + 48] for first in range(0, len(dance), 48)]
    assert copies(dance, parts, 60).rate == 0  # each is shorter than a second
    halves = copies(dance, [dance[:360], dance[360:]], 60)
    assert halves.rate == pytest.approx(1, abs=0.03)
    assert halves.longest <= 6.1
    assert copies(dance, [], 60).rate == copies(dance[:1], [dance], 60).rate == 0


def test_a_loop_copies_itself_and_a_dance_does_not() -> None:
    bar = wandering(4, 60, 11)[:240]
    assert self_copies(np.concatenate([bar] * 4), 60).rate == pytest.approx(0.75, abs=0.02)
    assert self_copies(np.concatenate([bar, mirrored(bar)]), 60).rate == pytest.approx(0.5, abs=0.02)
    assert self_copies(wandering(20, 60, 12), 60).rate == 0
    assert self_copies(bar[:1], 60).rate == 0


def bars(count: int, seconds: float = 2.0) -> np.ndarray:
    edges = seconds * np.arange(count + 1)
    return np.stack([edges[:-1], edges[1:]], axis=1)


def test_a_dance_that_repeats_with_its_music() -> None:
    pieces = [wandering(2, 60, seed)[:-1] for seed in range(3)]
    form = [0, 1, 0, 1, 2, 2, 0, 1]
    music = (np.array(form)[:, None] == np.array(form)).astype(float)
    dance = np.concatenate([pieces[k] for k in form])
    seen = bar_distances(dance, 60, bars(8))
    assert seen.shape == (8, 8)
    told = repetition(seen, music)
    assert told.shared == 1
    assert told.correlation > 0.6
    assert told.z > 1
    assert told.pairs == 7
    other = np.concatenate([pieces[k] for k in [0, 0, 1, 2, 0, 1, 1, 2]])
    assert repetition(bar_distances(other, 60, bars(8)), music).shared < 0.6


def test_a_mirrored_bar_is_the_same_bar() -> None:
    piece = own_frame(wandering(2, 60, 4))[:-1]
    seen = bar_distances(np.concatenate([piece, mirrored(piece)]), 60, bars(2))
    assert seen[0, 1] < 0.02


def test_too_few_or_equal_bars_are_not_enough() -> None:
    assert np.isnan(repetition(np.zeros((3, 3)), np.ones((3, 3))).correlation)
    told = repetition(np.zeros((6, 6)), np.ones((6, 6)))
    assert np.isnan([told.correlation, told.shared, told.z]).all()
    assert bar_distances(standing(10), 60, np.zeros((0, 2))).shape == (0, 0)
    with pytest.raises(ShapeError, match="self-similarities"):
        repetition(np.zeros((4, 4)), np.zeros((5, 5)))
    with pytest.raises(ShapeError, match="bars"):
        bar_energy(standing(10), 60, np.array([[1.0, 0.5]]))


def test_energy_by_bar() -> None:
    strength = np.repeat([1.0, 3.0, 2.0, 0.5, 1.5], 120) / 60
    dance = standing(600)
    dance[1:] += np.cumsum(strength[:-1])[:, None, None] * np.array([1.0, 0, 0])
    found = bar_energy(dance, 60, bars(5))
    np.testing.assert_allclose(found, [1, 3, 2, 0.5, 1.5], atol=0.03)
    assert energy_correlation(found, np.array([0.3, 0.9, 0.6, 0.15, 0.45])) == pytest.approx(1, abs=1e-3)
    assert energy_correlation(found, -found) == pytest.approx(-1)
    assert np.isnan(energy_correlation(found, np.ones(5)))
    assert np.isnan(energy_correlation(found[:3], found[:3]))
    assert bar_energy(standing(1), 60, bars(2)).tolist() == [0, 0]
