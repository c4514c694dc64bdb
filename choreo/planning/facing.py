"""Where steps face: what wishes ask for, and what a dance makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from choreo.motion.boundary import boundaries_of, boundary_part
from choreo.motion.placement import displaced, next_start
from choreo.motion.rotations import wrap_angle
from choreo.moves.ends import end_of
from choreo.moves.modify import modified
from choreo.planfile.counts import step_bars
from choreo.planning.staging import authored
from choreo.planning.wishes import Wishes
from choreo.types import ChoreographyPlan, Clip, Doubles, Ints, PlanStep

FACED = np.radians(50.0)
"""How far from where a wish says that a dancer faces he may begin and end a step that is danced there."""
NAMES = {0.0: "front", 90.0: "left", -90.0: "right", 180.0: "away"}
MIRRORED = np.array([-1.0, 1.0, -1.0])


def faces_of(path: Sequence[tuple[int, int]], node_bars: Ints, wishes: Wishes) -> dict[int, float]:
    """Radians to the left of the audience to which steps face of which most bars have such a wish, by their number.

    Parameters
    ----------
    path
        Bar and node of each step; ``node_bars (N,)`` are the bars of each node.
    """
    found: dict[int, float] = {}
    for number, (bar, node) in enumerate(path):
        bars = int(node_bars[node])
        for first, last, degrees in wishes.facings:
            if 2 * (min(bar + bars, last) - max(bar, first)) > bars:
                found[number] = float(np.radians(degrees))
    return found


def headings(steps: Sequence[PlanStep], clips: Sequence[Clip]) -> Doubles:
    """``(S + 1,)`` radians to the left of the audience at which each step begins, and the last one ends.

    Parameters
    ----------
    clips
        One for each step.
    """
    facing, ground = np.array(0.0), np.zeros(2)
    out = [0.0]
    recorded = boundary_part(boundaries_of(clips), "displacement").astype(np.float64)
    for step, clip, way in zip(steps, clips, recorded, strict=True):
        move = authored(clip)
        if move is None and len(out) > 1:
            ground, facing = next_start(ground, facing)
        moved = way if move is None else end_of(modified(move, step.modifiers))
        if clip.role == "entrance":
            moved = np.zeros(3)  # it is where an entrance ends that faces the audience
        ground, facing = displaced(ground, facing, moved * MIRRORED if step.mirror else moved)
        out.append(float(facing))
    return np.array(out)


def unmet_facings(plan: ChoreographyPlan, wishes: Wishes, clips: Sequence[Clip]) -> list[str]:
    """What is said of ranges of which under half of the bars are danced facing where a wish says."""
    if not wishes.facings:
        return []
    by_id = {clip.clip_id: clip for clip in clips}
    faced = headings(plan.steps, [by_id[step.clip_id] for step in plan.steps])
    said = []
    for first, last, degrees in wishes.facings:
        good = there = 0
        for (begin, past), ends in zip(step_bars(plan), pairwise(faced.tolist()), strict=True):
            bars = max(0, min(past, last) - max(begin, first))
            there += bars
            away = np.abs(wrap_angle(np.array(ends) - np.radians(degrees)))
            good += bars * bool(away.mean() < FACED)
        if 2 * good < there:
            name = NAMES.get(degrees, f"{degrees:g} degrees")
            said.append(
                f"wish '{first}-{last}=facing {name}': {good} of {there} bars are danced so; the feet of the moves "
                "there cannot turn the dancer so far, and recordings are not turned at all"
            )
    return said


__all__ = ["faces_of", "headings", "unmet_facings"]
