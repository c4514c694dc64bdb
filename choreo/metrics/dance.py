"""A dance and its song as the measures take them."""

from __future__ import annotations

from dataclasses import dataclass

from choreo.metrics.compat import Protocol
from choreo.metrics.reference import Reference
from choreo.types import ChoreographyPlan, Doubles, Motion, MusicAnalysis


@dataclass(frozen=True, eq=False)
class Danced:
    """``places``: positions at 60 frames a second; ``start``: the second of the song that the first frame is at."""

    motion: Motion
    places: Doubles
    analysis: MusicAnalysis
    start: float
    plan: ChoreographyPlan | None
    reference: Reference | None
    protocol: Protocol
    seed: int

    @property
    def end(self) -> float:
        """Second of the song of the last frame."""
        return self.start + self.motion.duration
