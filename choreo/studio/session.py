"""A dance that is being directed: the plan with all that was done to it, and frames of it where they are asked for."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from choreo.errors import InputError, MotionError, PlanError
from choreo.options import Choosing, Listening
from choreo.output import atomic, require_output
from choreo.pipeline.plan_to_dance import read_cast_plan
from choreo.pipeline.result import Progress
from choreo.pipeline.song_to_plan import chosen_for, make_plan
from choreo.pipeline.workbench import Workbench
from choreo.planfile import whole_plan, write_plan
from choreo.planfile.slices import bar_seconds, sliced_plan
from choreo.planfile.sources import song_of
from choreo.planfile.troupe import Troupe
from choreo.studio import actions
from choreo.studio.changes import changed
from choreo.studio.claim import Claim
from choreo.studio.history import Entry, History
from choreo.studio.journal import Journal
from choreo.studio.library import figure_of, library_rows, row
from choreo.studio.listening import heard_anew, heard_as
from choreo.studio.own_clips import DATASET, MOST_OWN, keep_clips, read_clips
from choreo.studio.realised import Realised
from choreo.studio.shown import shown_state
from choreo.studio.takes import chosen, second_take, shown_take
from choreo.studio.uploads import free_path
from choreo.studio.waveform import Waveform
from choreo.synthesis.ensemble import cast_plan
from choreo.synthesis.stitch import FPS
from choreo.types import ChoreographyPlan, Clip, Motion

MOST_VERSIONS = 100
MOST_BENCHES = 6
"""Downbeats and tempi of a song for which all is kept that edits share; another one is heard anew."""


@dataclass(frozen=True)
class Change:
    """What the user should know of a change, and in words what it was."""

    notes: list[str]
    said: str


@dataclass(frozen=True, eq=False)
class Window:
    """Frames of some bars, one motion a dancer.

    Attributes
    ----------
    revision, plan
        What is danced.
    first_frame
        Of the whole dance.
    exact
        Whether they are the frames of `choreo.pipeline.perform_plan` to the bit; else the dancer may stand elsewhere.
    """

    revision: int
    plan: ChoreographyPlan
    first_frame: int
    fps: float
    motions: tuple[Motion, ...]
    exact: bool = True


class Session:
    """A dance that is being directed. It may be used by several threads.

    The whole dance is seen and changed, also where a part of it was opened; saved is the part.

    Attributes
    ----------
    path
        The plan's file, which need not be there yet.
    revision
        Counts changes, those taken back as well.
    """

    def __init__(self, plan: ChoreographyPlan, path: Path, bench: Workbench, db: str | None) -> None:
        self.path, self._place, self.revision = path, db, 0
        self._part = None if plan.around is None else (plan.start, plan.end)
        self._claim = Claim(path)
        self._kept = set[str]()
        self._own: dict[str, Clip] = {}
        self._benches = {heard_as(plan): bench}
        self._history = History([Entry(whole_plan(plan), "")])
        self._lock, self._sounding = threading.RLock(), threading.Lock()
        self._realised = Realised()
        self._waveform: Waveform | None = None
        self._notes: list[str] = []
        self._saved = True
        self._journal = Journal(path)
        self._restore()

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        listening: Listening | None = None,
        choosing: Choosing | None = None,
        troupe: Troupe | None = None,
        db: str | None = None,
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> Session:
        """Open a song, which is heard and choreographed, or a plan.

        Of a song that has a plan in the folder this is opened, unless something is asked of its dance: then the new
        dance gets a name of its own.

        Raises
        ------
        AudioError, PlanError, PlanningError, DatabaseError, InputError
            Also when another studio has the plan open.
        """
        path = Path(path)
        db = db or (choosing.db if choosing else None)
        if path.suffix.lower() == ".json":
            plan = read_cast_plan(path, troupe)
            return cls(plan, path, Workbench.of(plan, db=db, progress=progress), db)
        folder = folder or Path("renders")
        target = folder / f"{path.stem}.plan.json"
        plain = Choosing(db=choosing.db) if choosing else None
        if target.exists() and troupe is None and choosing == plain and listening in (None, Listening()):
            with suppress(PlanError):  # what cannot be danced is left as it is
                plan = read_cast_plan(target)
                if song_of(plan).resolve() == path.resolve():
                    return cls(plan, target, Workbench.of(plan, db=db, progress=progress), db)
        _, plan, _ = make_plan(path, listening=listening, choosing=chosen_for(choosing, troupe), progress=progress)
        plan = cast_plan(plan, troupe)
        return cls(plan, free_path(folder, target.name), Workbench.of(plan, db=db, progress=progress), db)

    @property
    def plan(self) -> ChoreographyPlan:
        """The whole plan as it is now."""
        return self._history.plan

    @property
    def written(self) -> ChoreographyPlan:
        """The plan as its file has it: where a part of a dance was opened, that part."""
        return self.plan if self._part is None else sliced_plan(self.plan, *self._part)

    def close(self) -> None:
        """Let other studios open the plan."""
        self._claim.release()

    def apply(self, action: actions.AnyAction) -> Change:
        """Change the dance.

        Raises
        ------
        InputError, PlanningError, PlanError
            When it cannot be; says why. Then nothing is changed.
        """
        if isinstance(action, actions.Undo):
            return self.undo()
        if isinstance(action, actions.Redo):
            return self.redo()
        with self._lock:
            if isinstance(action, actions.Version):
                return self._name(action.name)
            after, notes = self._after(action)
            self._history.add(after.plan, after.said, after.take)
            self._journal.changed(self._history)
            self._moved(notes)
            return Change(self._notes, after.said)

    def _after(self, action: actions.AnyAction) -> tuple[Entry, list[str]]:
        """The dance after an action, and what the user should know."""
        now = self._history.entries[self._history.at]
        match action:
            case actions.TakeB():
                return second_take(self._bench_of(now.plan), now, action)
            case actions.Choose():
                return chosen(now, action.take), []
            case actions.OpenVersion():
                if action.name not in self._history.versions:
                    known = ", ".join(map(repr, self._history.versions)) or "none"
                    raise InputError(f"no version is called {action.name[:80]!r}; there are: {known}.")
                return Entry(self._history.versions[action.name], f"version {action.name}"), []
            case actions.Downbeat() | actions.Octave():
                bench, plan, said, notes = heard_anew(self._bench_of(now.plan), now.plan, action, self._place)
                self._add_bench(plan, bench)
                return Entry(plan, said), notes
        plan, notes, said = changed(self._bench_of(now.plan), now.plan, action)
        return Entry(plan, said, now.take), notes

    def _name(self, name: str) -> Change:
        """Keep the dance as it is under a name."""
        if name not in self._history.versions and len(self._history.versions) >= MOST_VERSIONS:
            raise InputError(f"there are {MOST_VERSIONS} versions, the most that are kept.")
        self._history.versions[name] = self.plan
        self._journal.named(name)
        self.revision += 1
        return Change([], f"this is version {name}")

    def _bench_of(self, plan: ChoreographyPlan) -> Workbench:
        """What edits of a plan share: its song as it is heard for it."""
        key = heard_as(plan)
        if key not in self._benches:
            self._add_bench(plan, Workbench.of(plan, db=self._place))
        return self._benches[key]

    def _add_bench(self, plan: ChoreographyPlan, bench: Workbench) -> None:
        bench.add(list(self._own.values()))
        self._benches[heard_as(plan)] = bench
        now = heard_as(self.plan)
        while len(self._benches) > MOST_BENCHES:
            del self._benches[next(key for key in self._benches if key not in (now, heard_as(plan)))]

    @property
    def _bench(self) -> Workbench:
        return self._bench_of(self.plan)

    def undo(self) -> Change:
        """Take the last change back."""
        with self._lock:
            if not self._history.at:
                raise InputError("there is nothing to take back.")
            said = self._history.entries[self._history.at].said
            self._history.at -= 1
            self._journal.turned(self._history)
            self._moved([])
            return Change([], f"taken back: {said}")

    def redo(self) -> Change:
        """Make a change again that was taken back."""
        with self._lock:
            if self._history.at + 1 >= len(self._history.entries):
                raise InputError("nothing was taken back.")
            self._history.at += 1
            self._journal.turned(self._history)
            self._moved([])
            return Change([], f"again: {self._history.entries[self._history.at].said}")

    def _moved(self, notes: list[str]) -> None:
        self.revision += 1
        trouble = [self._journal.trouble] if self._journal.trouble else []
        self._notes, self._saved = [*notes, *trouble], False

    def _restore(self) -> None:
        """Take up what was done to the same plan before: a studio that was killed loses nothing."""
        found = self._journal.restored(self.plan)
        if found is not None:
            for path in map(Path, found.clips):
                with suppress(MotionError, InputError):  # it may be gone
                    self._take_in(read_clips(path, self.plan.metre, MOST_OWN - len(self._own)))
            history = self._history
            self._history, self._saved = found.history, not found.unsaved
            try:
                self._bench.require(self.plan)
            except PlanError as error:
                self._history, self._saved = history, True
                self._journal.set_aside()
                self._notes = [f"what was done before is left out: {error.message}"]
                return
            if found.unsaved:
                self._notes = ["what was done before and was not saved is here again"]

    def state(self) -> dict[str, Any]:
        """All that a page shows, ready for JSON."""
        with self._lock:
            history = self._history
            facts = {
                "revision": self.revision,
                "history": {
                    "undo": history.at,
                    "redo": len(history.entries) - 1 - history.at,
                    "said": history.entries[history.at].said,
                },
                "versions": list(history.versions),
                "saved": self._saved,
                "path": self.path.name,
                "notes": self._notes,
                "take": shown_take(self._bench, history.entries[history.at].take),
            }
            return {**shown_state(self._bench, self.plan), **facts}

    def window(self, first: int, last: int) -> Window:
        """Frames of some bars, first and past-last.

        Raises
        ------
        InputError
            When the dance has no such bars.
        PlanError
            When a clip is gone.
        """
        with self._lock:
            plan, revision, clips = self.plan, self.revision, self._bench.known(self.plan)
        return self._danced(plan, clips, revision, first, last)

    def window_with(self, action: actions.AnyAction, first: int, last: int) -> Window:
        """Frames of some bars as they would be after a change that is not kept."""
        with self._lock:
            if isinstance(action, actions.Version | actions.Undo | actions.Redo):
                raise InputError("only a change of the dance can be tried.")
            plan, revision = self._after(action)[0].plan, self.revision
            clips = self._bench_of(plan).known(plan)
        return self._danced(plan, clips, revision, first, last)

    def _danced(
        self, plan: ChoreographyPlan, clips: Mapping[str, Clip], revision: int, first: int, last: int
    ) -> Window:
        begin, end = (round((time - plan.start) * FPS) for time in bar_seconds(plan, first, last))
        found = self._realised.window(plan, clips, begin, end + 1)
        return Window(revision, plan, found.first_frame, FPS, found.motions, found.exact)

    def whole(self, progress: Progress | None = None) -> tuple[Motion, ...]:
        """The whole dance, one motion a dancer; none when it is changed before it is made.

        Parameters
        ----------
        progress
            Called with ``dancing`` and the share that is done, between steps; what it raises ends it.
        """
        with self._lock:
            plan, revision, clips = self.plan, self.revision, self._bench.known(self.plan)

        def going_on(share: float) -> bool:
            if progress is not None:
                progress("dancing", share)
            return self.revision == revision

        return self._realised.whole(plan, clips, going_on)

    def alternatives(self, bar: int, count: int = 10) -> list[dict[str, Any]]:
        """What else could be danced at a bar, the best first; the step that is danced there is among them.

        Raises
        ------
        InputError
            When the dance has no such bar.
        """
        with self._lock:
            plan, bench = self.plan, self._bench
            clips = bench.known(plan)
            found = bench.alternatives(plan, bar, count)[:count]
        rows = [row(clips[each.clip_id], self._is_own(each.clip_id), each.reasons) for each in found]
        return [
            {
                **shown,
                "mirror": each.mirror,
                "bars": each.bars[1] - each.bars[0],
                "current": each.danced,
            }
            for shown, each in zip(rows, found, strict=True)
        ]

    def library(
        self, query: str = "", style: str | None = None, level: int | None = None, limit: int = 60
    ) -> list[dict[str, Any]]:
        """Moves that can be danced, by words, style and level of energy; one row a move.

        Raises
        ------
        InputError
            When no clip answers to the words.
        """
        with self._lock:
            clips = self._bench.allowed_clips()
        return library_rows(clips, self._is_own, query, style, level, limit)

    def _is_own(self, clip: str) -> bool:
        """Whether a clip is the user's own."""
        return clip in self._own or clip.startswith(f"{DATASET}-")

    def figure(self, clip: str, mirror: bool = False) -> dict[str, Any]:
        """A small moving figure of a clip, as `choreo.studio.library.figure_of` gives it.

        Raises
        ------
        InputError
            When there is no such clip.
        """
        return figure_of(self._bench.clip(clip), mirror)

    def waveform(self, points: int) -> list[list[float]]:
        """Lowest and highest of the song's sound in so many equal parts, -1 to 1.

        Raises
        ------
        AudioError
            When the song cannot be read.
        """
        with self._sounding:
            if self._waveform is None:
                self._waveform = Waveform.of(song_of(self.plan))
        return self._waveform.points(points)

    def add_clips(self, paths: list[Path]) -> list[dict[str, Any]]:
        """Cut motion files of the user's own into clips that can be danced at once; they are shown as in the library.

        The database gets those that are danced when the plan is saved.

        Raises
        ------
        MotionError, InputError
            When one cannot be read, or there are too many.
        """
        metre = self.plan.metre
        clips = [clip for path in paths for clip in read_clips(Path(path), metre, MOST_OWN - len(self._own))]
        with self._lock:
            self._take_in(clips)
            self._journal.brought([Path(path) for path in paths])
            self.revision += 1
        return library_rows(clips, self._is_own, "", None, None, MOST_OWN)

    def _take_in(self, clips: list[Clip]) -> None:
        self._own |= {clip.clip_id: clip for clip in clips}
        for bench in self._benches.values():
            bench.add(clips)

    def _own_danced(self) -> list[Clip]:
        """Own clips that the plan dances and that are in no database yet."""
        used = {step.clip_id for step in self.plan.steps}
        return [clip for clip in self._own.values() if clip.clip_id in used and clip.clip_id not in self._kept]

    @property
    def unsaved(self) -> bool:
        """Whether something was done that is not in the plan's file."""
        return not self._saved

    @property
    def db(self) -> str | None:
        """Place of the database from which the plan can be rendered.

        Raises
        ------
        InputError
            When clips of the user's own are danced that are in no database yet.
        """
        if found := self._own_danced():
            raise InputError(f"moves of your own are not saved yet ({found[0].name}): save the plan, then export it.")
        return self._place

    def save(self, path: Path | None = None) -> Path:
        """Write the plan, under another name when one is given.

        Raises
        ------
        OutputError
            When it cannot be written; what was there stays.
        InputError
            When another studio has that name open.
        """
        with self._lock:
            path = self.path if path is None else Path(path)
            require_output(path)
            claim = Claim(path)
            try:
                keep_clips(own := self._own_danced(), self._place)
                self._kept |= {clip.clip_id for clip in own}
                with atomic(path, at_once=True) as partial:
                    write_plan(self.written, partial)
            except BaseException:
                claim.release()
                raise
            self._claim.release()
            self.path, self._saved, self._claim = path, True, claim
            self._journal.saved(self.plan, path)
            return path


__all__ = ["Change", "Session", "Window"]
