"""From a song to plans, and from a plan to a changed one: listening, retrieval and planning in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from choreo.errors import AudioError, InputError, PlanError
from choreo.types import Bools, Candidates, ChoreographyPlan, Clip, MusicAnalysis, Phrase

if TYPE_CHECKING:
    from choreo.db import MotionDB
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
    from choreo.planning import plans

    hear = analyze_cached if cache else analyze
    told: dict[str, Any] = {"bpm": bpm, "offset": offset, "metre": metre, "tracker": tracker, "beats": beats}
    told |= {"start": start, "duration": duration}
    with stage("listening"):
        analysis = hear(song, octave=octave, **told)
        _refuse_silence(analysis)
    with stage("opening the motion database"):
        store = Store.open(db, datasets, licence)
    notes = []
    if metre is None and not store.dances(analysis.metre):
        notes.append(f"{analysis.metre} beats in a bar are danced in fours; --meter says otherwise")
        told["metre"] = 4
    pace = store.pace(analysis, told["metre"] or analysis.metre)
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
        parts = _parts(analysis, energy)
        names = [*(move for _, move in wishes.pins), *wishes.required] if wishes else []
        clips = store.clips(analysis, parts, style, seed, names)
        candidates = _matched(analysis, parts, clips, embedder, lyrics)
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
        store = Store.open(db, options.get("datasets", ()), options.get("licence", "any"))
        needed = frozenset(step.clip_id for step in sheet.steps)
        gone = needed - set(store.rows["clip_id"])
        if gone:
            names = sorted({step.name for step in sheet.steps if step.clip_id in gone})
            raise PlanError(
                f"clips of this plan are not in the motion database: {', '.join(names)}. "
                "Use the database it was made with (--db), or make the plan anew."
            )
    with stage("choreographing"):
        style = str(options.get("style", "any"))
        style_or_none = None if style == "any" else style
        parts = _parts(analysis, options.get("energy"))
        asked = [*edit.moves, *edit.require]
        clips = store.clips(analysis, parts, style_or_none, sheet.seed, asked, needed)
        wishes, notes = wishes_of(sheet, edit, clips)
        if wishes is not None:
            candidates = _matched(analysis, parts, clips, options.get("embedder", "zeroshot"), options.get("lyrics"))
            made = plans(
                analysis, parts, clips, candidates,
                seed=sheet.seed, wishes=wishes, style=style_or_none, start=sheet.start, end=sheet.end,
            )[0]  # fmt: skip
            sheet = replace(sheet, steps=made.steps, options={**made.options, **options}, guarantees={})
        if edit.mirror:
            sheet = replace(mirrored_steps(sheet, edit.mirror, {clip.clip_id: clip for clip in clips}), guarantees={})
    return sheet, notes


def _parts(analysis: MusicAnalysis, energy: str | None) -> Sequence[Phrase]:
    from choreo.music import phrases
    from choreo.planning.energy import with_energy

    parts = phrases(analysis)
    return parts if energy is None else with_energy(parts, energy)


def _matched(
    analysis: MusicAnalysis, parts: Sequence[Phrase], clips: Sequence[Clip], embedder: str, lyrics: Any
) -> Candidates:
    """How well clips fit phrases. A learned distance is joined by what can be read."""
    from choreo.retrieval import retrieve

    found = retrieve(analysis, parts, clips, embedder=embedder, lyrics=lyrics)
    if not found.learned:
        return found
    plain = retrieve(analysis, parts, clips).terms
    terms = {**found.terms, **{name: plain[name] for name in READABLE}}
    return replace(found, terms=terms, distances=np.array(sum(terms.values()), np.float32))


@dataclass(frozen=True, eq=False)
class Store:
    """A motion database as planning sees it: facts of all clips at once, clips themselves when they are wanted."""

    db: MotionDB
    rows: Mapping[str, Sequence[Any]]
    allowed: Bools

    @classmethod
    def open(cls, db: str | None, datasets: Sequence[str], licence: str) -> Store:
        """Open a database.

        Raises
        ------
        DatabaseError
            When it cannot be opened.
        InputError
            When no clip is of the datasets or may be used.
        """
        from choreo.db import default_location, ensure_starter
        from choreo.licences import LEVELS, allows
        from choreo.planning.shortlist import COLUMNS

        if licence not in LEVELS:
            raise InputError(f"licence {licence!r}: want one of {', '.join(LEVELS)}.")
        base = ensure_starter(default_location(db))
        rows = base.columns(COLUMNS)
        known = set(rows["dataset"])
        if unknown := [name for name in datasets if name not in known]:
            raise InputError(f"no clip is of the dataset {unknown[0]!r}; there are {', '.join(sorted(known))}.")
        fits = {each: allows(each, licence) for each in set(rows["licence"])}
        allowed = np.array([fits[each] for each in rows["licence"]], bool)
        if datasets:
            allowed &= np.isin(np.array(rows["dataset"]), list(datasets))
        if not allowed.any():
            raise InputError(f"no clip's licence is known to allow {licence!r} use; 'choreo db stats' lists licences.")
        return cls(base, rows, allowed)

    def pace(self, analysis: MusicAnalysis, metre: int) -> str:
        """At which octave of its tempo a song is better danced."""
        from choreo.planning.pace import COLUMNS, octave_of

        columns = {name: np.array(self.rows[name])[self.allowed] for name in COLUMNS}
        return octave_of(analysis.tempo, metre, columns)

    def dances(self, metre: int) -> bool:
        """Whether there are moves for so many beats in a bar."""
        from choreo.planning.metres import fits_metre

        return bool((fits_metre(self.rows, metre, self.allowed) & (np.array(self.rows["role"]) == "move")).any())

    def clips(
        self,
        analysis: MusicAnalysis,
        parts: Sequence[Phrase],
        style: str | None,
        seed: int,
        names: Sequence[str] = (),
        needed: frozenset[str] = frozenset(),
    ) -> list[Clip]:
        """Clips that come into question for a song: all of a small database, few of a large one.

        Parameters
        ----------
        names, needed
            Moves that are asked for by name, and ids of clips that must be there.
        """
        from choreo.planning.shortlist import MOST, shortlist

        ids = self.rows["clip_id"]
        if int(self.allowed.sum()) <= MOST:
            found = [ids[k] for k in np.flatnonzero(self.allowed).tolist()]
        else:
            chosen = style or (analysis.style if analysis.style != "unknown" else None)
            found = shortlist(self.rows, self.allowed, parts, analysis.metre, chosen, seed)
            found += self.db.called(names)
        return self.db.clips(ids=[*found, *needed]) if len(found) + len(needed) < len(ids) else self.db.clips()
