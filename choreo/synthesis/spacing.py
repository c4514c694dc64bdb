"""How far apart dancers have to stand, so that a dance keeps them from each other in every frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from choreo.motion.blocks import blocks
from choreo.motion.kinematics import forward
from choreo.motion.repair import sliced
from choreo.types import Bools, Doubles, Motion

NEAREST = 1.5
"""Metres from a dancer to the next when the dance does not need more."""
GAP = 0.1
"""Metres of air between any two dancers at any moment."""
SIDE = 0.45
"""Metres to the side that dancers keep who stand beside each other, so that none is hidden behind the other."""
BESIDE = 0.6
"""Share of the distance of neighbours from which on dancers stand beside each other."""
TRUNK = 0.25
"""Metres of flesh around the pelvis; two of them and the gap keep roots 0.6 m apart."""
FLESH = {"head": 0.14, "spine": 0.2, "neck": 0.14, "collar": 0.16, "hand": 0.13, "foot": 0.12, "ankle": 0.13}
LIMB = 0.11
"""Metres around all other joints."""
DIRECTIONS = 48
"""Vertical planes, by the direction they face, that are tried between two dancers."""
KEPT = 8_000_000
"""Numbers that are kept (64 MB, of five dancers with dances of their own for nine minutes), not computed again."""
Measure = Callable[[dict[int, Doubles]], float]
"""Something of a block of frames, from the `extents_along` of each distinct motion in it."""


def extents_along(motion: Motion, planes: Doubles) -> Doubles:
    """Metres ``(T, D)`` that a body, flesh included, reaches along directions ``(D, 2)`` from its stage position."""
    joints, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    ground = joints[..., [0, 2]].astype(np.float64)
    flesh = np.full(len(motion.skeleton), LIMB)
    for joint, name in enumerate(motion.skeleton.names):
        flesh[joint] = next((size for part, size in FLESH.items() if part in name), LIMB)
    flesh[0] = TRUNK
    return np.stack([(ground @ plane + flesh).max(axis=1) for plane in planes], axis=1)


def _crossing(one: Motion, other: Motion, side: float) -> float:
    """Metres to the side by which two stage positions must differ so that their dancers do not change sides."""
    if one is other:
        return 0.0
    return float((np.sign(side) * (one.translation[:, 0] - other.translation[:, 0])).max()) + SIDE


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two dancers and the planes between them.

    Attributes
    ----------
    first, second
        Motions of the two, as keys of what measures are given.
    along, across
        ``(D,)`` how far each metre of spacing, and of the gap in the middle, moves the two apart across each plane.
    """

    first: int
    second: int
    along: Doubles
    across: Doubles

    def reach(self, extents: dict[int, Doubles]) -> Doubles:
        """Metres ``(T, D)`` that both bodies together reach towards each other across each plane."""
        behind = (np.arange(DIRECTIONS) + DIRECTIONS // 2) % DIRECTIONS  # index of the opposite direction
        return np.asarray(extents[self.first] + extents[self.second][:, behind])


def _least_factor(pair: _Pair, by: Doubles, given: Doubles, usable: Bools) -> Measure:
    """Measure of a pair: the least factor of `by` that, with what is `given`, leaves `GAP` in every frame.

    A minimum over the `usable` planes, a maximum over the frames; see `spaced_positions`.
    """

    def measure(extents: dict[int, Doubles]) -> float:
        lacking = pair.reach(extents)[:, usable] + GAP - given[usable]
        return float((lacking / by[usable]).min(axis=1).max())

    return measure


def _least_air(pair: _Pair, apart: float, middle: float) -> Measure:
    """Measure of a pair: metres between the two in the frame in which they are nearest, below 0."""
    return lambda extents: -float((apart * pair.along + middle * pair.across - pair.reach(extents)).max(axis=1).min())


def _in_blocks(motions: dict[int, Motion], planes: Doubles) -> Callable[[], Iterable[dict[int, Doubles]]]:
    """What gives the extents of all motions, block by block: again and again, and computed anew where they are many."""
    frames = len(next(iter(motions.values())))

    def computed() -> Iterator[dict[int, Doubles]]:
        for block in blocks(frames):
            yield {key: extents_along(sliced(one, block.start, block.stop), planes) for key, one in motions.items()}

    if frames * len(motions) * len(planes) > KEPT:
        return computed
    kept = list(computed())
    return lambda: kept


def _largest(extents: Iterable[dict[int, Doubles]], measures: Sequence[Measure]) -> list[float]:
    """The largest value of each measure over all blocks of frames."""
    found = [-np.inf] * len(measures)
    for block in extents if measures else ():
        found = [max(known, measure(block)) for known, measure in zip(found, measures, strict=True)]
    return found


def spaced_positions(motions: Sequence[Motion], unit: Doubles, *, halves: bool = False) -> tuple[Doubles, float, float]:
    """Stage positions in metres at which no two dancers come too near to each other in any frame.

    Two bodies are apart when a vertical plane passes between them with `GAP` metres of air. For positions ``s * unit``
    and a plane that faces `u`, that is so when ``s * (unit_j - unit_i) @ u`` exceeds what the two bodies reach towards
    each other along `u`. So each plane has a least `s` of its own. In one frame any one plane will do, and it may be
    another in the next: the minimum over planes. It must hold in all frames and for all pairs: the maximum over these.
    The result is exact for the planes that are tried, and needs no search.

    Parameters
    ----------
    motions
        One a dancer, each around its own stage position; the same object may stand for several.
    unit : (N, 2)
        As `choreo.planfile.formations.stage_positions` gives it.
    halves
        The two sides of the stage dance towards each other (mirrored): each half stands as near as its own dance
        lets it, and a gap in the middle keeps the halves apart.

    Returns
    -------
    ground, spacing, air
        Stage positions ``(N, 2)``, x and z; the distance of neighbours; the least gap between any two bodies. Metres.
    """
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    planes = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    extents = _in_blocks({id(motion): motion for motion in motions}, planes)
    sides = np.where(np.abs(unit[:, 0]) > 1e-6, np.sign(unit[:, 0]), 0.0) * halves
    # Several dancers share one motion and formations are regular: most pairs are copies of one another.
    pairs: dict[tuple[int, int, float, float, float], _Pair] = {}
    apart, middle, meeting, needs = NEAREST, 0.0, [], list[Measure]()
    for i, j in combinations(range(len(motions)), 2):
        (x, z), side = np.round(unit[j] - unit[i], 9).tolist(), float(sides[j] - sides[i])
        key = (id(motions[i]), id(motions[j]), x, z, side)
        if key in pairs:
            continue
        pair = pairs[key] = _Pair(id(motions[i]), id(motions[j]), planes @ np.array([x, z]), side * planes[:, 0])
        crossing = _crossing(motions[i], motions[j], x)
        if side and motions[i] is not motions[j]:
            # These two dance towards each other. What they need depends on the spacing, so they come after all others.
            meeting.append((pair, abs(side), abs(x), crossing))
            continue
        # Planes almost parallel to the line between the two would ask for an enormous spacing, and those with a
        # negative `across` would bring the two together again when the gap in the middle opens.
        usable = (pair.along > 0.2 * pair.along.max()) & (pair.across >= 0)
        needs.append(_least_factor(pair, pair.along, 0 * angles, usable))
        if abs(x) > BESIDE:
            apart = max(apart, crossing / abs(x))
    apart = max(apart, *_largest(extents(), needs)) if needs else apart
    needs = [_least_factor(pair, pair.across, apart * pair.along, pair.across > 0.2) for pair, *_ in meeting]
    for need, (_, side, x, crossing) in zip(_largest(extents(), needs), meeting, strict=True):
        middle = max(middle, need, (crossing - apart * x) / side)
    ground = apart * unit
    ground[:, 0] += middle * sides
    airs = _largest(extents(), [_least_air(pair, apart, middle) for pair in pairs.values()])
    return ground, apart, min((-air for air in airs), default=np.inf)
