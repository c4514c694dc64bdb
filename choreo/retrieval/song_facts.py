"""What is kept of a song for searches: facts and short descriptions of its analysis, without the analysis itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from choreo.music.bars import whole_bars
from choreo.music.energy import beat_edges
from choreo.music.phrasing import phrases, stretch
from choreo.types import Doubles, Floats, Ints, MusicAnalysis, Section

VERSION = 3
"""Of these facts: what is kept with another one is made anew."""
BAR_STEPS = 8
"""Steps of a bar over which accents are averaged, whatever its metre."""
COURSE = 16
"""Parts of a song in the course of its energy."""
WIDTHS = {"rhythm": 3 * BAR_STEPS, "course": COURSE, "timbre": 26, "harmony": 13}
"""Descriptions, and how many numbers each has."""


@dataclass(frozen=True, eq=False)
class SongFacts:
    """A song, as searches know it.

    ``edges : (B + 1,) float64``: seconds of the beats and of the last one's end; ``bars : (K,) int`` and ``phrases :
    (P,) int``: first beats of whole bars and of phrases; ``energies : (B,) float32`` of the beats, 0..1, and
    ``accents : (2B,) float32`` of the half beats, as `choreo.types.Phrase` has them; `loudness` mean dB, `strokes` mean
    strength of onsets.

    ``rhythm : (24,) float32``: mean onsets of the low, middle and high band at eight steps of the bar, relative to
    each band's mean; ``course : (16,) float32``: energy 0..1 in sixteenths of the song; ``timbre : (26,) float32``:
    mean and deviation of the timbre; ``harmony : (13,) float32``: share of each pitch class, and how much of the
    harmony changes from beat to beat.
    """

    sha256: str
    duration: float
    tempo: float
    metre: int
    subdivision: int
    style: str
    styles: Mapping[str, float]
    moods: Mapping[str, float]
    sections: tuple[Section, ...]
    loudness: float
    strokes: float
    edges: Doubles
    bars: Ints
    phrases: Ints
    energies: Floats
    accents: Floats
    rhythm: Floats
    course: Floats
    timbre: Floats
    harmony: Floats

    @property
    def time_signature(self) -> str:
        """As `choreo.types.BeatTrack.time_signature`."""
        return f"{3 * self.metre}/8" if self.subdivision == 3 else f"{self.metre}/4"


def song_facts(analysis: MusicAnalysis) -> SongFacts:
    """What is kept of an analysis."""
    onsets = np.minimum(analysis.onsets, 2)
    return SongFacts(
        sha256=analysis.sha256,
        duration=analysis.duration,
        tempo=analysis.tempo,
        metre=analysis.metre,
        subdivision=analysis.track.subdivision,
        style=analysis.style,
        styles=dict(analysis.styles),
        moods=dict(analysis.moods),
        sections=analysis.sections,
        loudness=float(np.mean(analysis.loudness)) if len(analysis.loudness) else 0.0,
        strokes=float(np.mean(analysis.onsets)) if len(analysis.onsets) else 0.0,
        edges=beat_edges(analysis.beats),
        bars=whole_bars(analysis.track)[0],
        phrases=np.array([phrase.first_beat for phrase in phrases(analysis)], np.int64),
        energies=analysis.energy,
        accents=stretch(analysis, 0, len(analysis.beats)).rhythm,
        rhythm=_accents(onsets, analysis.track.positions, analysis.track.bar_metres),
        course=_course(analysis.energy),
        timbre=_timbre(analysis.timbre),
        harmony=_harmony(analysis.chroma),
    )


def _accents(onsets: Floats, positions: Ints, metres: Ints) -> Floats:
    """Accents by place in the bar ``(3 * BAR_STEPS,)``, by bands (after Dixon, Gouyon and Widmer, ISMIR 2004)."""
    half = np.stack([2 * (positions - 1), 2 * (positions - 1) + 1], axis=1)
    at = (half * BAR_STEPS // (2 * metres[:, None])).ravel() % BAR_STEPS
    sums = np.zeros((BAR_STEPS, 3))
    np.add.at(sums, at, onsets)
    means = sums / np.maximum(np.bincount(at, minlength=BAR_STEPS), 1)[:, None]
    return np.asarray(means / (means.mean(axis=0) + 1e-3) - 1, np.float32).ravel()


def _course(energy: Floats) -> Floats:
    edges = np.linspace(0, len(energy), COURSE + 1)
    first = np.minimum(edges[:-1].astype(int), len(energy) - 1)
    last = np.maximum(edges[1:].astype(int), first + 1)
    return np.array([energy[a:b].mean() for a, b in zip(first, last, strict=True)], np.float32)


def _timbre(timbre: Floats) -> Floats:
    """Means and deviations; the first coefficient is loudness, and stays out of the means."""
    out = np.zeros(WIDTHS["timbre"], np.float32)
    half = WIDTHS["timbre"] // 2
    width = min(timbre.shape[1], half)
    out[:width], out[half : half + width] = timbre.mean(axis=0)[:width], timbre.std(axis=0)[:width]
    out[0] = 0.0
    return out


def _harmony(chroma: Floats) -> Floats:
    share = chroma / (chroma.sum(axis=1, keepdims=True) + 1e-6)
    change = np.abs(np.diff(share, axis=0)).sum(axis=1).mean() / 2 if len(share) > 1 else 0.0
    return np.append(share.mean(axis=0), change).astype(np.float32)


__all__ = ["BAR_STEPS", "COURSE", "VERSION", "WIDTHS", "SongFacts", "song_facts"]
