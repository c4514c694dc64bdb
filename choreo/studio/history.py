"""What was done, so that it can be taken back: plans by the changes that made them, without limit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from choreo.types import ChoreographyPlan


@dataclass(frozen=True, eq=False)
class Take:
    """Some bars danced otherwise, first and past-last, until one of the two takes is chosen: the plan with them."""

    bars: tuple[int, int]
    seed: int
    plan: ChoreographyPlan


@dataclass(frozen=True, eq=False)
class Entry:
    """A plan, in words what made it of the one before, and a second take that waits."""

    plan: ChoreographyPlan
    said: str
    take: Take | None = None


@dataclass
class History:
    """Plans in the order in which they were made; `at` is the one that holds."""

    entries: list[Entry]
    at: int = 0
    versions: dict[str, ChoreographyPlan] = field(default_factory=dict)

    @property
    def plan(self) -> ChoreographyPlan:
        """The one that holds."""
        return self.entries[self.at].plan

    def add(self, plan: ChoreographyPlan, said: str, take: Take | None = None) -> None:
        """A new plan; what was taken back before is forgotten. Steps that are equal are one in memory."""
        known = {step.beats: step for step in self.plan.steps}
        steps = tuple(known[step.beats] if known.get(step.beats) == step else step for step in plan.steps)
        del self.entries[self.at + 1 :]
        self.entries.append(Entry(replace(plan, steps=steps), said, take))
        self.at += 1


__all__ = ["Entry", "History", "Take"]
