"""From keys to curves: values that arrive on counts, each with its own easing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from choreo.motion.easing import smootherstep, smoothstep
from choreo.types import Doubles

SHARP = 0.55
"""Counts that a sharp arrival takes at most; before that the old value is held."""


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


def curve(at: Doubles, values: Doubles, eases: list[str], counts: Doubles) -> Doubles:
    """Evaluate keys ``at (K,)``, ``values (K, C)`` at ``counts (T,)``, holding before the first and after the last."""
    if len(at) == 1:
        return np.repeat(values, len(counts), axis=0)
    where = np.clip(np.searchsorted(at, counts, side="right") - 1, 0, len(at) - 2)
    start, length = at[where], np.diff(at)[where]
    u = np.clip((counts - start) / length, 0.0, 1.0)
    low, high = values[where], values[where + 1]
    slopes = _slopes(at, values, eases)
    blend = smoothstep(u)
    for ease in set(eases).difference(("smooth",)):
        kind = np.array([each == ease for each in eases])[where + 1]
        blend = np.where(kind, _eased(ease, u, length), blend)
    out = np.asarray(low + (high - low) * blend[:, None] + 0.0)
    if not slopes.any():
        return out
    # Only smooth pieces have slopes (`_slopes`).
    into, out_of = u * (1 - u) ** 2 * length, u * u * (1 - u) * length
    return np.asarray(out + (into[:, None] * slopes[where] - out_of[:, None] * slopes[where + 1]))


def _eased(ease: str, u: Doubles, length: Doubles) -> Doubles:
    """Shares of the way ``(T,)`` at shares `u` of the time of pieces that last `length` counts."""
    if ease == "linear":
        return u
    if ease in ("sharp", "hit", "lock"):
        u = 1 - (1 - u) * length / np.minimum(SHARP, length)
    return smootherstep(u)


def sample(
    keys: Iterable[Mapping[str, Any]], name: str, counts: Doubles, length: float, cyclic: bool, default: float = 0.0
) -> Doubles:
    """Curve ``(T,)`` or ``(T, C)`` of the channel `name`, from the keys that mention it.

    In a cyclic move the last key before the end leads to the first one after it.
    """
    rows = {float(k["at"]): k for k in keys if name in k}
    if cyclic and length in rows and 0.0 in rows:
        del rows[length]
    if not rows:
        return np.full(len(counts), default)
    at = np.array(list(rows))
    values = np.array([k[name] for k in rows.values()], dtype=float)
    flat = values.ndim == 1
    values = values[:, None] if flat else values
    eases = [str(k.get("ease", "smooth")) for k in rows.values()]
    order = np.argsort(at, kind="stable")
    at, values, eases = at[order], values[order], [eases[i] for i in order]
    if cyclic:
        at = np.concatenate([at - length, at, at + length])
        values, eases = np.tile(values, (3, 1)), eases * 3
        at, index = np.unique(at, return_index=True)
        values, eases = values[index], [eases[i] for i in index]
    out = curve(at, values, eases, counts)
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
