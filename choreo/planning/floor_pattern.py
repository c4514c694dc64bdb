"""Where on the stage a dance goes, and where it faces: turns and ways that are put on top of what moves do themselves.

A beam over the steps: each one may turn the dancer further and take him farther by what its feet can do. It keeps the
cheapest ways over the stage, where it costs to leave the stage, to show the audience one's back, to stay in one spot
or one facing, and to be elsewhere or turned away where it matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.motion.placement import displaced, next_start
from choreo.motion.rotations import wrap_angle
from choreo.types import Doubles

RADIUS = 1.4
"""Metres from the middle of the stage in which a dance stays without cost."""
EDGE = 2.0
"""Metres from the middle beyond which it is dear."""
WIDTH = 40
"""Ways over the stage that are kept."""
TURNS = np.radians(np.arange(-180, 181, 15))
"""Turns that are tried, radians to the left."""
WAYS = np.array([[0, 0], *([np.sin(a), np.cos(a)] for a in np.radians(np.arange(0, 360, 45)))])
"""Directions of the ways that are tried, to the left and ahead."""
TURNING = (0.6, 1.8)
"""Radians that eight counts turn on the whole, in the smallest and in the largest dance."""
TRAVELLING = (0.15, 0.9)
"""Metres that eight counts travel, in the smallest and in the largest dance."""
SIDEWAYS = np.radians(100.0)
"""Facing beyond which the audience sees the dancer's back."""
FACES = 4.0
"""What it costs, a radian, to begin or end turned away from where a wish says that the dancer faces."""
FRONTS = 3.0
"""What it costs, a radian, to begin turned away where the audience is to be faced."""
RECENT = 4
"""Places and facings that are not to be come back to at once: those in which so many steps before ended."""
SPOT, FACING = 0.45, 0.6
"""Metres and radians within which a place or a facing is the same again."""
PLACES = (0.35, 1.15)
"""Metres from the middle of the places that sections lead to."""


@dataclass(frozen=True, eq=False)
class Footing:
    """What one step does on the stage, and what more it could do.

    Attributes
    ----------
    displacement
        ``(3,)`` metres to the dancer's left and ahead, and radians turned to the left, unmodified.
    bent
        ``(len(TURNS), 3)`` the same with each of `TURNS` further; when None the way is one arc.
    turn, way
        Radians and metres that it may turn and travel further.
    counts
        That it lasts.
    scale
        How large it is danced, 0 to 1.
    fronts
        Whether it should begin facing the audience.
    ends
        Whether it should end facing the audience, in the middle.
    place
        ``(2,)`` where on the stage its section leads to; None for nowhere.
    faces
        Radians to the left of the audience to which a wish says that it faces, both ends of it; None for no wish.
    free
        Whether it is laid where the one before ended; recordings are turned back a little first.
    """

    displacement: Doubles
    turn: float
    way: float
    counts: int
    scale: float
    fronts: bool = False
    ends: bool = False
    place: Doubles | None = None
    faces: float | None = None
    free: bool = True
    bent: Doubles | None = None


def section_place(luck: float, scale: float) -> Doubles:
    """Where a section leads to: anywhere about the middle by `luck`, 0 to 1; the larger it is danced, the farther."""
    angle = 2 * np.pi * luck
    far = PLACES[0] + (PLACES[1] - PLACES[0]) * scale
    return far * np.array([np.sin(angle), 0.8 * np.cos(angle)])


def floor_pattern(footings: Sequence[Footing]) -> list[tuple[float, float, float]]:
    """Choose for each step how far it turns, radians, and how far it goes, metres to the left and ahead, on top.

    Deterministic: of equal ways the first is kept.
    """
    ground, facing, cost = np.zeros((1, 2)), np.zeros(1), np.zeros(1)
    recent = np.zeros((1, RECENT, 3))
    side = np.zeros(1)
    parents: list[np.ndarray] = []
    chosen: list[np.ndarray] = []
    for number, step in enumerate(footings):
        options = _options(step)
        if not step.free and number:
            ground, facing = next_start(ground, facing)
        moved = _bent(step, options[:, 0])
        moved[:, :2] += options[:, 1:]
        place, heading = displaced(ground[:, None], facing[:, None], moved[None])
        total = cost[:, None] + _costs(step, options, place, heading, side, recent)
        following = footings[number + 1] if number + 1 < len(footings) else None
        if following is not None and following.faces is not None:
            total = total + FACES * np.abs(wrap_angle(heading - following.faces))
        elif following is not None and following.fronts and step.faces is None:
            total = total + FRONTS * np.abs(heading)
        order = np.argsort(total, axis=None, kind="stable")
        kept = _distinct(order, place.reshape(-1, 2), heading.ravel())
        row, column = np.unravel_index(kept, total.shape)
        parents.append(row)
        chosen.append(options[column])
        ground, facing, cost = place[row, column], np.asarray(heading[row, column]), total[row, column]
        here = np.concatenate([ground, facing[:, None]], axis=1)
        recent = np.concatenate([recent[row][:, 1:], here[:, None]], axis=1)
        turned = options[column, 0] + step.displacement[2]
        side = np.where(np.abs(turned) > 0.2, np.sign(turned), side[row])
    out: list[tuple[float, float, float]] = []
    best = int(np.argmin(cost)) if len(cost) else 0
    for row, options in zip(reversed(parents), reversed(chosen), strict=True):
        out.append((float(options[best, 0]), float(options[best, 1]), float(options[best, 2])))
        best = int(row[best])
    return out[::-1]


def _options(step: Footing) -> Doubles:
    """``(K, 3)`` turns and ways that a step may add."""
    turns = TURNS[np.abs(TURNS) <= step.turn + 1e-6]
    far = min(_wanted_way(step), step.way)
    ways = far * WAYS if far > 0.05 else WAYS[:1]
    return np.concatenate([np.repeat(turns, len(ways))[:, None], np.tile(ways, (len(turns), 1))], axis=1)


def _wanted_way(step: Footing) -> float:
    """Metres that a step should travel."""
    eights = step.counts / 8
    return float((TRAVELLING[0] + (TRAVELLING[1] - TRAVELLING[0]) * step.scale) * np.sqrt(eights))


def _wanted_turn(step: Footing) -> float:
    """Radians that a step should turn."""
    return float((TURNING[0] + (TURNING[1] - TURNING[0]) * step.scale) * np.sqrt(step.counts / 8))


def _bent(step: Footing, turns: Doubles) -> Doubles:
    """``(K, 3)`` displacements of a step that turns further by ``turns (K,)``, some of `TURNS`, on its way."""
    if step.bent is not None:
        return np.asarray(step.bent[np.searchsorted(TURNS, turns - 1e-6)])
    half, displacement = turns / 2, step.displacement
    shrink = np.sinc(half / np.pi)
    x, z = displacement[0], displacement[1]
    sine, cosine = np.sin(half), np.cos(half)
    left, ahead = shrink * (x * cosine + z * sine), shrink * (z * cosine - x * sine)
    return np.stack([left, ahead, displacement[2] + turns], axis=-1)


def _costs(
    step: Footing, options: Doubles, place: Doubles, heading: Doubles, side: Doubles, recent: Doubles
) -> Doubles:
    """``(W, K)`` what each way costs that takes the dancer to ``place (W, K, 2)`` and ``heading (W, K)``."""
    far = np.linalg.norm(place, axis=-1)
    stage = 1.5 * np.maximum(far - RADIUS, 0) + 6.0 * np.maximum(far - EDGE, 0)
    away = np.abs(wrap_angle(heading))
    back = 0.25 * (1 - np.cos(heading)) + 1.2 * (away > SIDEWAYS)
    if step.faces is not None:
        back = FACES * np.abs(wrap_angle(heading - step.faces))
    turned = options[None, :, 0] + step.displacement[2]
    lack = np.abs(np.abs(turned) - min(_wanted_turn(step), np.pi)) / (np.pi / 2)
    # Turning on and on to one side winds the dancer up; to and fro is what is danced.
    same = 0.15 * (np.sign(turned) == side[:, None]) * (np.abs(turned) > 0.2)
    travelled = np.hypot(options[:, 1], options[:, 2])[None]
    idle = 0.3 * np.abs(travelled - _wanted_way(step))
    near = np.linalg.norm(place[:, :, None] - recent[:, None, :, :2], axis=-1) / SPOT
    alike = wrap_angle(heading[:, :, None] - recent[:, None, :, 2]) / FACING
    stale = (0.35 * np.exp(-(near**2)) + 0.6 * np.exp(-(alike**2))).mean(axis=-1)
    total = stage + back + 0.9 * lack + same + idle + stale
    if step.place is not None:
        total = total + 0.35 * np.linalg.norm(place - step.place, axis=-1)
    if step.ends:
        total = total + 2.0 * (1 - np.cos(heading)) + 0.8 * far
    return np.asarray(total)


def _distinct(order: np.ndarray, place: Doubles, heading: Doubles) -> np.ndarray:
    """The cheapest `WIDTH` ways of an order, at most one for each place and facing on a coarse grid."""
    kept: list[int] = []
    seen: set[tuple[int, int, int]] = set()
    for index in order[: 30 * WIDTH].tolist():
        x, z = place[index]
        key = (round(x / 0.25), round(z / 0.25), round(float(heading[index]) / (np.pi / 6)))
        if key not in seen:
            seen.add(key)
            kept.append(index)
            if len(kept) == WIDTH:
                break
    return np.array(kept)
