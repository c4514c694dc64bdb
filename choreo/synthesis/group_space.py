"""How far apart the dancers of a group stand in each part, so that nobody meets anybody, also on the ways between.

As in `choreo.synthesis.spacing`, two bodies are apart when a vertical plane passes between them with `GAP` metres of
air. A part needs the least distance of neighbours at which that holds in its every frame. On the ways between two parts
both distances grow until it holds there, too. Places are assigned with the least sum of squared ways
(`choreo.planfile.places.shortest_ways`): then no two ways cross, and two dancers are never nearer on them than
0.7 of what they are at the nearer end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from choreo.errors import InputError
from choreo.motion.blocks import blocks
from choreo.motion.repair import sliced
from choreo.synthesis.spacing import DIRECTIONS, GAP, extents_along
from choreo.synthesis.travel import Way, eased_path
from choreo.types import Doubles, Motion

NEAR = 1.25
"""Metres from a dancer to the next when the dance does not need more."""
GROWTH = 1.05
"""By how much two parts grow at a time until the way between them is free."""
MOST_GROWTH = 4.0
ANGLES = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
PLANES = np.stack([np.sin(ANGLES), np.cos(ANGLES)], axis=1)
BEHIND = (np.arange(DIRECTIONS) + DIRECTIONS // 2) % DIRECTIONS
"""Index of the opposite of each direction."""


def part_spacing(motions: Sequence[Motion], unit: Doubles, first: int, last: int) -> float:
    """Metres from a dancer to the next in a part: the least at which nobody comes too near in frames `first` to `last`.

    Parameters
    ----------
    motions
        One a dancer, each around its own place; the same object may stand for several.
    unit
        Places ``(N, 2)``, in units of that distance.
    """
    apart = NEAR
    for block in blocks(last - first):
        reach = _reaches(motions, first + block.start, first + block.stop)
        known = set[tuple[int, int, float, float]]()
        for i, j in combinations(range(len(motions)), 2):
            x, z = np.round(unit[j] - unit[i], 9).tolist()
            key = (id(motions[i]), id(motions[j]), x, z)
            if key in known:
                continue
            known.add(key)
            along = PLANES @ np.array([x, z])
            usable = along > 0.2 * along.max()
            lacking = (reach[id(motions[i])] + reach[id(motions[j])][:, BEHIND])[:, usable] + GAP
            apart = max(apart, float((lacking / along[usable]).min(axis=1).max()))
    return apart


def _reaches(motions: Sequence[Motion], first: int, last: int) -> dict[int, Doubles]:
    each = {id(motion): motion for motion in motions}
    return {key: extents_along(sliced(motion, first, last), PLANES) for key, motion in each.items()}


def grown(
    motions: Sequence[Motion], stops: Callable[[Sequence[float]], Sequence[Doubles]], ways: Sequence[Way],
    apart: Sequence[float],
) -> list[float]:  # fmt: skip
    """Distances of neighbours of all parts, made larger until nobody comes too near to anybody on the ways.

    Parameters
    ----------
    motions
        One a dancer, each around its own place.
    stops
        For distances, where each dancer's root is brought from and to ``(parts, 2)``, metres.
    ways
        From each part to the next.
    apart
        Distances that the parts need themselves.

    Raises
    ------
    InputError
        When they would have to be larger than `MOST_GROWTH` times; begins with ``group``.
    """
    apart = list(apart)
    for number, way in enumerate(ways):
        first, last = way.begin, min(way.end + 1, len(motions[0]))
        if last <= first:
            continue
        reach = [extents_along(sliced(motion, first, last), PLANES) for motion in motions]
        local = [replace(way, beats=tuple(beat - first for beat in way.beats))]
        size = 1.0
        while True:
            paths = [eased_path(local, each[number : number + 2], last - first) for each in stops(apart)]
            if _path_air(reach, paths) >= GAP:
                break
            size *= GROWTH
            if size > MOST_GROWTH:
                raise InputError(
                    f"group: on the way into part {number + 1} two dancers would meet. Leave out its places, so that "
                    "the shortest ways are taken."
                )
            apart[number] *= GROWTH
            apart[number + 1] *= GROWTH
    return apart


def _path_air(reach: Sequence[Doubles], paths: Sequence[Doubles]) -> float:
    """Metres between the two bodies that are nearest, from what they reach ``(T, D)`` and their ways ``(T, 2)``."""
    along = [body + path @ PLANES.T for body, path in zip(reach, paths, strict=True)]
    return _nearest(along)


def _nearest(reach: Sequence[Doubles]) -> float:
    """Metres between the two bodies that are nearest, from what each reaches ``(T, D)`` along the directions."""
    return min(float((-one - other[:, BEHIND]).max(axis=1).min()) for one, other in combinations(reach, 2))


def least_air(motions: Sequence[Motion], first: int, last: int) -> float:
    """Metres between the two bodies that are nearest to each other in frames `first` to `last`; below 0 is a collision.

    Parameters
    ----------
    motions
        One a dancer, where they dance.
    """
    air = np.inf
    for block in blocks(last - first):
        reach = [extents_along(sliced(each, first + block.start, first + block.stop), PLANES) for each in motions]
        air = min(air, _nearest(reach))
    return air
