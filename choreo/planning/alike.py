"""The same again: parts of a dance that are danced as the first of them was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from choreo.planning.graph import MotionGraph
from choreo.planning.problem import NodePath, Problem
from choreo.planning.wishes import Held, Wishes
from choreo.types import Clip


def danced_alike(
    problem: Problem, graph: MotionGraph, clips: Sequence[Clip], wishes: Wishes, path: NodePath
) -> Wishes:  # fmt: skip
    """Wishes by which parts of `Wishes.alike` are danced as their first is on a path, on either side.

    A step is taken over where it lies within both parts, and stays in the first; what another wish wants there stays.
    """
    held = dict(wishes.held)
    taken = {chosen.bars[0] for chosen in wishes.chosen} | {bar for bar, _ in wishes.pins}
    for parts in wishes.alike:
        first, last = parts[0]
        steps = [(bar, node) for bar, node in path if first <= bar and bar + int(problem.node_bars[node]) <= last]
        for begin, end in parts:
            for bar, node in steps:
                there, bars = begin + bar - first, int(problem.node_bars[node])
                if there + bars <= end and not taken.intersection(range(there, there + bars)):
                    held.setdefault(there, Held(clips[int(graph.clip[node])].clip_id))
    return replace(wishes, held=held)


__all__ = ["danced_alike"]
