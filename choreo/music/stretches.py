"""Songs that change: medleys, mixes, a waltz inside of a song. Each stretch of such a song has a style of its own.

A song is cut where its sections, its metre or its tempo change, and each part says how likely each style is by itself.
The stretches are the cheapest explanation of all of them: a change of style costs as much as a part that says clearly
that it is another, less where the tempo or the metre changes with it, and a part that says little says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from choreo.music.spectrum import Spectrum
from choreo.music.style import hear_styles, name_of
from choreo.music.tempo_changes import tempo_changes
from choreo.types import BeatTrack, Section, Stretch

LEAST_BEATS = 16
"""Beats of a part, at least; of fewer it belongs to the part before."""
LEAST_SECONDS = 20.0
"""Seconds of a stretch, at least: nobody changes his dance for less."""
EVIDENCE, MOST = 32, 4.0
"""Beats that count as one observation, and observations that one part counts for at most."""
DOUBT = 0.04
"""Probability that is left to a style which a part does not name: no ear is surer."""
NO_STYLE = 0.3
"""Probability with which a part of no known style says what it does."""
CHANGED, UNCHANGED = 3.0, 12.0
"""What a change of style costs where tempo or metre change, and where they go on."""


@dataclass(frozen=True, eq=False)
class _Part:
    """Beats `first` to `last`, seconds, how likely each style is there, and whether tempo or metre change before."""

    first: int
    last: int
    start: float
    end: float
    styles: Mapping[str, float]
    changed: bool


def hear_stretches(
    track: BeatTrack, sound: Spectrum, sections: Sequence[Section], octave: str = "auto"
) -> tuple[Stretch, ...]:
    """The stretches of a song that changes style, without gaps; none of a song that is one music all through.

    Parameters
    ----------
    track, sections
        In seconds of `sound`.
    octave
        As `choreo.music.style.hear_styles` takes it.
    """
    track = _sounding(track)
    parts = _parts(track, sound, sections, octave) if len(track.beats) >= 2 * LEAST_BEATS else []
    if len(parts) < 2:
        return ()
    runs = _runs(_path(parts))
    while True:
        found = [_heard(track, sound, parts[a:b], octave) for a, b in runs]
        joined = _joined(runs, found, parts)
        if joined == runs:
            break
        runs = joined
    if len(runs) < 2:
        return ()
    begins = [sections[0].start, *(each.start for each in found[1:]), sections[-1].end]
    return tuple(replace(each, start=a, end=b) for each, (a, b) in zip(found, pairwise(begins), strict=True))


def styles_of_all(stretches: Sequence[Stretch]) -> dict[str, float]:
    """How likely each style is in a song of several stretches, by how long they last; the likeliest first."""
    total = sum(each.end - each.start for each in stretches)
    shares: dict[str, float] = {}
    for each in stretches:
        for name, share in each.styles.items():
            shares[name] = shares.get(name, 0.0) + share * (each.end - each.start) / total
    return {name: shares[name] for name in sorted(shares, key=lambda name: (-shares[name], name))}


def _sounding(track: BeatTrack) -> BeatTrack:
    """The beats at which music plays."""
    plays = np.ones(len(track.beats), bool)
    for start, end in track.rests:
        plays &= (track.beats < start) | (track.beats >= end)
    if plays.all():
        return track
    sure, metres = track.confidences, track.metres
    return replace(
        track,
        beats=track.beats[plays],
        positions=track.positions[plays],
        confidences=None if sure is None else sure[plays],
        metres=None if metres is None else metres[plays],
    )


def _parts(track: BeatTrack, sound: Spectrum, sections: Sequence[Section], octave: str) -> list[_Part]:
    beats = track.beats
    changed = tempo_changes(beats)
    changed[1:] |= np.diff(track.bar_metres) != 0
    begins = {int(np.searchsorted(beats, each.start - 0.05)) for each in sections}
    # A section is told by bars that are alike, a tempo by the beat: of two near each other the latter is right.
    cuts, most = [0], len(beats) - LEAST_BEATS
    for bound in [*np.flatnonzero(changed).tolist(), *sorted(begins)]:
        if bound <= most and min(abs(bound - cut) for cut in cuts) >= LEAST_BEATS:
            cuts.append(bound)
    cuts.sort()
    ends = [*cuts[1:], len(beats)]
    near = [bool(changed[max(cut - LEAST_BEATS, 0) : cut + LEAST_BEATS].any()) for cut in cuts]
    out = []
    for first, last, apart in zip(cuts, ends, near, strict=True):
        part = _Part(first, last, float(beats[first]), float(beats[min(last, len(beats) - 1)]), {}, apart)
        out.append(replace(part, styles=_heard(track, sound, [part], octave).styles))
    return out


def _heard(track: BeatTrack, sound: Spectrum, parts: Sequence[_Part], octave: str) -> Stretch:
    """What is heard of some parts in a row, as if they were a song."""
    first, last, start, end = parts[0].first, parts[-1].last, parts[0].start, parts[-1].end
    metres = track.bar_metres[first:last]
    values, counts = np.unique(metres, return_counts=True)
    metre = int(values[counts.argmax()])
    own = replace(
        track,
        beats=track.beats[first:last] - start,
        positions=np.minimum(track.positions[first:last], metre),
        metre=metre,
        metres=None,
        confidences=None if track.confidences is None else track.confidences[first:last],
        rests=(),
        rival=None,
    )
    styles, words = hear_styles(own, sound.between(start, end), octave)
    return Stretch(start, end, styles, words)


def _path(parts: Sequence[_Part]) -> list[str]:
    """The style of each part, "" for none, as the cheapest explanation of all has it (Viterbi)."""
    states = ["", *sorted({name for part in parts for name in part.styles})]
    score = np.zeros(len(states))
    back: list[np.ndarray] = []
    for number, part in enumerate(parts):
        weight = min((part.last - part.first) / EVIDENCE, MOST)
        says = [NO_STYLE if not name else max(part.styles.get(name, 0.0), DOUBT) for name in states]
        if number:
            price = CHANGED if part.changed else UNCHANGED
            best = int(score.argmax())
            moves = score[best] - price > score
            back.append(np.where(moves, best, np.arange(len(states))))
            score = np.where(moves, score[best] - price, score)
        score = score + weight * np.log(says)
    path = [int(score.argmax())]
    for came in reversed(back):
        path.append(int(came[path[-1]]))
    return [states[k] for k in reversed(path)]


def _runs(names: Sequence[str]) -> list[tuple[int, int]]:
    """First and past-last of equal names in a row."""
    edges = [0, *(k for k in range(1, len(names)) if names[k] != names[k - 1]), len(names)]
    return list(pairwise(edges))


def _joined(
    runs: list[tuple[int, int]], found: Sequence[Stretch], parts: Sequence[_Part]
) -> list[tuple[int, int]]:  # fmt: skip
    """The runs with two neighbours made one: two of one style, or one too short to be danced and the one before it."""
    for k, (one, other) in enumerate(pairwise(found)):
        short = min(one.end - one.start, other.end - other.start) < LEAST_SECONDS
        if short or _same(one, other, parts[runs[k + 1][0]].changed):
            return [*runs[:k], (runs[k][0], runs[k + 1][1]), *runs[k + 2 :]]
    return runs


def _same(one: Stretch, other: Stretch, changed: bool) -> bool:
    """Whether two stretches are one music: of one style, or neither of any where nothing else changes."""
    first, second = name_of(one.styles)[0], name_of(other.styles)[0]
    if first == second:
        return first != "unknown" or not changed
    return "unknown" in (first, second) and not changed
