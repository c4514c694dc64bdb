"""What each clip costs on each bar, by named terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from choreo.planning.costs import Weights, role_costs, style_costs, warp_costs
from choreo.planning.timeline import Bar
from choreo.types import Bools, Candidates, Clip, Doubles, Floats, Ints, Phrase

BREAK = 0.12
"""Energy under which a phrase is a break: it may be stood through."""


def _summed(per_bar: Floats | Doubles, spans: Ints) -> Floats:
    """From cost a bar ``(B, C)`` to cost of each clip's bars from b on."""
    bars = len(per_bar)
    run = np.concatenate([np.zeros((1, per_bar.shape[1])), np.cumsum(per_bar, axis=0, dtype=np.float64)])
    ends = np.minimum(np.arange(bars)[:, None] + spans, bars)
    return (np.take_along_axis(run, ends, axis=0) - run[:bars]).astype(np.float32)


def _goes_on(short: Bools, spans: Ints) -> Floats:
    """``(B, C)``: whether a clip that begins at a bar goes on after one that the music cuts short."""
    before = np.concatenate([[0], np.cumsum(short)])
    at = np.arange(len(short))[:, None]
    return (before[np.minimum(at + spans - 1, len(short))] > before[at]).astype(np.float32)


def place_terms(
    bars: Sequence[Bar],
    last: int,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    candidates: Candidates,
    spans: Ints,
    style: str | None,
    weights: Weights,
    seed: int,
) -> Mapping[str, Floats]:
    """``(B, C)`` of each term for a clip that begins at a bar; terms of neighbours and memory left out.

    Parameters
    ----------
    candidates
        Of these clips, in this order.
    spans
        ``(C,)`` bars that each clip takes.
    """
    phrase, place = np.array([bar.phrase for bar in bars]), np.array([bar.place for bar in bars])
    inside = np.array([bar.inside for bar in bars])
    roles = np.array([clip.role for clip in clips])
    each = spans.astype(np.float32)
    terms: dict[str, Floats] = {}
    if len(candidates.distances):
        terms |= {name: _summed(np.asarray(term[phrase], np.float32), spans) for name, term in candidates.terms.items()}
    jitter = weights.jitter * np.random.default_rng(seed).random(len(clips)).astype(np.float32)
    always = {"style": weights.style * style_costs(clips, style), "taste": jitter}
    terms |= {name: np.tile(each * cost, (len(bars), 1)) for name, cost in always.items()}
    calm = np.array([inside[b] and phrases[phrase[b]].energy < BREAK if phrases else False for b in range(len(bars))])
    outside = np.outer(~inside, roles == "move") + 0.6 * np.outer(calm, roles == "move")
    idle = np.outer(inside & ~calm, roles == "idle")
    terms["outside"] = _summed(weights.outside * outside, spans)
    terms["idle"] = _summed(weights.idle * idle, spans)
    border = np.append(np.flatnonzero(np.diff(phrase)) + 1, len(bars))
    until = border[np.searchsorted(border, np.arange(len(bars)), side="right")] - np.arange(len(bars))
    crossing = (spans > until[:, None]) & inside[:, None]
    terms["straddle"] = weights.straddle * (crossing | ((place > 0)[:, None] & (spans > 1))).astype(np.float32)
    terms["cut"] = weights.cut * _goes_on(np.array([bar.short for bar in bars]), spans)
    terms["role"] = weights.role * role_costs(clips, len(bars), 0, last, spans)
    tempos = np.array([60 * (len(bar.beats) - 1) / (bar.beats[-1] - bar.beats[0]) for bar in bars])
    known, which = np.unique(tempos.round(1), return_inverse=True)
    warp = np.stack([warp_costs(clips, tempo) for tempo in known])[which]
    terms["warp"] = _summed(weights.warp * warp, spans)
    return terms
