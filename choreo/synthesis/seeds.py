"""Seeds of the small unevenness with which authored moves are danced."""

from __future__ import annotations

from choreo.types import ChoreographyPlan


def step_seeds(plan: ChoreographyPlan) -> list[int]:
    """A seed for each step of a plan, that follows from the beat of the song on which the step begins.

    So a step that is split or joined leaves the unevenness of all others as it was, and a canon's late dancers have the
    first one's. Bars outside the song's phrases carry the number of one beat many times: there the counts that were
    danced since it was first met are added, lest the same clip be danced twice with the same unevenness.
    """
    seeds, since, before = [], 0, None
    for step in plan.steps:
        since = since if step.first_beat == before else 0
        seeds.append(plan.seed + step.first_beat + since)
        since, before = since + step.counts, step.first_beat
    return seeds


__all__ = ["step_seeds"]
