"""What the style net hears: onsets by the place in the bar, harmony's pace, tempo and colour, all below 3.5 kHz.

Old records, phones and small files have nothing above some frequency between 3.5 and 16 kHz. What is not looked at
cannot be missed: the same music gives the same numbers whatever was cut off its top.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.music.energy import beat_edges, half_beat_changes, half_beat_means
from choreo.music.spectrum import N_MELS, Spectrum, mel_centres
from choreo.types import Doubles, Floats, Ints

TOP = 3500.0
"""Hz above which nothing is looked at."""
EDGES = (30.0, 110.0, 350.0, 1200.0, 2200.0, TOP)
"""Hz between bands of onsets: kick drum, bass and toms, voices and chords, snare and claps, cymbals' lower end."""
PHASES = (0.0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)
"""Phases of a beat at which the onsets are measured: quarters tell straight rhythms from swung thirds."""
LAG = 2
"""Frames back that a rise is measured against."""
COLOURS = 10
"""Coefficients of the spectrum's shape."""
TEMPI = np.linspace(-1.0, 1.2, 23)
"""Octaves above 110 beats a minute at which the tempo is told by how near it is: dances have narrow tempi."""
NEAR = 0.07
"""Octaves within which it is near."""


@dataclass(frozen=True, eq=False)
class BeatPatterns:
    """Measurements that do not depend on where bars begin.

    ``onsets : (B, 6, 5)`` rise of the level at `PHASES` in five bands; ``chroma, bass : (B, 2, 12)`` of both halves of
    each beat; ``colour, spread : (10,)`` mean and deviation of the shape of the spectrum; ``level : (5,)`` mean rise;
    ``interval`` seconds, the median between beats.
    """

    onsets: Floats
    chroma: Floats
    bass: Floats
    colour: Floats
    spread: Floats
    level: Floats
    interval: float


def beat_patterns(sound: Spectrum, beats: Doubles) -> BeatPatterns:
    """Measure the beats ``(B,)`` seconds of a sound, B >= 2."""
    import scipy.fft

    centres = mel_centres(22_050, N_MELS)[1:-1]
    mel = sound.mel[:, centres < TOP]
    loud = max(float(np.quantile(mel.sum(axis=1), 0.9)), 1e-9)
    decibels = 10 * np.log10(np.maximum(mel / loud, 1e-7))
    compressed = np.log1p(1e4 * mel / loud)
    rise = np.zeros_like(compressed)
    rise[LAG:] = np.maximum(compressed[LAG:] - compressed[:-LAG], 0)
    band = np.searchsorted(EDGES[1:-1], centres[centres < TOP])
    flux = np.stack([rise[:, band == b].mean(axis=1) for b in range(len(EDGES) - 1)], axis=1)
    edges = beat_edges(beats)
    chroma, bass = (half_beat_means(x, edges, sound.tone_fps) for x in (sound.chroma, sound.bass))
    shape = scipy.fft.dct(decibels, axis=1, norm="ortho")[:, 1 : COLOURS + 1]
    return BeatPatterns(
        _at_phases(flux, edges, sound.fps).astype(np.float32), chroma, bass, shape.mean(axis=0).astype(np.float32),
        shape.std(axis=0).astype(np.float32), flux.mean(axis=0).astype(np.float32), float(np.median(np.diff(beats))),
    )  # fmt: skip


def _at_phases(flux: Floats, edges: Doubles, fps: float) -> Doubles:
    """Largest rise near each of `PHASES` of each beat, ``(B, 6, 5)``."""
    spacing = np.diff(edges)[:, None]
    times = edges[:-1, None] + spacing * np.array(PHASES)
    reach = np.maximum(spacing / 24, 2 / fps)
    count = len(flux)
    first, last = (np.clip(np.round((times + way * reach) * fps).astype(np.int64), 0, count - 1) for way in (-1, 1))
    frames = np.minimum(first[..., None] + np.arange(int((last - first).max()) + 1), last[..., None])
    return np.asarray(flux[frames].max(axis=2))


def profile(patterns: BeatPatterns, positions: Ints, metre: int, *, compound: bool = False) -> Floats:
    """Inputs of the net, ``(199,)``: the patterns by the place in a bar of four, or three, beats.

    Music in two fills a bar of four twice; of a bar of three the fourth beat is empty.
    """
    places = 3 if metre == 3 else 4
    slot = (positions - 1) % metre % places
    grid, harmony = np.zeros((4, len(PHASES), 5)), np.zeros((4, 2, 2))
    change = np.stack([half_beat_changes(patterns.chroma), half_beat_changes(patterns.bass)], axis=2)
    for place in range(places):
        here = slot == place if metre != 2 else slot == place % 2
        if here.any():
            grid[place], harmony[place] = patterns.onsets[here].mean(axis=0), change[here].mean(axis=0)
    mean = grid[:places].mean(axis=(0, 1))
    regular = patterns.onsets.mean(axis=(0, 1)) / (patterns.onsets.std(axis=(0, 1)) + 1e-4)
    tempo = np.log2(60 / patterns.interval / 110)
    facts = [tempo, tempo**2, metre == 3, metre == 2, metre not in (2, 3, 4), compound]
    peaky = [float(patterns.chroma.max(axis=2).mean()), float(patterns.bass.max(axis=2).mean())]
    return np.array(
        [
            *(grid / (mean + 1e-3)).ravel(), *(harmony / (harmony.mean() + 1e-3)).ravel(), *harmony.mean(axis=(0, 1)),
            *regular, *np.log(patterns.level + 1e-3), *facts, *peaky, *patterns.colour, *patterns.spread,
            *np.exp(-0.5 * ((tempo - TEMPI) / NEAR) ** 2),
        ],
        np.float32,
    )  # fmt: skip
