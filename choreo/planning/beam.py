"""Search with memory: a beam over dances, guided by the exact cost of finishing each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.planning.costs import Weights
from choreo.planning.timeline import Bar
from choreo.types import Doubles, Ints

WIDTH = 48
CHILDREN = 16


@dataclass(frozen=True, eq=False)
class _Dance:
    """A beginning of a dance: its cost so far, the estimate with the rest, and its ``(bar, node)`` steps."""

    cost: float
    estimate: float
    path: tuple[tuple[int, int], ...]


def cost_to_go(place: Doubles, pair: Doubles, spans: Ints, last: int) -> Doubles:
    """``(last + longest, N)``: least cost of covering the bars from b on after node n, by dynamic programming.

    Without the terms that reach further back than one step it is exact (Bellman 1957).
    """
    longest, nodes = int(spans.max()), place.shape[1]
    ahead = np.zeros((last + longest, nodes))
    for bar in range(last - 1, -1, -1):
        follow = place[bar] + ahead[bar + spans, np.arange(nodes)]
        ahead[bar] = (pair + follow).min(axis=1)
    return ahead


def _history(
    dance: _Dance, bar: int, bars: Sequence[Bar], clip: Ints, spans: Ints, ties: Ints, weights: Weights
) -> Doubles:
    """``(N,)`` what each node costs at `bar` because of what was danced before.

    A clip that comes back within `memory` bars costs `again` unless the form asks for it (doing it twice
    in a row is priced by the pairwise terms); dancing a returning section as before earns `motif` a bar.
    """
    out = np.zeros(len(clip))
    here = bars[bar]
    tied = int(ties[here.phrase]) if here.inside else -1
    for at in range(len(dance.path) - 1, -1, -1):
        begun, node = dance.path[at]
        there = bars[begun]
        asked = tied >= 0 and tied != here.phrase and there.inside and there.phrase == tied
        if asked and there.place == here.place:
            out[node] -= weights.motif * float(spans[node])
        elif not asked and at < len(dance.path) - 1 and bar - begun <= weights.memory:
            out[clip == clip[node]] += weights.again
    return out


def beam_path(
    place: Doubles,
    pair: Doubles,
    spans: Ints,
    clip: Ints,
    bars: Sequence[Bar],
    ties: Ints,
    last: int,
    weights: Weights,
) -> list[tuple[int, int]]:
    """Find a cheap cover of bars ``0..last`` under terms that remember.

    Parameters
    ----------
    place, pair, spans
        As for `choreo.planning.search.best_path`.
    clip
        ``(N,)`` clip of each node: a clip and its mirror count as the same.
    ties
        ``(P,)`` as `choreo.planning.structure.motif_of` gives them.

    Returns
    -------
    ``(bar, node)`` in order, empty when no cover exists. Equal to the exact search where no term remembers.
    """
    nodes = np.arange(len(spans))
    ahead = cost_to_go(place, pair, spans, last)
    waiting: dict[int, list[_Dance]] = {0: [_Dance(0.0, 0.0, ())]}
    done: list[_Dance] = []
    for bar in range(last):
        front = sorted(waiting.pop(bar, []), key=lambda dance: dance.estimate)[:WIDTH]
        for dance in front:
            step = place[bar] + _history(dance, bar, bars, clip, spans, ties, weights)
            step = step + pair[dance.path[-1][1]] if dance.path else step
            estimate = dance.cost + step + ahead[bar + spans, nodes]
            for node in np.argsort(estimate, kind="stable")[:CHILDREN]:
                if not np.isfinite(estimate[node]):
                    break
                grown = _Dance(dance.cost + float(step[node]), float(estimate[node]), (*dance.path, (bar, int(node))))
                at = bar + int(spans[node])
                (done if at >= last else waiting.setdefault(at, [])).append(grown)
    return list(min(done, key=lambda dance: dance.cost).path) if done else []
