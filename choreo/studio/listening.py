"""The song heard otherwise: another downbeat, or half or double the tempo; what was directed stays at its times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
import numpy as np

from choreo.errors import ChoreoError
from choreo.pipeline.plan_options import options_of_plan
from choreo.pipeline.song_to_plan import make_plan
from choreo.pipeline.workbench import Workbench
from choreo.planfile.counts import step_bars
from choreo.planfile.directed import Directed, directed_of
from choreo.planfile.slices import bar_starts, whole_plan
from choreo.planfile.sources import song_of
from choreo.planfile.spoken import spoken
from choreo.planning import Edit, Wishes
from choreo.planning.wish_text import read_wish
from choreo.studio import actions
from choreo.studio.carried import cast_as, filmed_as, nearest
from choreo.types import ChoreographyPlan


def heard_as(plan: ChoreographyPlan) -> bytes:
    """How a plan's song is heard, as a key."""
    return msgspec.json.encode(plan.options.get("listening", {}), order="sorted")


def heard_anew(
    bench: Workbench, plan: ChoreographyPlan, action: actions.Downbeat | actions.Octave, db: str | None
) -> tuple[Workbench, ChoreographyPlan, str, list[str]]:
    """The song planned anew as it is to be heard, with all that was directed at the same times.

    That is wishes, bans, locks and drawn energy, own shots and lights, and the dancers with formations and roles.

    Returns
    -------
    What edits of the new plan share, the plan, in words what changed, and what the user should know.

    Raises
    ------
    InputError, AudioError, PlanningError
        When the song cannot be heard so.
    """
    listening, choosing = options_of_plan(plan, db)
    if isinstance(action, actions.Downbeat):
        at = float(bench.analysis.beats[np.abs(bench.analysis.beats - action.time).argmin()])
        listening, said = replace(listening, downbeat=round(at, 3)), f"a bar begins at {at:.2f} s"
    else:
        listening = replace(listening, octave=action.octave)
        said = "the tempo as it was heard" if action.octave == "auto" else f"{action.octave} the tempo"
    kept = directed_of(plan.options)
    wishes = Wishes(
        variety=float(plan.options.get("variety", Wishes.variety)), dwell=int(plan.options.get("dwell", Wishes.dwell))
    )
    _, made, _ = make_plan(song_of(plan), listening=listening, choosing=choosing, wishes=wishes)
    made = whole_plan(made)
    anew = Workbench.of(made, db=db)
    old, new = bar_starts(plan), bar_starts(made)
    made, notes = _wished(anew, made, kept, old, new)
    made, told = _locked(anew, made, plan, kept, old, new)
    made, left = filmed_as(made, plan, old, new)
    return anew, cast_as(made, plan, old, new), said, [*notes, *told, *left]


def _wished(
    bench: Workbench, plan: ChoreographyPlan, kept: Directed, old: Sequence[float], new: Sequence[float]
) -> tuple[ChoreographyPlan, list[str]]:
    """A plan with what was wished for, banned and drawn, as far as it can be had."""
    levels = {nearest(new[:-1], old[bar]): level for bar, level in kept.drawn}
    edits = [(Edit(ban=(name,)), f"never {name}") for name in kept.bans]
    edits += [(Edit(drawn=tuple(sorted(levels.items()))), "energy")] if levels else []
    edits += [(Edit(asked=(text,)), text) for text in dict.fromkeys(_moved(each, old, new) for each in kept.wishes)]
    notes = []
    for edit, what in edits:
        try:
            plan, told = bench.edit(plan, edit)
            notes += told
        except ChoreoError as error:
            notes.append(f"{what}: left out, {error.message}")
    return plan, notes


def _moved(text: str, old: Sequence[float], new: Sequence[float]) -> str:
    """A wish, that for bars at the bars of the same times."""
    wish = read_wish(text)
    if wish.where.kind != "bar":
        return text
    first = nearest(new[:-1], old[min(int(wish.where.first), len(old) - 1)])
    if wish.where.last is None:
        return f"{first}={wish.what}"
    last = max(nearest(new, old[min(int(wish.where.last), len(old) - 1)]), first + 1)
    return f"{first}-{last}={wish.what}"


def _locked(
    bench: Workbench,
    made: ChoreographyPlan,
    plan: ChoreographyPlan,
    kept: Directed,
    old: Sequence[float],
    new: Sequence[float],
) -> tuple[ChoreographyPlan, list[str]]:
    """A plan with the steps that were locked, at the bars of the same times, as far as they can be danced there."""
    notes, spans = list[str](), list[tuple[int, int]]()
    for (first, last), step in zip(step_bars(plan), plan.steps, strict=True):
        if not any(a <= first and last <= b for a, b in kept.locks):
            continue
        begin, end = nearest(new[:-1], old[first]), nearest(new, old[last])
        side = "mirrored" if step.mirror else "unmirrored"
        try:
            edit = Edit(replace=((begin, max(end, begin + 1)),), moves=(f"{step.clip_id} {side}",))
            made, _ = bench.edit(made, edit)
            spans.append((begin, max(end, begin + 1)))
        except ChoreoError as error:
            notes.append(f"{spoken(step.name)}: does not stay, {error.message}")
    locked = directed_of(made.options).with_locks(spans)
    return replace(made, options=locked.put_into(made.options)), notes


__all__ = ["heard_anew", "heard_as"]
