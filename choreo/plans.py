"""From a song to plans, and from a plan to a changed one: listening, retrieval and planning in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from choreo.errors import AudioError, InputError, PlanError
from choreo.types import Candidates, ChoreographyPlan, Clip, MusicAnalysis, Phrase

if TYPE_CHECKING:
    from choreo.planning.edit import Edit
    from choreo.planning.wishes import Wishes

Stage = Callable[[str], AbstractContextManager[Any]]
SILENT_DB = -60.0
READABLE = ("tempo", "energy", "metre")
"""Terms of the readable space that go with every learned distance, which has seen few tempos and levels of energy."""


@contextmanager
def _untold(_: str) -> Iterator[None]:
    yield


def _refuse_silence(analysis: MusicAnalysis) -> None:
    if len(analysis.loudness) == 0 or float(analysis.loudness.max()) < SILENT_DB:
        raise AudioError(f"{analysis.path}: the song is silent; there is nothing to dance to. Check the file's volume.")


def make_plans(
    song: str | Path,
    *,
    count: int = 1,
    style: str | None = None,
    seed: int = 0,
    energy: str | None = None,
    wishes: Wishes | None = None,
    start: float = 0.0,
    duration: float | None = None,
    offset: float = 0.0,
    bpm: float | None = None,
    metre: int | None = None,
    tracker: str = "tcn",
    beats: str | Path | None = None,
    octave: str = "auto",
    cache: bool = True,
    embedder: str = "zeroshot",
    lyrics: str | Path | None = None,
    db: str | None = None,
    datasets: Sequence[str] = (),
    licence: str = "any",
    stage: Stage = _untold,
) -> tuple[MusicAnalysis, list[ChoreographyPlan], dict[str, Clip]]:
    """Listen to a song and choreograph it `count` times, the best first.

    Parameters
    ----------
    energy
        A curve in place of the song's energy; see `choreo.planning.energy`.
    wishes
        Moves to pin, ban or require, and how much variety.
    datasets
        Only clips of these; all by default.
    stage
        Context manager that hears the name of what is done.

    Returns
    -------
    analysis, plans, clips
        `clips` holds what the plans use by clip id.

    Raises
    ------
    AudioError, PlanningError, DatabaseError, InputError, PluginError
    """
    from choreo.music import analyze, analyze_cached
    from choreo.planning import dance_octave, plans

    hear = analyze_cached if cache else analyze
    told: dict[str, Any] = {"bpm": bpm, "offset": offset, "metre": metre, "tracker": tracker, "beats": beats}
    told |= {"start": start, "duration": duration}
    with stage("listening"):
        analysis = hear(song, octave=octave, **told)
        _refuse_silence(analysis)
    with stage("opening the motion database"):
        clips = _clips(db, datasets, licence, analysis)
    notes = []
    if metre is None and analysis.metre not in {2, *(clip.metre for clip in clips)}:
        notes.append(f"{analysis.metre} beats in a bar are danced in fours; --meter says otherwise")
        told["metre"] = 4
    pace = dance_octave(analysis.tempo, told["metre"] or analysis.metre, clips)
    if octave == "auto" and pace != "auto" and not (bpm or beats):
        notes.append(
            f"danced at {pace} the pace of {analysis.tempo:.0f} beats a minute; --octave or --bpm say otherwise"
        )
        octave = pace
    if notes:
        with stage("listening"):
            analysis = hear(song, octave=octave, **told)
            analysis = replace(analysis, warnings=(*analysis.warnings, *notes))
    with stage("choreographing"):
        parts, candidates = _matched(analysis, clips, energy, embedder, lyrics)
        end = analysis.duration if duration is None else min(start + duration, analysis.duration)
        found = plans(
            analysis, parts, clips, candidates,
            count=count, seed=seed, style=style, wishes=wishes, start=start, end=end,
        )  # fmt: skip
    asked = {"embedder": embedder, "lyrics": lyrics, "datasets": list(datasets), "licence": licence, "energy": energy}
    heard = {**told, "octave": octave, "beats": None if beats is None else str(beats)}
    kept = {name: value for name, value in asked.items() if value} | {
        "listening": {k: v for k, v in heard.items() if v}
    }
    found = [replace(sheet, options={**sheet.options, **kept}) for sheet in found]
    used = {step.clip_id for sheet in found for step in sheet.steps}
    return analysis, found, {clip.clip_id: clip for clip in clips if clip.clip_id in used}


def edit_plan(
    sheet: ChoreographyPlan, edit: Edit, *, db: str | None = None, stage: Stage = _untold
) -> tuple[ChoreographyPlan, list[str]]:
    """Dance some bars of a plan anew, and keep the others.

    Returns
    -------
    The changed plan, and what the user should know.

    Raises
    ------
    PlanError
        When the song or a clip of the plan is gone.
    InputError, PlanningError
        When a wish names what is not there, or wishes contradict each other.
    """
    from choreo.music import analyze_cached
    from choreo.planning import plans
    from choreo.planning.edit import mirrored_steps, wishes_of

    options, song = sheet.options, Path(str(sheet.song.get("path", "")))
    if not song.is_file():
        raise PlanError(f"the plan's song {str(song)!r} is not there. Put it back, or make the plan anew.")
    with stage("listening"):
        analysis = analyze_cached(song, **dict(options.get("listening", {})))
    if analysis.sha256 != sheet.song.get("sha256"):
        raise PlanError(f"{song}: is another song than the plan was made for. Put that back, or make the plan anew.")
    with stage("opening the motion database"):
        clips = _clips(db, options.get("datasets", ()), options.get("licence", "any"), analysis, sheet)
    with stage("choreographing"):
        wishes, notes = wishes_of(sheet, edit, clips)
        by_id = {clip.clip_id: clip for clip in clips}
        if wishes is not None:
            lyrics = options.get("lyrics")
            parts, candidates = _matched(
                analysis, clips, options.get("energy"), options.get("embedder", "zeroshot"), lyrics
            )
            style = str(options.get("style", "any"))
            made = plans(
                analysis, parts, clips, candidates, seed=sheet.seed, wishes=wishes,
                style=None if style == "any" else style, start=sheet.start, end=sheet.end,
            )[0]  # fmt: skip
            sheet = replace(sheet, steps=made.steps, options={**made.options, **options}, guarantees={})
        if edit.mirror:
            sheet = replace(mirrored_steps(sheet, edit.mirror, by_id), guarantees={})
    return sheet, notes


def _matched(
    analysis: MusicAnalysis, clips: Sequence[Clip], energy: str | None, embedder: str, lyrics: Any
) -> tuple[Sequence[Phrase], Candidates]:
    """Phrases and how well clips fit them. A learned distance is joined by what can be read: tempo, energy, rhythm."""
    from choreo.music import phrases
    from choreo.planning.energy import with_energy
    from choreo.retrieval import retrieve

    parts: Sequence[Phrase] = phrases(analysis)
    if energy is not None:
        parts = with_energy(parts, energy)
    found = retrieve(analysis, parts, clips, embedder=embedder, lyrics=lyrics)
    if found.learned:
        plain = retrieve(analysis, parts, clips).terms
        terms = {**found.terms, **{name: plain[name] for name in READABLE}}
        found = replace(found, terms=terms, distances=np.array(sum(terms.values()), np.float32))
    return parts, found


def _clips(
    db: str | None,
    datasets: Sequence[str],
    licence: str,
    analysis: MusicAnalysis,
    sheet: ChoreographyPlan | None = None,
) -> list[Clip]:
    """Clips that may be used, and those of a plan in any case.

    Raises
    ------
    InputError
        When nothing is left.
    PlanError
        When a clip of the plan is gone.
    """
    from choreo.db import default_location, ensure_starter
    from choreo.licences import LEVELS, allows

    if licence not in LEVELS:
        raise InputError(f"licence {licence!r}: want one of {', '.join(LEVELS)}.")
    base = ensure_starter(default_location(db))
    clips = base.clips()
    known = {clip.dataset for clip in clips}
    if unknown := [name for name in datasets if name not in known]:
        raise InputError(f"no clip is of the dataset {unknown[0]!r}; there are {', '.join(sorted(known))}.")
    needed = {step.clip_id for step in sheet.steps} if sheet else set()
    if gone := needed - {clip.clip_id for clip in clips}:
        names = sorted({step.name for step in sheet.steps if step.clip_id in gone}) if sheet else []
        raise PlanError(
            f"clips of this plan are not in the motion database: {', '.join(names)}. "
            "Use the database it was made with (--db), or make the plan anew."
        )
    kept = [
        clip
        for clip in clips
        if clip.clip_id in needed or (allows(clip.licence, licence) and (not datasets or clip.dataset in datasets))
    ]
    if not kept:
        raise InputError(f"no clip's licence is known to allow {licence!r} use; 'choreo db stats' lists licences.")
    return kept
