"""Where the style of a dance changes, in words."""

from __future__ import annotations

from itertools import pairwise

from choreo.clock import clock
from choreo.foreign.shown import shown
from choreo.types import ChoreographyPlan, PlanStep


def style_words(plan: ChoreographyPlan) -> str:
    """The styles of a dance: ``cha-cha to 0:54, waltz to 1:41, then cha-cha``; of one style, its name.

    Examples
    --------
    >>> from choreo import make_plan
    >>> style_words(make_plan("song.wav")[1])
    'march'
    """
    changes = [(float(time), shown(str(name))) for time, name in plan.options.get("styles", ())]
    if len(changes) < 2:
        return shown(str(plan.options.get("style") or ""))
    told = [f"{name} to {clock(end, tenths=False)}" for (_, name), (end, _) in pairwise(changes)]
    return ", ".join([*told, f"then {changes[-1][1]}"])


def style_begun(plan: ChoreographyPlan, step: PlanStep) -> str:
    """The style that begins in a step; empty where none does."""
    first, last = step.beats[0] - 1e-3, step.beats[-1] - 1e-3
    return "".join(shown(str(name)) for time, name in plan.options.get("styles", ()) if first <= float(time) < last)


__all__ = ["style_begun", "style_words"]
