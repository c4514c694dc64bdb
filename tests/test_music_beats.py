from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choreo.errors import InputError, MissingExtraError
from choreo.music.spectrum import spectrum
from choreo.types import Audio
from choreo_beats import TcnTracker, beats, features, net, tempo
from choreo_librosa import LibrosaTracker

RATE = 22050
TRAINING = Path(__file__).parents[1] / "plugins" / "choreo_beats" / "train"
"""In the repository: an installed choreo has the weights, not what they were trained with."""


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


def band(bpm: float, metre: int, seconds: float = 24.0, first: float = 0.3) -> tuple[Audio, Any]:
    """A drummer, a bass and chords that change with the bar: kick, snare on the back beats, hats in eighths."""
    rng = np.random.default_rng(1)
    clock = np.arange(round(0.25 * RATE)) / RATE
    kick = 0.9 * np.exp(-14 * clock) * np.sin(2 * np.pi * (50 * clock + 2 * (1 - np.exp(-30 * clock))))
    snare = 0.5 * np.exp(-25 * clock) * (rng.normal(size=len(clock)) + np.sin(2 * np.pi * 190 * clock))
    hat = 0.2 * np.exp(-90 * clock) * np.diff(rng.normal(size=len(clock) + 1))
    samples = np.zeros(round(seconds * RATE) + len(clock))

    def put(time: float, sound: np.ndarray) -> None:
        at = round(time * RATE)
        samples[at : at + len(sound)] += sound[: len(samples) - at]

    times = np.arange(first, seconds - 0.3, 60 / bpm)
    for index, time in enumerate(times):
        place = index % metre
        pitch = (55.0, 73.4, 65.4, 82.4)[index // metre % 4]
        put(time, kick if place in ((0, 2) if metre == 4 else (0,)) else snare)
        if place == 0:
            long = np.arange(round(metre * 55 / bpm * RATE)) / RATE
            chord = sum(np.sin(2 * np.pi * pitch * ratio * long) / ratio for ratio in (1, 2, 4, 5, 6))
            put(time, 0.15 * np.exp(-long) * chord)
        put(time, hat)
        put(time + 30 / bpm, hat)
    return Audio((0.5 * samples[: round(seconds * RATE)]).astype(np.float32), RATE), times


@pytest.mark.parametrize(("bpm", "metre"), [(84, 4), (97, 4), (110, 4), (123.5, 4), (140, 4), (90, 3), (120, 3)])
def test_a_drummer_is_followed(bpm: float, metre: int) -> None:
    audio, times = band(bpm, metre)
    track = TcnTracker().track(audio)
    near = np.abs(track.beats[:, None] - times).min(axis=1)
    assert np.median(near) < 0.015
    assert tempo_of(track.beats) == pytest.approx(bpm, rel=0.005)
    assert len(track.beats) == pytest.approx(len(times), abs=2)
    assert track.metre == metre or (track.metre, metre) == (2, 4)  # two and four are told apart by taste
    first = times[:: track.metre]
    downs = track.beats[track.positions == 1]
    assert np.mean(np.abs(downs[:, None] - first).min(axis=1) < 0.03) > 0.9


@pytest.mark.parametrize("bpm", [60, 75, 100, 128, 150, 180])
def test_bare_clicks_keep_their_times_at_any_level(bpm: float) -> None:
    audio, times = clicks(bpm, 4)
    found = TcnTracker().track(audio).beats
    ratio = tempo_of(found) / bpm
    assert min(abs(ratio - level) for level in (0.5, 1, 2)) < 0.02
    near = np.abs(found[:, None] - np.concatenate([times, times + 30 / bpm])).min(axis=1)
    assert np.mean(near < 0.03) > 0.85


@pytest.mark.parametrize("asked", [60, 120, 240])
def test_the_users_tempo_is_followed(asked: float) -> None:
    track = TcnTracker().track(band(120, 4)[0], bpm=asked)
    assert tempo_of(track.beats) == pytest.approx(asked, rel=0.02)


def test_a_tempo_change_is_followed() -> None:
    slow, early = band(90, 4, 20.0)
    fast, late = band(140, 4, 20.0, first=0.0)
    track = TcnTracker().track(Audio(np.concatenate([slow.samples, fast.samples]), RATE))
    for times, shift, bpm in ((early, 0.0, 90), (late, 20.0, 140)):
        inside = track.beats[(track.beats > shift + 4) & (track.beats < shift + 19)]
        assert tempo_of(inside) == pytest.approx(bpm, rel=0.01)
        assert np.mean(np.abs(inside[:, None] - times - shift).min(axis=1) < 0.04) > 0.9


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
    track = TcnTracker().track(Audio(samples.astype(np.float32), RATE))
    assert len(track.beats) == 0


def test_silence_before_and_after_has_no_beats() -> None:
    audio, times = band(120, 4)
    quiet = np.zeros(5 * RATE, np.float32)
    found = TcnTracker().track(Audio(np.concatenate([quiet, audio.samples, quiet]), RATE)).beats
    assert found[0] > 4.9
    assert found[-1] < times[-1] + 5.9


@pytest.mark.parametrize("wrong", [{"bpm": 5}, {"bpm": 1000}, {"bpm": float("nan")}, {"metre": 1}, {"metre": 99}])
def test_wishes_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        TcnTracker().track(clicks(120, 4, 3.0)[0], **wrong)


def test_same_sound_same_beats() -> None:
    first, second = (TcnTracker().track(clicks(123, 4, noise=0.01)[0]) for _ in range(2))
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
    frames = beats.decode(active, taus, prior, pull[None])
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
    return float(max(ends))


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


def test_the_net_in_numpy_is_the_net_that_was_trained() -> None:
    torch = pytest.importorskip("torch")
    from importlib.util import module_from_spec, spec_from_file_location

    source = TRAINING / "net.py"
    spec = spec_from_file_location("beat_net_in_torch", source)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (module.METRES, module.LABELS) == (net.METRES, net.LABELS)
    assert (module.TEMPO_BINS, module.TEMPO_LOW, module.TEMPO_HIGH) == (net.TEMPO_BINS, net.TEMPO_LOW, net.TEMPO_HIGH)
    model = module.BeatNet().eval()
    model.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in net.weights().items()})
    heard = features.inputs(spectrum(band(100, 4, 100.0)[0]))
    assert len(heard) > net.CHUNK  # more than one chunk
    with torch.no_grad():
        theirs = model(torch.from_numpy(heard)[None])
    ours = net.predict(heard)
    np.testing.assert_allclose(ours.beats, torch.sigmoid(theirs["beats"][0, 0]).numpy(), atol=1e-4)
    np.testing.assert_allclose(ours.downbeats, torch.sigmoid(theirs["beats"][0, 1]).numpy(), atol=1e-4)
    with torch.no_grad():
        theirs = model(torch.from_numpy(heard[None, : net.STRETCH]))
    short = net.predict(heard[: net.STRETCH])
    np.testing.assert_allclose(short.tempos, torch.softmax(theirs["tempo"], 1).numpy(), atol=1e-4)
    for name in ("metre", "style"):
        np.testing.assert_allclose(getattr(short, name), torch.softmax(theirs[name][0], 0).numpy(), atol=1e-4)


def test_the_level_of_the_sound_does_not_matter() -> None:
    audio, _ = band(100, 4)
    quiet = Audio(audio.samples * np.float32(0.02), RATE)
    found, wanted = TcnTracker().track(quiet).beats, TcnTracker().track(audio).beats
    assert len(found) == pytest.approx(len(wanted), abs=1)  # what fades out ends earlier
    assert np.abs(found[:, None] - wanted).min(axis=1).max() < 0.005


def test_intervals_hold_the_users_tempo() -> None:
    for bpm in (30.0, 61.0, 300.0):
        taus = tempo.intervals(100.0, bpm)
        assert taus[0] <= 6000 / bpm <= taus[-1]
        assert len(taus) < 30


def test_librosa_without_librosa(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == "librosa"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "librosa", None)
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
