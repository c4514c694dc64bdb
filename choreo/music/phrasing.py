"""Cut a song into phrases of two bars, which dance steps are matched with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.music.bars import in_rest, whole_bars
from choreo.music.energy import BeatFeatures, beat_edges
from choreo.music.similarity import bar_similarity, form_stretches
from choreo.types import Doubles, MusicAnalysis, Phrase, Section

BARS = 2
SAME_MUSIC = 0.75
"""Bar similarity from which two phrases have the same music."""
BAND_WEIGHTS = (0.5, 0.3, 0.2)
"""Of low, mid and high onset strength in the rhythm."""


def phrases(analysis: MusicAnalysis) -> tuple[Phrase, ...]:
    """Phrases of two bars each, from the first downbeat on.

    Beats before the first downbeat (a pickup) and after the last whole bar belong to no phrase: they
    are left to the entrance and the ending. A phrase begins anew at each section and after a bar that
    the music cuts short or prolongs, and where the metre changes: both bars of a phrase have
    `Phrase.metre` beats. So a phrase may have one bar. `Phrase.repeats` is the earliest phrase of the
    same section label, metre and length whose harmony, timbre and rhythm are at least 0.75 alike, bar
    by bar. Music under one bar has no phrases.

    Examples
    --------
    >>> from choreo import analyze, phrases
    >>> [phrase.counts for phrase in phrases(analyze("song.wav"))]
    [8, 8, 8]
    """
    starts, metres = whole_bars(analysis.track)
    if len(starts) == 0:
        return ()
    features = BeatFeatures(analysis.loudness, analysis.onsets, analysis.energy, analysis.chroma, analysis.timbre)
    stretches = [
        (stretch.start, bar_similarity(features, starts[stretch], metres[stretch]))
        for stretch in form_stretches(len(starts))
    ]
    edges = beat_edges(analysis.beats)
    labels = [_section(analysis.sections, float(analysis.beats[start])) for start in starts]
    found: list[Phrase] = []
    first_bars: list[int] = []
    bar = 0
    resting = [
        in_rest(analysis.track, *edges[[start, start + metre]]) for start, metre in zip(starts, metres, strict=True)
    ]
    while bar < len(starts):
        if resting[bar]:
            bar += 1
            continue
        first, metre = int(starts[bar]), int(metres[bar])
        follows = (
            bar + 1 < len(starts)
            and starts[bar + 1] == first + metre
            and metres[bar + 1] == metre
            and not resting[bar + 1]
        )
        bars = BARS if follows and labels[bar + 1] == labels[bar] else 1
        count = bars * metre
        label = labels[bar].label
        offset, similarity = next(each for each in reversed(stretches) if each[0] <= bar)
        part = stretch(analysis, first, count, edges=edges)
        same = [phrase.section == label and phrase.metre == metre and phrase.counts == count for phrase in found]
        like = [phrase for phrase, alike in zip(found, same, strict=True) if alike]
        begins = [each - offset for each, alike in zip(first_bars, same, strict=True) if alike]
        earlier = _same_music(like, begins, similarity, bar - offset, bars)
        index = len(found)
        found.append(replace(part, index=index, section=label, repeats=index if earlier is None else earlier))
        first_bars.append(bar)
        bar += bars
    return tuple(found)


def stretch(analysis: MusicAnalysis, first: int, count: int, *, edges: Doubles | None = None) -> Phrase:
    """Any `count` beats of a song from beat `first` on, as a phrase of no section, in the metre that it begins with.

    `edges` ``(B + 1,)`` are the beats and the end of the last one, when they are known.
    """
    edges = beat_edges(analysis.beats) if edges is None else edges
    return Phrase(
        index=0,
        first_beat=first,
        beats=edges[first : first + count + 1].copy(),
        metre=int(analysis.track.bar_metres[first]),
        section="",
        energy=float(analysis.energy[first : first + count].mean()),
        rhythm=_rhythm(analysis, first, count),
        repeats=0,
    )


def _section(sections: tuple[Section, ...], time: float) -> Section:
    """Section that a bar beginning at `time` belongs to; up to 50 ms before a boundary counts as after it."""
    for section in sections:
        if time < section.end - 0.05:
            return section
    return sections[-1]


def _same_music(like: list[Phrase], first_bars: list[int], similarity: Doubles, bar: int, bars: int) -> int | None:
    """Index of the earliest phrase with the music of `bars` bars from `bar` on, of those `like` it; None for none."""
    steps = np.arange(bars)
    if bar + bars > len(similarity):
        return None
    for phrase, first in zip(like, first_bars, strict=True):
        if first < 0:  # before this stretch
            continue
        new = phrase.repeats == phrase.index
        if new and float(similarity[first + steps, bar + steps].mean()) >= SAME_MUSIC:
            return phrase.index
    return None


def _rhythm(analysis: MusicAnalysis, first: int, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Onset strength at the half-beats, bands mixed, ``(2 * count,)`` in 0..1."""
    onsets = np.minimum(analysis.onsets[2 * first : 2 * (first + count)], 1)
    return np.asarray(onsets @ np.asarray(BAND_WEIGHTS, np.float32), np.float32)
