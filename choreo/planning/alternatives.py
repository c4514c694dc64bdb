"""What else could be danced at a bar, when the rest of the dance stays as far as it can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from choreo.planfile.counts import step_at, step_bars
from choreo.planfile.directed import directed_of
from choreo.planning.beam import cost_to_go
from choreo.planning.choreograph import PlannerState, step_account
from choreo.planning.constraints import constrain
from choreo.planning.problem import Hypothesis, NodePath, Problem, extend, history_costs, initial_hypothesis
from choreo.planning.wishes import Held, Wishes
from choreo.types import ChoreographyPlan, Doubles

REACH = 4
"""Steps that may give way to one clip: the one at its bar, and those that a longer clip is danced across."""
EACH = 2
"""Alternatives of one move: it comes in several lengths."""


@dataclass(frozen=True)
class Alternative:
    """A clip that could be danced at a bar.

    Attributes
    ----------
    bars
        It begins with the first and ends before the last.
    until
        Bar before which steps give way to it; from there on the dance stays as it is.
    cost
        What the dance costs more with it than with what is danced now; negative when it costs less, and 0 for the step
        that is there. The cheapest rest up to `until` is counted, by dynamic programming.
    danced
        Whether it is what is danced there now.
    reasons
        Why it would be danced there, as `choreo.types.PlanStep` has them.
    """

    clip_id: str
    name: str
    mirror: bool
    bars: tuple[int, int]
    until: int
    cost: float
    danced: bool
    reasons: tuple[str, ...]


def alternatives_at(
    plan: ChoreographyPlan, state: PlannerState, wishes: Wishes, bar: int, count: int = 10
) -> list[Alternative]:
    """Clips for a bar at which a step begins, the best first; the step that is danced is the first of all.

    Every clip of the state is looked at, mirrored and not: what it costs there, how it follows on the step before, and
    the cheapest way from its end back into the dance, which is exact but for history's costs of that way.

    Parameters
    ----------
    wishes
        Those of an edit that dances `bar` anew, with the rest of the plan held.
    bar
        Any bar of the step.

    Raises
    ------
    InputError
        When the dance has no such bar.
    """
    spans, number = step_bars(plan), step_at(plan, bar)
    begin = spans[number][0]
    nodes = _nodes(plan, state)
    before: NodePath = [(spans[k][0], nodes[k]) for k in range(number)]
    hypothesis = initial_hypothesis(state.problem, before)
    free = _free(plan, wishes, spans, number)
    ends, stays = [spans[k][1] for k in free], _staying(state.problem, hypothesis, spans, nodes, free)
    held = {
        spans[k][0]: Held(step.clip_id, step.mirror, step.modifiers, step.holds) for k, step in enumerate(plan.steps)
    }
    total, until = np.full(len(state.graph.clip), np.inf), np.zeros(len(state.graph.clip), np.int64)
    for k, end in enumerate(ends):
        around = {first: each for first, each in held.items() if not begin <= first < end}
        freed = replace(wishes, held=around, range=(begin, end), avoided=(), pins=(), required=())
        problem, _ = constrain(state.problem, state.graph, state.clips, freed)
        cost = _through(problem, hypothesis, begin) + sum(stays[k + 1 :])
        fits = begin + problem.node_bars <= end
        fits &= begin + problem.node_bars > (spans[number + k - 1][1] if k else begin)
        total[fits], until[fits] = cost[fits], end
    now = _at_all(total, nodes[number])
    order = np.argsort(total, kind="stable")
    chosen = _varied(state, [int(node) for node in order if np.isfinite(total[node])], nodes[number], count)
    out = []
    for node in chosen:
        clip = state.clips[int(state.graph.clip[node])]
        _, why = step_account(state, hypothesis, begin, node)
        last = begin + int(state.problem.node_bars[node])
        out.append(
            Alternative(
                clip.clip_id, clip.name, bool(state.graph.mirrored[node]), (begin, last),
                int(until[node]) or last, round(float(total[node]) - now, 6) if np.isfinite(total[node]) else 0.0,
                node == nodes[number], why,
            )
        )  # fmt: skip
    return out


def _nodes(plan: ChoreographyPlan, state: PlannerState) -> list[int]:
    """The graph's node of each step."""
    known = {
        (state.clips[int(clip)].clip_id, bool(mirrored)): node
        for node, (clip, mirrored) in enumerate(zip(state.graph.clip, state.graph.mirrored, strict=True))
    }
    plain = {clip_id: node for (clip_id, _), node in reversed(known.items())}
    return [known.get((step.clip_id, step.mirror), plain[step.clip_id]) for step in plan.steps]


def _free(plan: ChoreographyPlan, wishes: Wishes, spans: Sequence[tuple[int, int]], number: int) -> list[int]:
    """The step, and the next ones that are neither locked nor wished for."""
    fixed = {bar for first, last in directed_of(plan.options).locks for bar in range(first, last)}
    fixed |= {chosen.bars[0] for chosen in wishes.chosen if chosen.how == "begins"}
    out = [number]
    for k in range(number + 1, min(number + REACH, len(spans))):
        if fixed & set(range(*spans[k])):
            break
        out.append(k)
    return out


def _through(problem: Problem, hypothesis: Hypothesis, bar: int) -> Doubles:
    """``(N,)`` what each node costs at a bar, with the cheapest rest up to the problem's last bar."""
    nodes = np.arange(len(problem.node_bars))
    cost = np.asarray(problem.unary_cost[bar] + sum(history_costs(problem, hypothesis, bar).values()))
    if hypothesis.path:
        cost = cost + problem.pairwise_cost[hypothesis.path[-1][1]]
    ahead = cost_to_go(problem)
    return np.asarray(cost + ahead[np.minimum(bar + problem.node_bars, len(ahead) - 1), nodes])


def _staying(
    problem: Problem,
    hypothesis: Hypothesis,
    spans: Sequence[tuple[int, int]],
    nodes: Sequence[int],
    steps: Sequence[int],
) -> list[float]:
    """What each of some steps costs as the dance is, with the way to the next, so that ways of all lengths compare."""
    costs = []
    for k in steps:
        bar, node = spans[k][0], nodes[k]
        cost = float(problem.unary_cost[bar, node]) + sum(
            float(term[node]) for term in history_costs(problem, hypothesis, bar).values()
        )
        hypothesis = extend(problem, hypothesis, bar, node, 0.0)
        onwards = float(problem.pairwise_cost[node, nodes[k + 1]]) if k + 1 < len(nodes) else 0.0
        costs.append((cost if np.isfinite(cost) else 0.0) + onwards)
    return costs


def _at_all(total: Doubles, node: int) -> float:
    """What the step costs that is there; the cheapest where it is one that only a wish makes danced."""
    return float(total[node]) if np.isfinite(total[node]) else float(np.min(total, initial=np.inf))


def _varied(state: PlannerState, order: Sequence[int], danced: int, count: int) -> list[int]:
    """What is danced, then the best, each clip once, and no move more often than `EACH` times."""
    out, clips, moves = [danced], {int(state.graph.clip[danced])}, dict[str, int]()
    for node in order:
        index = int(state.graph.clip[node])
        clip = state.clips[index]
        name = clip.move or clip.name
        if len(out) > count or index in clips or moves.get(name, 0) >= EACH:
            continue
        clips.add(index)
        moves[name] = moves.get(name, 0) + 1
        out.append(node)
    return out[: count + 1]


__all__ = ["Alternative", "alternatives_at"]
