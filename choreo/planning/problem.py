"""A choreography as a search problem: bars to cover with nodes of the motion graph, and what each cover costs.

Costs are of three kinds. A unary cost depends on the node and the bar it begins at, a pairwise cost on two nodes that
follow each other; both are tables, over which dynamic programming would be exact. History costs depend on all that was
danced before; for their sake a partial dance is carried along as a `Hypothesis`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from choreo.motion.placement import displaced, next_start
from choreo.planning.bars import Bar
from choreo.planning.costs import Weights, stage_costs
from choreo.planning.mixing import Mix, Recordings, mixed_on, mixing_costs
from choreo.types import Bools, Doubles, Ints

NodePath = list[tuple[int, int]]
"""``(bar, node)`` in order: the bar at which each node begins."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Cover the bars ``first..last - 1``; the last node may go on beyond them.

    Attributes
    ----------
    unary_cost
        ``(B, N)`` cost of node n beginning at bar b; infinity forbids.
    pairwise_cost
        ``(N, N)`` cost of node m being followed by node n.
    node_bars, family
        ``(N,)`` bars that a node takes, and a number that nodes share which look like the same dance.
    displacement
        ``(N, 3)`` of the root over a node: metres to the side and ahead, radians turned.
    continues
        ``(N, N) bool`` natural continuations: n goes on in the recording where m ends.
    bars
        ``B`` of them: those to cover, and spare ones for a last node that goes on.
    motif_of
        ``(P,)`` the phrase whose dance each phrase repeats, as `choreo.planning.motifs.motif_of` gives it.
    impossible
        ``(B, N)`` what no wish can make danced: a clip of fewer counts than its bars have beats. None for nothing.
    recordings
        Which nodes are of which recording; None where all are authored.
    """

    unary_cost: Doubles
    pairwise_cost: Doubles
    node_bars: Ints
    family: Ints
    displacement: Doubles
    continues: Bools
    bars: Sequence[Bar]
    motif_of: Ints
    last: int
    weights: Weights
    first: int = 0
    impossible: Bools | None = None
    recordings: Recordings | None = None


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A partial dance, with what of it the costs of its next node depend on.

    Attributes
    ----------
    cost
        Of all nodes so far.
    ground, facing
        Where it leaves the dancer: ``(2,)`` metres x and z, and radians from the audience.
    run
        Bars since the last cut: for so long one recording has been danced on.
    seen
        ``(F,)`` the bar at which each family was last begun; `NEVER` when it was not.
    times
        ``(F,)`` how often each family was begun where the form of the song did not ask for it.
    danced
        The node that began at each bar of each phrase, by phrase and number of the bar in it; for motifs.
    mix
        What was danced of which recording; None where all is authored.
    """

    cost: float = 0.0
    path: tuple[tuple[int, int], ...] = ()
    ground: Doubles = field(default_factory=lambda: np.zeros(2))
    facing: float = 0.0
    run: int = 0
    seen: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    times: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    danced: dict[tuple[int, int], int] = field(default_factory=dict)
    mix: Mix | None = None

    @cached_property
    def following(self) -> tuple[Doubles, Doubles]:
        """Position ``(2,)`` and heading at which its next node begins: asked for by each of those that are tried."""
        return next_start(self.ground, np.array(self.facing))


NEVER = -(1 << 30)


def initial_hypothesis(problem: Problem, before: NodePath | None = None) -> Hypothesis:
    """Begin a dance; what is danced `before` the problem's first bar is remembered and costs nothing."""
    mix = Mix(np.zeros(problem.recordings.takes)) if problem.recordings else None
    families = int(problem.family.max()) + 1
    hypothesis = Hypothesis(seen=np.full(families, NEVER), times=np.zeros(families, np.int64), mix=mix)
    for bar, node in before or []:
        hypothesis = replace(extend(problem, hypothesis, bar, node), cost=0.0)
    return hypothesis


def history_costs(problem: Problem, hypothesis: Hypothesis, bar: int) -> dict[str, Doubles]:
    """Cost of each node at `bar` because of what was danced before, by term, each ``(N,)``.

    ``again``
        A family that comes back, unless the form of the song asks for it: the longer ago, the cheaper. The family of
        the last node is let off: once in a row is priced by the pairwise cost, and only a third time here.
    ``often``
        A family that was danced more often than `Weights.usual` times in the whole dance, the dearer the more often:
        in a long one other moves have their turn, also those of neighbouring styles.
    ``motif``
        The reward, negative, of dancing a returning section as it was danced first.
    ``copy``
        Bars by which one recording is danced on for longer than `Weights.run`.
    ``stage``
        Where on the stage the node would leave the dancer, and facing where.
    ``dwell``, ``mixed``
        Where there are recordings, those of `choreo.planning.mixing.mixing_costs`.
    """
    w, here = problem.weights, problem.bars[bar]
    fresh = np.exp2(-(bar - hypothesis.seen) / max(w.memory, 1e-3))
    last = hypothesis.path[-1][1] if hypothesis.path else -1
    if last >= 0 and not _twice(problem, hypothesis):
        fresh[problem.family[last]] = 0.0
    again = (0.0 if here.rest else w.again if here.inside else w.again / 2) * fresh[problem.family]
    often = _often(problem, hypothesis, bar)
    motif = np.zeros(len(problem.node_bars))
    wanted = motif_node(problem, hypothesis, bar)
    if wanted >= 0:
        again[problem.family == problem.family[wanted]] = 0.0
        often[problem.family == problem.family[wanted]] = 0.0
        motif[wanted] = -w.motif * float(problem.node_bars[wanted])
    copy = np.zeros(len(problem.node_bars))
    if last >= 0:
        too_long = np.clip(hypothesis.run + problem.node_bars - w.run, 0, problem.node_bars)
        copy = w.copy * np.where(problem.continues[last], too_long, 0)
    stage = stage_costs(*displaced(*hypothesis.following, problem.displacement), w)
    found = {"again": again, "often": often, "motif": motif, "copy": copy, "stage": stage}
    if problem.recordings is not None and hypothesis.mix is not None:
        found |= mixing_costs(problem.recordings, hypothesis.mix, bar, problem.node_bars, wanted, w)
    return found


def _often(problem: Problem, hypothesis: Hypothesis, bar: int) -> Doubles:
    """``(N,)`` what it costs that a family was begun often; nothing where no music plays."""
    w = problem.weights
    if problem.bars[bar].rest:
        return np.zeros(len(problem.node_bars))
    beyond = np.clip(hypothesis.times - w.usual + 1, 0, w.most)
    return np.asarray(w.often * beyond[problem.family].astype(np.float64))


def _twice(problem: Problem, hypothesis: Hypothesis) -> bool:
    """Whether the last two nodes were of one family: a third would be one too many."""
    families = [int(problem.family[node]) for _, node in hypothesis.path[-2:]]
    return len(families) == 2 and families[0] == families[1]


def motif_node(problem: Problem, hypothesis: Hypothesis, bar: int) -> int:
    """Which node the form of the song asks for at `bar`: what began there when the section came first; -1 for none."""
    here = problem.bars[bar]
    if not here.inside:
        return -1
    motif = int(problem.motif_of[here.phrase])
    return hypothesis.danced.get((motif, here.number), -1) if motif != here.phrase else -1


def extend(problem: Problem, hypothesis: Hypothesis, bar: int, node: int, cost: float | None = None) -> Hypothesis:
    """Add a node to a hypothesis; `cost` is that of the node, computed when left out."""
    if cost is None:
        cost = float(step_costs(problem, hypothesis, bar)[node])
    here = problem.bars[bar]
    ground, turned = displaced(*hypothesis.following, problem.displacement[node])
    natural = bool(hypothesis.path) and bool(problem.continues[hypothesis.path[-1][1], node])
    seen = hypothesis.seen.copy()
    seen[problem.family[node]] = bar
    times = hypothesis.times
    if not here.rest and motif_node(problem, hypothesis, bar) != node:
        times = times.copy()
        times[problem.family[node]] += 1
    danced = {**hypothesis.danced, (here.phrase, here.number): node} if here.inside else hypothesis.danced
    bars, mix = int(problem.node_bars[node]), hypothesis.mix
    if problem.recordings is not None and mix is not None:
        mix = mixed_on(problem.recordings, mix, bar, node, bars, problem.weights)
    return Hypothesis(
        hypothesis.cost + cost, (*hypothesis.path, (bar, node)), ground, float(turned),
        bars + (hypothesis.run if natural else 0), seen, times, danced, mix,
    )  # fmt: skip


def step_costs(problem: Problem, hypothesis: Hypothesis, bar: int) -> Doubles:
    """``(N,)`` full cost of each node as the next one: unary, pairwise and history."""
    costs = problem.unary_cost[bar] + sum(history_costs(problem, hypothesis, bar).values())
    return costs + problem.pairwise_cost[hypothesis.path[-1][1]] if hypothesis.path else np.asarray(costs)
