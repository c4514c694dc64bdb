"""A plan danced by a group as its score says: who dances what, where, and how everybody gets there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from choreo.planfile.counts import bar_beats
from choreo.planfile.group import Group, Part
from choreo.planfile.places import taken_places
from choreo.synthesis.differences import differing
from choreo.synthesis.group_space import GROWTH, grown, least_air, part_spacing
from choreo.synthesis.roles import Repertoire, danced_score, scores_of
from choreo.synthesis.spacing import GAP
from choreo.synthesis.travel import Way, eased_path, travelled
from choreo.types import ChoreographyPlan, Clip, Doubles, Motion

TRIES = 12
"""How often the distances grow for feet that reach further on their ways than the dance does."""


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


def ways_of(plan: ChoreographyPlan, parts: Sequence[Part], fps: float) -> list[Way]:
    """The changes between the parts: the counts before each part but the first, as frames."""
    bars, out = bar_beats(plan), list[Way]()
    for before, part in pairwise(parts):
        first, last = before.bars[0], before.bars[1]
        beats = [beat for bar in bars[first:last] for beat in bar[:-1]] + [bars[last][0]]
        # A short part before it leaves fewer counts; one count is stood still at least.
        counts = max(1, min(part.counts, len(beats) - 2))
        frames = [round((beat - plan.start) * fps) for beat in beats[-counts - 1 :]]
        out.append(Way(tuple(max(0, frame) for frame in frames)))
    return out


def perform_company(
    plan: ChoreographyPlan, clips: Mapping[str, Clip], group: Group, dancers: int, fps: float
) -> Company:
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
    homes = [_homes(cast, first, last) for first, last in pairwise(borders)]
    own = differing(cast, group.differences, plan.seed)
    apart = _spacings(own, places, homes, ways, borders)

    def stops(apart: Sequence[float]) -> list[Doubles]:
        """Where each dancer's root is brought ``(parts, 2)``, metres, for distances of neighbours."""
        each = zip(apart, places, homes, strict=True)
        middles = np.stack([distance * unit - home for distance, unit, home in each])
        return list(np.moveaxis(middles, 1, 0))

    apart = grown(own, stops, ways, apart)
    for _ in range(TRIES):
        moved = [
            travelled(motion, eased_path(ways, each, frames), ways)
            for motion, each in zip(own, stops(apart), strict=True)
        ]  # fmt: skip
        air = least_air(moved, 0, frames)
        if air >= GAP / 2:
            break
        # Feet on their ways may reach further than the dance does.
        apart = [GROWTH * each for each in apart]
    return Company(dance, tuple(moved), min(apart), air)


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


__all__ = ["Company", "perform_company", "ways_of"]
