"""The same again: parts of a dance that are danced as the first of them was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from choreo.planning.clip_pool import meant, with_ids
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
    begun = [(bar, meant(clips, name)[0]) for bar, name in wishes.pins]
    for chosen in wishes.chosen:
        if chosen.how == "begins":
            begun.append((chosen.bars[0], with_ids(clips, chosen.clip_ids)))
    taken = {bar for first, last in wishes.still for bar in range(first, last)}
    for bar, wanted in begun:
        lengths = problem.node_bars[wanted[graph.clip]]
        taken |= set(range(bar, bar + (int(lengths.min()) if len(lengths) else 1)))
    for chosen in wishes.chosen:
        if chosen.how == "ends":  # with the step that the path has for it
            taken |= {
                each
                for bar, node in path
                for each in range(bar, bar + int(problem.node_bars[node]))
                if bar < chosen.bars[1] <= bar + int(problem.node_bars[node])
            }
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
