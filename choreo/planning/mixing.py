"""Mixing recordings: no take for long, none all the time, and one style in a section.

Authored moves alone are none of this: they come from no take, and guests mix their styles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from choreo.planning.bars import Bar
from choreo.planning.costs import Weights
from choreo.planning.graph import MotionGraph
from choreo.planning.motifs import runs_of
from choreo.planning.style_tables import GROOVE, NEIGHBOURS, NEUTRAL
from choreo.types import Bools, Clip, Doubles, Ints, Phrase

NONE = -1
FRIEND = 0.5
"""How strange a neighbouring style is beside another one in a section."""
RECALLED = 2
"""How many times as long a recording is remembered as a move."""
MOST = 3.0
"""How many times as dear a bar of a take gets at most, however much of it was danced."""


@dataclass(frozen=True, eq=False)
class Recordings:
    """Which nodes are cut from which recording, and what goes together with what.

    Attributes
    ----------
    take
        ``(N,)`` number of the recording, `NONE` for authored moves.
    takes
        How many there are.
    style
        ``(N,)`` number of the node's styles, `NONE` for what goes with all: neutral and groove.
    strange
        ``(S, S)`` 0 for styles that share a name, `FRIEND` for neighbours, 1 for others.
    section
        ``(B,)`` number of the section that each bar is in, a new one each time that it comes back.
    """

    take: Ints
    takes: int
    style: Ints
    strange: Doubles
    section: Ints

    @cached_property
    def recorded(self) -> Bools:
        """``(N,)`` nodes that are of a recording."""
        return self.take >= 0

    @cached_property
    def beside(self) -> Doubles:
        """``(S, N)`` how strange each node is beside a style; what has none is strange nowhere."""
        return np.where(self.style >= 0, self.strange[:, self.style], 0.0)


@dataclass(frozen=True, eq=False)
class Mix:
    """What of a partial dance mixing depends on.

    Attributes
    ----------
    load
        ``(T,)`` bars of each take that were danced, half as many after every `RECALLED` times `Weights.memory` bars.
    style, section, recorded
        Of the last node that had a style: number of its styles, its section, and whether it is of a recording.
    """

    load: Doubles
    style: int = NONE
    section: int = NONE
    recorded: bool = False


def recordings_of(
    clips: Sequence[Clip], graph: MotionGraph, bars: Sequence[Bar], phrases: Sequence[Phrase]
) -> Recordings | None:
    """Which nodes of a graph of `clips` are of which recording; None when none is."""
    numbers = {name: k for k, name in enumerate(dict.fromkeys(clip.source_hash for clip in clips if clip.source_hash))}
    if not numbers:
        return None
    take = np.array([numbers.get(clip.source_hash, NONE) for clip in clips])
    named = [frozenset(clip.styles) if not {NEUTRAL, GROOVE} & {*clip.styles} else frozenset() for clip in clips]
    sets = {each: k for k, each in enumerate(dict.fromkeys(each for each in named if each))}
    style = np.array([sets.get(each, NONE) for each in named])
    strange = np.array([[_strange(a, b) for b in sets] for a in sets]).reshape(len(sets), len(sets))
    runs = {k: number for number, run in enumerate(runs_of(phrases)) for k in run}
    section = np.array([runs.get(bar.phrase, 0) for bar in bars])
    return Recordings(take[graph.clip], len(numbers), style[graph.clip], strange, section)


def _strange(a: frozenset[str], b: frozenset[str]) -> float:
    if a & b:
        return 0.0
    near = any(y in NEIGHBOURS.get(x, ()) or x in NEIGHBOURS.get(y, ()) for x in a for y in b)
    return FRIEND if near else 1.0


def mixing_costs(
    recordings: Recordings, mix: Mix, bar: int, node_bars: Ints, wanted: int, weights: Weights
) -> dict[str, Doubles]:
    """Cost of each node at `bar` because of the recordings that were danced before, by term, each ``(N,)``.

    ``dwell``
        Bars of a take of which more than `Weights.stay` bars were danced of late, the dearer the more. What the form
        of the song asks for, node `wanted`, is let off; -1 for none.
    ``mixed``
        Another style in the same section, unless both nodes are authored.
    """
    dwell, mixed = np.zeros(len(node_bars)), np.zeros(len(node_bars))
    if weights.dwell and mix.load.max() + node_bars.max() > weights.stay:
        over = np.append(mix.load, 0.0)[recordings.take] + node_bars - weights.stay
        known = np.flatnonzero(recordings.recorded & (over > 0))
        dear = np.minimum(over[known] / max(weights.stay, 1), MOST)
        dwell[known] = weights.dwell * node_bars[known] * dear
        if wanted >= 0:
            dwell[wanted] = 0.0
    if mix.style >= 0 and mix.section == recordings.section[bar]:
        mixed = weights.mixed * recordings.beside[mix.style]
        if not mix.recorded:
            mixed = mixed * recordings.recorded
    return {"dwell": dwell, "mixed": mixed}


def mixed_on(recordings: Recordings, mix: Mix, bar: int, node: int, bars: int, weights: Weights) -> Mix:
    """What is remembered after a node of so many `bars` that begins at `bar`."""
    load = mix.load * 0.5 ** (bars / max(RECALLED * weights.memory, 1e-3))
    take, style = int(recordings.take[node]), int(recordings.style[node])
    if take >= 0:
        load[take] += bars
    if style < 0:
        return Mix(load, mix.style, mix.section, mix.recorded)
    return Mix(load, style, int(recordings.section[bar]), take >= 0)
