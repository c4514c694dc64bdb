"""What a choreography costs: pure functions over arrays, and the weights in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from choreo.planning.bars import Bar
from choreo.planning.tempo import RUBATO, tempo_range
from choreo.types import Bools, Candidates, Clip, Doubles, Floats, Ints, Phrase

SHOWS = 1.0
"""What warping beyond a clip's own tempos costs, as if it were so many octaves, once it can be seen."""
BLOCK = 1024
"""Rows of transition costs that are computed at a time."""
BREAK = 0.12
"""Energy under which a phrase is a break: it may be stood through."""


@dataclass(frozen=True)
class Weights:
    """How much each term counts. Retrieval's distance has weight 1 per bar.

    `transition` per metre of misfit at a seam; `velocity` seconds that turn m/s into metres, `contact` metres for
    all soles that stand on one side of a seam only; `style` for a clip of another style; `straddle` for crossing a
    phrase border, `cut` for going on after a bar that the music cuts short; `twice` for the same clip again at once,
    `other_side` of that when mirrored; `again` for coming back within `memory` bars; `copy` per bar by which a
    recording is danced on for longer than `run` bars; `motif` is the reward, per bar, of dancing repeated music as
    before; `role` for an entrance, idle or pose out of its place;
    `outside` for a full move where no phrase is, `idle` for standing about where one is; `stage` per metre beyond
    `radius` metres from the middle, `facing` for ending turned away from the audience; `warp` per octave outside
    the tempos that a clip may be danced at; `metre` is the share that counts of retrieval's misfit of metre: clips of
    another metre are only there where its own are few; `jitter` is the size of the seed's say.
    """

    transition: float = 6.0
    velocity: float = 0.12
    contact: float = 0.05
    style: float = 2.5
    straddle: float = 0.35
    cut: float = 3.0
    metre: float = 0.25
    twice: float = 1.2
    other_side: float = 0.25
    again: float = 3.0
    motif: float = 2.0
    role: float = 6.0
    idle: float = 0.5
    outside: float = 0.8
    stage: float = 1.2
    radius: float = 2.0
    facing: float = 0.4
    copy: float = 0.5
    run: int = 8
    warp: float = 6.0
    jitter: float = 0.6
    memory: int = 8


def varied(weights: Weights, variety: float) -> Weights:
    """Weights for a wish of variety; 0.5 leaves them."""
    more = 2 * variety
    return replace(
        weights,
        again=weights.again * more,
        twice=weights.twice * more,
        copy=weights.copy * more,
        motif=weights.motif * (1.5 - variety),
        memory=round(weights.memory * more),
        jitter=weights.jitter * (0.5 + variety),
    )


def style_costs(clips: Sequence[Clip], style: str | None) -> Floats:
    """``(C,)``: 0 for clips of the style, 0.4 for ``groove``, which goes with all, 1 for others."""
    if style is None:
        return np.zeros(len(clips), np.float32)
    rated = [0.0 if style in clip.styles else 0.4 if "groove" in clip.styles else 1.0 for clip in clips]
    return np.array(rated, np.float32)


def role_costs(clips: Sequence[Clip], bars: int, first: int, last: int, spans: Ints) -> Floats:
    """``(bars, C)`` of putting each clip at each bar: 1 out of place, -0.3 for an entrance or ending in place.

    Entrances belong to bar `first`; endings and poses to where they stop at bar `last`.
    """
    roles = np.array([clip.role for clip in clips])
    at = np.arange(bars)[:, None]
    enters = np.where(at == first, -0.3, 1.0) * (roles == "entrance")
    ends = np.where(at + spans == last, -0.3, 1.0) * np.isin(roles, ("ending", "pose"))
    return (enters + ends).astype(np.float32)


def warp_costs(clips: Sequence[Clip], tempo: float) -> Floats:
    """``(C,)`` octaves by which `tempo` lies outside what each clip may be danced at, and `SHOWS` more when it shows.

    Clips without a range of their own may be slowed to 0.80 and quickened to 1.10 of their tempo: speeding up shows,
    slowing down is tolerated.
    """
    ranges = np.array([tempo_range(clip) for clip in clips]).reshape(-1, 2)
    low, high = np.log2(ranges).T
    place = np.log2(tempo)
    outside = np.maximum(np.maximum(low - place, place - high), 0)
    return (outside + SHOWS * (outside > RUBATO)).astype(np.float32)


def stage_costs(ground: Doubles, facing: Doubles, weights: Weights) -> Doubles:
    """What it costs to end at ``(..., 2)`` metres from the middle, ``(...)`` radians from the audience."""
    far = np.maximum(np.linalg.norm(ground, axis=-1) - weights.radius, 0)
    return np.asarray(weights.stage * far + weights.facing * (1 - np.cos(facing)) / 2)


def transition_costs(ends: Floats, starts: Floats) -> Floats:
    """Root mean square over joints of the gap from every end ``(N, J, D)`` to every start ``(M, J, D)``: ``(N, M)``.

    Blocked over rows; memory is that of the answer.
    """
    joints = ends.shape[1]
    a, b = ends.reshape(len(ends), -1), starts.reshape(len(starts), -1)
    out = np.empty((len(a), len(b)), np.float32)
    squares = np.einsum("nd,nd->n", b, b)
    for first in range(0, len(a), BLOCK):
        rows = a[first : first + BLOCK]
        apart = np.einsum("nd,nd->n", rows, rows)[:, None] + squares - 2 * rows @ b.T
        out[first : first + BLOCK] = np.sqrt(np.maximum(apart, 0) / joints)
    return out


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


def bar_costs(
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
