"""The score of a group planned from a song's sections: a formation and roles for each part of the dance.

The chorus is danced in unison; elsewhere roles take turns. Where the dance ends in a pose, the rows come to poses of
their own. No two neighbouring parts have the same formation. Where a
picture is taller than wide, formations are deeper than wide.
"""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np

from choreo.planfile.counts import step_bars
from choreo.planfile.formations import stage_positions
from choreo.planfile.group import Group, Part
from choreo.planfile.troupe import AUTO, FORMATIONS, Troupe
from choreo.planning.end_poses import ends_posed
from choreo.types import ChoreographyPlan

LEAST_BARS, MOST_BARS = 4, 12
"""A shorter section goes with the one before it; a longer one is divided."""
WIDE, WIDE_TALL = 3.3, 1.3
"""How wide a formation may be, in units of the distance of neighbours, so that bodies are large in the picture: in one
that is wider than tall, and in one that is taller than wide."""
DEEP, DEEP_TALL = 3.6, 6.0
"""How deep it may be."""
STEEP = 1.1
"""How deep over its width it may be where the picture is wide: the camera is low, and those behind are hidden."""
CALM = ("solo", "backing", "canon", "answer")
"""Roles of the parts of less energy."""
FULL = ("mirror", "pairs", "levels", "canon")
"""Roles of the others that are no chorus."""


def plan_group(plan: ChoreographyPlan, troupe: Troupe, *, tall: bool = False) -> Group:
    """The score of a troupe whose formation or way changes; the same plan and troupe give the same.

    Parameters
    ----------
    tall
        Whether the picture is taller than wide.
    """
    chance = np.random.default_rng([plan.seed, 23])
    parts = parts_of(plan)
    energy = _energies(plan, parts)
    labels = [label for _, label in parts]
    back = sorted({label for label in labels if labels.count(label) > 1}) or sorted(set(labels))
    chorus = max(back, key=lambda label: np.mean([energy[k] for k, each in enumerate(labels) if each == label]))
    loud = float(np.median(energy))
    usable = fitting_formations(troupe.dancers, tall=tall)
    formation, role, found = "", "", list[Part]()
    for number, (bars, label) in enumerate(parts):
        if troupe.formation != AUTO:
            formation = troupe.formation
        else:
            formation = str(chance.choice([each for each in usable if each != formation]))
        if troupe.unison != AUTO:
            role = troupe.unison
        elif number == len(parts) - 1:
            role = "poses" if ends_posed(plan) else "unison"
        elif label == chorus:
            role = "unison"
        else:
            roles = FULL if energy[number] > loud else CALM
            role = str(chance.choice([each for each in roles if each != role]))
        found.append(Part(bars, formation, role, label, 4 if energy[number] > loud and troupe.dancers < 4 else 8))
    return Group(tuple(found))


def fitting_formations(dancers: int, *, tall: bool = False) -> list[str]:
    """Formations in which so many stand within the picture, at least two: if none fits, the least too large."""
    sizes = {name: np.ptp(stage_positions(name, dancers), axis=0) for name in FORMATIONS}
    wide, deep = (WIDE_TALL, DEEP_TALL) if tall else (WIDE, DEEP)
    usable = [name for name, (across, back) in sizes.items() if across <= wide and back <= deep]
    if not tall:
        usable = [name for name in usable if sizes[name][1] <= STEEP * sizes[name][0]]
    # Formations of few dancers that have the same places are no change.
    distinct = [
        name for k, name in enumerate(usable)
        if not any(_alike(name, other, dancers) for other in usable[:k])
    ]  # fmt: skip
    excess = {name: round(max(across / wide, back / deep), 6) for name, (across, back) in sizes.items()}
    nearly = sorted(FORMATIONS, key=lambda name: (excess[name], FORMATIONS.index(name)))
    return distinct if len(distinct) > 1 else list(dict.fromkeys([*distinct, *nearly]))[:2]


def _alike(one: str, other: str, dancers: int) -> bool:
    first, second = (np.round(stage_positions(name, dancers), 3) for name in (one, other))
    return bool(np.allclose(first[np.lexsort(first.T)], second[np.lexsort(second.T)], atol=0.05))


def parts_of(plan: ChoreographyPlan) -> list[tuple[tuple[int, int], str]]:
    """The bars of each part, first and past-last, with its section's label: short ones joined, long divided."""
    spans = zip(step_bars(plan), plan.steps, strict=True)
    runs = [(label, [bars for bars, _ in run]) for label, run in groupby(spans, key=lambda each: each[1].section)]
    joined = list[tuple[tuple[int, int], str]]()
    for label, run in runs:
        first, last = run[0][0], run[-1][1]
        if joined and (last - first < LEAST_BARS or joined[-1][0][1] - joined[-1][0][0] < LEAST_BARS):
            before, known = joined.pop()
            joined.append(((before[0], last), known if last - first < before[1] - before[0] else label))
        else:
            joined.append(((first, last), label))
    found = []
    for (first, last), label in joined:
        pieces = -(-(last - first) // MOST_BARS)
        # Whole eights where the section has them.
        cuts = [first, *(first + 2 * round((last - first) * k / pieces / 2) for k in range(1, pieces)), last]
        found += [(span, label) for span in pairwise(cuts)]
    return found


def _energies(plan: ChoreographyPlan, parts: list[tuple[tuple[int, int], str]]) -> list[float]:
    """The music's mean energy in each part."""
    each = [
        (step.energy, bar) for step, (first, last) in zip(plan.steps, step_bars(plan), strict=True)
        for bar in range(first, last)
    ]  # fmt: skip
    return [float(np.mean([energy for energy, bar in each if first <= bar < last])) for (first, last), _ in parts]
