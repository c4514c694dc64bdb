"""Per-beat features: loudness, onsets per half-beat, energy, chroma and timbre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.music.spectrum import FLOOR_DB, Spectrum
from choreo.types import Doubles, Floats, Ints

LEAST_RANGE_DB = 12.0
"""Least range of loudness that the energy is relative to: an even song stays even."""
LOUDNESS_SHARE = 0.6
"""Weight of loudness in the energy; the rest is onset density."""


@dataclass(frozen=True, eq=False)
class BeatFeatures:
    """The per-beat arrays of `MusicAnalysis`, under the same names."""

    loudness: Floats
    onsets: Floats
    energy: Floats
    chroma: Floats
    timbre: Floats


def beat_features(sound: Spectrum, beats: Doubles) -> BeatFeatures:
    """Measure each beat, from its time to that of the next one.

    Parameters
    ----------
    sound
        Of the range that was analysed.
    beats : (B,)
        Seconds from the start of that range, B >= 2.
    """
    edges = beat_edges(beats)
    power = mean_between(10 ** (sound.loudness[:, None] / 10), edges, sound.fps)[:, 0]
    loudness = (10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))).astype(np.float32)
    onsets = half_beat_onsets(sound, edges)
    chroma = mean_between(sound.chroma, edges, sound.tone_fps).astype(np.float32)
    timbre = mean_between(sound.mfcc, edges, sound.fps).astype(np.float32)
    return BeatFeatures(loudness, onsets, energy(loudness, onsets), chroma, timbre)


def beat_edges(beats: Doubles) -> Doubles:
    """Beat times and the end of the last beat, ``(B + 1,)``, which lasts as long as the median of the eight before."""
    return np.append(beats, beats[-1] + np.median(np.diff(beats)[-8:]))


def _frames(seconds: Doubles, fps: float, count: int) -> Ints:
    return np.clip(np.round(seconds * fps).astype(np.int64), 0, count)


def mean_between(values: Floats | Doubles, edges: Doubles, fps: float) -> Doubles:
    """Mean of the frames between successive edges, ``(B, ...)``; an empty stretch takes its nearest frame."""
    first = np.minimum(_frames(edges[:-1], fps, len(values)), len(values) - 1)
    last = np.maximum(_frames(edges[1:], fps, len(values)), first + 1)
    total = np.concatenate([np.zeros_like(values[:1], np.float64), np.cumsum(values, axis=0, dtype=np.float64)])
    return np.asarray((total[last] - total[first]) / (last - first)[:, None])


def half_beat_means(values: Floats, edges: Doubles, fps: float) -> Floats:
    """Mean over both halves of each beat, ``(B, 2, ...) float32``, of frames ``(T, ...)``; `edges` ``(B + 1,)``."""
    halves = np.sort(np.concatenate([edges, (edges[:-1] + edges[1:]) / 2]))
    return mean_between(values, halves, fps).reshape(len(edges) - 1, 2, -1).astype(np.float32)


def half_beat_changes(halves: Floats) -> Doubles:
    """How unlike pitch classes ``(B, 2, 12)`` are across each beat and its middle: 1 minus cosines, ``(B, 2)``."""
    flat = halves.reshape(-1, 12) - halves.reshape(-1, 12).mean(axis=0)
    unit = flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 0.05)
    change = np.append(0.0, 1 - (unit[1:] * unit[:-1]).sum(axis=1))
    return np.asarray(change.reshape(-1, 2))


def half_beat_onsets(sound: Spectrum, edges: Doubles) -> Floats:
    """Onset strength (low, mid, high) at beats and halfway between, ``(2B, 3)``.

    The strongest frame from an eighth of a beat before to an eighth after. Each band is scaled so
    that its 95th percentile is 1, but a band of mere noise is not amplified.
    """
    spacing = np.diff(edges)
    times = np.stack([edges[:-1], edges[:-1] + spacing / 2], axis=1).ravel()
    reach = np.repeat(spacing / 8, 2)
    count = len(sound.onsets)
    first = np.minimum(_frames(times - reach, sound.fps, count), count - 1)
    last = np.maximum(_frames(times + reach, sound.fps, count), first + 1)
    steps = np.arange(int((last - first).max()))
    frames = np.minimum(first[:, None] + steps, last[:, None] - 1)
    strength = sound.onsets[frames].max(axis=1)
    top = np.percentile(strength, 95, axis=0)
    least = 0.02 * max(float(top.max()), 1e-6)
    return np.asarray(strength / np.maximum(top, least), np.float32)


def energy(loudness: Floats, onsets: Floats) -> Floats:
    """Energy of the music per beat, ``(B,)`` in 0..1, relative to this song.

    Loudness against the song's own range (12 dB at least, so that an even song stays even and
    strong) and onset density, both smoothed over four beats.
    """
    high = float(np.percentile(loudness, 95))
    if high <= FLOOR_DB + 1:
        return np.zeros(len(loudness), np.float32)
    span = max(LEAST_RANGE_DB, high - float(np.percentile(loudness, 5)))
    loud = np.clip(1 - (high - loudness) / span, 0, 1)
    density = np.clip(onsets, 0, 1).mean(axis=1).reshape(-1, 2).mean(axis=1)
    density = density / max(float(np.percentile(density, 95)), 1e-6)
    mixed = LOUDNESS_SHARE * loud + (1 - LOUDNESS_SHARE) * np.clip(density, 0, 1)
    return np.clip(_smoothed(mixed), 0, 1).astype(np.float32)


def _smoothed(values: Floats) -> Floats:
    """Mean over four beats around each, shorter at the ends."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    beat = np.arange(len(values))
    first, last = np.maximum(beat - 1, 0), np.minimum(beat + 3, len(values))
    return np.asarray((total[last] - total[first]) / (last - first), np.float32)
