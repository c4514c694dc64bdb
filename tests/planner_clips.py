"""Clips that are alike in all but what a test names, and plans that choose between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from dance_support import song

from choreo.motion import rotations as rot
from choreo.motion.skeleton import CANONICAL
from choreo.music import phrases
from choreo.planning import Weights, Wishes, plan
from choreo.retrieval import retrieve
from choreo.types import Candidates, ChoreographyPlan, Clip, Motion, MusicAnalysis

BPM = 120.0
ALONE = Weights(jitter=0, twice=0, again=0, often=0, motif=0, dwell=0, mixed=0)
"""No term but those that are asked about: repetition and luck cost nothing."""


def clip(
    name: str,
    *,
    arm: tuple[float, float] = (0.0, 0.0),
    speed: tuple[float, float] = (0.0, 0.0),
    travel: tuple[float, float, float] = (0.0, 0.0, 0.0),
    standing: bool = True,
    counts: int = 8,
    **facts: Any,
) -> Clip:
    """A clip whose left arm goes from one angle to another while the dancer is carried along.

    Parameters
    ----------
    arm, speed
        Radians of the arm, and radians a second, at the start and at the end.
    travel
        Metres to the dancer's left and ahead, and radians turned to the left, from start to end, at rest at both.
    standing
        Whether the soles are said to stand.
    """
    beats = np.arange(counts + 1) * 60 / BPM
    long = float(beats[-1])
    frames = round(60 * long) + 1
    s = np.linspace(0, 1, frames)
    # Cubic Hermite from angle to angle with the speeds at its ends; a smooth step for the way.
    angle = (
        (2 * s**3 - 3 * s**2 + 1) * arm[0] + (s**3 - 2 * s**2 + s) * long * speed[0]
        + (3 * s**2 - 2 * s**3) * arm[1] + (s**3 - s**2) * long * speed[1]
    )  # fmt: skip
    smooth = s**3 * (10 - 15 * s + 6 * s**2)
    zero = np.zeros(frames)
    rotations = np.zeros((frames, 24, 4), np.float32)
    rotations[..., 0] = 1
    rotations[:, 0] = rot.yaw(travel[2] * smooth)
    turned = rot.from_axis_angle(np.stack([zero, zero, angle], axis=-1))
    rotations[:, CANONICAL.index("left_shoulder")] = turned
    way = np.stack([travel[0] * smooth, zero, travel[1] * smooth], axis=1)
    motion = Motion(
        CANONICAL, 60.0, (CANONICAL.offsets[0] + way).astype(np.float32), rotations, np.full((frames, 4), standing)
    )
    made: dict[str, Any] = {
        "clip_id": f"test-{name}", "name": name, "dataset": "test", "source": "", "licence": "CC0-1.0",
        "motion": motion, "beats": beats, "metre": 4, "styles": ("pop",), "energy": 0.5, "mirrorable": False,
        "rhythm": np.tile(np.array([1.0, 0.2], np.float32), counts),
    }  # fmt: skip
    return Clip(**{**made, **facts})


def planned(
    clips: Sequence[Clip],
    *,
    weights: Weights = ALONE,
    music: MusicAnalysis | None = None,
    terms: Sequence[str] = (),
    wishes: Wishes | None = None,
    **options: Any,
) -> ChoreographyPlan:
    """A plan for a song of 32 seconds at 120 beats a minute, to which clips are matched by some `terms` only."""
    music = music or song(32.0, bpm=BPM, form="ABCD")
    parts = phrases(music)
    found = retrieve(music, parts, clips)
    kept = {name: found.terms[name] for name in terms}
    total = np.array(sum(kept.values()) if kept else np.zeros_like(found.distances), np.float32)
    candidates = Candidates(found.clip_ids, total, kept)
    return plan(music, parts, clips, candidates, weights=weights, wishes=wishes, **options)


def names(plan: ChoreographyPlan) -> list[str]:
    """Names of the steps, in order."""
    return [step.name for step in plan.steps]


def orders(*clips: Clip) -> list[tuple[Clip, ...]]:
    """Clips in both orders: what is chosen for want of a difference comes first in one and last in the other."""
    return [clips, clips[::-1]]
