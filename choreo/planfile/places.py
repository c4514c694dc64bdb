"""Who stands where in each part of a group's score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.planfile.formations import stage_positions
from choreo.planfile.group import Part
from choreo.types import Doubles, Ints


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


def shortest_ways(before: Doubles, after: Doubles) -> Ints:
    """For each dancer, who stands at ``before (N, 2)``, the number of a place of ``after (N, 2)``.

    The sum of squared distances is the least that can be. Exchanging two of its ends cannot make it smaller, which is
    ``(a_i - a_j) . (b_i - b_j) >= 0``: straight ways walked at the same pace do not meet.
    """
    from scipy.optimize import linear_sum_assignment

    squared = ((before[:, None] - after[None]) ** 2).sum(axis=-1)
    # The dancers' own numbers decide between ways that are as short.
    order = np.abs(np.arange(len(before))[:, None] - np.arange(len(after))[None])
    found: Ints = linear_sum_assignment(np.round(squared, 6) + 1e-7 * order)[1]
    return found
