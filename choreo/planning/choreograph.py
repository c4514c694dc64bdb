"""The planning stage: which clip on which bars."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from choreo import __version__
from choreo.errors import InputError, PlanningError
from choreo.planning.beam import beam_path
from choreo.planning.costs import Weights, role_costs, style_costs
from choreo.planning.graph import MotionGraph, build_graph
from choreo.planning.sheet import DIGITS
from choreo.planning.structure import motif_of
from choreo.planning.timeline import Bar, bars_of
from choreo.plugins import suggest
from choreo.types import Candidates, ChoreographyPlan, Clip, Floats, Ints, MusicAnalysis, Phrase, PlanStep

ENOUGH = 6
"""Moves that a style must have before the music's guess is followed; a user's wish always is."""
NEAREST = {
    "tango": "latin",
    "metal": "rock",
    "rock": "pop",
    "funk": "disco",
    "reggae": "hiphop",
    "march": "folk",
    "polka": "folk",
    "folk": "swing",
    "ballad": "pop",
    "cinematic": "pop",
    "classical": "ballet",
    "ballet": "pop",
}
"""Where to look for moves when a style of music has too few."""


def _usable(clips: Sequence[Clip], metre: int) -> list[int]:
    """Clips that fill whole bars of the metre; two beats a bar are danced with clips in four."""
    good = [
        k for k, c in enumerate(clips) if c.counts % metre == 0 and (c.metre == metre or (metre, c.metre) == (2, 4))
    ]
    if not any(clips[k].role in ("move", "idle") for k in good):
        known = sorted({clip.metre for clip in clips})
        raise PlanningError(
            f"no clip in the database fits {metre} beats a bar; it has clips in {known}. Set --meter, or add clips."
        )
    return good


def choose_style(clips: Sequence[Clip], distances: Floats, style: str | None, guess: str) -> str | None:
    """The style to dance in: the user's, else the music's guess, else the one whose clips fit best.

    Raises
    ------
    InputError
        When no clip has the style asked for.
    """
    known = sorted({s for clip in clips for s in clip.styles if s != "groove"})
    if style is not None and style not in {*known, "groove"}:
        raise InputError(f"unknown style {style!r}.{suggest(style, [*known, 'groove'])}")
    if style is not None:
        return style
    while guess != "unknown":
        if sum(guess in clip.styles and clip.role == "move" for clip in clips) >= ENOUGH:
            return guess
        guess = NEAREST.get(guess, "unknown")
    rated = []
    for name in known:
        mine = [k for k, c in enumerate(clips) if name in c.styles and c.role == "move"]
        if len(mine) >= 3 and len(distances):
            best = np.sort(distances[:, mine], axis=1)[:, :3]
            rated.append((float(best.mean()), name))
    return min(rated)[1] if rated else None


def _place_costs(
    bars: Sequence[Bar],
    last: int,
    clips: Sequence[Clip],
    distances: Floats,
    spans: Ints,
    weights: Weights,
) -> Floats:
    """``(B, C)``: what each clip costs when it begins at each bar, pairwise terms left out."""
    phrase = np.array([bar.phrase for bar in bars])
    per_bar = distances[phrase] if len(distances) else np.zeros((len(bars), len(clips)), np.float32)
    moving = np.array([clip.role == "move" for clip in clips])
    idle = np.array([clip.role == "idle" for clip in clips])
    inside = np.array([bar.inside for bar in bars])
    per_bar = per_bar + weights.outside * (~inside[:, None] & moving) + weights.idle * (inside[:, None] & idle)
    out = np.empty((len(bars), len(clips)), np.float32)
    for b, bar in enumerate(bars):
        for k, span in enumerate(spans):
            covered = range(b, min(b + int(span), len(bars)))
            cost = sum(float(per_bar[i, k]) for i in covered)
            crossing = any(bars[i].phrase != bar.phrase for i in covered) and bar.inside
            out[b, k] = cost + weights.straddle * (crossing or (bar.place > 0 and span > 1))
        out[b] += weights.role * role_costs(clips, 0, last, b, spans.tolist())
    return out


def plan(
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    candidates: Candidates,
    *,
    seed: int = 0,
    style: str | None = None,
    weights: Weights | None = None,
    start: float = 0.0,
    end: float | None = None,
) -> ChoreographyPlan:
    """Choose a clip, mirrored or not, for every bar from `start` to `end` seconds.

    Minimises retrieval distances + seams + roles + what reaches further back: returning sections tied to
    their first dance (ChoreoMaster's structure term, Chen et al. 2021) and clips that come back within
    `Weights.memory` bars. A beam search guided by the exact dynamic program over the pairwise terms.

    Raises
    ------
    InputError
        When no clip has the style asked for.
    PlanningError
        When no clip has the metre, or no cover exists.
    """
    weights = weights or Weights()
    end = analysis.duration if end is None else end
    usable = _usable(clips, analysis.metre)
    chosen = [clips[k] for k in usable]
    column = {each: k for k, each in enumerate(candidates.clip_ids)}
    order = [column[clip.clip_id] for clip in chosen]
    distances = candidates.distances[:, order]
    wanted = choose_style(chosen, distances, style, analysis.style)
    rng = np.random.default_rng(seed)
    noise = weights.jitter * rng.random(len(chosen)).astype(np.float32)
    full = distances + weights.style * style_costs(chosen, wanted) + noise

    graph = build_graph(chosen, weights)
    clip_spans = np.array([clip.counts // analysis.metre for clip in chosen])
    spans = clip_spans[graph.clip]
    bars = bars_of(analysis, phrases, start, end, spare=int(spans.max()))
    last = next((b for b, bar in enumerate(bars) if bar.beats[0] >= end - 0.05), len(bars))
    names = [clip.family for clip in chosen]
    family = np.array([names.index(name) for name in names])[graph.clip]
    pair = weights.transition * graph.seams + weights.twice * (family[:, None] == family)
    place = _place_costs(bars, last, chosen, full, clip_spans, weights)
    ties = motif_of(phrases) if phrases else np.zeros(1, np.int64)
    by_node = place[:, graph.clip].astype(np.float64)
    path = beam_path(by_node, pair.astype(np.float64), spans, family, bars, ties, last, weights)
    if not path:
        raise PlanningError(f"{analysis.path}: no sequence of clips covers the song; add clips to the database.")
    steps = _steps(path, bars, phrases, chosen, graph, distances, candidates, order, weights)
    return ChoreographyPlan(
        song={
            "path": analysis.path,
            "name": Path(analysis.path).name,
            "sha256": analysis.sha256,
            "duration": analysis.duration,
        },
        metre=analysis.metre,
        tempo=analysis.tempo,
        start=round(start, DIGITS),
        end=round(end, DIGITS),
        seed=seed,
        steps=tuple(steps),
        options={"style": wanted or "any"},
        versions={"choreo": __version__},
        warnings=(),
    )


def _steps(
    path: list[tuple[int, int]],
    bars: Sequence[Bar],
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    graph: MotionGraph,
    distances: Floats,
    candidates: Candidates,
    order: list[int],
    weights: Weights,
) -> list[PlanStep]:
    steps = []
    for n, (bar, node) in enumerate(path):
        index = int(graph.clip[node])
        clip = clips[index]
        covered = bars[bar : bar + clip.counts // (len(bars[bar].beats) - 1)]
        beats = [covered[0].beats[0], *(t for each in covered for t in each.beats[1:])]
        costs = (
            {
                name: float(np.mean([term[b.phrase, order[index]] for b in covered]))
                for name, term in candidates.terms.items()
            }
            if len(distances)
            else {}
        )
        if n:
            costs["transition"] = weights.transition * float(graph.seams[path[n - 1][1], node])
        steps.append(
            PlanStep(
                clip_id=clip.clip_id,
                name=clip.name,
                dataset=clip.dataset,
                licence=clip.licence,
                mirror=bool(graph.mirrored[node]),
                first_beat=bars[bar].first_beat,
                beats=tuple(round(t, DIGITS) for t in beats),
                section=phrases[bars[bar].phrase].section if bars[bar].inside else "",
                warp=float((clip.beats[-1] - clip.beats[0]) / (beats[-1] - beats[0])),
                costs=costs,
                move=clip.move,
            )
        )
    return steps
