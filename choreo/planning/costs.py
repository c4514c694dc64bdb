"""The unary costs and the transition costs of a choreography: functions over arrays, and the weights of all costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from math import erf

import numpy as np

from choreo.planning.bars import Bar
from choreo.planning.extent import Extent
from choreo.planning.tempo import RUBATO, tempo_range
from choreo.types import Bools, Candidates, Clip, Doubles, Floats, Ints, Phrase

SHOWS = 1.0
"""Octaves that are added to the misfit of a tempo beyond a clip's own range, once warping can be seen."""
BLOCK = 1024
"""Rows of transition costs that are computed at a time."""
TYPICAL, SPREAD = 110.0, 0.35
"""Tempos of songs: their middle in beats a minute, and their standard deviation in octaves."""
COMMON, LEAST = 0.75, 0.1
"""Share of songs in whose tempo an easy-going move can be danced; least share of it that a move is reckoned with."""
OTHERS = ""
"""Name under which styles that have no misfit of their own have theirs."""
ENTERS = 0.75
"""Share of dances that begin with an entrance."""
POSED = 0.2
"""Share of the cost of a role out of place that a pose costs within a dance: it fills a bar that no phrase does."""
BREAK = 0.12
"""Energy under which a phrase is a break: the dancer may stand still."""


@dataclass(frozen=True)
class Weights:
    """How much each term counts. Retrieval's distance has weight 1 per bar.

    Attributes
    ----------
    transition
        Per metre of misfit of a transition.
    velocity, contact
        In that misfit: seconds that turn metres a second into metres; metres when all soles stand on one side only.
    style
        Per bar of a clip of another style.
    straddle, section, cut
        For ending within a phrase that it does not begin with; for going on into another section; for going on after a
        bar that the music cuts short.
    metre
        Share that counts of retrieval's misfit of metre: clips of another metre are only there where its own are few.
    twice, other_side
        For the same family again at once; the share of it when one of both is mirrored.
    again, memory
        For a family that comes back; half as much after each `memory` bars.
    often, usual, most
        For a family for each time that it was begun in the dance from `usual` times on, up to `most` of them.
    motif
        Reward, per bar, of dancing a returning section as before.
    role
        For an entrance, ending or pose out of its place.
    idle, outside
        Per bar: standing idle in a phrase; a full move where no phrase is.
    rest
        Per bar of a full move where no music plays.
    stage, radius, facing
        Per metre beyond `radius` metres from the middle of the stage; for ending turned away from the audience.
    copy, run
        Per bar by which one recording is danced on for longer than `run` bars.
    dwell, stay
        Per bar of a take of which more than `stay` bars were danced of late, times the bars beyond in shares of `stay`.
    mixed
        For a recording of another style than what was danced before in its section.
    warp
        Per bar and octave of tempo outside the range that a clip may be danced at.
    joined, footing, level
        Between authored moves, which are joined in the notation: share of the misfit that counts; metres that it counts
        when the foot that carries at the end of one is the first to step in the next, and per metre of height between
        them beyond `choreo.planning.graph.SINKS`.
    met, arms, effort
        Between an authored move and a recording: share of the misfit that counts; besides, share of the gap between the
        arms, and metres per unit of energy between them.
    jitter, doors
        Largest random cost per bar of a family, and of an entrance or ending, by which songs and seeds differ.
    """

    transition: float = 6.0
    velocity: float = 0.12
    contact: float = 0.05
    style: float = 2.5
    straddle: float = 0.35
    section: float = 1.5
    cut: float = 3.0
    metre: float = 0.25
    twice: float = 3.0
    other_side: float = 0.6
    again: float = 4.0
    often: float = 0.4
    usual: int = 4
    most: int = 8
    motif: float = 2.0
    role: float = 6.0
    idle: float = 2.0
    outside: float = 0.8
    rest: float = 6.0
    stage: float = 1.2
    radius: float = 2.0
    facing: float = 0.4
    copy: float = 0.5
    run: int = 8
    dwell: float = 3.0
    stay: int = 8
    mixed: float = 8.0
    warp: float = 6.0
    joined: float = 0.25
    footing: float = 0.08
    level: float = 0.5
    met: float = 0.6
    arms: float = 0.15
    effort: float = 0.1
    jitter: float = 1.8
    doors: float = 1.5
    memory: int = 24


def varied_weights(weights: Weights, variety: float) -> Weights:
    """Weights for a wish of variety, 0 to 1: the more, the dearer is what comes back; 0.5 leaves them as they are."""
    more = 2 * variety
    return replace(
        weights,
        again=weights.again * more,
        often=weights.often * more,
        twice=weights.twice * more,
        copy=weights.copy * more,
        dwell=weights.dwell * more,
        motif=weights.motif * (1.5 - variety),
        memory=round(weights.memory * more),
        jitter=weights.jitter * (0.5 + variety),
        doors=weights.doors * (0.5 + variety),
    )


def staying(weights: Weights, bars: int) -> Weights:
    """Weights for a wish of bars to dance in one recording: in more of them it may also be copied for longer."""
    usual = Weights()
    return weights if bars == usual.stay else replace(weights, stay=bars, run=max(bars, usual.run))


def style_costs(clips: Sequence[Clip], misfits: Mapping[str, float]) -> Floats:
    """``(C,)`` misfit of each clip: that of the best of its styles; those that are not named have that of `OTHERS`."""
    other = misfits.get(OTHERS, 1.0)
    found = [min((misfits.get(name, other) for name in clip.styles), default=other) for clip in clips]
    return np.array(found, np.float32)


def drawn(seed: int, song: str, names: Sequence[str]) -> Floats:
    """A number of 0 to 1 for each name, ``(C,)``: as if drawn at random, the same for the same seed, song and name.

    From a hash, so that a clip that is added to the database changes nothing for the others.
    """
    numbers = [blake2b(f"{seed}/{song}/{name}".encode(), digest_size=4).digest() for name in names]
    return np.array([int.from_bytes(each, "big") / 2**32 for each in numbers], np.float32)


def chance(clips: Sequence[Clip], luck: Floats) -> Floats:
    """Numbers ``(C,)`` of 0 to 1, small ones the likelier the rarer the songs are in whose tempo a clip can be danced.

    ``1 - (1 - u) ** p`` of uniform numbers u, and p the share of songs in its tempo against `COMMON`. The smallest of
    several is then that of a clip with a probability in proportion to 1/p (Efraimidis and Spirakis, 2006): over many
    songs a move of few tempos is danced as often as one of many.
    """
    if not len(clips):
        return luck
    low, high = np.log2(np.array([tempo_range(clip) for clip in clips]).reshape(-1, 2)).T
    share = np.array([_below(b) - _below(a) for a, b in zip(low, high, strict=True)])
    power = np.clip(share / COMMON, LEAST, 1.0)
    return np.asarray(1 - (1 - luck.astype(np.float64)) ** power, np.float32)


def _below(octave: float) -> float:
    """Share of songs that are slower than a tempo, in octaves of beats a minute."""
    return 0.5 * (1 + erf((octave - np.log2(TYPICAL)) / (SPREAD * np.sqrt(2))))


def role_costs(
    clips: Sequence[Clip], bars: int, last: int, clip_bars: Ints, extent: Extent, entering: bool = True
) -> Floats:  # fmt: skip
    """``(bars, C)`` of putting each clip at each bar: 1 out of place, -0.3 for an entrance or ending in place.

    Entrances belong to bar 0; endings and poses to where they stop at bar `last`. They are out of place in a part of a
    song that does not begin or end with it, and where they would leave too little of a short song to dance. Without
    `entering` an entrance in place costs 0.3: the dance rather begins at once.
    """
    roles = np.array([clip.role for clip in clips])
    begin = np.arange(bars)[:, None]
    opening, closing = extent.bars_to_enter(last), extent.bars_to_end(last)
    wanted = -0.3 if entering else 0.3
    enters = np.where((begin == 0) & (clip_bars <= opening), wanted, 1.0) * (roles == "entrance")
    in_time = (begin + clip_bars == last) & (clip_bars <= closing)
    ends = np.where(in_time, -0.3, 1.0) * (roles == "ending") + np.where(in_time, -0.3, POSED) * (roles == "pose")
    return (enters + ends).astype(np.float32)


def misplaced(clips: Sequence[Clip], role_term: Floats, weights: Weights) -> Bools:
    """``(B, C)`` where an entrance or an ending would fill bars in the middle of a dance: only a wish puts it there.

    `role_term` is the weighted `role_costs`, which in place are less than half of what they are out of place.
    """
    doors = np.isin([clip.role for clip in clips], ("entrance", "ending"))
    return np.asarray(doors & (role_term > 0.5 * weights.role))


def warp_costs(clips: Sequence[Clip], tempo: float) -> Floats:
    """``(C,)`` octaves by which `tempo` lies outside what each clip may be danced at, and `SHOWS` more when it shows.

    Clips without a range of their own may be slowed to 0.80 and quickened to 1.10 of their tempo: speeding up shows,
    slowing down is tolerated.
    """
    ranges = np.array([tempo_range(clip) for clip in clips]).reshape(-1, 2)
    low, high = np.log2(ranges).T
    octave = np.log2(tempo)
    outside = np.maximum(np.maximum(low - octave, octave - high), 0)
    return (outside + SHOWS * (outside > RUBATO)).astype(np.float32)


def stage_costs(ground: Doubles, facing: Doubles, weights: Weights) -> Doubles:
    """What it costs to end at ``(..., 2)`` metres from the middle, ``(...)`` radians from the audience."""
    x, z = ground[..., 0], ground[..., 1]
    far = np.maximum(np.sqrt(x * x + z * z) - weights.radius, 0)
    return np.asarray(weights.stage * far + weights.facing * (1 - np.cos(facing)) / 2)


def transition_costs(ends: Floats, starts: Floats) -> Floats:
    """Root mean square over joints of the gap from every end ``(N, J, D)`` to every start ``(M, J, D)``: ``(N, M)``.

    Squared distances come from inner products, ``|a - b|^2 = |a|^2 + |b|^2 - 2 a.b``: matrix products of `BLOCK` rows,
    so that little more than the answer is in memory, far less than ``(N, M, J, D)`` differences. Rounding can make
    the square of a tiny distance negative, hence the maximum.
    """
    joints = ends.shape[1]
    a, b = ends.reshape(len(ends), -1), starts.reshape(len(starts), -1)
    out = np.empty((len(a), len(b)), np.float32)
    squares = np.einsum("nd,nd->n", b, b)
    for first in range(0, len(a), BLOCK):
        rows = a[first : first + BLOCK]
        squared = np.einsum("nd,nd->n", rows, rows)[:, None] + squares - 2 * rows @ b.T
        out[first : first + BLOCK] = np.sqrt(np.maximum(squared, 0) / joints)
    return out


def pairwise_costs(
    transition_cost: Floats, continues: Bools, mirrored: Bools, family: Ints, weights: Weights
) -> Doubles:
    """What it costs that one node follows another, ``(N, N)``: the transition, and the same dance twice in a row.

    Parameters
    ----------
    transition_cost, continues
        ``(N, N)``, as `choreo.planning.graph.MotionGraph` has them; what continues a recording is no repetition.
    mirrored, family
        ``(N,)``: nodes of one family are the same dance to the eye, on the other side when one of them is mirrored.
    """
    twice = np.where(mirrored[:, None] == mirrored, weights.twice, weights.twice * weights.other_side)
    same = np.where(family[:, None] == family, twice, 0) * ~continues
    return np.asarray(weights.transition * transition_cost + same)


def _summed(per_bar: Floats | Doubles, clip_bars: Ints) -> Floats:
    """From cost a bar ``(B, C)`` to cost of each clip's bars from b on, ``(B, C)``.

    The cost of bars b to e - 1 is the difference of two cumulative sums, so clips of all lengths cost the same work.
    Sums are float64, so the difference of two large ones keeps all that float32 holds. Past the last bar nothing is
    added.
    """
    bars = len(per_bar)
    sums = np.concatenate([np.zeros((1, per_bar.shape[1])), np.cumsum(per_bar, axis=0, dtype=np.float64)])
    ends = np.minimum(np.arange(bars)[:, None] + clip_bars, bars)
    return (np.take_along_axis(sums, ends, axis=0) - sums[:bars]).astype(np.float32)


def _next(changes: Bools) -> Ints:
    """``(B,)`` for each bar the next at which something begins, given ``(B - 1,)`` where it changes; B where none."""
    border = np.append(np.flatnonzero(changes) + 1, len(changes) + 1)
    return np.asarray(border[np.searchsorted(border, np.arange(len(changes) + 1), side="right")])


def _goes_on(short: Bools, clip_bars: Ints) -> Floats:
    """``(B, C)`` 1 where a clip that begins at a bar goes on after one that the music cuts short.

    That is, where any of its bars but the last is short; counted by cumulative sums, as in `_summed`.
    """
    before = np.concatenate([[0], np.cumsum(short)])
    begin = np.arange(len(short))[:, None]
    return (before[np.minimum(begin + clip_bars - 1, len(short))] > before[begin]).astype(np.float32)


def bar_costs(
    bars: Sequence[Bar],
    last: int,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    candidates: Candidates,
    clip_bars: Ints,
    strange: Floats,
    weights: Weights,
    seed: int,
    song: str,
    extent: Extent,
) -> Mapping[str, Floats]:
    """Unary costs, ``(B, C)`` for each term, of a clip that begins at a bar.

    Parameters
    ----------
    candidates
        Of these clips, in this order.
    clip_bars
        ``(C,)`` bars that each clip takes.
    strange
        ``(B, C)`` misfit of each clip's styles.
    song
        What tells the song from others: tastes differ from song to song.
    """
    phrase, number = np.array([bar.phrase for bar in bars]), np.array([bar.number for bar in bars])
    inside, rest = np.array([bar.inside for bar in bars]), np.array([bar.rest for bar in bars])
    roles = np.array([clip.role for clip in clips])
    length = clip_bars.astype(np.float32)
    terms: dict[str, Floats] = {}
    if len(candidates.distances):
        terms |= {
            name: _summed(np.asarray(term[phrase] * ~rest[:, None], np.float32), clip_bars)
            for name, term in candidates.terms.items()
        }
    luck = chance(clips, drawn(seed, song, [clip.family for clip in clips]))
    doors = np.isin(roles, ("entrance", "ending", "pose"))
    taste = np.where(doors, weights.doors * luck, weights.jitter * luck * length)
    terms["style"] = _summed(weights.style * strange, clip_bars)
    terms["taste"] = np.tile(taste, (len(bars), 1))
    pause = np.array([inside[b] and phrases[phrase[b]].energy < BREAK if phrases else False for b in range(len(bars))])
    if extent.is_short(last):
        inside = np.ones_like(inside)
    outside = np.outer(~inside, roles == "move") + 0.6 * np.outer(pause, roles == "move")
    idle = np.outer(inside & ~pause, roles == "idle")
    waits = weights.rest * np.outer(rest, roles != "idle")
    terms["outside"] = _summed(weights.outside * outside + waits, clip_bars)
    terms["idle"] = _summed(weights.idle * idle, clip_bars)
    # A clip that goes across a border of phrases should end on one, and not go on into another section.
    ends = np.minimum(np.arange(len(bars))[:, None] + clip_bars, len(bars))
    changes = (np.diff(phrase) != 0) | (inside[1:] != inside[:-1])
    crossing = (ends > _next(changes)[:, None]) & inside[:, None]
    cuts = crossing & ~np.concatenate([[True], changes, [True]])[ends]
    terms["straddle"] = weights.straddle * (cuts | ((number > 0)[:, None] & (clip_bars > 1))).astype(np.float32)
    if phrases:
        _, label = np.unique([phrases[each].section for each in phrase], return_inverse=True)
        beyond = (ends > _next(np.diff(label) != 0)[:, None]) & inside[:, None]
        terms["section"] = weights.section * beyond.astype(np.float32)
    terms["cut"] = weights.cut * _goes_on(np.array([bar.short for bar in bars]), clip_bars)
    if len(rest) and rest[0]:
        extent = replace(extent, begins=False)
    entering = bool(drawn(seed, song, ["entrance"])[0] < ENTERS)
    terms["role"] = weights.role * role_costs(clips, len(bars), last, clip_bars, extent, entering)
    tempos = np.array([60 * (len(bar.beats) - 1) / (bar.beats[-1] - bar.beats[0]) for bar in bars])
    # Most bars have the same tempo to a tenth of a beat a minute: each tempo is priced once.
    known, which = np.unique(tempos.round(1), return_inverse=True)
    warp = np.stack([warp_costs(clips, tempo) for tempo in known])[which]
    terms["warp"] = _summed(weights.warp * warp, clip_bars)
    return terms
