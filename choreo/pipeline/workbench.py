"""What edits of a plan need and share: its song as it was heard, the clips, how they fit, and the search prepared.

One edit needs seconds to listen, open and match, and hundredths of one to plan. So what depends on the song and the
database alone is kept, and what depends on wishes, too, is kept under what it was made of: the same edit of the same
plan gives the same plan, whether it is the first or the hundredth.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from choreo.db.columns import taken
from choreo.errors import AudioError, InputError, PlanError
from choreo.inputs import is_file
from choreo.options import Choosing, Listening
from choreo.pipeline.hearing import hear
from choreo.pipeline.matching import matched, open_pool, phrases_of
from choreo.pipeline.plan_options import options_of_plan
from choreo.pipeline.result import Progress, ProgressScope
from choreo.planfile.counts import step_bars
from choreo.planfile.directed import Directed, directed_of
from choreo.planfile.slices import sliced_plan, whole_plan
from choreo.planfile.sources import require_clips, song_of
from choreo.planning import Edit, Wishes
from choreo.planning.alternatives import Alternative, alternatives_at
from choreo.planning.bars import Bar
from choreo.planning.choreograph import PlannerState, bars_to_dance, plans_of, prepare, weights_for
from choreo.planning.clip_pool import ClipPool, is_known, names_of
from choreo.planning.edit import directed_after, mirrored_steps, modified_steps, redrawn, refuse_locked, wishes_of
from choreo.planning.energy import with_drawn
from choreo.planning.graph import MotionGraph
from choreo.planning.wish_resolve import bars_of_levels, is_danced, resolved, touched, unmet, with_levels, within
from choreo.planning.wish_text import named_in, sided
from choreo.types import Candidates, ChoreographyPlan, Clip, MusicAnalysis, Phrase

T = TypeVar("T")
KEPT = 6
"""Searches, and lists of clips, that are kept: a session goes to and fro between few."""


class Kept:
    """Values by what they were made of; the least recently used go."""

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._values: dict[Hashable, object] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made when it is not there."""
        value: T = self._values.pop(key) if key in self._values else make()  # type: ignore[assignment]
        self._values[key] = value
        while len(self._values) > self._most:
            del self._values[next(iter(self._values))]
        return value


class Workbench:
    """A song that was heard and a database that was opened, for edits of plans of this song.

    Attributes
    ----------
    analysis, pool
        What was heard, and which clips there are.
    phrases
        Those of the song, without wishes.
    """

    def __init__(self, analysis: MusicAnalysis, pool: ClipPool, choosing: Choosing) -> None:
        self.analysis, self.pool, self.choosing = analysis, pool, choosing
        self.phrases: Sequence[Phrase] = phrases_of(analysis, choosing.energy)
        self.own: dict[str, Clip] = {}
        self._clips, self._bars, self._matches, self._graphs, self._states, self._by_id = (Kept() for _ in range(6))

    @classmethod
    def of(
        cls, plan: ChoreographyPlan, *, db: str | None = None, progress: Progress | ProgressScope | None = None
    ) -> Workbench:
        """Hear a plan's song again, and open its clips.

        Raises
        ------
        PlanError
            When the song or a clip of the plan is gone, or the plan's options are not those of this choreo.
        AudioError, DatabaseError
        """
        scope, song = ProgressScope.of(progress), song_of(plan)
        listening, choosing = options_of_plan(plan, db)
        if not is_file(song):
            raise PlanError(f"the plan's song {str(song)!r} is not there. Put it back, or make the plan anew.")
        with scope("listening"):
            analysis = _heard_again(song, listening)
        if analysis.sha256 != plan.song.get("sha256"):
            raise PlanError(
                f"{song}: is another song than the plan was made for. Put that back, or make the plan anew."
            )
        with scope("opening the motion database"):
            bench = cls(analysis, open_pool(choosing, scope), choosing)
            bench.require(plan)
        return bench

    def require(self, plan: ChoreographyPlan) -> None:
        """Refuse a plan whose clips are gone.

        Raises
        ------
        PlanError
        """
        require_clips(plan, {step.clip_id for step in whole_plan(plan).steps if self.has(step.clip_id)})

    def has(self, clip_id: str) -> bool:
        """Whether there is a clip, in the database or of the user's own."""
        return clip_id in self.own or self.pool.has(clip_id)

    def add(self, clips: Sequence[Clip]) -> None:
        """Let clips that are in no database be danced: where they are asked for, or where a plan has them."""
        self.own |= {clip.clip_id: clip for clip in clips if not self.pool.has(clip.clip_id)}

    def edit(self, plan: ChoreographyPlan, edit: Edit) -> tuple[ChoreographyPlan, list[str]]:
        """The changed plan, and what the user should know; a slice is changed in the whole that it is a part of.

        Raises
        ------
        InputError, PlanningError
            When a wish names what is not there, or wishes contradict each other.
        """
        if plan.around is not None:
            changed, notes = self.edit(whole_plan(plan), edit)
            return sliced_plan(changed, plan.start, plan.end), notes
        before, now = directed_of(plan.options), directed_after(directed_of(plan.options), edit)
        bars = step_bars(plan)[-1][1]
        now.check(bars)
        plan = replace(plan, options=now.put_into(plan.options))
        seed = plan.seed if edit.seed is None else edit.seed
        clips = self.clips(plan, [*edit.moves, *edit.require, *named_in(edit.asked)])
        refuse_locked(plan, edit, before.without(edit.unlock))
        wishes, notes, parts = self._wished(plan, edit, clips, before, now)
        if wishes is not None:
            made = plans_of(self.state(plan, clips, parts, wishes, seed), wishes)[0]
            plan = replace(
                plan, steps=made.steps, seed=seed, options={**made.options, **plan.options}, guarantees={}
            )  # fmt: skip
            notes += unmet(plan, wishes, clips)
        by_id = {clip.clip_id: clip for clip in clips}
        if edit.mirror:
            plan = replace(mirrored_steps(plan, edit.mirror, by_id), guarantees={})
        if edit.modify:
            plan, lacking = modified_steps(plan, edit.modify, by_id)
            plan, notes = replace(plan, guarantees={}), [*notes, *lacking]
        return plan, notes

    def alternatives(self, plan: ChoreographyPlan, bar: int, count: int = 10) -> list[Alternative]:
        """What else could be danced at a bar, the best first; the step that is danced is the first of all.

        Raises
        ------
        InputError
            When the dance has no such bar.
        """
        plan = whole_plan(plan)
        clips, kept = self.clips(plan), replace(directed_of(plan.options), locks=())
        wishes, _, parts = self._wished(plan, Edit(replace=((bar, bar + 1),)), clips, kept, kept)
        assert wishes is not None
        return alternatives_at(plan, self.state(plan, clips, parts, wishes, plan.seed), wishes, bar, count)

    def clips(self, plan: ChoreographyPlan, names: Sequence[str] = ()) -> list[Clip]:
        """The clips to plan with: those of the pool that are likely, those of the plan, and those that names mean."""
        needed = frozenset(step.clip_id for step in plan.steps)
        wanted = {name.strip().lower() for name in names}
        wanted |= {sided(name)[0] for name in wanted}
        own = [
            clip for clip in self.own.values()
            if clip.clip_id in needed or wanted & {each.lower() for each in names_of(clip)}
        ]  # fmt: skip
        chosen = self.pool.chosen(
            self.analysis, self.phrases, self.choosing.style, plan.seed, names, needed - frozenset(self.own)
        )
        if not own:
            return self._clips.get(tuple(chosen), lambda: self.pool.read(chosen))
        return self._clips.get(
            (tuple(chosen), tuple(clip.clip_id for clip in own)),
            lambda: sorted([*self.pool.read(chosen), *own], key=lambda clip: clip.clip_id),
        )

    def allowed_clips(self) -> list[Clip]:
        """All clips that may be danced to this song, whatever is likely; the user's own first."""
        ids = list(taken(self.pool.rows["clip_id"], self.pool.allowed))
        return [*self.own.values(), *self._clips.get("allowed", lambda: self.pool.read(ids))]

    def clip(self, clip_id: str) -> Clip:
        """A clip of the database, or of the user's own.

        Raises
        ------
        InputError
            When there is none of that id.
        """
        if clip_id in self.own:
            return self.own[clip_id]
        found = self.pool.read([clip_id]) if self.pool.has(clip_id) else []
        if not found:
            raise InputError(f"{clip_id[:80]!r}: no clip of the database has this id.")
        return found[0]

    def known(self, plan: ChoreographyPlan) -> dict[str, Clip]:
        """`clips` by id."""
        clips = self.clips(plan)
        return self._by_id.get(tuple(clip.clip_id for clip in clips), lambda: {clip.clip_id: clip for clip in clips})

    def state(
        self, plan: ChoreographyPlan, clips: Sequence[Clip], parts: Sequence[Phrase], wishes: Wishes, seed: int
    ) -> PlannerState:
        """All that is searched, without wishes but for those for variety, dwelling and styles."""
        ids = tuple(clip.clip_id for clip in clips)
        heard = tuple(part.energy for part in parts)
        weights = weights_for(wishes)

        def candidates() -> Candidates:
            return self._matches.get((ids, heard), lambda: matched(self.analysis, parts, clips, self.choosing))

        def make() -> PlannerState:
            graph: list[MotionGraph] = self._graphs.get(ids, list)
            state = prepare(
                self.analysis, parts, clips, candidates(), seed=seed, style=self.choosing.style, weights=weights,
                styles=wishes.styles, start=plan.start, end=plan.end, graph=graph[0] if graph else None,
            )  # fmt: skip
            graph[:] = [state.graph]
            return state

        return self._states.get((ids, heard, seed, weights, wishes.styles, plan.start, plan.end), make)

    def bars(self, plan: ChoreographyPlan, clips: Sequence[Clip]) -> list[Bar]:
        """The bars that a plan covers."""
        ids = tuple(clip.clip_id for clip in clips)
        return self._bars.get(
            (ids, plan.start, plan.end), lambda: bars_to_dance(self.analysis, self.phrases, clips, plan.start, plan.end)
        )

    def _wished(
        self, plan: ChoreographyPlan, edit: Edit, clips: Sequence[Clip], before: Directed, now: Directed
    ) -> tuple[Wishes | None, list[str], Sequence[Phrase]]:
        """What an edit wishes, notes, and phrases with the energy that is wished for.

        What a plan was wished to be also holds when bars of it are danced anew, but for what an edit wants there.
        """
        bars = self.bars(plan, clips)
        new, levels = resolved(Wishes(asked=edit.asked), bars, clips, self.analysis)
        if new.alike:
            raise InputError("wish 'same': a whole dance can be made with it ('choreo plan'), an edit cannot.")
        gone, gone_levels = resolved(Wishes(asked=tuple(edit.unwish)), bars, clips, self.analysis)
        gone = replace(gone, chosen=tuple(each for each in gone.chosen if each.how != "begins"))
        wanted = replace(new, chosen=tuple(each for each in new.chosen if not is_danced(plan, each)))
        changed = [*touched(wanted, clips, plan.metre), *touched(gone, clips, plan.metre)]
        changed += [*bars_of_levels([*levels, *gone_levels], bars), *redrawn(before, now)]
        wishes, notes = wishes_of(plan, edit, clips, changed, now.without(edit.lock).locks)
        still_wished = [text for text in before.wishes if text not in edit.unwish]
        old, levels_before = resolved(Wishes(asked=tuple(still_wished)), bars, clips, self.analysis)
        parts = with_levels(with_drawn(self.phrases, bars, now.drawn), [*levels_before, *levels])
        if wishes is None:
            return None, notes, parts
        # another energy, style or facing is no reason to give up a move that was wished for there
        other = touched(replace(wanted, styles=(), facings=()), clips, plan.metre)
        taken = [*edit.replace, *edit.hold, *((bar, bar + 1) for bar in edit.swap), *other]
        taken += touched(replace(gone, styles=(), facings=()), clips, plan.metre)
        kept = within(old, wishes.range or (0, len(bars)), taken)
        faced = within(old, wishes.range or (0, len(bars)), [*taken, *changed])
        bans = tuple(name for name in now.bans if name in edit.ban or is_known(clips, name))
        wishes = replace(
            wishes,
            bans=bans,
            chosen=(*kept.chosen, *new.chosen),
            still=(*wishes.still, *kept.still, *new.still),
            frozen=(*wishes.frozen, *kept.frozen, *new.frozen),
            styles=(*old.styles, *new.styles),
            facings=(*faced.facings, *new.facings),
        )
        return wishes, notes, parts


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


__all__ = ["Workbench"]
