"""The input of all measures: a dance, its song and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from choreo.metrics.compat import Protocol
from choreo.metrics.reference import Reference
from choreo.motion.joint_arrays import JointArray
from choreo.types import ChoreographyPlan, Doubles, Motion, MusicAnalysis


@dataclass(frozen=True, eq=False)
class EvaluatedDance:
    """``positions : (T, 24, 3)`` metres at 60 frames a second; ``start``: second of the song at the first frame.

    With a `JointArray`, joints that it lacks are NaN in ``positions``.
    """

    motion: Motion | JointArray
    positions: Doubles
    analysis: MusicAnalysis
    start: float
    plan: ChoreographyPlan | None
    reference: Reference | None
    protocol: Protocol
    seed: int

    @property
    def end(self) -> float:
        """Second of the song at the last frame."""
        return self.start + self.motion.duration
