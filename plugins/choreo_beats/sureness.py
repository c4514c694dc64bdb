"""How likely the beats and their pace are right, and whether the sound is music at all.

Three logistic regressions over a few measurements of how well the beats explain the net's activations, and of how the
sound goes on. ``train/calibrate.py`` fits them on music that the project renders and degrades, and on speech and noise;
``sureness.json`` has them. The beats are wrong when their F-measure is under 0.75.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from choreo.music.spectrum import Spectrum
from choreo.types import Certainty, Doubles, Floats, Ints
from choreo_beats.beats import peak_near
from choreo_beats.net import TEMPO_BINS, TEMPO_HIGH, TEMPO_LOW

INPUTS = {
    "beats": ("mean", "contrast", "thirds", "unexplained", "jitter", "agreement", "every other", "pace"),
    "octave": ("mean", "contrast", "unexplained", "agreement", "every other", "pace", "far pace"),
    "music": ("mean", "contrast", "regular", "key", "dynamics", "flatness spread"),
}
"""What each of the regressions looks at."""
PEAK = 0.3
"""Activation of a peak that a beat should explain."""
WIDE = 7
"""Frames within which it does: 70 ms."""
NEAR = 0.08
"""Tempi within this, in the logarithm, count as one."""
USUAL = 110.0
"""Beats a minute about which people tap."""
SOUNDING = 30.0
"""dB below its loud frames at which a sound pauses."""
STRIDE = 4
"""Every so many frames of the spectrum are looked at."""


@cache
def models() -> Mapping[str, Any]:
    """Of each regression: means and scales of its inputs, their weights, and a constant."""
    return dict(json.loads(files("choreo_beats").joinpath("sureness.json").read_text(encoding="utf-8")))


def certainty(sound: Spectrum, active: Doubles, tempos: Doubles, frames: Ints) -> Certainty:
    """How sure beats are at `frames` ``(B,)``, B > 3; `active` ``(T,)`` and `tempos` ``(W, 48)`` are the net's."""
    found = of_beats(active, frames, tempos, sound.fps) | of_sound(sound)
    return Certainty(**{of: probability(models()[of], [found[name] for name in INPUTS[of]]) for of in INPUTS})


def music(sound: Spectrum, active: Doubles, frames: Ints) -> float:
    """How likely a sound is music; as `certainty`, of a part of a song."""
    sure = peak_near(active, frames)
    contrast = float(sure.mean() - peak_near(active, frames[:-1] + np.diff(frames) // 2).mean())
    found = of_sound(sound) | {"mean": float(sure.mean()), "contrast": contrast}
    return probability(models()["music"], [found[name] for name in INPUTS["music"]])


def probability(model: Mapping[str, Any], values: list[float]) -> float:
    """Of a logistic regression; a value counts as at most three standard deviations off."""
    scaled = np.clip((np.array(values) - model["mean"]) / model["scale"], -3, 3)
    return float(1 / (1 + np.exp(-(scaled @ np.array(model["weights"]) + model["constant"]))))


def of_beats(active: Doubles, frames: Ints, tempos: Doubles, fps: float) -> dict[str, float]:
    """How well beats explain what the net heard.

    ``mean`` activation at the beats; ``contrast`` to that halfway between; that at ``thirds`` of the interval; share of
    ``unexplained`` peaks; ``jitter`` of the intervals; ``agreement`` of the net's tempo; how unlike ``every other``
    beat is; ``pace`` and its square, ``far pace``, from 110 beats a minute.
    """
    sure, gaps = peak_near(active, frames), np.diff(frames)
    between = peak_near(active, frames[:-1] + gaps // 2)
    thirds = np.maximum(peak_near(active, frames[:-1] + gaps // 3), peak_near(active, frames[:-1] + 2 * gaps // 3))
    bpm = float(60 * fps / np.median(gaps))
    pace = float(np.log(bpm / USUAL))
    return {
        "mean": float(sure.mean()),
        "contrast": float(sure.mean() - between.mean()),
        "thirds": float(thirds.mean()),
        "unexplained": _unexplained(active, frames),
        "jitter": float(np.log(np.mean(np.abs(np.diff(np.log(gaps)))) + 0.01)),
        "agreement": _agreement(tempos, bpm),
        "every other": float(abs(sure[::2].mean() - sure[1::2].mean())),
        "pace": pace,
        "far pace": pace**2,
    }


def _unexplained(active: Doubles, frames: Ints) -> float:
    """Share of the peaks of the activation at which there is no beat; 1 where there are no peaks."""
    peaks = np.flatnonzero((active[1:-1] > PEAK) & (active[1:-1] >= active[:-2]) & (active[1:-1] > active[2:])) + 1
    if not len(peaks):
        return 1.0
    after = np.clip(np.searchsorted(frames, peaks), 1, len(frames) - 1)
    return float((np.minimum(np.abs(peaks - frames[after - 1]), np.abs(frames[after] - peaks)) > WIDE).mean())


def _agreement(tempos: Doubles, bpm: float) -> float:
    """Probability that the net gives to a tempo, mean of its stretches."""
    width = np.log(TEMPO_HIGH / TEMPO_LOW) / TEMPO_BINS
    middles = np.log(TEMPO_LOW) + (np.arange(TEMPO_BINS) + 0.5) * width
    return float(tempos[:, np.abs(middles - np.log(bpm)) < NEAR].sum(axis=1).mean())


def of_sound(sound: Spectrum) -> dict[str, float]:
    """What tells music from speech and noise, whatever its beats.

    ``regular``: share of the loudness's modulation in its five strongest frequencies; ``key``: how much some pitch
    classes lead; ``dynamics``: dB from frame to frame; ``flatness spread``: how tones and noises alternate.
    """
    loudness, mel = sound.loudness[::STRIDE], sound.mel[::STRIDE]
    sounding = loudness > np.quantile(loudness, 0.95) - SOUNDING
    tone = sound.chroma[np.linalg.norm(sound.chroma, axis=1) > 0.5]
    mean = tone.mean(axis=0) if len(tone) else np.ones(12)
    return {
        "regular": _regular(mel.sum(axis=1, dtype=np.float64), sound.fps / STRIDE),
        "key": float(mean.max() / mean.mean()),
        "dynamics": float(np.std(np.diff(loudness[sounding]))),
        "flatness spread": _flatness(mel[sounding]),
    }


def _regular(power: Doubles, fps: float) -> float:
    """Logarithm of the share of the five strongest of the frequencies from 0.2 to 12 Hz in the log envelope."""
    envelope = np.log10(power + 1e-3 * float(np.quantile(power, 0.95)) + 1e-12)
    spectrum = np.abs(np.fft.rfft(envelope - envelope.mean())) ** 2
    hertz = np.fft.rfftfreq(len(envelope), 1 / fps)
    modulation = spectrum[(hertz > 0.2) & (hertz < 12)] + 1e-12
    return float(np.log(np.sort(modulation)[-5:].sum() / modulation.sum()))


def _flatness(mel: Floats) -> float:
    """Standard deviation of the spectral flatness of frames ``(T, 60)``, over the bands that sound at all."""
    power = mel.astype(np.float64) + 1e-12 * (float(mel.max()) + 1e-12)
    log = np.log(power)
    live = log.mean(axis=0) > log.mean(axis=0).max() - 12
    return float((log[:, live].mean(axis=1) - np.log(power[:, live].mean(axis=1))).std())
