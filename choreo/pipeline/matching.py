"""The clips that may be danced to a song, and how well each fits its phrases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from choreo.db.starter import FILLING
from choreo.music import phrases
from choreo.options import Choosing
from choreo.pipeline.result import ProgressScope
from choreo.planning.clip_pool import ClipPool
from choreo.planning.energy import with_energy
from choreo.retrieval import retrieve
from choreo.types import Candidates, Clip, MusicAnalysis, Phrase

READABLE = ("tempo", "energy", "metre")
"""Terms of the readable space that go with every learned distance, which has seen few tempos and levels of energy."""


def open_pool(choosing: Choosing, scope: ProgressScope) -> ClipPool:
    """The clips to choose from; a database that is filled first is a stage of its own."""
    filling = partial(scope.progress, FILLING)
    return ClipPool.open(choosing.db, choosing.datasets, choosing.licence, only=choosing.only, filling=filling)


def phrases_of(analysis: MusicAnalysis, energy: str | None) -> Sequence[Phrase]:
    """The phrases of a song, with the energy of a file where one is named."""
    parts = phrases(analysis)
    return parts if energy is None else with_energy(parts, energy)


def matched(
    analysis: MusicAnalysis, parts: Sequence[Phrase], clips: Sequence[Clip], choosing: Choosing
) -> Candidates:  # fmt: skip
    """How well clips fit phrases. A learned distance is joined by what can be read."""
    found = retrieve(
        analysis,
        parts,
        clips,
        embedder=choosing.embedder,
        lyrics=choosing.lyrics,
        lyrics_weight=choosing.lyrics_weight,
    )
    if not found.learned:
        return found
    plain = retrieve(analysis, parts, clips).terms
    terms = {**found.terms, **{name: plain[name] for name in READABLE}}
    return replace(found, terms=terms, distances=np.array(sum(terms.values()), np.float32))


__all__ = ["matched", "open_pool", "phrases_of"]
