"""What a choreography costs: pure functions over arrays, and the weights in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from choreo.types import Clip, Doubles, Floats, Ints

SLOWEST, FASTEST = 0.80, 1.10
"""How much a clip may be warped."""
RUBATO, SHOWS = 0.03, 1.0
"""Octaves that tempos waver by anyway; what warping by more costs, as if it were so many."""


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


def tempo_range(clip: Clip) -> tuple[float, float]:
    """Tempos in beats a minute at which a clip may be danced."""
    return clip.tempo_range if clip.tempo_range[1] > 0 else (SLOWEST * clip.tempo, FASTEST * clip.tempo)


def stage_costs(ground: Doubles, facing: Doubles, weights: Weights) -> Doubles:
    """What it costs to end at ``(..., 2)`` metres from the middle, ``(...)`` radians from the audience."""
    far = np.maximum(np.linalg.norm(ground, axis=-1) - weights.radius, 0)
    return np.asarray(weights.stage * far + weights.facing * (1 - np.cos(facing)) / 2)
