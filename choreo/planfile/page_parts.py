"""Parts of a plan's page: cards of costs, what was measured, what the costs mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from choreo.clock import clock
from choreo.planfile.manners import manner_words
from choreo.planfile.spoken import spoken
from choreo.retrieval.told import for_and_against
from choreo.types import ChoreographyPlan, PlanStep

MEANINGS = {
    "again": "the same dance again, the sooner the dearer",
    "articulation": "how marked the dance is, against the music",
    "copy": "a recording danced on for long",
    "energy": "energy of the dance, against the music's",
    "harmony": "harmony of the music it was danced to",
    "lyrics": "bars in which something else is sung than what is danced",
    "idle": "standing about where there is music to dance to",
    "metre": "beats in a bar",
    "motif": "music that returns is danced as before; that is a reward",
    "often": "a dance that was danced often before, in a long song",
    "outside": "a full move where no phrase is, or in a break",
    "rhythm": "accents of the dance, against the music's",
    "role": "an entrance, ending or pose out of its place",
    "section": "going on into another part of the song",
    "stage": "leaving the middle of the stage, or turning away",
    "straddle": "ending within a phrase that began later",
    "metres": "a clip over a bar of fewer beats than its own",
    "cut": "going on after a bar that the music cuts short",
    "style": "another style than the one chosen",
    "taste": "what the seed says of this song",
    "tempo": "pace of the dance, against the music's",
    "transition": "misfit of poses and speeds at the seam before it",
    "twice": "the same dance twice in a row",
    "warp": "slowed or quickened more than looks natural",
}
GUARANTEES = {
    "contact_slide_p95": ("standing feet slide", 100, "cm/s at most, 19 of 20 frames"),
    "source_slide_p95": ("standing feet of the recordings slide", 100, "cm/s at most, 19 of 20 frames"),
    "floating": ("both feet off the floor where the recordings have one down", 100, "% of the time"),
    "penetration": ("feet under the floor", 100, "cm at most"),
    "largest_drift": ("away from the middle", 1, "m at most"),
    "seam_acceleration": ("seams", 1, "times the jerk inside clips"),
    "worst_seam": ("worst seam", 1, "times the jerk inside clips"),
    "worst_seam_bar": ("worst seam at bar", 1, ""),
    "joint_seam": ("worst joint at a seam", 1, "times what that joint does now and then"),
    "joint_seam_bar": ("worst joint at bar", 1, ""),
    "slowest_warp": ("slowest clip", 1, "times its own pace"),
    "fastest_warp": ("fastest clip", 1, "times its own pace"),
    "tempo_beyond": ("farthest move from its tempos", 1, "times beyond them"),
    "tempo_beyond_bar": ("farthest move at bar", 1, ""),
    "dancers_spacing": ("dancers' spacing", 1, "m at least"),
    "dancers_air": ("air between dancers", 1, "m at least"),
}
"""Words, factor and unit."""


@dataclass(frozen=True)
class Cost:
    """A term's cost, and its bar in percent of the largest cost of the plan."""

    name: str
    cost: str
    percent: str
    reward: bool


@dataclass(frozen=True)
class Card:
    """What decided for a step."""

    name: str
    lines: tuple[str, ...]
    fits: list[str]
    against: list[str]
    costs: list[Cost]
    total: str


@dataclass(frozen=True)
class Guarantee:
    """A measurement of the finished motion, in words."""

    words: str
    number: str
    unit: str


@dataclass(frozen=True)
class Term:
    """A name of a cost and what it means."""

    name: str
    meaning: str


def cards(plan: ChoreographyPlan) -> list[Card]:
    """One card a step, with all its costs on the one scale of the plan; larger rewards are cut at its end."""
    most = max([1e-9, *(cost for step in plan.steps for cost in step.costs.values())])
    return [_card(step, most) for step in plan.steps]


def _card(step: PlanStep, most: float) -> Card:
    made = f"authored as {step.move}, made for these beats" if step.move else f"danced at {step.warp:.2f} of its pace"
    span = f"{clock(step.beats[0])} to {clock(step.beats[-1])}"
    manner = [f"danced: {words}"] if (words := manner_words(step)) else []
    sung = [f"sung here: '{words}'" for words in step.calls]
    lines = (made, *sung, *manner, span, f"{step.dataset}, {step.licence}", step.clip_id)
    costs = [
        Cost(name, f"{cost:.2f}", f"{100 * min(abs(cost) / most, 1):.1f}", cost < 0)
        for name, cost in _largest_first(step.costs)
    ]
    return Card(spoken(step.name), lines, *for_and_against(step.reasons), costs, f"{sum(step.costs.values()):.2f}")


def _largest_first(costs: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(costs.items(), key=lambda item: (-item[1], item[0]))


def guarantees(plan: ChoreographyPlan) -> list[Guarantee]:
    """What the finished motion was measured to keep; nothing before it is made."""
    found = []
    for key, value in sorted(plan.guarantees.items()):
        words, factor, unit = GUARANTEES.get(key, (key, 1, ""))
        number = f"{factor * value:.0f}" if key.endswith("_bar") else f"{factor * value:.2f}"
        found.append(Guarantee(words, number, unit))
    return found


def meanings(plan: ChoreographyPlan) -> list[Term]:
    """Every term that a step of the plan cost, by name."""
    used = sorted({name for step in plan.steps for name in step.costs})
    # Markup: the sentences are this module's own, and their apostrophes stay as they are.
    return [Term(name, Markup(MEANINGS.get(name, "a term of a plugin"))) for name in used]
