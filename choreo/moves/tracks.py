"""From keys to curves: values that arrive on counts, each with its own easing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from choreo.motion.easing import smootherstep, smoothstep
from choreo.types import Doubles, Ints

SHARP = 0.55
"""Counts that a sharp arrival takes at most; before that the old value is held."""
STRUCK: Mapping[str, tuple[float, float, float, float]] = {
    "hit": (0.45, 0.08, 0.6, 0.25),
    "lock": (0.4, 0.03, 0.3, 0.4),
}
"""Counts that a struck arrival takes at most, share of the way that it overshoots, counts in which it comes back, and
counts for which the value is then held, at most `HELD` of the time to the next key."""
HELD = 0.4
LATE, DRIFT = 0.06, 0.3
"""Share of the way that a soft arrival lacks on its count, and share of its time in which it makes that up."""
FIRM: Mapping[str, float] = {"sharp": 0.6, "hit": 1.0, "lock": 1.0}
"""How firmly a channel is held by eases around their arrival (`firmness`)."""
READY, EASED = 0.3, 0.5
"""Counts before a struck arrival, and after its hold, in which firmness comes and goes."""
_PEAK = 0.2 * 0.8**4  # largest value of r * (1 - r)**4, the shape of an overshoot


def _slopes(at: Doubles, values: Doubles, eases: list[str]) -> Doubles:
    """Tangents ``(K, C)``: harmonic means (Fritsch and Carlson 1980), zero beside a key that is not smooth.

    Harmonic, so that a curve does not overshoot its keys: near a flat piece the slope is small on both sides.
    """
    steps = np.diff(values, axis=0) / np.diff(at)[:, None]
    slopes = np.zeros_like(values)
    a, b = steps[:-1], steps[1:]
    agree = a * b > 0
    slopes[1:-1] = np.where(agree, 2 * a * b / np.where(agree, a + b, 1.0), 0.0)
    free = np.array([eases[k] == "smooth" and eases[min(k + 1, len(eases) - 1)] == "smooth" for k in range(len(at))])
    return np.asarray(slopes * free[:, None])


def _holds(at: Doubles, eases: list[str]) -> Doubles:
    """Counts ``(K - 1,)`` at the beginning of each piece in which the value of its first key is held."""
    most = np.array([STRUCK[ease][3] if ease in STRUCK else 0.0 for ease in eases[:-1]])
    return np.minimum(most, HELD * np.diff(at))


def _arrivals(at: Doubles, holds: Doubles, eases: list[str]) -> Doubles:
    """How soft and struck keys arrive, ``(6, K)``.

    Counts that the arrival takes; share of the way there on the count, its slope and its bend, by those counts; counts
    of the tail; its size. An arrival is a quintic up to its count and a tail that is added to what follows; they meet
    in place, speed and acceleration.
    """
    out = np.ones((6, len(at)))
    for k in range(1, len(at)):
        gap, after = at[k] - at[k - 1] - holds[k - 1], at[k + 1] - at[k] if k + 1 < len(at) else np.inf
        if eases[k] == "soft":
            back = min(DRIFT * gap, after)
            lack = LATE * min(1.0, back / (DRIFT * gap)) ** 2
            out[:, k] = gap, 1 - lack, 4 * lack * gap / back, -12 * lack * (gap / back) ** 2, back, -lack
        elif eases[k] in STRUCK:
            most, over, back, _ = STRUCK[eases[k]]
            took, back = min(most, gap), min(back, after)
            slope = min(over * took / (_PEAK * back), 1.5 * back / took, 1.0)
            out[:, k] = took, 1.0, slope, -8 * slope * took / back, back, slope * back / took
    return out


def curve(at: Doubles, values: Doubles, eases: list[str], counts: Doubles) -> Doubles:
    """Evaluate keys ``at (K,)``, ``values (K, C)`` at ``counts (T,)``, holding before the first and after the last."""
    if len(at) == 1:
        return np.repeat(values, len(counts), axis=0)
    last = np.searchsorted(at, counts, side="right") - 1
    where = np.clip(last, 0, len(at) - 2)
    holds = _holds(at, eases)
    start, length = at[where] + holds[where], (np.diff(at) - holds)[where]
    u = np.clip((counts - start) / length, 0.0, 1.0)
    low, high = values[where], values[where + 1]
    slopes = _slopes(at, values, eases)
    arrivals = _arrivals(at, holds, eases)
    blend = smoothstep(u)
    for ease in set(eases).difference(("smooth",)):
        kind = np.array([each == ease for each in eases])[where + 1]
        blend = np.where(kind, _eased(ease, u, length, arrivals[:4, where + 1]), blend)
    blend = np.where(last > where, 1.0, blend)  # a soft arrival is not quite there by itself
    out = np.asarray(low + (high - low) * blend[:, None] + 0.0)
    if slopes.any():
        # Only smooth pieces have slopes (`_slopes`).
        into, out_of = u * (1 - u) ** 2 * length, u * u * (1 - u) * length
        out = np.asarray(out + (into[:, None] * slopes[where] - out_of[:, None] * slopes[where + 1]))
    if not {"soft", *STRUCK}.isdisjoint(eases[1:]):
        out += _tails(at, values, eases, arrivals[4:, last], last, counts)
    return out


def _eased(ease: str, u: Doubles, length: Doubles, arrival: Doubles) -> Doubles:
    """Shares of the way ``(T,)`` at shares `u` of the time of pieces that last `length` counts."""
    if ease == "linear":
        return u
    if ease == "sharp":
        return smootherstep(1 - (1 - u) * length / np.minimum(SHARP, length))
    if ease == "swing":
        return smootherstep(u)
    took, end, slope, bend = arrival
    u = np.clip(1 - (1 - u) * length / took, 0.0, 1.0)
    cubic, quartic = 10 * end - 4 * slope + bend / 2, 7 * slope - 15 * end - bend
    return np.asarray(u**3 * (cubic + u * (quartic + u * (6 * end - 3 * slope + bend / 2))))


def _tails(at: Doubles, values: Doubles, eases: list[str], sizes: Doubles, last: Ints, counts: Doubles) -> Doubles:
    """What is added to the curve ``(T, C)`` after soft and struck keys; ``sizes (2, T)`` as of the key before."""
    r = np.clip((counts - at[last]) / sizes[0], 0.0, 1.0)
    soft = np.array([ease == "soft" for ease in eases])[last]
    own = np.array([k > 0 and (ease == "soft" or ease in STRUCK) for k, ease in enumerate(eases)])[last] & (last >= 0)
    tail = np.where(own, np.where(soft, 1.0, r) * (1 - r) ** 4 * sizes[1], 0.0)
    return np.asarray(tail[:, None] * (values[last] - values[last - 1]))


def firmness(
    keys: Iterable[Mapping[str, Any]], name: str, counts: Doubles, length: float, cyclic: bool
) -> tuple[Doubles, Doubles, Doubles]:
    """How firmly a channel is held, how far it has arrived, and how still it stands, ``(T,)`` 0..1 each.

    Firm from before a quick arrival until after its recoil; arrived from within it; still, of locks only, while they
    are held. What follows a
    channel loosely (`choreo.moves.springs.follow`) gives way to the curve itself where it is firm.
    """
    firm, arrived, still = (np.zeros(len(counts)) for _ in range(3))
    rows = _rows(keys, name, length, cyclic)
    if rows is None:
        return firm, arrived, still
    at, _, eases = rows
    holds = np.append(_holds(at, eases), STRUCK["lock"][3])
    for k, ease in enumerate(eases):
        if ease not in FIRM:
            continue
        most = STRUCK[ease][0] if ease in STRUCK else SHARP
        took = min(most, at[k] - at[k - 1]) if k else 0.0
        end = at[k] + holds[k]
        part = slice(*np.searchsorted(counts, (at[k] - took - READY, end + EASED)))
        c = counts[part]
        fall = smootherstep((end + EASED - c) / EASED)
        firm[part] = np.maximum(firm[part], FIRM[ease] * smootherstep((c - at[k] + took + READY) / READY) * fall)
        there = smootherstep((c - at[k] + took) / max(took, 1e-6)) * fall
        arrived[part] = np.maximum(arrived[part], there)
        if ease == "lock":
            still[part] = np.maximum(still[part], there)
    return firm, arrived, still


def _rows(
    keys: Iterable[Mapping[str, Any]], name: str, length: float, cyclic: bool
) -> tuple[Doubles, Doubles, list[str]] | None:
    """Keys of a channel as ``at (K,)``, ``values (K,)`` or ``(K, C)`` and eases, those of a cyclic move three times."""
    rows = {float(k["at"]): k for k in keys if name in k}
    if cyclic and length in rows and 0.0 in rows:
        del rows[length]
    if not rows:
        return None
    at = np.array(list(rows))
    values = np.array([k[name] for k in rows.values()], dtype=float)
    eases = [str(k.get("ease", "smooth")) for k in rows.values()]
    order = np.argsort(at, kind="stable")
    at, values, eases = at[order], values[order], [eases[i] for i in order]
    if cyclic:
        at = np.concatenate([at - length, at, at + length])
        values, eases = np.concatenate([values] * 3), eases * 3
        at, index = np.unique(at, return_index=True)
        values, eases = values[index], [eases[i] for i in index]
    return at, values, eases


def sample(
    keys: Iterable[Mapping[str, Any]], name: str, counts: Doubles, length: float, cyclic: bool, default: float = 0.0
) -> Doubles:
    """Curve ``(T,)`` or ``(T, C)`` of the channel `name`, from the keys that mention it.

    In a cyclic move the last key before the end leads to the first one after it.
    """
    rows = _rows(keys, name, length, cyclic)
    if rows is None:
        return np.full(len(counts), default)
    at, values, eases = rows
    flat = values.ndim == 1
    out = curve(at, values[:, None] if flat else values, eases, counts)
    return out[:, 0] if flat else out


def count_clock(beats: Doubles, fps: float) -> Doubles:
    """Counts danced by each frame, ``(T,) float64`` from 0 to ``len(beats) - 1``, for beat times in seconds.

    The first and last frame fall on the first and last beat exactly; in between time runs smoothly (monotone
    cubic), so that uneven beats do not jerk.
    """
    duration = float(beats[-1] - beats[0])
    frames = max(round(duration * fps), 2) + 1
    times = np.linspace(0.0, duration, frames)
    number = np.arange(len(beats), dtype=float)[:, None]
    at = beats - beats[0]
    if len(at) > 2:
        ends = [(at[1] - at[0], at[-1] - at[-2])]
        at = np.concatenate([[-ends[0][0]], at, [at[-1] + ends[0][1]]])
        number = np.concatenate([[[-1.0]], number, [[float(len(beats))]]])
    return np.clip(curve(at, number, ["smooth"] * len(at), times)[:, 0], 0.0, len(beats) - 1.0)
