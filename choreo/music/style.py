"""A guess at the dance style from tempo, metre, rhythm and timbre; "unknown" when unsure.

Music in three is a waltz. For the rest a small net gets the onset strengths by position in the bar; it
was trained on music that the project composes and renders itself (``plugins/choreo_beats/train``).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np

from choreo.music.spectrum import Spectrum
from choreo.types import BeatTrack, Doubles, Floats

LEAST_BEATS = 16
"""Beats below which no style is guessed."""
LEAST_CONFIDENCE = 0.8
"""Of the guesses above it 87 % are right on held-out music of the project's own, of those above 0.5 only 77 %."""
PARTS = (0.0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)
"""Phases of a beat at which the onsets are measured: quarters tell straight rhythms from swung thirds."""
BAR = 4
"""Beats of the grid of onsets; music in two fills it twice."""
REACH = 2
"""Frames on either side of a time whose largest onset strength counts."""


def guess_style(track: BeatTrack, sound: Spectrum) -> tuple[str, float]:
    """Name the style that the music seems made for.

    Returns
    -------
    name
        ``waltz``, or one of the net's `labels` (``hiphop``, ``house``, ``latin``, ...), or ``unknown``.
    confidence
        0 to 1.
    """
    if len(track.beats) < LEAST_BEATS or track.confidence <= 0:
        return "unknown", 0.0
    if track.metre == 3:
        sure = float(np.clip(0.5 + track.confidence, 0, 1))
        return ("waltz", sure) if sure >= LEAST_CONFIDENCE else ("unknown", sure)
    if track.metre not in (2, 4):
        return "unknown", 0.0
    probabilities = _net(profile(track, sound))
    best = int(probabilities.argmax())
    name, sure = labels()[best], float(probabilities[best])
    return (name, sure) if sure >= LEAST_CONFIDENCE else ("unknown", sure)


def profile(track: BeatTrack, sound: Spectrum) -> Floats:
    """Inputs of the net for music in two or four: ``(103,)``.

    Onset strength by position in the bar (4 beats, 6 phases, 3 bands, each band relative to its mean), tempo,
    logarithmic level of each band, mean and standard deviation of the MFCCs.
    """
    gaps = np.diff(track.beats, append=2 * track.beats[-1] - track.beats[-2])
    times = track.beats[:, None] + gaps[:, None] * np.array(PARTS)
    frames = np.clip(np.round(times * sound.fps).astype(np.int64), 0, len(sound.onsets) - 1)
    near = np.clip(frames[..., None] + np.arange(-REACH, REACH + 1), 0, len(sound.onsets) - 1)
    strength = sound.onsets[near].max(axis=2)
    grid = np.zeros((BAR, len(PARTS), 3))
    for beat in range(BAR):
        here = strength[(track.positions - 1) % track.metre == beat % track.metre]
        grid[beat] = here.mean(axis=0) if len(here) else 0
    level = grid.mean(axis=(0, 1))
    tempo = np.log2(60 / float(np.median(np.diff(track.beats))) / 110)
    facts = [tempo, tempo**2, *np.log(level + 1e-4)]
    timbre = [*sound.mfcc.mean(axis=0), *sound.mfcc.std(axis=0)]
    return np.array([*(grid / (level + 1e-4)).ravel(), *facts, *timbre], np.float32)


@cache
def _weights() -> dict[str, Floats]:
    with files("choreo.music").joinpath("style.npz").open("rb") as stream, np.load(stream) as data:
        return {name: data[name] for name in data.files}


def labels() -> tuple[str, ...]:
    """Styles that the net tells apart."""
    return tuple(str(name) for name in _weights()["labels"])


def _net(x: Floats) -> Doubles:
    """Probability of each of `labels`: one hidden layer, softmax."""
    w = _weights()
    z = (x - w["mean"]) / w["scale"]
    hidden = np.maximum(z @ w["w1"] + w["b1"], 0)
    logits = (hidden @ w["w2"] + w["b2"]).astype(np.float64)
    e = np.exp(logits - logits.max())
    return np.asarray(e / e.sum())
