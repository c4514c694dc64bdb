from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_music_beats import band

from choreo.errors import InputError
from choreo.types import Doubles, Ints
from choreo_beats import TcnTracker, bar_sureness, barnet, bars
from choreo_beats.net import METRES

TRAINING = Path(__file__).parents[1] / "plugins" / "choreo_beats" / "train"
"""In the repository: an installed choreo has the weights, not what they were trained with."""


def heard(ones: Ints | list[int], count: int, metre: dict[int, float], clear: float = 0.9) -> barnet.BarActivations:
    """What a net says that is sure of these downbeats and gives metres these probabilities."""
    down = np.full(count, 1 - clear)
    down[ones] = clear
    return barnet.BarActivations(down, np.array([metre.get(m, 0.0) for m in METRES]), 0.0)


def of_bars(*parts: tuple[int, int]) -> tuple[Ints, int]:
    """Downbeats and number of beats of so many bars of so many beats after each other."""
    sizes = np.concatenate([np.full(bars, metre) for bars, metre in parts])
    ends = np.cumsum(sizes)
    return ends - sizes, int(ends[-1])


def true_positions(*parts: tuple[int, int]) -> Ints:
    return np.concatenate([np.tile(np.arange(1, metre + 1), bars) for bars, metre in parts])


@pytest.mark.parametrize("metre", METRES)
def test_clear_bars_are_found(metre: int) -> None:
    ones, count = of_bars((12, metre))
    found = bars.find_bars(heard(ones, count, {metre: 1.0}))
    assert found.metre == metre
    assert found.metres is None
    assert np.array_equal(found.positions, true_positions((12, metre)))


@pytest.mark.parametrize(("two", "metre"), [(0.6, 4), (0.9, 4), (0.99, 2)])
def test_in_doubt_two_is_four(two: float, metre: int) -> None:
    ones, count = of_bars((32, 2))
    assert bars.find_bars(heard(ones, count, {2: two, 4: 1 - two}, clear=0.7)).metre == metre


def test_a_song_in_four_is_never_in_two_for_its_numbers_alone() -> None:
    ones, count = of_bars((20, 4))
    assert bars.find_bars(heard(ones, count, {2: 0.999, 4: 0.001})).metre == 4


def test_a_part_in_another_metre_is_counted_in_it() -> None:
    parts = ((10, 4), (9, 3), (10, 4))
    found = bars.find_bars(heard(*of_bars(*parts), {4: 0.9, 3: 0.1}))
    assert found.metre == 4
    assert found.metres is not None
    assert np.array_equal(found.metres, np.repeat([4, 3, 4], [40, 27, 40]))
    assert np.array_equal(found.positions, true_positions(*parts))


@pytest.mark.parametrize("few", [3, 7])
def test_a_few_bars_of_another_metre_are_none(few: int) -> None:
    parts = ((12, 4), (few, 3), (12, 4))
    found = bars.find_bars(heard(*of_bars(*parts), {4: 0.9, 3: 0.1}, clear=0.99))
    assert found.metres is None
    assert np.array_equal(found.positions[:48], true_positions((12, 4)))
    assert np.array_equal(found.positions[-44:], true_positions((11, 4)))


def test_a_single_short_bar_is_a_bar() -> None:
    parts = ((10, 4), (1, 2), (10, 4))
    found = bars.find_bars(heard(*of_bars(*parts), {4: 1.0}))
    assert found.metre == 4
    assert np.array_equal(found.positions, true_positions(*parts))


@given(st.integers(2, 12), st.integers(0, 79), st.integers(0, 2**16))
@settings(max_examples=40, deadline=None)
def test_the_users_one_and_metre_hold_whatever_is_heard(metre: int, one: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    said = barnet.BarActivations(rng.random(80) ** 3, rng.dirichlet(np.ones(5)), float(rng.random()))
    found = bars.find_bars(said, metre, one)
    assert found.metre == metre
    near = slice(max(one - 4 * metre + 1, 0), one + 4 * metre)
    counted = np.arange(80)[near]
    if bars.find_bars(said, metre).positions[one] != 1:
        assert np.array_equal(found.positions[near], (counted - one) % metre + 1)
    assert found.positions[one] == 1
    assert bars.find_bars(said, None, one).positions[one] == 1


@pytest.mark.parametrize("one", [2, 30, 77])
def test_the_users_one_moves_all_bars_of_a_steady_song(one: int) -> None:
    ones, count = of_bars((20, 4))
    positions = bars.find_bars(heard(ones, count, {4: 1.0}, clear=0.999), None, one).positions
    assert np.array_equal(positions, (np.arange(count) - one) % 4 + 1)


def test_a_slip_far_from_the_users_one_stays() -> None:
    ones, count = of_bars((20, 4), (1, 2), (20, 4))
    positions = bars.find_bars(heard(ones, count, {4: 1.0}, clear=0.999), None, 10).positions
    assert positions[10] == 1
    assert set(np.flatnonzero(positions[-40:] == 1) % 4) == {2}  # moved by half a bar, as the others are


def slow_viterbi(odds: Doubles, metre: int) -> float:
    """Best log-probability of all paths, by a loop over all pairs of states."""
    keep = np.log(1 - bars.SLIP - bars.CHANGE)
    to_one, elsewhere = np.log(bars.SLIP / 2), np.log(bars.SLIP / 2 / (metre - 1))
    best = [odds[int(k == 0), 0] - np.log(metre) for k in range(metre)]
    for beat in range(1, odds.shape[1]):
        before = best
        best = []
        for k in range(metre):
            slip = elsewhere if k else to_one
            moves = [before[j] + max(slip, keep if (j + 1) % metre == k else -np.inf) for j in range(metre)]
            best.append(max(moves) + odds[int(k == 0), beat])
    return float(max(best))


@pytest.mark.parametrize("metre", [2, 5])
@pytest.mark.parametrize("seed", range(3))
def test_the_states_are_solved_exactly(metre: int, seed: int) -> None:
    odds = np.log(np.random.default_rng(seed).uniform(0.01, 0.99, (2, 60)))
    assert bars._solve(odds, (metre,))[0] == pytest.approx(slow_viterbi(odds, metre))


def test_scores_are_of_the_bar_lines_moved_by_each_number_of_beats() -> None:
    down = np.tile([0.9, 0.1, 0.6, 0.1], 16)
    found = bars.find_bars(barnet.BarActivations(down, np.array([0, 0, 1.0, 0, 0]), 0.0))
    assert np.argsort(-found.scores).tolist()[:2] == [0, 2]
    assert bar_sureness.rival(np.arange(64.0), found) == 2.0


def test_clear_bars_are_surer_than_vague_ones() -> None:
    ones, count = of_bars((30, 4))
    beats = np.arange(0, count / 2, 0.5)
    sure = []
    for clear in (0.55, 0.7, 0.85, 0.99):
        said = heard(ones, count, {4: 1.0}, clear)
        sure.append(bar_sureness.bar_certainty(said, bars.find_bars(said), beats)[0])
    assert sure == sorted(sure)
    assert sure[0] < 0.5 < sure[-1]


def bar_rows(seed: int, metre: int, bars: int) -> barnet.BeatRows:
    """Beats whose harmony and bass change with the bar, with nothing else to tell it by."""
    rng = np.random.default_rng(seed)
    count = metre * bars
    chords = np.repeat(rng.random((bars, 12)) ** 3, metre, axis=0)
    noise = rng.random((count, 2, 12))
    return barnet.BeatRows(
        down=np.full(count, 0.2),
        beat=np.full(count, 0.8),
        onsets=(0.5 + 0.1 * rng.random((count, 18))).astype(np.float32),
        loudness=(-20 + rng.random(count)).astype(np.float32),
        bands=rng.normal(-30, 1, (count, 6)).astype(np.float32),
        chroma=(chords[:, None] + 0.2 * noise).astype(np.float32),
        bass=(np.roll(chords, 5, axis=1)[:, None] ** 2 + 0.2 * noise).astype(np.float32),
        timbre=rng.normal(0, 1, (count, 13)).astype(np.float32),
        interval=np.full(count, 0.6),
    )


def test_the_bar_net_in_numpy_is_the_net_that_was_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.syspath_prepend(str(TRAINING))
    barfit = importlib.import_module("barfit")
    model = barfit.BarNet().eval()
    model.load_state_dict(
        {
            name: torch.from_numpy(value.copy())
            for name, value in barnet.weights().items()
            if not name.startswith("sure.")
        }
    )
    rows = bar_rows(seed=1, metre=3, bars=20)
    with torch.no_grad():
        down, metre, compound = model(torch.from_numpy(barnet.inputs(rows))[None], torch.ones(1, 60))
    ours = barnet.predict(rows)
    np.testing.assert_allclose(ours.downbeats, torch.sigmoid(down[0]).numpy(), atol=1e-4)
    np.testing.assert_allclose(ours.metres, torch.softmax(metre[0], 0).numpy(), atol=1e-3)
    np.testing.assert_allclose(ours.compound, torch.sigmoid(compound[0]).numpy(), atol=1e-3)


@pytest.mark.parametrize("metre", [3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_harmony_alone_tells_the_bars(metre: int, seed: int) -> None:
    found = bars.find_bars(barnet.predict(bar_rows(seed, metre, 16)))
    assert found.metre == metre
    assert np.mean((found.positions == 1) == (np.arange(16 * metre) % metre == 0)) > 0.9


def test_bars_know_neither_key_nor_level() -> None:
    rows = bar_rows(4, 3, 12)
    moved = replace(
        rows,
        chroma=np.roll(rows.chroma, 5, axis=2),
        bass=np.roll(rows.bass, 5, axis=2),
        loudness=rows.loudness - 20,
        bands=rows.bands - 20,
    )
    np.testing.assert_allclose(barnet.predict(moved).downbeats, barnet.predict(rows).downbeats, atol=1e-4)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_few_beats_have_bars_too(count: int) -> None:
    rows = bar_rows(0, 1, count)
    said = barnet.predict(rows)
    found = bars.find_bars(said)
    assert len(found.positions) == count
    sure = bar_sureness.bar_certainty(said, found, np.arange(float(count)))
    assert 0 <= min(sure) <= max(sure) <= 1


@pytest.mark.parametrize("asked", [2, 3, 4, 5, 7, 8])
def test_the_users_metre_is_followed(asked: int) -> None:
    track = TcnTracker().track(band(120, 4)[0], metre=asked)
    assert (track.metre, track.subdivision) == (asked, 2)
    assert set(track.positions) == set(range(1, asked + 1))


@pytest.mark.parametrize(("bpm", "asked", "metre", "subdivision"), [
    (100, 6, 2, 3), (100, 9, 3, 3), (100, 12, 4, 3), (200, 6, 6, 2), (200, 12, 12, 2),
])  # fmt: skip
def test_eighths_are_counted_in_threes_unless_they_are_the_beats(
    bpm: float, asked: int, metre: int, subdivision: int
) -> None:
    audio, _ = band(bpm, 4)
    track = TcnTracker().bars(audio, np.arange(0.3, 23, 60 / bpm), metre=asked)
    assert (track.metre, track.subdivision) == (metre, subdivision)
    assert set(track.positions) == set(range(1, metre + 1))


def test_the_users_one_is_one() -> None:
    audio, times = band(110, 4)
    heard_alone = TcnTracker().bars(audio, times)
    other = int(np.flatnonzero(heard_alone.positions == 3)[5])
    moved = TcnTracker().bars(audio, times, downbeat=float(times[other]) + 0.1)
    assert np.array_equal(moved.positions, (np.arange(len(times)) - other) % 4 + 1)
    assert moved.certainty is not None
    assert (moved.certainty.downbeat, moved.rival) == (1.0, None)


@pytest.mark.parametrize("metre", [-1, 0, 1, 13])
def test_no_bars_of_such_metres(metre: int) -> None:
    with pytest.raises(InputError, match="want 2 to 12"):
        TcnTracker().bars(band(120, 4, 3.0)[0], np.arange(0.3, 2.5, 0.5), metre=metre)
