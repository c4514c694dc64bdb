from __future__ import annotations

import builtins
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo.errors import InputError, MissingExtraError
from choreo.types import Audio
from choreo_beats import FluxTracker, bars, beats, tempo
from choreo_librosa import LibrosaTracker

RATE = 22050


def clicks(bpm: float, metre: int, seconds: float = 20.0, first: float = 0.3, noise: float = 0.0) -> tuple[Audio, Any]:
    """Short tones; downbeats lower and louder."""
    samples = noise * np.random.default_rng(0).normal(size=round(seconds * RATE))
    times = np.arange(first, seconds - 0.2, 60 / bpm)
    clock = np.arange(round(0.08 * RATE)) / RATE
    for index, time in enumerate(times):
        down = index % metre == 0
        shape = (0.8 if down else 0.4) * np.exp(-50 * clock) * np.sin(2 * np.pi * (220 if down else 1200) * clock)
        at = round(time * RATE)
        samples[at : at + len(shape)] += shape
    return Audio(samples.astype(np.float32), RATE), times


def tempo_of(times: np.ndarray) -> float:
    return float(60 / np.median(np.diff(times)))


@pytest.mark.parametrize("metre", [3, 4])
@pytest.mark.parametrize("bpm", [70, 84, 97, 110, 123.5, 140, 158, 180])
def test_clicks(bpm: float, metre: int) -> None:
    audio, times = clicks(bpm, metre)
    track = FluxTracker().track(audio)
    assert len(track.beats) == len(times)
    assert np.abs(track.beats - times).max() < 0.02
    assert tempo_of(track.beats) == pytest.approx(bpm, rel=0.005)
    assert track.metre == metre
    assert track.confidence > 0.5
    whole_bars = track.positions[metre:-metre]
    assert np.array_equal(whole_bars, np.arange(metre, len(times) - metre) % metre + 1)


def test_slow_clicks_keep_their_times_at_any_level() -> None:
    audio, times = clicks(60, 4)
    found = FluxTracker().track(audio).beats
    assert all(np.abs(found - time).min() < 0.02 for time in times)
    assert tempo_of(found) == pytest.approx(60, rel=0.01) or tempo_of(found) == pytest.approx(120, rel=0.01)


@pytest.mark.parametrize("asked", [60, 120, 240])
def test_the_users_tempo_is_followed(asked: float) -> None:
    track = FluxTracker().track(clicks(120, 4)[0], bpm=asked)
    assert tempo_of(track.beats) == pytest.approx(asked, rel=0.02)


@pytest.mark.parametrize("asked", [2, 3, 4, 5, 6, 7])
def test_the_users_metre_is_followed(asked: int) -> None:
    track = FluxTracker().track(clicks(120, 4)[0], metre=asked)
    assert track.metre == asked
    assert set(track.positions) == set(range(1, asked + 1))


def test_a_changing_tempo_is_followed() -> None:
    times = 0.3 + np.cumsum(60 / np.linspace(100, 120, 40))
    samples = np.zeros(round((times[-1] + 0.5) * RATE), np.float32)
    for time in times:
        samples[round(time * RATE) : round(time * RATE) + 400] = np.linspace(0.8, 0, 400) * (-1) ** np.arange(400)
    found = FluxTracker().track(Audio(samples, RATE)).beats
    near = np.abs(found[:, None] - times).min(axis=0)
    assert np.mean(near < 0.02) > 0.95


@pytest.mark.parametrize("kind", ["silence", "whisper", "noise", "tone", "one click", "nothing"])
def test_no_pulse_no_beats(kind: str) -> None:
    rng = np.random.default_rng(3)
    click = np.zeros(10 * RATE)
    click[5 * RATE : 5 * RATE + 300] = 0.5
    samples = {
        "silence": np.zeros(10 * RATE),
        "whisper": 1e-5 * rng.normal(size=10 * RATE),
        "noise": 0.1 * rng.normal(size=30 * RATE),
        "tone": 0.3 * np.sin(np.arange(20 * RATE) * 0.1),
        "one click": click,
        "nothing": np.zeros(0),
    }[kind]
    track = FluxTracker().track(Audio(samples.astype(np.float32), RATE))
    assert len(track.beats) == 0


def test_silence_before_and_after_has_no_beats() -> None:
    audio, times = clicks(120, 4)
    quiet = np.zeros(5 * RATE, np.float32)
    found = FluxTracker().track(Audio(np.concatenate([quiet, audio.samples, quiet]), RATE)).beats
    assert found[0] > 5.2
    assert found[-1] < times[-1] + 5.6


@pytest.mark.parametrize("wrong", [{"bpm": 5}, {"bpm": 1000}, {"bpm": float("nan")}, {"metre": 1}, {"metre": 99}])
def test_wishes_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        FluxTracker().track(clicks(120, 4, 3.0)[0], **wrong)


def test_same_sound_same_beats() -> None:
    first, second = (FluxTracker().track(clicks(123, 4, noise=0.01)[0]) for _ in range(2))
    assert first.beats.tobytes() == second.beats.tobytes()
    assert first.positions.tobytes() == second.positions.tobytes()


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.integers(30, 90))
def test_block_viterbi_equals_plain_viterbi(seed: int, total: int) -> None:
    """The blockwise decoder finds a path whose score no plain recursion beats."""
    rng = np.random.default_rng(seed)
    active = rng.uniform(0.02, 0.95, total)
    taus = np.arange(5, 12, dtype=np.int64)
    prior = np.log(np.full(len(taus), 1 / len(taus)))
    pull = -0.1 * rng.uniform(size=len(taus))
    frames = beats.decode(active, taus, prior, pull)
    gaps = np.diff(frames)
    assert np.isin(gaps, taus).all()
    assert _score_of(frames, active, taus, prior, pull) == pytest.approx(_plain(active, taus, prior, pull), abs=1e-9)


def _explain(active: np.ndarray, start: int, tau: int) -> float:
    on, off = np.log(active), np.log((1 - active) / (beats.ON_SHARE - 1))
    width = max(1, int(np.ceil(tau / beats.ON_SHARE)))
    stop = min(start + tau, len(active))
    return float(sum(on[i] if i < start + width else off[i] for i in range(start, stop)))


def _plain(active: np.ndarray, taus: np.ndarray, prior: np.ndarray, pull: np.ndarray) -> float:
    total, change = len(active), beats.transitions(taus) + pull
    off = np.log((1 - active) / (beats.ON_SHARE - 1))
    best = np.full((total, len(taus)), -np.inf)
    for now in range(total):
        for kind, tau in enumerate(taus):
            scores = [prior[kind] + pull[kind] - np.log(tau) + off[:now].sum()] if now < tau else [-np.inf]
            for before, length in enumerate(taus):
                if now >= length:
                    start = now - int(length)
                    scores.append(best[start, before] + _explain(active, start, int(length)) + change[before, kind])
            best[now, kind] = max(scores)
    ends = [
        best[now, kind] + _explain(active, now, int(tau))
        for now in range(total)
        for kind, tau in enumerate(taus)
        if now + tau >= total
    ]
    return max(ends)


def _score_of(frames: np.ndarray, active: np.ndarray, taus: np.ndarray, prior: np.ndarray, pull: np.ndarray) -> float:
    """Best score over the open last interval of the path that was found."""
    change, off = beats.transitions(taus) + pull, np.log((1 - active) / (beats.ON_SHARE - 1))
    kinds = [int(np.searchsorted(taus, gap)) for gap in np.diff(frames)]
    options = []
    for last, tau in enumerate(taus):
        path = [*kinds, last]
        if frames[-1] + tau < len(active) or frames[0] >= taus[path[0]]:
            continue
        score = prior[path[0]] + pull[path[0]] - np.log(taus[path[0]]) + off[: frames[0]].sum()
        score += sum(_explain(active, int(f), int(taus[k])) for f, k in zip(frames, path, strict=True))
        options.append(score + sum(change[a, b] for a, b in pairwise(path)))
    return float(max(options))


def test_bars_survive_a_slip() -> None:
    odds = np.full(81, -0.5)
    odds[0:40:4] = 0.9
    odds[41::4] = 0.9
    positions, metre = bars.decode(odds, (4, 3))
    assert metre == 4
    assert (positions[0:40:4] == 1).all()
    assert (positions[45::4] == 1).all()


def test_intervals_hold_the_users_tempo() -> None:
    for bpm in (30.0, 61.0, 300.0):
        taus = tempo.intervals(100.0, bpm)
        assert taus[0] <= 6000 / bpm <= taus[-1]
        assert len(taus) < 30


def test_librosa_without_librosa(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name.split(".")[0] == "librosa":
            raise ImportError(name)
        return real(name, *rest, **named)

    for name in [n for n in sys.modules if n.split(".")[0] == "librosa"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r"choreo-dance\[librosa\]"):
        LibrosaTracker().track(clicks(120, 4, 3.0)[0])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_librosa_tracks_clicks() -> None:
    pytest.importorskip("librosa")
    audio, times = clicks(120, 4)
    track = LibrosaTracker().track(audio)
    near = np.abs(track.beats[:, None] - times).min(axis=0)
    assert np.mean(near < 0.05) > 0.9
    assert tempo_of(track.beats) == pytest.approx(120, rel=0.03)
    assert track.metre == 4
    assert len(LibrosaTracker().track(Audio(np.zeros(5 * RATE, np.float32), RATE)).beats) == 0


def test_one_metrical_level() -> None:
    taus = np.arange(28, 110, dtype=np.int64)
    steady = np.array([48, 50, 52] * 20)
    assert np.array_equal(tempo.one_level(taus, steady), taus)
    slid = np.concatenate([np.full(60, 36), np.full(60, 72)])
    kept = tempo.one_level(taus, slid)
    assert kept[0] > 50
    assert kept[-1] < 100
    assert 72 in kept
