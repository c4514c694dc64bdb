"""A choreography as a search: bars to be covered by nodes, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from choreo.motion.placement import displaced, next_start
from choreo.planning.bars import Bar
from choreo.planning.costs import Weights, stage_costs
from choreo.types import Bools, Doubles, Ints

Path = list[tuple[int, int]]
"""``(bar, node)`` in order."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Cover the bars ``first..last - 1``.

    Attributes
    ----------
    place
        ``(B, N)`` cost of node n beginning at bar b; infinity forbids.
    pair
        ``(N, N)`` cost of node m being followed by node n.
    spans, family
        ``(N,)`` bars that a node takes, and which nodes are the same dance to the eye.
    moved
        ``(N, 3)`` where it takes the dancer.
    follows
        ``(N, N) bool`` natural continuations.
    ties
        ``(P,)`` as `choreo.planning.motifs.motif_of` gives them.
    """

    place: Doubles
    pair: Doubles
    spans: Ints
    family: Ints
    moved: Doubles
    follows: Bools
    bars: Sequence[Bar]
    ties: Ints
    last: int
    weights: Weights
    first: int = 0


@dataclass(frozen=True, eq=False)
class Dance:
    """The beginning of a dance and what has to be remembered of it.

    ``seen (F,)``: the bar at which each family was last begun; `danced` the node by phrase and place in it.
    """

    cost: float = 0.0
    path: tuple[tuple[int, int], ...] = ()
    ground: Doubles = field(default_factory=lambda: np.zeros(2))
    facing: float = 0.0
    run: int = 0
    seen: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    danced: dict[tuple[int, int], int] = field(default_factory=dict)


LONG_AGO = -(1 << 30)


def beginning(problem: Problem, before: Path | None = None) -> Dance:
    """A dance of which nothing, or only what is `before` the problem's first bar, is danced yet."""
    dance = Dance(seen=np.full(int(problem.family.max()) + 1, LONG_AGO))
    for bar, node in before or []:
        dance = replace(step(problem, dance, bar, node), cost=0.0)
    return dance


def memories(problem: Problem, dance: Dance, bar: int) -> dict[str, Doubles]:
    """``(N,)`` what each node costs at `bar` because of what was danced before, neighbours left out, by term.

    A family that comes back within `memory` bars costs `again` unless the form asks for it (the second time in a row is
    priced by the pairwise terms); dancing a returning section as before earns `motif` a bar; a recording that is danced
    on for long costs `copy`; and so does where the dancer ends (`stage`).
    """
    w, here = problem.weights, problem.bars[bar]
    soon = bar - dance.seen <= w.memory
    last = dance.path[-1][1] if dance.path else -1
    if last >= 0 and not _twice(problem, dance):
        soon[problem.family[last]] = False
    again = np.where(soon[problem.family], w.again if here.inside else w.again / 2, 0.0)
    motif = np.zeros(len(problem.spans))
    asked = asked_for(problem, dance, bar)
    if asked >= 0:
        again[problem.family == problem.family[asked]] = 0.0
        motif[asked] = -w.motif * float(problem.spans[asked])
    copy = np.zeros(len(problem.spans))
    if last >= 0:
        copy = w.copy * np.where(problem.follows[last], np.clip(dance.run + problem.spans - w.run, 0, problem.spans), 0)
    ground, facing = next_start(dance.ground, np.array(dance.facing))
    stage = stage_costs(*displaced(ground, facing, problem.moved), w)
    return {"again": again, "motif": motif, "copy": copy, "stage": stage}


def _twice(problem: Problem, dance: Dance) -> bool:
    """Whether the last two steps were of one family: a third would be one too many."""
    families = [int(problem.family[node]) for _, node in dance.path[-2:]]
    return len(families) == 2 and families[0] == families[1]


def asked_for(problem: Problem, dance: Dance, bar: int) -> int:
    """The node that the form of the song asks for at `bar`, -1 when none."""
    here = problem.bars[bar]
    if not here.inside:
        return -1
    tied = int(problem.ties[here.phrase])
    return dance.danced.get((tied, here.place), -1) if tied != here.phrase else -1


def step(problem: Problem, dance: Dance, bar: int, node: int, cost: float | None = None) -> Dance:
    """`dance` with one more node; `cost` is what that costs, reckoned anew when left out."""
    if cost is None:
        cost = float(step_costs(problem, dance, bar)[node])
    here = problem.bars[bar]
    ground, facing = next_start(dance.ground, np.array(dance.facing))
    ground, turned = displaced(ground, facing, problem.moved[node])
    natural = bool(dance.path) and bool(problem.follows[dance.path[-1][1], node])
    seen = dance.seen.copy()
    seen[problem.family[node]] = bar
    danced = {**dance.danced, (here.phrase, here.place): node} if here.inside else dance.danced
    run = int(problem.spans[node]) + (dance.run if natural else 0)
    return Dance(dance.cost + cost, (*dance.path, (bar, node)), ground, float(turned), run, seen, danced)


def step_costs(problem: Problem, dance: Dance, bar: int) -> Doubles:
    """``(N,)`` all that each node costs next."""
    costs = problem.place[bar] + sum(memories(problem, dance, bar).values())
    return costs + problem.pair[dance.path[-1][1]] if dance.path else np.asarray(costs)


def total(problem: Problem, path: Path, before: Path | None = None) -> float:
    """Cost of a whole path."""
    dance = beginning(problem, before)
    for bar, node in path:
        dance = step(problem, dance, bar, node)
    return dance.cost


def every_path(problem: Problem) -> Iterator[Path]:
    """All covers; for small problems."""

    def grow(path: Path, bar: int) -> Iterator[Path]:
        if bar >= problem.last:
            yield path
            return
        for node in np.flatnonzero(np.isfinite(problem.place[bar])).tolist():
            yield from grow([*path, (bar, node)], bar + int(problem.spans[node]))

    yield from grow([], problem.first)
