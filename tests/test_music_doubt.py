"""What is said to be doubtful, and how sure the tracker is of music and of what is none."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from choreo.music import analyze
from choreo.music.doubt import doubts
from choreo.types import Audio, BeatTrack, Certainty
from choreo_beats import TcnTracker, sureness

RATE = 22050
TRAINING = Path(__file__).parents[1] / "plugins" / "choreo_beats" / "train"


def track(sure: Certainty | None, bpm: float = 120, rival: float | None = None, metre: int = 4) -> BeatTrack:
    times = np.arange(16) * 60 / bpm
    return BeatTrack(times, np.arange(16) % metre + 1, metre, 0.8, "x", certainty=sure, rival=rival)


def test_nothing_is_doubted_when_all_is_likely_or_unknown() -> None:
    assert doubts(track(None)) == []
    assert doubts(track(Certainty(0.51, 0.51, 0.51, 0.51, 0.51))) == []


@pytest.mark.parametrize(
    ("sure", "bpm", "metre", "repair"),
    [
        (Certainty(downbeat=0.3), 120, 4, "--downbeat 12.48"),
        (Certainty(octave=0.3), 172, 4, "--octave half, which makes 86"),
        (Certainty(octave=0.3), 70, 4, "--octave double, which makes 140"),
        (Certainty(metre=0.3), 120, 4, "--meter 3"),
        (Certainty(metre=0.3), 120, 3, "--meter 4"),
        (Certainty(beats=0.3), 120, 4, "--bpm"),
        (Certainty(music=0.3), 120, 4, "--bpm"),
    ],
)
def test_each_doubt_names_its_repair(sure: Certainty, bpm: float, metre: int, repair: str) -> None:
    found = doubts(track(sure, bpm, 12.478, metre))
    assert len(found) == 1
    assert repair in found[0]
    assert "0.30" in found[0]


def test_what_is_no_music_has_no_bars_to_doubt() -> None:
    found = doubts(track(Certainty(0.1, 0.1, 0.1, 0.1, 0.1)))
    assert len(found) == 1
    assert "does not sound like music" in found[0]


def spoken(seconds: float = 24.0) -> Audio:
    """Buzzing syllables of uneven length and pitch in phrases with pauses, each through two formants."""
    rng = np.random.default_rng(5)
    out, length = [], 0
    while length < seconds * RATE:
        for _ in range(int(rng.integers(3, 14))):
            count = int(rng.uniform(0.09, 0.28) * RATE)
            pitch = np.cumsum(np.full(count, rng.uniform(90, 150)) * np.linspace(1.1, 0.9, count)) / RATE
            buzz = (pitch % 1) - 0.5 if rng.random() < 0.8 else rng.normal(size=count)
            shaped = np.fft.rfft(buzz * np.hanning(count))
            hertz = np.fft.rfftfreq(count, 1 / RATE)
            for formant in (rng.uniform(300, 800), rng.uniform(900, 2400)):
                shaped *= 0.2 + np.exp(-(((hertz - formant) / 250) ** 2))
            out.append(np.fft.irfft(shaped, count))
        out.append(np.zeros(int(rng.uniform(0.3, 1.2) * RATE)))
        length = sum(map(len, out))
    samples = np.concatenate(out)
    return Audio((0.5 * samples / np.abs(samples).max()).astype(np.float32), RATE)


def noisy(seconds: float = 24.0) -> Audio:
    """Claps at random times over noise: applause."""
    rng = np.random.default_rng(6)
    samples = 0.02 * rng.normal(size=round(seconds * RATE))
    for at in rng.integers(0, len(samples) - 800, 900):
        samples[at : at + 800] += rng.uniform(0.1, 0.5) * rng.normal(size=800) * np.exp(-np.arange(800) / 130)
    return Audio((samples / np.abs(samples).max()).astype(np.float32), RATE)


@pytest.mark.parametrize("make", [spoken, noisy])
def test_speech_and_noise_are_said_not_to_be_music(make: object) -> None:
    assert callable(make)
    analysis = analyze(make())
    assert any("does not sound like music" in warning for warning in analysis.warnings)
    assert len(analysis.beats) > 10  # a dance is made all the same


def test_a_drummer_is_music() -> None:
    rng = np.random.default_rng(2)
    samples = np.zeros(24 * RATE)
    clock = np.arange(4000) / RATE
    kick = np.exp(-14 * clock) * np.sin(2 * np.pi * 55 * clock)
    snare = 0.5 * np.exp(-25 * clock) * rng.normal(size=len(clock))
    for index, time in enumerate(np.arange(0.2, 23.5, 0.25)):
        at = round(time * RATE)
        samples[at : at + 4000] += kick if index % 4 == 0 else snare if index % 4 == 2 else 0.2 * snare
    heard = TcnTracker().track(Audio((0.5 * samples).astype(np.float32), RATE)).certainty
    assert heard is not None
    assert min(heard.music, heard.beats) > 0.8


def test_beats_on_the_activation_are_surer_than_beats_off_it() -> None:
    frames = np.arange(20, 3000, 50)
    active = np.full(3020, 0.01)
    active[frames] = 0.9
    tempos = np.full((1, 48), 1 / 48)
    scores = []
    for shift in (0, 17, 25):
        found = sureness.of_beats(active, frames + shift, tempos, 100.0)
        model = sureness.models()["beats"]
        scores.append(sureness.probability(model, [found[name] for name in sureness.INPUTS["beats"]]))
    assert scores[0] > 0.5 > max(scores[1:])
    assert sureness.of_beats(active, frames, tempos, 100.0)["unexplained"] == 0
    assert sureness.of_beats(active, frames[::2], tempos, 100.0)["unexplained"] == pytest.approx(0.5, abs=0.02)


def test_the_fit_is_calibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what it says is 70 % likely, 70 % are right."""
    monkeypatch.syspath_prepend(str(TRAINING))
    calibrate = importlib.import_module("calibrate")
    rng = np.random.default_rng(0)
    x = rng.normal(5, 3, (6000, 2))
    chance = 1 / (1 + np.exp(-(x[:, 0] - 5)))
    right = rng.random(6000) < chance
    model = calibrate.fit(x, right)
    said = np.array([sureness.probability(model, list(row)) for row in x])
    for low in (0.1, 0.3, 0.5, 0.7):
        among = (said > low) & (said < low + 0.2)
        assert right[among].mean() == pytest.approx(said[among].mean(), abs=0.05)
    assert calibrate.auc(said, right) == pytest.approx(calibrate.auc(chance, right), abs=0.01)
