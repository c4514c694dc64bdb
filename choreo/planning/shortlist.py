"""Few of many clips: those that suit a song, so that planning takes as long with 100,000 clips as with 800."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.db.columns import ClipColumns, taken
from choreo.planning.metres import fits_metre
from choreo.planning.style_tables import SAYS_NOTHING
from choreo.planning.tempo import tempo_limits
from choreo.types import Bools, Doubles, Ints, Phrase

MOST = 800
"""Clips that are planned with at most; databases of fewer are taken whole."""
DANCED = frozenset(("move", "idle"))
"""Roles of clips that suit a song or not; of others some are taken."""
COLUMNS = ("clip_id", "dataset", "licence", "role", "metre", "counts", "tempo", "tempo_low", "tempo_high", "energy",
           "styles", "source_hash", "first_frame")  # fmt: skip


def shortlist(
    rows: ClipColumns,
    allowed: Bools,
    phrases: Sequence[Phrase],
    metre: int,
    style: str | None,
    seed: int,
    most: int = MOST,
) -> list[str]:
    """Ids of at most `most` clips, those whose tempo, energy and style suit the song's phrases best.

    Levels of energy get clips in proportion to the song's phrases, and clips of a recording are kept together, so that
    natural continuations stay.

    Parameters
    ----------
    rows
        `COLUMNS` of all clips, in the order of their ids.
    allowed
        ``(C,)``: licence and dataset are right.
    """
    usable, danced = fits_metre(rows, metre, allowed), rows["role"].where(DANCED.__contains__)
    keep = np.flatnonzero(usable & ~danced)[: most // 8]
    moves = np.flatnonzero(usable & danced)
    left = most - len(keep)
    if len(moves) > left:
        energy = rows["energy"][moves]
        misfit = _misfit(rows, moves, phrases, style)
        misfit = misfit + 1e-3 * np.random.default_rng(seed).random(len(moves))
        moves = moves[_spread(misfit, energy, _runs(rows, moves), phrases, left)]
    ids = rows["clip_id"]
    return [ids[k] for k in sorted([*keep.tolist(), *moves.tolist()])]


def _misfit(rows: ClipColumns, moves: Ints, phrases: Sequence[Phrase], style: str | None) -> Doubles:
    """How badly tempo, in octaves, and style go with a song, ``(M,)``."""
    tempo, low, high = (rows[name][moves] for name in ("tempo", "tempo_low", "tempo_high"))
    low, high = tempo_limits(low, high, tempo)
    wanted = np.log2(np.median([phrase.tempo for phrase in phrases])) if phrases else np.log2(120.0)
    octaves = np.maximum(np.maximum(np.log2(low) - wanted, wanted - np.log2(high)), 0)

    def other(styles: tuple[str, ...]) -> float:
        return 0.0 if style is None or style in styles else 0.5 if SAYS_NOTHING.issuperset(styles) else 1.0

    return np.asarray(8 * octaves + taken(rows["styles"], moves).each(other, np.float64))


def _runs(rows: ClipColumns, moves: Ints) -> Ints:
    """Number of the run that each clip belongs to, ``(M,)``: 1200 frames of one recording are a run."""
    hashes, stretch = taken(rows["source_hash"], moves), rows["first_frame"][moves].astype(np.int64) // 1200
    # a clip of no recording is a run of its own
    numbers, stretches = hashes.codes.astype(np.int64), int(stretch.max(initial=0)) - int(stretch.min(initial=0)) + 1
    keys = np.where(hashes.where(bool), numbers * stretches + stretch - stretch.min(initial=0), -1 - moves)
    _, first, run = np.unique(keys, return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int64)
    number[np.argsort(first)] = np.arange(len(first))  # in the order in which they are first met
    return number[run.reshape(-1)]


def _spread(misfit: Doubles, energy: Doubles, run: Ints, phrases: Sequence[Phrase], count: int) -> Ints:
    """At most `count` clips, whole runs at a time, those of least misfit first.

    Runs of equal misfit, to a tenth, are taken in turns from five levels of energy. A level's turns come the sooner the
    more of the song's phrases have it: `turn` counts clips of the level divided by its phrases.
    """
    runs = int(run.max()) + 1
    size = np.bincount(run, minlength=runs)
    cost = np.bincount(run, weights=misfit, minlength=runs) / size
    level = np.clip((np.bincount(run, weights=energy, minlength=runs) / size * 5).astype(np.int64), 0, 4)
    turn = np.zeros(runs)
    wanted = (
        np.bincount(np.clip([int(p.energy * 5) for p in phrases], 0, 4), minlength=5) + 1 if phrases else np.ones(5)
    )
    for band in range(5):
        mine = np.flatnonzero(level == band)
        order = mine[np.argsort(cost[mine], kind="stable")]
        turn[order] = np.cumsum(size[order]) / wanted[band]
    # A tenth of misfit outweighs a thousand turns.
    best = np.argsort(turn + 1e4 * np.round(cost, 1), kind="stable")
    taken = best[np.cumsum(size[best]) <= count]
    if not len(taken):
        return np.argsort(misfit, kind="stable")[:count]
    return np.flatnonzero(np.isin(run, taken))
