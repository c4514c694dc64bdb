"""Seeds of the small unevenness with which authored moves are danced."""

from __future__ import annotations

from choreo.types import ChoreographyPlan


def step_seeds(plan: ChoreographyPlan) -> list[int]:
    """A seed for each step of a plan."""
    return [plan.seed + number for number in range(len(plan.steps))]
