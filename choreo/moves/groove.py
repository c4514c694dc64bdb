"""Grooves: what knees, hips, chest and head do by themselves on every count, by style.

A groove is a set of curves over the counts. Moves of different grooves that are joined go over from one to the other by
`mix`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from choreo.motion.easing import smootherstep
from choreo.types import Doubles

FELT: Mapping[str, float] = {"lean": 1.3, "bend": 1.2, "nod": 1.3, "tilt": 1.3}
"""How much stronger parts answer a groove than its curves say."""
CHANGE = 1.0
"""Counts over which one groove goes over into the next."""


@dataclass(frozen=True, eq=False)
class Groove:
    """Curves of a groove, ``(T,)`` each.

    ``down`` 0..1, how far the knees are bent of the groove's depth, and ``depth`` metres; ``crouch`` metres lower all
    the time; pelvis: ``pitch``, ``roll``, ``yaw`` degrees, ``side``, ``fore`` metres; chest: ``lean``, ``bend``,
    ``twist`` degrees, ``slide``, ``pop`` metres; head: ``nod``, ``tilt`` degrees; ``hips`` how much the hips answer the
    weight, ``late`` counts by which they lag.
    """

    down: Doubles
    depth: Doubles
    crouch: Doubles
    pitch: Doubles
    roll: Doubles
    yaw: Doubles
    side: Doubles
    fore: Doubles
    lean: Doubles
    bend: Doubles
    twist: Doubles
    slide: Doubles
    pop: Doubles
    nod: Doubles
    tilt: Doubles
    hips: Doubles
    late: Doubles


Curves = dict[str, Any]


def _wave(c: Doubles, every: float, sharp: float) -> Doubles:
    """1 on every count that is hit, 0 between two."""
    return np.asarray((0.5 + 0.5 * np.cos(2 * np.pi * c / every)) ** sharp)


def _turn(c: Doubles, counts: float, late: float = 0.0) -> Doubles:
    """-1..1 once in so many counts, 1 on the first; `late` counts behind."""
    return np.asarray(np.cos(2 * np.pi * (c - late) / counts))


def _down(c: Doubles, every: float, sharp: float) -> Curves:
    """Down on the beat: knees bend, the pelvis tucks, the chest curls over it a little late, the head nods last."""
    w = _wave(c, every, sharp) - 0.4
    chest = _wave(c - 0.06 * every, every, sharp) - 0.4
    return {
        "down": w + 0.4,
        "pitch": -8.0 * w,
        "fore": -0.03 * w,
        "lean": 8.0 * chest,
        "nod": 12.0 * _wave(c - 0.1 * every, every, sharp) - 4.8,
    }


def _up(c: Doubles, every: float, sharp: float) -> Curves:
    """Up on the beat: knees stretch on the count and bend before it, the back opens: hips behind, chest up."""
    w = _wave(c - 0.5 * every, every, sharp) - 0.4
    lift = _wave(c, every, sharp) - 0.4
    return {
        "down": w + 0.4,
        "pitch": 7.0 * lift,
        "fore": 0.025 * lift,
        "lean": -7.0 * lift,
        "pop": 0.015 * lift,
        "nod": -10.0 * lift,
    }


def _rock(c: Doubles, every: float, sharp: float) -> Curves:
    """Rock: the weight goes forward on one count and back on the next, the chest ahead of it."""
    w = _wave(c, every, sharp)
    sway, chest = _turn(c, 2 * every, 0.12), _turn(c, 2 * every)
    return {
        "down": w,
        "fore": 0.055 * sway,
        "pitch": -7.0 * sway - 3.0 * w,
        "lean": 8.0 * chest,
        "nod": 8.0 * _turn(c, 2 * every, 0.15),
        "twist": 2.0 * sway,
    }


def _roll(c: Doubles, every: float, sharp: float) -> Curves:
    """Roll: a wave from the chest down to the hips, once in two counts."""
    w, twice = _wave(c, every, sharp), 2 * every
    return {
        "down": 0.5 * w + 0.25 + 0.25 * _turn(c, twice, 0.7), "fore": 0.05 * _turn(c, twice, 0.9),
        "pitch": -8.0 * _turn(c, twice, 1.0), "lean": 7.0 * _turn(c, twice, 0.35), "pop": 0.03 * _turn(c, twice),
        "nod": 9.0 * _turn(c, twice, 0.1), "bend": 3.0 * _turn(c, twice, 0.5),
    }  # fmt: skip


def _two_step(c: Doubles, every: float, sharp: float) -> Curves:
    """Two-step: down on each beat and from side to side, the shoulders first."""
    w, sway = _wave(c, every, sharp), _turn(c, 2 * every, 0.1)
    return {
        "down": w,
        "pitch": -7.0 * (w - 0.4),
        "fore": -0.03 * (w - 0.4),
        "roll": 3.5 * sway,
        "bend": 5.0 * _turn(c, 2 * every),
        "lean": 7.0 * (w - 0.4),
        "nod": 10.0 * (w - 0.4),
        "tilt": 5.0 * _turn(c, 2 * every, 0.2),
    }


def _skate(c: Doubles, every: float, sharp: float) -> Curves:
    """Skate: long glides from side to side, deep in the middle."""
    w = _wave(c - 0.5 * every, every, 1.0)
    sway = _turn(c, 2 * every)
    return {
        "down": w,
        "roll": 5.0 * sway,
        "side": 0.03 * sway,
        "bend": 6.0 * _turn(c, 2 * every, 0.15),
        "pitch": 7.0 * (w - 0.5),
        "fore": -0.045 * (w - 0.5),
        "lean": 3.0 + 6.0 * w,
        "nod": -6.0 * (w - 0.5),
        "tilt": 5.0 * _turn(c, 2 * every, 0.3),
        "yaw": 4.0 * sway,
    }


def _jack(c: Doubles, every: float, sharp: float) -> Curves:
    """Jack of house: a ripple on every beat, chest forward on it, hips forward half a beat later."""
    return {
        "down": _wave(c - 0.1 * every, every, sharp), "pop": 0.04 * _turn(c, every),
        "lean": 9.0 * _turn(c, every, 0.12),
        "fore": 0.045 * _turn(c, every, 0.5), "pitch": -10.0 * _turn(c, every, 0.55), "nod": 9.0 * _turn(c, every, 0.2),
    }  # fmt: skip


def _cuban(c: Doubles, every: float, sharp: float) -> Curves:
    """Cuban hips: no bounce; hips answer bending and straightening knees in a figure of eight (by the weight)."""
    eight = np.asarray(np.sin(2 * np.pi * c / every))
    return {
        "down": 0.25 + 0.1 * _wave(c, every, 1.0),
        "hips": 2.6,
        "late": 0.3,
        "fore": 0.025 * eight,
        "pitch": 4.5 * eight,
        "lean": -1.5,
        "tilt": 1.5 * eight,
    }


def _rise_fall(c: Doubles, every: float, sharp: float) -> Curves:
    """Rise and fall of the waltz: lowest on the first count of the bar, highest behind the second; sway."""
    phase = np.mod(c / every, 1.0)
    # Falling late and fast, rising early and slowly.
    down = np.where(phase < 0.72, 1 - smootherstep(phase / 0.72), smootherstep((phase - 0.72) / 0.28))
    sway = np.asarray(np.sin(np.pi * c / every))
    return {
        "down": down,
        "bend": 6.0 * sway,
        "roll": -2.5 * sway,
        "tilt": 5.0 * sway,
        "lean": -3.0 + 4.0 * down,
        "pitch": 6.0 * (down - 0.5),
        "fore": 0.04 * (0.5 - down),
        "hips": 0.4,
        "nod": -4.0 + 4.0 * down,
    }


def _walk(c: Doubles, every: float, sharp: float) -> Curves:
    """Tango's walk: level, the hips driven ahead of the feet, the head still."""
    return {
        "down": 0.5,
        "hips": 0.5,
        "pitch": 4.0 * _turn(c, every, 0.3),
        "fore": 0.03 * _turn(c, every, 0.2),
        "lean": 3.0,
        "nod": -2.0,
    }


def _pulse(c: Doubles, every: float, sharp: float) -> Curves:
    """Pulse of swing: two small bends a beat, the second on the last third."""
    w = np.maximum(_wave(c, every, 2.5 * sharp), 0.7 * _wave(c - 2 * every / 3, every, 2.5 * sharp))
    return {
        "down": w,
        "pitch": 7.0 * (w - 0.4),
        "fore": -0.03 * (w - 0.4),
        "lean": 6.0 + 5.0 * (w - 0.4),
        "nod": 8.0 * (w - 0.4),
        "tilt": 4.0 * _turn(c, 2 * every, 0.2),
        "roll": 2.5 * _turn(c, 2 * every),
    }


def _headbang(c: Doubles, every: float, sharp: float) -> Curves:
    """Headbang: from the knees through the back, the head last and farthest."""
    w = _wave(c, every, sharp)
    return {
        "down": w, "pitch": 9.0 * (w - 0.4), "fore": -0.05 * (w - 0.4),
        "lean": 22.0 * (_wave(c - 0.06, every, sharp) - 0.3),
        "nod": 34.0 * (_wave(c - 0.1, every, sharp) - 0.35),
    }  # fmt: skip


def _none(c: Doubles, every: float, sharp: float) -> Curves:
    """No groove: the body goes where it is written."""
    return {"down": 0.0, "hips": 0.5}


KINDS: Mapping[str, tuple[Callable[[Doubles, float, float], Curves], float, float, float]] = {
    "down": (_down, 1.0, 1.3, 0.03), "up": (_up, 1.0, 1.3, 0.03), "rock": (_rock, 1.0, 1.3, 0.03),
    "roll": (_roll, 1.0, 1.2, 0.03), "two-step": (_two_step, 1.0, 1.5, 0.045), "skate": (_skate, 2.0, 1.0, 0.05),
    "jack": (_jack, 1.0, 1.2, 0.035), "cuban": (_cuban, 1.0, 1.0, 0.01), "rise-fall": (_rise_fall, 3.0, 1.0, 0.06),
    "walk": (_walk, 1.0, 1.0, 0.01), "pulse": (_pulse, 1.0, 1.0, 0.03), "headbang": (_headbang, 1.0, 1.4, 0.06),
    "none": (_none, 1.0, 1.0, 0.0),
}  # fmt: skip
"""Kinds of groove: their curves, and the counts, sharpness and depth (metres) that they have when none are written."""


def groove_of(spec: Mapping[str, Any], counts: Doubles, drive: float = 1.0, loose: float = 1.0) -> Groove:
    """The curves of a notated groove at ``counts (T,)`` of its move.

    Parameters
    ----------
    spec
        The key `groove` of a move.
    drive, loose
        As in `choreo.moves.notation.Move`: how strongly chest, hips and head join in.
    """
    kind, every, sharp, depth = KINDS[str(spec.get("kind", "down"))]
    c = counts - float(spec.get("phase", 0.0))
    every = float(spec.get("every", every))
    made = kind(c, every, float(spec.get("sharp", sharp)))
    strong = (0.45 + 0.55 * drive) * min(loose, 1.0) * float(spec.get("strength", 1.0))
    hips = float(spec.get("hips", 1.0)) * float(made.pop("hips", 1.0))
    nod = float(spec.get("nod", 5.0)) / 5.0
    curves = {each.name: np.zeros(len(counts)) for each in fields(Groove)}
    for name, value in made.items():
        scale = 1.0 if name in ("down", "late") else strong * FELT.get(name, 1.0) * (nod if name == "nod" else 1.0)
        curves[name] = curves[name] + scale * value
    curves["hips"] += hips
    curves["depth"] += float(spec.get("depth", depth))
    curves["crouch"] += float(spec.get("crouch", 0.0))
    return Groove(**curves)


def mix(grooves: Sequence[Groove], weights: Sequence[Doubles]) -> Groove:
    """Grooves mixed frame by frame; ``weights (T,)`` of each, which add up to 1."""
    return Groove(**{
        each.name: sum(w * getattr(groove, each.name) for groove, w in zip(grooves, weights, strict=True))
        for each in fields(Groove)
    })  # fmt: skip


def grooves_of(parts: Sequence[tuple[float, Mapping[str, Any], float, float]], counts: Doubles) -> Groove:
    """The groove of moves that follow each other: the count from which each holds, notation, drive and looseness."""
    found, weights = [], []
    left = np.ones(len(counts))
    for number, (first, spec, drive, loose) in reversed(list(enumerate(parts))):
        share = smootherstep((counts - first) / CHANGE + 0.5) if number else np.ones(len(counts))
        found.append(groove_of(spec, counts - first, drive, loose))
        weights.append(left * share)
        left = left * (1 - share)
    return mix(found, weights)


__all__ = ["KINDS", "Groove", "groove_of", "grooves_of", "mix"]
