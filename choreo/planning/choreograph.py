"""From a song's phrases to a plan: which clip, mirrored or not, on which bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import PlanningError
from choreo.planfile.slices import DIGITS
from choreo.planning.alike import danced_alike
from choreo.planning.bars import Bar, bars_of
from choreo.planning.beam import SearchResult, beam_path
from choreo.planning.calls import call_costs, calls_answered
from choreo.planning.changes import bar_misfits, clip_metres, danced_metres, songs_metres
from choreo.planning.constraints import constrain
from choreo.planning.costs import Weights, bar_costs, misplaced, pairwise_costs, staying, style_costs, varied_weights
from choreo.planning.extent import Extent, danced_bars, motifs_within
from choreo.planning.facing import faces_of
from choreo.planning.graph import MotionGraph, build_graph
from choreo.planning.holding import with_holds
from choreo.planning.metres import columns_of, has_moves
from choreo.planning.mixing import recordings_of
from choreo.planning.motifs import motif_of
from choreo.planning.problem import Hypothesis, NodePath, Problem, extend, history_costs, initial_hypothesis
from choreo.planning.staging import stage
from choreo.planning.step_reasons import course_reasons, in_order, step_reasons
from choreo.planning.stretches import (
    StyledStretch,
    main_style,
    misfits_of_bars,
    style_at,
    style_changes,
    styled_stretches,
)
from choreo.planning.styles import neighbours_of, wished_misfits
from choreo.planning.unlabelled import DOUBT, doubtful, placed_clips
from choreo.planning.wish_clash import clash_error
from choreo.planning.wishes import Wishes
from choreo.types import Call, Candidates, ChoreographyPlan, Clip, Floats, Ints, MusicAnalysis, Phrase, PlanStep
from choreo.version import __version__

ALTERNATIVE = 1.5
"""What it costs, a bar, to begin a move where an earlier alternative begins one of its family."""
SHORT_TWICE = 2.0
"""How many times as dear the same move in a row is in a dance of few bars, also mirrored: it would be all of it."""
SPREAD = 0.4
"""Standard deviation over the clips to which a learned embedder's distances are scaled."""
UNKNOWN_ENERGY = 0.5
"""Energy of the steps of music without phrases."""
PLANNED = frozenset(("style", "length"))
"""Terms of an embedder that are left out: planning has a style of its own for the whole dance, and chooses lengths."""
MANY = 24
"""In graphs of so many nodes or more, moves outside the core are left out: from there a dance could not go on."""


def _usable(clips: Sequence[Clip], metres: Sequence[int]) -> tuple[list[int], Ints]:
    """Clips that fill whole bars of the song's metres, the main one first; and of which each, ``(C,)``."""
    own = clip_metres(clips, metres)
    good: list[int] = np.flatnonzero(own).tolist()
    if not any(clips[k].role in ("move", "idle") and own[k] == metres[0] for k in good):
        known = sorted({clip.metre for clip in clips})
        raise PlanningError(
            f"no clip in the database fits {metres[0]} beats a bar; it has clips in {known}. Set --meter, or add clips."
        )
    return good, own[good]


@dataclass(frozen=True, eq=False)
class PlannerState:
    """A search problem with what it was made of, from which a plan is written.

    Attributes
    ----------
    clips
        ``(C,)`` those that fit a metre of the song; the graph's nodes are these and their mirrors.
    clip_metre
        ``(C,)`` beats in the bars that each is danced in.
    terms
        ``(B, C)`` unary cost of a clip that begins at a bar, by term; `problem` has their sum, by node.
    stretches
        Those of the song, with the style that each is danced in.
    start, end
        Seconds of the song that are danced.
    calls
        What the lyrics call for.
    reasons
        Why a clip is danced from a bar on, in words, as far as music and clip say it; by clip and bar, made when asked.
    """

    analysis: MusicAnalysis
    phrases: Sequence[Phrase]
    clips: Sequence[Clip]
    clip_metre: Ints
    graph: MotionGraph
    terms: dict[str, Floats]
    problem: Problem
    stretches: Sequence[StyledStretch]
    seed: int
    start: float
    end: float
    calls: tuple[Call, ...] = ()
    reasons: dict[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)


def prepare(
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    candidates: Candidates,
    *,
    seed: int = 0,
    style: str | None = None,
    weights: Weights | None = None,
    styles: Sequence[tuple[int, int, str]] = (),
    start: float = 0.0,
    end: float | None = None,
    graph: MotionGraph | None = None,
) -> PlannerState:
    """Make the bars, the motion graph and the costs of a song: all that is searched, without wishes.

    Parameters
    ----------
    styles
        Styles that are asked for by bars, first and past-last.
    graph
        The motion graph of the same clips and metres, when it is known from before.

    Raises
    ------
    InputError
        When no clip has the style asked for.
    PlanningError
        When no clip has the metre.
    """
    weights = weights or Weights()
    end = analysis.duration if end is None else end
    columns = columns_of(clips)
    danced = danced_metres(phrases, analysis.metre, lambda metre: has_moves(columns, metre))
    usable, own_metre = _usable(clips, songs_metres(danced, analysis.metre))
    placed = placed_clips(clips, style)
    chosen = [placed[k] for k in usable]
    column = {each: k for k, each in enumerate(candidates.clip_ids)}
    ranked = _scaled(candidates, [column[clip.clip_id] for clip in chosen], weights)
    stretches = styled_stretches(analysis, phrases, chosen, style)
    graph = graph or build_graph(chosen, weights)
    clip_bars = np.array([clip.counts for clip in chosen]) // own_metre
    spare = int(clip_bars.max())
    extent = Extent.of(start, end, analysis.duration)
    bars, last = danced_bars(
        bars_of(analysis, phrases, start, end, spare=spare, danced=danced), start, end, spare, extent
    )
    if extent.is_short(last):
        weights = replace(weights, twice=SHORT_TWICE * weights.twice, other_side=1.0)
    told = [clips[k] for k in usable]
    strange = misfits_of_bars(stretches, bars, phrases, chosen, told, style, seed, analysis.sha256)
    for first, past, name in styles:
        helping = neighbours_of(chosen, name, analysis.metre, analysis.tempo)
        strange[first:past] = style_costs(chosen, wished_misfits(name, helping))
    strange = np.where(doubtful(told, chosen), np.maximum(strange, DOUBT), strange)
    terms = dict(
        bar_costs(bars, last, phrases, chosen, ranked, clip_bars, strange, weights, seed, analysis.sha256, extent)
    )
    terms["metres"] = bar_misfits(bars, own_metre, clip_bars)
    if ranked.calls:
        terms["lyrics"] = call_costs(bars, ranked.calls, clip_bars)
    unary = np.array(sum(np.asarray(term, np.float64) for term in terms.values()))[:, graph.clip]
    unary[misplaced(chosen, terms["role"], weights)[:, graph.clip]] = np.inf
    if len(graph.clip) >= MANY:
        roles = np.array([clip.role in ("move", "idle") for clip in chosen])
        unary[:, ~graph.core() & roles[graph.clip]] = np.inf
    names = {name: k for k, name in enumerate(dict.fromkeys(clip.family for clip in chosen))}
    family = np.array([names[clip.family] for clip in chosen])[graph.clip]
    pairwise = pairwise_costs(graph.transition_cost, graph.continues, graph.mirrored, family, weights)
    motifs = motifs_within(motif_of(phrases), bars) if phrases else np.zeros(1, np.int64)
    problem = Problem(
        unary, pairwise, clip_bars[graph.clip], family, graph.displacement, graph.continues, bars, motifs, last,
        weights, impossible=np.isinf(terms["metres"])[:, graph.clip],
        recordings=recordings_of(chosen, graph, bars, phrases),
    )  # fmt: skip
    return PlannerState(
        analysis, phrases, chosen, own_metre, graph, terms, problem, stretches, seed, start, end, ranked.calls
    )  # fmt: skip


def bars_to_dance(
    analysis: MusicAnalysis, phrases: Sequence[Phrase], clips: Sequence[Clip], start: float, end: float
) -> list[Bar]:
    """The bars that a plan of these clips covers, as `prepare` makes them."""
    columns = columns_of(clips)
    danced = danced_metres(phrases, analysis.metre, lambda metre: has_moves(columns, metre))
    extent = Extent.of(start, end, analysis.duration)
    bars, last = danced_bars(bars_of(analysis, phrases, start, end, spare=0, danced=danced), start, end, 0, extent)
    return bars[:last]


def _scaled(candidates: Candidates, order: list[int], weights: Weights) -> Candidates:
    """Candidates of some clips without `PLANNED` terms, a learned distance scaled to what other terms usually weigh."""
    terms = {name: term[:, order] for name, term in candidates.terms.items() if name not in PLANNED}
    if candidates.learned:
        term = terms[candidates.learned]
        spread = float(np.median(term.std(axis=1)))
        terms[candidates.learned] = (term - term.min(axis=1, keepdims=True)) * (SPREAD / max(spread, 1e-6))
    if "metre" in terms:
        terms["metre"] = terms["metre"] * np.float32(weights.metre)
    terms.pop("lyrics", None)  # calls have it bar by bar
    total = np.array(sum(terms.values())) if terms else candidates.distances[:, order]
    calls = tuple(
        replace(call, costs=call.costs[order], answers=call.answers[order]) for call in candidates.calls
    )  # fmt: skip
    return Candidates(tuple(candidates.clip_ids[k] for k in order), np.asarray(total, np.float32), terms, calls=calls)


def plan(
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    candidates: Candidates,
    *,
    seed: int = 0,
    style: str | None = None,
    weights: Weights | None = None,
    wishes: Wishes | None = None,
    start: float = 0.0,
    end: float | None = None,
) -> ChoreographyPlan:
    """Choose a clip, mirrored or not, for every bar from `start` to `end` seconds.

    Minimises the sum of unary costs (retrieval distances, style, roles, tempo), pairwise costs (transitions, the same
    move again) and history costs: returning sections that are not danced as they were first (ChoreoMaster's structure
    term, Chen et al. 2021), moves that come back within `Weights.memory` bars, long copies of one recording, and where
    on the stage the dancer ends up. A beam search, ranked by the exact dynamic program over unary and pairwise costs.

    Raises
    ------
    InputError
        When no clip has the style asked for, or a wish names a move or bar that is not there.
    PlanningError
        When no clip has the metre, wishes contradict each other, or no cover exists.

    Examples
    --------
    >>> from choreo import analyze, phrases, plan, retrieve
    >>> from choreo.db import default_location, ensure_starter
    >>> analysis = analyze("song.wav")
    >>> parts, clips = phrases(analysis), ensure_starter(default_location()).clips()
    >>> made = plan(analysis, parts, clips, retrieve(analysis, parts, clips), seed=7)
    >>> made.metre, made.seed, made.end
    (4, 7, 12.0)
    >>> all(step.counts % 4 == 0 for step in made.steps)
    True
    """
    return plans(
        analysis, phrases, clips, candidates,
        seed=seed, style=style, weights=weights, wishes=wishes, start=start, end=end,
    )[0]  # fmt: skip


def plans(
    analysis: MusicAnalysis,
    phrases: Sequence[Phrase],
    clips: Sequence[Clip],
    candidates: Candidates,
    *,
    count: int = 1,
    seed: int = 0,
    style: str | None = None,
    weights: Weights | None = None,
    wishes: Wishes | None = None,
    start: float = 0.0,
    end: float | None = None,
) -> list[ChoreographyPlan]:
    """Make `count` plans, the best first; each later one pays for families that earlier ones begin at the same bar.

    Raises
    ------
    As `plan`.
    """
    wishes = wishes or Wishes()
    state = prepare(
        analysis, phrases, clips, candidates, seed=seed, style=style, weights=weights_for(wishes, weights),
        styles=wishes.styles, start=start, end=end,
    )  # fmt: skip
    return plans_of(state, wishes, count)


def weights_for(wishes: Wishes, weights: Weights | None = None) -> Weights:
    """Weights for a wish of variety and of bars in one recording."""
    return staying(varied_weights(weights or Weights(), wishes.variety), wishes.dwell)


def plans_of(state: PlannerState, wishes: Wishes, count: int = 1) -> list[ChoreographyPlan]:
    """Make `count` plans of a problem that is prepared, as `plans` does.

    Raises
    ------
    As `plan`.
    """
    try:
        problem, before = constrain(state.problem, state.graph, state.clips, wishes)
        if wishes.alike:
            once = beam_path(problem, before=before).path
            wishes = danced_alike(state.problem, state.graph, state.clips, wishes, once)
            problem, before = constrain(state.problem, state.graph, state.clips, wishes)
    except PlanningError as error:
        raise clash_error(state.problem, state.graph, state.clips, wishes, str(error)) from error
    out: list[ChoreographyPlan] = []
    for number in range(count):
        found = beam_path(problem, before=before)
        if not found.path:
            what = f"{state.analysis.path}: no sequence of clips covers the song"
            if wishes == Wishes():
                raise PlanningError(f"{what}; add clips to the database.")
            raise clash_error(state.problem, state.graph, state.clips, wishes, f"{what} as wished for.")
        out.append(plan_of(state, found, before, wishes, number))
        cost = problem.unary_cost.copy()
        for bar, node in found.path:
            cost[bar, problem.family == problem.family[node]] += ALTERNATIVE * float(problem.node_bars[node])
        problem = replace(problem, unary_cost=cost)
    return out


def plan_of(
    state: PlannerState, found: SearchResult, before: NodePath, wishes: Wishes, number: int
) -> ChoreographyPlan:
    """Write the plan of a path, with the bars before and behind it that were not danced anew.

    Only the first of several alternatives has a bound: the others' costs contain what sets them apart.
    """
    analysis = state.analysis
    path = [*before, *found.path, *_held_after(state, wishes, found)]
    search = {"cost": found.cost, "bound": found.bound} if number == 0 else {"cost": found.cost}
    return ChoreographyPlan(
        song={
            "path": analysis.path,
            "name": Path(analysis.path).name,
            "sha256": analysis.sha256,
            "duration": analysis.duration,
        },
        metre=analysis.metre,
        tempo=analysis.tempo,
        start=round(state.start, DIGITS),
        end=round(state.end, DIGITS),
        seed=state.seed,
        steps=tuple(_staged(state, path, wishes)),
        options={**_styles(state), "variety": wishes.variety, **_dwell(wishes), "search": search},
        versions={"choreo": __version__},
        warnings=(),
    )


def _styles(state: PlannerState) -> dict[str, Any]:
    """The style of the dance, and where it changes."""
    phrases = [bar.phrase for bar in state.problem.bars[: state.problem.last]]
    changes = [[round(start, DIGITS), name] for start, name in style_changes(state.stretches, phrases, state.start)]
    main = main_style(state.stretches, phrases)
    return {"style": main or "any", **({"styles": changes} if changes else {})}


def _dwell(wishes: Wishes) -> dict[str, int]:
    """The wish for bars in one recording, where it is not the usual one."""
    return {} if wishes.dwell == Wishes.dwell else {"dwell": wishes.dwell}


def _staged(state: PlannerState, path: NodePath, wishes: Wishes) -> list[PlanStep]:
    """Write the steps of a path as they are danced; those that a wish holds keep their modifiers and their holds."""
    nodes = [node for _, node in path]
    before = {n: wishes.held[bar].holds for n, (bar, _) in enumerate(path) if bar in wishes.held}
    holds = {number: found for number, found in before.items() if found is not None}
    kept = {
        number: held.modifiers
        for number, (bar, _) in enumerate(path)
        if (held := wishes.held.get(bar)) is not None and held.modifiers is not None
    }
    steps = stage(
        _steps(state, path),
        [state.clips[int(state.graph.clip[node])] for node in nodes],
        [state.graph.displacement[node] for node in nodes],
        seed=state.seed,
        song=state.analysis.sha256,
        kept=kept,
        faces=faces_of(path, state.problem.node_bars, wishes),
    )
    steps = [replace(step, holds=holds.get(number, ())) for number, step in enumerate(steps)]
    return with_holds(steps, state.problem.bars, wishes.frozen, list(holds))


def _held_after(state: PlannerState, wishes: Wishes, found: SearchResult) -> NodePath:
    """Steps that stay as they were behind a range that was danced anew."""
    if wishes.range is None:
        return []
    nodes = {
        (state.clips[int(k)].clip_id, bool(m)): n
        for n, (k, m) in enumerate(zip(state.graph.clip, state.graph.mirrored, strict=True))
    }
    end = found.path[-1][0] + int(state.problem.node_bars[found.path[-1][1]])
    return [(bar, nodes[held.clip_id, bool(held.mirror)]) for bar, held in sorted(wishes.held.items()) if bar >= end]


def _steps(state: PlannerState, path: NodePath) -> list[PlanStep]:
    """Write the steps of a path, each with its costs by term."""
    problem, graph, bars, phrases = state.problem, state.graph, state.problem.bars, state.phrases
    hypothesis, steps = initial_hypothesis(problem), []
    for bar, node in path:
        index = int(graph.clip[node])
        clip = state.clips[index]
        covered = bars[bar : bar + int(problem.node_bars[node])]
        beats = [covered[0].beats[0], *(t for each in covered for t in each.beats[1:])]
        costs, why = step_account(state, hypothesis, bar, node)
        hypothesis = extend(problem, hypothesis, bar, node, 0.0)
        steps.append(
            PlanStep(
                clip_id=clip.clip_id,
                name=clip.name,
                dataset=clip.dataset,
                licence=clip.licence,
                mirror=bool(graph.mirrored[node]),
                first_beat=bars[bar].first_beat,
                beats=tuple(round(t, DIGITS) for t in beats),
                section=_section(phrases, bars[bar]),
                warp=float((clip.beats[len(beats) - 1] - clip.beats[0]) / (beats[-1] - beats[0])),
                costs={name: cost for name, cost in costs.items() if abs(cost) > 5e-4},
                move=clip.move,
                energy=round(_energy(phrases, covered), DIGITS),
                metre=0 if state.clip_metre[index] == state.analysis.metre else int(state.clip_metre[index]),
                reasons=why,
                calls=calls_answered(bars, state.calls, index, bar, bar + int(problem.node_bars[node])),
            )
        )
    return steps


def step_account(
    state: PlannerState, hypothesis: Hypothesis, bar: int, node: int
) -> tuple[dict[str, float], tuple[str, ...]]:
    """What a node costs at a bar after what was danced, by term; and why it is danced there, in words."""
    problem, graph = state.problem, state.graph
    index = int(graph.clip[node])
    clip = state.clips[index]
    costs = {name: float(term[bar, index]) for name, term in state.terms.items()}
    costs |= {name: float(term[node]) for name, term in history_costs(problem, hypothesis, bar).items()}
    if hypothesis.path:
        earlier = hypothesis.path[-1][1]
        costs["transition"] = problem.weights.transition * float(graph.transition_cost[earlier, node])
        costs["twice"] = float(problem.pairwise_cost[earlier, node]) - costs["transition"]
    seen, section = int(hypothesis.seen[problem.family[node]]), _section(state.phrases, problem.bars[bar])
    style = style_at(state.stretches, problem.bars[bar].phrase)
    covered = problem.bars[bar : bar + int(problem.node_bars[node])]
    if (index, bar) not in state.reasons:
        state.reasons[index, bar] = step_reasons(state.analysis, clip, covered, section, costs)
    why = (
        *state.reasons[index, bar],
        *course_reasons(costs, problem.weights, bar, seen, style, clip.styles),
    )
    return costs, in_order(why)


def _section(phrases: Sequence[Phrase], bar: Bar) -> str:
    """Name the section that a bar is in: its phrase's, or the one on both sides of a gap; else none."""
    phrase = phrases[bar.phrase] if phrases else None
    if phrase is None or bar.inside:
        return "" if phrase is None else phrase.section
    in_gap = bar.phrase > 0 and bar.first_beat == phrase.first_beat
    return phrase.section if in_gap and phrases[bar.phrase - 1].section == phrase.section else ""


def _energy(phrases: Sequence[Phrase], bars: Sequence[Bar]) -> float:
    """Mean energy of the music of some bars, none where none plays; middling where it has no phrases."""
    if not phrases:
        return UNKNOWN_ENERGY
    return sum(0.0 if bar.rest else phrases[bar.phrase].energy for bar in bars) / len(bars)
