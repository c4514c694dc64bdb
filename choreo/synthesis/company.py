"""A plan danced by a group as its score says: who dances what, where, and how everybody gets there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from choreo.errors import InputError
from choreo.planfile.counts import bar_beats
from choreo.planfile.formations import stage_positions
from choreo.planfile.group import Group, Part
from choreo.synthesis.differences import differing
from choreo.synthesis.group_space import GROWTH, MOST_GROWTH, least_air, part_spacing, shortest_ways
from choreo.synthesis.roles import Repertoire, danced_score, scores_of
from choreo.synthesis.spacing import GAP
from choreo.synthesis.travel import Way, eased_path, travelled
from choreo.types import ChoreographyPlan, Clip, Doubles, Motion


@dataclass(frozen=True, eq=False)
class Company:
    """The motions of a group, the first dancer's first.

    `dance` is the plan's dance in the middle of the stage; `spacing` the least distance of neighbours' places of all
    parts and `air` what lies at least between two bodies, metres.
    """

    dance: Motion
    motions: tuple[Motion, ...]
    spacing: float
    air: float


def taken_places(parts: Sequence[Part], dancers: int) -> list[Doubles]:
    """Where each dancer stands in each part ``(N, 2)``, in units of the distance of neighbours.

    In the first part the dancers have the places in their order, afterwards those with the shortest ways, or what the
    score says.
    """
    found = list[Doubles]()
    for part in parts:
        unit = stage_positions(part.formation, dancers)
        if part.places:
            unit = unit[list(part.places)]
        elif found:
            unit = unit[shortest_ways(found[-1], unit)]
        found.append(unit)
    return found


def ways_of(plan: ChoreographyPlan, parts: Sequence[Part], fps: float) -> list[Way]:
    """The changes between the parts: the counts before each part but the first, as frames."""
    bars, out = bar_beats(plan), list[Way]()
    for before, part in zip(parts[:-1], parts[1:], strict=True):
        first, last = before.bars[0], before.bars[1]
        beats = [beat for bar in bars[first:last] for beat in bar[:-1]] + [bars[last][0]]
        # A short part before it leaves fewer counts; one count is stood still at least.
        counts = max(1, min(part.counts, len(beats) - 2))
        frames = [round((beat - plan.start) * fps) for beat in beats[-counts - 1 :]]
        out.append(Way(tuple(max(0, frame) for frame in frames)))
    return out


def perform_company(plan: ChoreographyPlan, clips: Mapping[str, Clip], group: Group, dancers: int, fps: float) -> Company:
    """Dance a plan as its group score says; the same plan gives the same bits.

    Raises
    ------
    InputError
        When the score leads two dancers through each other.
    PlanError
        When a clip of the plan is not there.
    """
    parts = group.parts
    places, ways = taken_places(parts, dancers), ways_of(plan, parts, fps)
    repertoire = Repertoire(plan, clips, fps=fps)
    known = dict[object, Motion]()
    cast = list[Motion]()
    for score in scores_of(plan, parts, places, fps):
        if score not in known:
            known[score] = danced_score(score, repertoire)
        cast.append(known[score])
    dance = repertoire.whole
    frames = len(dance)
    borders = [0, *(min(way.end, frames - 1) for way in ways), frames]
    homes = [_homes(cast, first, last) for first, last in zip(borders[:-1], borders[1:], strict=True)]
    own = differing(cast, group.differences, plan.seed)
    apart = _spacings(cast, places, homes, ways, borders)
    for _ in range(MOST_GROWTH):
        motions, airs = _moved(own, places, homes, ways, borders, apart)
        near = [air < GAP - 1e-9 for air in airs]
        if not any(near):
            return Company(dance, tuple(motions), min(apart), min(airs))
        # Whatever lies between two borders is danced in one part, or on the way to the next.
        apart = [
            each * GROWTH if near[k] or (k > 0 and near[k - 1]) else each for k, each in enumerate(apart)
        ]  # fmt: skip
    part = parts[min(near.index(True) + 1, len(parts) - 1)]
    raise InputError(
        f"group: on the way to their places at bar {part.bars[0]} two dancers would meet. Leave out the part's places, "
        "so that the shortest ways are taken."
    )


def _homes(cast: Sequence[Motion], first: int, last: int) -> Doubles:
    """The middle ``(N, 2)`` of what each dances in some frames, metres: it is brought to the dancer's place."""
    known = {id(each): each.translation[first:last, [0, 2]].astype(np.float64).mean(axis=0) for each in cast}
    return np.stack([known[id(each)] for each in cast])


def _spacings(
    cast: Sequence[Motion], places: Sequence[Doubles], homes: Sequence[Doubles], ways: Sequence[Way],
    borders: Sequence[int],
) -> list[float]:  # fmt: skip
    """Metres from a dancer to the next in each part, as its frames without the ways need."""
    out = []
    for k, unit in enumerate(places):
        first, last = borders[k], ways[k].begin if k < len(ways) else borders[k + 1]
        centred = dict[tuple[int, bytes], Motion]()
        for motion, home in zip(cast, homes[k], strict=True):
            shift = np.array([home[0], 0, home[1]], np.float32)
            centred.setdefault(
                (id(motion), home.tobytes()), replace(motion, translation=motion.translation - shift)
            )  # fmt: skip
        around = [centred[id(motion), home.tobytes()] for motion, home in zip(cast, homes[k], strict=True)]
        out.append(part_spacing(around, unit, first, max(last, first + 1)))
    return out


def _moved(
    own: Sequence[Motion], places: Sequence[Doubles], homes: Sequence[Doubles], ways: Sequence[Way],
    borders: Sequence[int], apart: Sequence[float],
) -> tuple[list[Motion], list[float]]:  # fmt: skip
    """The dancers at their places and on their ways, and the least air between two borders each."""
    moved = []
    for dancer, motion in enumerate(own):
        stops = np.stack([
            distance * unit[dancer] - home[dancer] for distance, unit, home in zip(apart, places, homes, strict=True)
        ])  # fmt: skip
        moved.append(travelled(motion, eased_path(ways, stops, len(motion)), ways))
    airs = [least_air(moved, first, last) for first, last in zip(borders[:-1], borders[1:], strict=True)]
    return moved, airs


__all__ = ["Company", "perform_company", "taken_places", "ways_of"]
