"""From a song to plans, and from a plan to a changed one: listening, retrieval and planning in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from choreo.db.starter import FILLING
from choreo.errors import AudioError, InputError, PlanError
from choreo.inputs import is_file
from choreo.music import phrases
from choreo.options import Choosing, Listening, options_of
from choreo.pipeline.hearing import end_of, hear
from choreo.pipeline.result import Progress, ProgressScope, heard_line
from choreo.planfile.slices import TWICE, bar_seconds, sliced_plan, whole_plan
from choreo.planfile.sources import place_of, require_clips, song_of, with_places
from choreo.planfile.troupe import CLOSED_HOLD, Troupe
from choreo.planning import Edit, Wishes, plans
from choreo.planning.choreograph import bars_to_dance
from choreo.planning.clip_pool import ClipPool
from choreo.planning.edit import mirrored_steps, modified_steps, wishes_of
from choreo.planning.energy import with_energy
from choreo.planning.styles import check_style, shortage
from choreo.planning.wish_resolve import bars_of_levels, resolved, touched, unmet, with_levels, within
from choreo.planning.wish_text import named_in
from choreo.retrieval import retrieve
from choreo.types import Candidates, ChoreographyPlan, Clip, MusicAnalysis, Phrase

READABLE = ("tempo", "energy", "metre")
"""Terms of the readable space that go with every learned distance, which has seen few tempos and levels of energy."""


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
        pool = _pool(choosing, scope)
    listening, notes = _danceable(listening, analysis, pool)
    if notes:
        with scope("listening"):
            analysis = hear(song, listening)
            analysis = replace(analysis, warnings=(*analysis.warnings, *notes))
    with scope("choreographing"):
        parts = _phrases(analysis, choosing.energy)
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
        candidates = _matched(analysis, parts, clips, choosing)
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
    kept = {**_kept(listening, choosing), **({"wishes": list(asked)} if asked else {})}
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


def _pool(choosing: Choosing, scope: ProgressScope) -> ClipPool:
    """The clips to choose from; a database that is filled first is a stage of its own."""
    filling = partial(scope.progress, FILLING)
    return ClipPool.open(choosing.db, choosing.datasets, choosing.licence, only=choosing.only, filling=filling)


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


def _kept(listening: Listening, choosing: Choosing) -> dict[str, Any]:
    """What a plan remembers of the options, so that it can be edited later under the same ones."""
    asked: dict[str, Any] = {
        "embedder": choosing.embedder,
        "lyrics": choosing.lyrics,
        "datasets": list(choosing.datasets),
        "only": list(choosing.only),
        "licence": choosing.licence,
        "energy": choosing.energy,
    }
    part = ("start", "duration")  # a slice says itself what it is
    analysed = {name: value for name, value in listening.as_dict().items() if value and name not in part}
    if choosing.lyrics and choosing.lyrics_weight != Choosing.lyrics_weight:
        asked["lyrics_weight"] = choosing.lyrics_weight
    if listening.downbeat is not None:
        analysed["downbeat"] = listening.downbeat
    if listening.max_hours != Listening.max_hours:
        analysed["max_hours"] = listening.max_hours
    return {**{name: value for name, value in asked.items() if value not in (None, "", [])}, "listening": analysed}


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
    if plan.around is not None:
        changed, notes = edit_plan(whole_plan(plan), edit, db=db, progress=progress)
        return sliced_plan(changed, plan.start, plan.end), notes
    scope, song = ProgressScope.of(progress), song_of(plan)
    listening, choosing = options_of_plan(plan, db)
    if not is_file(song):
        raise PlanError(f"the plan's song {str(song)!r} is not there. Put it back, or make the plan anew.")
    with scope("listening"):
        analysis = _heard_again(song, listening)
    if analysis.sha256 != plan.song.get("sha256"):
        raise PlanError(f"{song}: is another song than the plan was made for. Put that back, or make the plan anew.")
    with scope("opening the motion database"):
        pool = _pool(choosing, scope)
        needed = frozenset(step.clip_id for step in plan.steps)
        require_clips(plan, {clip for clip in needed if pool.has(clip)})
    with scope("choreographing"):
        seed = plan.seed if edit.seed is None else edit.seed
        parts = _phrases(analysis, choosing.energy)
        asked = [*edit.moves, *edit.require, *named_in(edit.asked)]
        clips = pool.clips(analysis, parts, choosing.style, plan.seed, asked, needed)
        wishes, notes, parts, keep = _wished(plan, edit, clips, analysis, parts)
        if wishes is not None:
            candidates = _matched(analysis, parts, clips, choosing)
            made = plans(
                analysis, parts, clips, candidates,
                seed=seed, wishes=wishes, style=choosing.style, start=plan.start, end=plan.end,
            )[0]  # fmt: skip
            options = {**made.options, **plan.options, **({"wishes": keep} if keep else {})}
            plan = replace(plan, steps=made.steps, seed=seed, options=options, guarantees={})
            notes += unmet(plan, wishes, clips)
        by_id = {clip.clip_id: clip for clip in clips}
        if edit.mirror:
            plan = replace(mirrored_steps(plan, edit.mirror, by_id), guarantees={})
        if edit.modify:
            plan, lacking = modified_steps(plan, edit.modify, by_id)
            plan, notes = replace(plan, guarantees={}), [*notes, *lacking]
    return plan, notes


def _wished(
    plan: ChoreographyPlan, edit: Edit, clips: Sequence[Clip], analysis: MusicAnalysis, parts: Sequence[Phrase]
) -> tuple[Wishes | None, list[str], Sequence[Phrase], list[str]]:
    """What an edit wishes, notes, phrases with the energy that is wished for, and all wishes that the plan keeps.

    What a plan was wished to be also holds when bars of it are danced anew, but for what an edit wants there.
    """
    kept = list(plan.options.get("wishes", ()))
    bars = bars_to_dance(analysis, parts, clips, plan.start, plan.end)
    new, levels = resolved(Wishes(asked=edit.asked), bars, clips, analysis)
    if new.alike:
        raise InputError("wish 'same': a whole dance can be made with it ('choreo plan'), an edit cannot.")
    changed = [*touched(new, clips, plan.metre), *bars_of_levels(levels, bars)]
    wishes, notes = wishes_of(plan, edit, clips, changed)
    if wishes is None:
        return None, notes, parts, kept
    old, before = resolved(Wishes(asked=tuple(kept)), bars, clips, analysis)
    parts = with_levels(parts, [*before, *levels])
    taken = [*edit.replace, *edit.hold, *((bar, bar + 1) for bar in edit.swap), *changed]
    still = within(old, wishes.range or (0, len(bars)), taken)
    wishes = replace(
        wishes,
        chosen=(*still.chosen, *new.chosen),
        still=(*wishes.still, *still.still, *new.still),
        frozen=(*wishes.frozen, *still.frozen, *new.frozen),
        styles=(*old.styles, *new.styles),
        facings=(*still.facings, *new.facings),
    )
    return wishes, notes, parts, [*kept, *edit.asked]


def _heard_again(song: Path, listening: Listening) -> MusicAnalysis:
    """Listen as a plan says. Nothing of a file that the plan merely names, which may be any, stands in an error."""
    try:
        return hear(song, listening)
    except AudioError:
        raise
    except InputError as error:
        if listening.beats is None:
            raise
        raise PlanError(
            f"{listening.beats}: the plan's beats cannot be read from there. Put that file back, or make the plan anew."
        ) from error


def options_of_plan(plan: ChoreographyPlan, db: str | None = None) -> tuple[Listening, Choosing]:
    """The options that a plan was made with; `db` takes the place of the database.

    Raises
    ------
    PlanError
        When the plan's file has options that there are not.
    """
    kept = plan.options
    style = kept.get("style", "any")
    names = ("energy", "embedder", "lyrics", "licence")
    chosen = {name: kept[name] for name in names if kept.get(name)}
    chosen |= {name: kept[name] for name in ("lyrics_weight",) if name in kept}
    # In a song that changes style every stretch has its own, which is heard again.
    heard = style == "any" or bool(kept.get("styles"))
    chosen |= {"datasets": tuple(kept.get("datasets", ())), "only": tuple(kept.get("only", ()))}
    chosen |= {"style": None if heard else style}
    try:
        listening = options_of(Listening, kept.get("listening", {}), "listening")
        choosing = options_of(Choosing, {**chosen, "db": db, "seed": plan.seed}, "options")
    except InputError as error:
        raise PlanError(f"the plan's options are damaged: {error.message}") from error
    return listening, choosing


def _phrases(analysis: MusicAnalysis, energy: str | None) -> Sequence[Phrase]:
    parts = phrases(analysis)
    return parts if energy is None else with_energy(parts, energy)


def _matched(
    analysis: MusicAnalysis, parts: Sequence[Phrase], clips: Sequence[Clip], choosing: Choosing
) -> Candidates:  # fmt: skip
    """How well clips fit phrases. A learned distance is joined by what can be read."""
    found = retrieve(
        analysis,
        parts,
        clips,
        embedder=choosing.embedder,
        lyrics=choosing.lyrics,
        lyrics_weight=choosing.lyrics_weight,
    )
    if not found.learned:
        return found
    plain = retrieve(analysis, parts, clips).terms
    terms = {**found.terms, **{name: plain[name] for name in READABLE}}
    return replace(found, terms=terms, distances=np.array(sum(terms.values()), np.float32))


__all__ = ["edit_plan", "make_plan", "make_plans", "options_of_plan"]
