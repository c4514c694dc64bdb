"""Styles of music and of clips: how likely each is of a song, and how near each clip is to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from choreo.planning.style_tables import GROOVE, NEAREST, NEIGHBOURS, SAYS_NOTHING
from choreo.planning.styles import heard_styles
from choreo.types import Clip, Floats, MusicAnalysis
from choreo_zeroshot.tempos import tempo_likelihood

STYLES = tuple(sorted({*NEIGHBOURS, *NEAREST}))
"""Styles that music is heard as, in the order of the vectors."""
DOUBT = 0.2
"""Share of songs of which what was heard says nothing: they may be of any style."""
NEIGHBOUR, SAYS_LITTLE = 0.5, 0.25
"""How much a clip of a neighbouring style is of a style, and a groove or one of no style; one of it is 1, others 0."""


def song_styles(analysis: MusicAnalysis) -> Floats:
    """Probability of each of `STYLES` for a song, ``(S,)``: what was heard, and how likely its tempo is with each.

    Bayes' rule. What was heard is believed but for `DOUBT`; that share, and what was heard as none of the styles, is
    spread over all of them.
    """
    heard = heard_styles(analysis)
    prior = (1 - DOUBT) * np.array([heard.get(name, 0.0) for name in STYLES])
    prior += (1 - prior.sum()) / len(STYLES)
    found = prior * [tempo_likelihood(name, analysis.tempo) for name in STYLES]
    return np.asarray(found / found.sum(), np.float32)


def clip_styles(clips: Sequence[Clip]) -> Floats:
    """How much each clip is of each of `STYLES`, ``(C, S)``, 0..1."""
    return np.array([_kinship(clip.styles) for clip in clips], np.float32).reshape(len(clips), len(STYLES))


def style_misfits(songs: Floats, clips: Floats) -> Floats:
    """How little a clip can be expected to be of the style that a song has, ``(P, C)``, 0..1.

    Of a clip of no style the same for all songs, so that it is not nearer to those of which little is known.

    Parameters
    ----------
    songs, clips
        ``(P, S)`` of `song_styles` and ``(C, S)`` of `clip_styles`.
    """
    return np.asarray(1 - songs @ clips.T, np.float32)


@lru_cache(maxsize=4096)
def _kinship(styles: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(max((_kin(wanted, style) for style in styles), default=SAYS_LITTLE) for wanted in STYLES)


def _kin(wanted: str, style: str) -> float:
    if style == wanted:
        return 1.0
    if style in NEIGHBOURS.get(wanted, ()) or style == NEAREST.get(wanted):
        return NEIGHBOUR
    return SAYS_LITTLE if style in SAYS_NOTHING or style == GROOVE else 0.0
