"""What needs no learning: rows that a learnt method must beat, and what knowing the dance alone would give.

Every method gives distances of the stretches of music of the test songs to all clips; equal ones are put in an order of
chance, since a method that names the dance only says nothing of the unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from choreo.retrieval.bench import BenchmarkResult, FoldResult, gathered, judge, song_folds
from choreo.retrieval.pairs import Pairs
from choreo.retrieval.tempo_overlap import octave_gaps, song_octaves, song_styles
from choreo.types import Doubles, Floats

Baseline = Callable[[Pairs, Pairs], Doubles]
FAR = 20.0
"""Distance that no difference of lengths makes up for."""
TIE = 1e-4
"""What chance adds to a distance: less than any difference of tempo or length counts for, more than float32 rounds."""


def tempo_lookup(train: Pairs, test: Pairs) -> Doubles:
    """How far the nearest training song of each clip's dance is in tempo within the octave, ``(N, C)``."""
    gaps, styles = octave_gaps(song_octaves(test), song_octaves(train)), song_styles(train)
    by_style = np.ones((len(test.songs), int(test.style.max()) + 1))
    for style in np.unique(styles):
        by_style[:, style] = gaps[:, styles == style].min(axis=1)
    return np.asarray(by_style[test.song][:, test.style])


def lengths(train: Pairs, test: Pairs) -> Doubles:
    """Octaves between the lengths of music and clip, in counts and in seconds together, ``(N, C)``."""
    phrases = [phrase for song in test.songs for phrase in song.phrases]
    music = np.log2([[phrase.counts, phrase.beats[-1] - phrase.beats[0]] for phrase in phrases])
    clips = np.log2([[clip.counts, max(clip.motion.duration, 0.1)] for clip in test.clips])
    return np.asarray(np.abs(music[:, None] - clips).sum(axis=-1))


def tempo_and_lengths(train: Pairs, test: Pairs) -> Doubles:
    """The dance of the nearest tempo first, then the others by theirs; within a dance by length, ``(N, C)``."""
    gaps = tempo_lookup(train, test)
    order = np.array([np.unique(row, return_inverse=True)[1] for row in gaps])
    return np.asarray(FAR * order + lengths(train, test))


def dance_told(train: Pairs, test: Pairs) -> Doubles:
    """Clips of the right dance before all others, ``(N, C)``: what a perfect ear for dances is worth."""
    return np.asarray(FAR * (test.style[test.clip][:, None] != test.style))


def dance_and_lengths_told(train: Pairs, test: Pairs) -> Doubles:
    """Clips of the right dance by length, ``(N, C)``."""
    return dance_told(train, test) + lengths(train, test)


BASELINES: dict[str, Baseline] = {
    "tempo lookup": tempo_lookup,
    "lengths": lengths,
    "tempo and lengths": tempo_and_lengths,
    "dance told": dance_told,
    "dance and lengths told": dance_and_lengths_told,
}
"""Baselines by name. Those of `TOLD` are given the dance, which nobody knows; they bound what naming it can bring."""
TOLD = ("dance told", "dance and lengths told")
WITH_LENGTHS = ("lengths", "tempo and lengths", "dance and lengths told")


def in_any_order(apart: Doubles, seed: int) -> Floats:
    """Distances ``(N, C)`` with an order of chance among equal ones, by numbers far below any real difference."""
    return (apart + TIE * np.random.default_rng(seed).random(apart.shape)).astype(np.float32)


def benchmark_baselines(
    pairs: Pairs, *, lengths: bool = True, folds: int = 5, seeds: Sequence[int] = (0, 1, 2)
) -> list[BenchmarkResult]:
    """Evaluate `BASELINES` as `choreo.retrieval.bench.benchmark` does embedders, on the same folds.

    Without `lengths`, those that are told lengths are left out.

    Raises
    ------
    InputError
        When there are fewer songs than folds.
    """
    results = []
    for name, method in BASELINES.items():
        if name in WITH_LENGTHS and not lengths:
            continue
        found: list[FoldResult] = []
        for seed in seeds:
            for training, held_out in song_folds(pairs, folds, seed):
                train, test = pairs.subset(training), pairs.subset(held_out)
                found.append(judge(in_any_order(method(train, test), seed), train, test, seed=seed))
        results.append(gathered(name, found))
    return results


__all__ = ["BASELINES", "TOLD", "WITH_LENGTHS", "benchmark_baselines", "in_any_order"]
