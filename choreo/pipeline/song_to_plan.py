"""From a song to plans, and from a plan to a changed one: listening, retrieval and planning in a row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from choreo.errors import InputError
from choreo.options import Choosing, Listening
from choreo.pipeline.hearing import end_of, hear
from choreo.pipeline.matching import matched, open_pool, phrases_of
from choreo.pipeline.plan_options import kept_options
from choreo.pipeline.result import Progress, ProgressScope, heard_line
from choreo.pipeline.workbench import Workbench
from choreo.planfile.slices import TWICE, bar_seconds, sliced_plan
from choreo.planfile.sources import place_of, with_places
from choreo.planfile.troupe import CLOSED_HOLD, Troupe
from choreo.planning import Edit, Wishes, plans
from choreo.planning.choreograph import bars_to_dance
from choreo.planning.clip_pool import ClipPool
from choreo.planning.styles import check_style, shortage
from choreo.planning.wish_resolve import resolved, unmet, with_levels
from choreo.planning.wish_text import named_in
from choreo.types import ChoreographyPlan, Clip, MusicAnalysis


def make_plan(
    song: str | Path,
    *,
    listening: Listening | None = None,
    choosing: Choosing | None = None,
    wishes: Wishes | None = None,
    bars: tuple[int, int] | None = None,
    progress: Progress | ProgressScope | None = None,
) -> tuple[MusicAnalysis, ChoreographyPlan, dict[str, Clip]]:
    """Listen to a song and choreograph it: `make_plans` for one plan.

    Returns
    -------
    analysis, plan, clips
        `clips` holds what the plan uses by clip id, a slice with what is around it.

    Raises
    ------
    AudioError, PlanningError, DatabaseError, InputError, PluginError

    Examples
    --------
    >>> from choreo import Choosing, Listening, make_plan
    >>> analysis, plan, clips = make_plan("song.wav", listening=Listening(duration=8), choosing=Choosing(style="disco"))
    >>> round(plan.tempo), plan.options["style"]
    (120, 'disco')
    >>> {step.clip_id for step in plan.steps} <= set(clips)
    True
    """
    analysis, made, clips = make_plans(
        song, listening=listening, choosing=choosing, wishes=wishes, bars=bars, progress=progress
    )  # fmt: skip
    return analysis, made[0], clips


def make_plans(
    song: str | Path,
    *,
    count: int = 1,
    listening: Listening | None = None,
    choosing: Choosing | None = None,
    wishes: Wishes | None = None,
    bars: tuple[int, int] | None = None,
    progress: Progress | ProgressScope | None = None,
) -> tuple[MusicAnalysis, list[ChoreographyPlan], dict[str, Clip]]:
    """Listen to a song and choreograph it `count` times, the best first.

    The whole song is heard and choreographed; of a part, that slice of each plan is given.

    Parameters
    ----------
    listening
        What to listen for in the song, and the part to be danced in seconds.
    choosing
        What to choose the dance by, from which clips.
    wishes
        Moves to pin, ban or require, and how much variety.
    bars
        The part by bars of the whole dance instead, first and past-last.
    progress
        Called with the name of each stage and how much of it is done.

    Returns
    -------
    analysis, plans, clips
        `clips` holds what the plans use by clip id, slices with what is around them.

    Raises
    ------
    AudioError, PlanningError, DatabaseError, InputError, PluginError
    """
    listening, choosing, scope = listening or Listening(), choosing or Choosing(), ProgressScope.of(progress)
    if bars is not None and (listening.start, listening.duration) != (0.0, None):
        raise InputError(TWICE)
    with scope("listening"):
        analysis = hear(song, listening)
    with scope("opening the motion database"):
        pool = open_pool(choosing, scope)
    listening, notes = _danceable(listening, analysis, pool)
    if notes:
        with scope("listening"):
            analysis = hear(song, listening)
            analysis = replace(analysis, warnings=(*analysis.warnings, *notes))
    with scope("choreographing"):
        parts = phrases_of(analysis, choosing.energy)
        wishes = wishes or Wishes()
        names = [*(move for _, move in wishes.pins), *wishes.required, *named_in(wishes.asked)]
        if choosing.style is not None:
            check_style(choosing.style, pool.styles())
        clips = pool.clips(analysis, parts, choosing.style, choosing.seed, names)
        asked = wishes.asked
        if asked:
            danced = bars_to_dance(analysis, parts, clips, 0.0, analysis.duration)
            wishes, levels = resolved(wishes, danced, clips, analysis)
            parts = with_levels(parts, levels)
        candidates = matched(analysis, parts, clips, choosing)
        made = plans(
            analysis, parts, clips, candidates,
            count=count, seed=choosing.seed, style=choosing.style, wishes=wishes,
        )  # fmt: skip
    if lacking := unmet(made[0], wishes, clips):
        analysis = replace(analysis, warnings=(*analysis.warnings, *lacking))
    if choosing.lyrics and choosing.lyrics_weight and not candidates.calls:
        silent = f"{Path(choosing.lyrics).name}: no line with a time names a movement that a clip is"
        analysis = replace(analysis, warnings=(*analysis.warnings, silent))
    if choosing.style is not None:
        lacking = shortage(made[0], clips, choosing.style, pool.rows)
        analysis = replace(analysis, warnings=(*analysis.warnings, *lacking))
    kept = {**kept_options(listening, choosing), **({"wishes": list(asked)} if asked else {})}
    start, end = (listening.start, end_of(analysis, listening)) if bars is None else bar_seconds(made[0], *bars)
    used = {step.clip_id for plan in made for step in plan.steps}
    made = [with_places(replace(plan, options={**plan.options, **kept})) for plan in made]
    made = [sliced_plan(plan, start, end) for plan in made]
    analysis = replace(analysis, path=place_of(analysis.path))
    scope.note(heard_line(analysis, made[0]))
    return analysis, made, {clip.clip_id: clip for clip in clips if clip.clip_id in used}


def chosen_for(choosing: Choosing | None, troupe: Troupe | None) -> Choosing | None:
    """What to choose a dance by: for a couple in closed hold the figures made for it, unless others are named."""
    if troupe is None or not troupe.held or (choosing or Choosing()).only:
        return choosing
    return replace(choosing or Choosing(), only=(CLOSED_HOLD,))


def _danceable(listening: Listening, analysis: MusicAnalysis, pool: ClipPool) -> tuple[Listening, list[str]]:
    """How to listen again, so that there are moves for what is heard, and why; nothing to say when there are."""
    notes = []
    if listening.metre is None and not pool.dances(analysis.metre):
        notes.append(f"{analysis.metre} beats in a bar are danced in fours; --meter says otherwise")
        listening = replace(listening, metre=4)
    octave = pool.octave(analysis, listening.metre or analysis.metre)
    if analysis.track.subdivision == 3 and octave == "double":
        octave = "auto"  # a beat of three eighths has no middle
    if listening.octave == "auto" and octave != "auto" and not (listening.bpm or listening.beats):
        notes.append(
            f"danced at {octave} the pace of {analysis.tempo:.0f} beats a minute; --octave or --bpm say otherwise"
        )
        # The bars were heard right: only their pace is another.
        one = listening.downbeat
        if one is None and len(analysis.downbeats):
            one = round(float(analysis.downbeats[0]), 3)
        listening = replace(listening, octave=octave, metre=listening.metre or analysis.metre, downbeat=one)
    return listening, notes


def edit_plan(
    plan: ChoreographyPlan, edit: Edit, *, db: str | None = None, progress: Progress | ProgressScope | None = None
) -> tuple[ChoreographyPlan, list[str]]:
    """Dance some bars of a plan anew, and keep the others; a slice is changed in the whole that it is a part of.

    Returns
    -------
    The changed plan, and what the user should know.

    Raises
    ------
    PlanError
        When the song or a clip of the plan is gone, or the plan's options are not those of this choreo.
    InputError, PlanningError
        When a wish names what is not there, or wishes contradict each other.

    Examples
    --------
    >>> from choreo import Edit, edit_plan, make_plan
    >>> _, plan, _ = make_plan("song.wav")
    >>> changed, notes = edit_plan(plan, Edit(replace=((2, 4),), moves=("moonwalk",)))
    >>> any(step.name.startswith("moonwalk") for step in changed.steps)
    True
    """
    return Workbench.of(plan, db=db, progress=progress).edit(plan, edit)


__all__ = ["chosen_for", "edit_plan", "make_plan", "make_plans"]
