"""Songs that are like a song: how far apart they are in style, tempo, metre, rhythm, energy, sound and mood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from choreo.retrieval.song_facts import SongFacts
from choreo.types import Doubles


@dataclass(frozen=True)
class SimilarityWeights:
    """What each term of the distance counts where it is as large as it gets.

    What one dances to a song decides: `style`, `tempo` and `metre` before `rhythm` and `energy`, and these before how
    it sounds. `mood` counts where a tagger has named moods of both songs.
    """

    style: float = 3.0
    tempo: float = 3.0
    metre: float = 3.0
    rhythm: float = 1.5
    energy: float = 1.5
    timbre: float = 1.0
    harmony: float = 0.5
    mood: float = 1.0


OCTAVE = 0.25
"""How far apart tempos are of which one is twice the other, in octaves: one may dance the same at half the pace."""
EVEN = 0.2
"""How far apart two metres are that both go into two: two and four beats are told apart by taste."""
UNKNOWN = 0.5
"""How far apart styles are where none was heard in one of the songs."""
SPREAD = 1e-3
"""Least deviation in a library that counts as one, in units of the timbre."""


def song_terms(
    song: SongFacts, others: Sequence[SongFacts], weights: SimilarityWeights | None = None
) -> dict[str, Doubles]:
    """Terms ``(S,)`` of the distances of songs to a song, each 0 where the two are alike.

    `tempo` in octaves, at most one, double and half the pace being near; `metre` whether bars have as many beats;
    `style` Hellinger's distance of how likely the styles are; `rhythm` one less the correlation of the accents by place
    in the bar; `energy` the mean difference of its course over the song; `timbre` mean difference in deviations among
    the songs, `harmony` one less the correlation of the shares of pitch classes in the key in which it is highest.
    """
    weight = weights or SimilarityWeights()
    return {
        "tempo": weight.tempo * _tempo(song.tempo, np.array([each.tempo for each in others])),
        "metre": weight.metre * np.array([_metre(song, each) for each in others]),
        "style": weight.style * _shares_apart(song.styles, [each.styles for each in others], UNKNOWN),
        "rhythm": weight.rhythm * (1 - _correlation(song.rhythm, np.array([each.rhythm for each in others]))) / 2,
        "energy": weight.energy * np.abs(np.array([each.course for each in others]) - song.course).mean(axis=1),
        "timbre": weight.timbre * _timbre(song, others),
        "harmony": weight.harmony * _harmony(song, others),
        "mood": weight.mood * _shares_apart(song.moods, [each.moods for each in others], 0.0),
    }


def _tempo(mine: float, others: Doubles) -> Doubles:
    apart = np.abs(np.log2(np.maximum(others, 1) / max(mine, 1)))
    return np.asarray(np.minimum(np.minimum(apart, np.abs(apart - 1) + OCTAVE), 1), np.float64)


def _metre(a: SongFacts, b: SongFacts) -> float:
    if (a.metre, a.subdivision) == (b.metre, b.subdivision):
        return 0.0
    return EVEN if a.subdivision == b.subdivision and a.metre % 2 == b.metre % 2 == 0 else 1.0


def _shares_apart(mine: Mapping[str, float], others: Sequence[Mapping[str, float]], unknown: float) -> Doubles:
    """Hellinger's distance of shares, 0..1; `unknown` where one side has none."""
    names = sorted({*mine, *(name for each in others for name in each)})
    rows = np.array([[each.get(name, 0.0) for name in names] for each in (mine, *others)]).reshape(len(others) + 1, -1)
    sums = rows.sum(axis=1)
    roots = np.sqrt(rows / np.where(sums > 0, sums, 1)[:, None])
    apart = np.sqrt(np.clip(1 - roots[1:] @ roots[0], 0, 1))
    return np.asarray(np.where((sums[1:] > 0) & (sums[0] > 0), apart, unknown), np.float64)


def _correlation(mine: np.ndarray, others: np.ndarray) -> Doubles:
    """Of rows with one row, -1..1; 0 where one does not vary."""
    rows = np.concatenate([mine[None], others]).astype(np.float64)
    rows -= rows.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.where(norms > 1e-6, norms, 1)
    return np.asarray(rows[1:] @ rows[0], np.float64)


def _timbre(song: SongFacts, others: Sequence[SongFacts]) -> Doubles:
    rows = np.array([song.timbre, *(each.timbre for each in others)], np.float64)
    apart = np.abs(rows[1:] - rows[0]) / np.maximum(rows.std(axis=0), SPREAD)
    return np.asarray(1 - np.exp(-apart.mean(axis=1)), np.float64)


def _harmony(song: SongFacts, others: Sequence[SongFacts]) -> Doubles:
    profiles = np.array([each.harmony[:12] for each in others])
    best = np.max([_correlation(np.roll(song.harmony[:12], key), profiles) for key in range(12)], axis=0)
    return np.asarray((1 - best) / 2, np.float64)


def similarity_reasons(song: SongFacts, other: SongFacts, terms: Mapping[str, float]) -> tuple[str, ...]:
    """Why a song is like another, and then what is different, in words, with the values of both."""
    said = {name: tell(song, other) for name, tell in TOLD.items()}
    weights = SimilarityWeights()
    order = sorted(said, key=lambda name: (terms[name] / getattr(weights, name), list(TOLD).index(name)))
    return tuple(said[name] for name in order if said[name])


def _tell_tempo(song: SongFacts, other: SongFacts) -> str:
    told = f"{other.tempo:.0f} beats/min, yours {song.tempo:.0f}"
    octaves = np.log2(max(other.tempo, 1) / max(song.tempo, 1))
    if abs(octaves) > 0.75:
        told += ", about " + ("double" if octaves > 0 else "half") + " the pace"
    return told


def _tell_metre(song: SongFacts, other: SongFacts) -> str:
    mine, its = song.time_signature, other.time_signature
    return f"both in {mine}" if mine == its else f"in {its}, yours in {mine}"


def _tell_style(song: SongFacts, other: SongFacts) -> str:
    if not song.styles or not other.styles:
        return ""
    mine, its = (max(each.styles, key=lambda name: each.styles[name]) for each in (song, other))
    if mine == its:
        return f"both {mine} ({100 * other.styles[its]:.0f} %, yours {100 * song.styles[mine]:.0f} %)"
    return f"{its} ({100 * other.styles[its]:.0f} %), yours {mine} ({100 * song.styles[mine]:.0f} %)"


PLACES = ("1", "1 and", "2", "2 and", "3", "3 and", "4", "4 and")
"""Names of the steps of a bar of four."""


def _tell_rhythm(song: SongFacts, other: SongFacts) -> str:
    mine, its = _strongest(song), _strongest(other)
    return f"both hit hardest on {mine}" if mine == its else f"hits hardest on {its}, yours on {mine}"


def _strongest(song: SongFacts) -> str:
    """Count of the bar, or half of one, with the strongest accents over all bands."""
    step = int(song.rhythm.reshape(-1, 3).sum(axis=1).argmax())
    if song.metre == 4 and song.subdivision == 2:
        return PLACES[step]
    return f"{1 + step * song.metre // len(PLACES)}"


def _tell_energy(song: SongFacts, other: SongFacts) -> str:
    mine, its = _course(song), _course(other)
    return f"both {mine}" if mine == its else f"{its}, yours {mine}"


def _course(song: SongFacts) -> str:
    """How the energy of a song goes, by its thirds."""
    third = len(song.course) // 3
    a, b, c = (float(each.mean()) for each in (song.course[:third], song.course[third:-third], song.course[-third:]))
    if max(a, b, c) - min(a, b, c) < 0.1:
        return "strong throughout" if np.mean(song.course) > 0.6 else "even throughout"
    if b >= max(a, c) + 0.05:
        return "strongest in the middle"
    if b <= min(a, c) - 0.05:
        return "calmest in the middle"
    return "growing stronger" if c > a else "growing calmer"


TOLD: Mapping[str, Callable[[SongFacts, SongFacts], str]] = {
    "style": _tell_style,
    "tempo": _tell_tempo,
    "metre": _tell_metre,
    "rhythm": _tell_rhythm,
    "energy": _tell_energy,
}
"""What is said of each term that has words."""

__all__ = ["SimilarityWeights", "similarity_reasons", "song_terms"]
