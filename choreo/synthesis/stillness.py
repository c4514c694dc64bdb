"""Holds in a performed step: the dance comes to rest in a pose by the count, stays in it to the bit, and goes on.

Nothing moves in a hold, neither breath nor fingers. What is slowed down is the finished motion, so all that lags behind
and swings after comes to rest with the body. The pose is one near the count in which the dancer stands and is slow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil, floor

import numpy as np

from choreo.motion.contacts import contacts_of, feet_down
from choreo.motion.kinematics import forward
from choreo.motion.repair import followed, sliced
from choreo.motion.resample import sample
from choreo.types import ChoreographyPlan, Doubles, Motion, PlanStep

COMING = 1.6
"""Beats before a hold in which the dance comes to rest."""
FROM = 1 / 3
"""Share of these before which no pose is taken: from there on time need not run backwards to come to rest."""
LIFTED, JUMPS = 0.4, 3.0
"""Metres a second that a pose counts as quicker for each foot off the floor, and for both."""
EARLY = 0.5
"""The same for a pose at the beginning of the time for coming to rest, against one right on the count."""


def hold_frames(plan: ChoreographyPlan, number: int, first: int, fps: float) -> list[tuple[int, int]]:
    """Frames of a step, from and to, between which it stands still; both show the pose. `first` is the step's first."""
    step = plan.steps[number]
    at = [(beat - plan.start) * fps - first for beat in step.beats]
    spans = [(max(floor(at[a]), 0), ceil(at[min(b, step.counts)])) for a, b in step.holds if a < step.counts]
    return [(begin, end) for begin, end in spans if end > begin]


def begins_held(step: PlanStep) -> bool:
    """Whether a step begins with a hold, before which the step before it comes to rest."""
    return bool(step.holds) and step.holds[0][0] == 0


def held_at(plan: ChoreographyPlan, number: int) -> bool:
    """Whether the dancer stands still where a step begins: with its own hold, or until then with that before it."""
    if begins_held(plan.steps[number]) or not number:
        return begins_held(plan.steps[number])
    before = plan.steps[number - 1]
    return bool(before.holds) and before.holds[-1][1] == before.counts


def at_rest(piece: Motion, end: int, beat: float, begin: int = 0) -> Motion:
    """The motion up to frame `end`, at which it has come to rest; from frame `begin` on at the earliest.

    Parameters
    ----------
    beat
        Seconds of a beat.
    """
    count = min(round(COMING * beat * piece.fps), end - begin)
    if count < 2:
        return sliced(piece, 0, end + 1)
    start = end - count
    window = sliced(piece, start, end + 1)
    pose = _pose(window)
    u = np.arange(count + 1) / count
    # A cubic from the pace that the dance has to none: time runs forward as the pose lies behind a third of the way.
    frames = count * (u * (1 - u) ** 2) + pose * (3 - 2 * u) * u**2
    slowed = sample(window, np.clip(frames, 0, count) / piece.fps, fps=piece.fps)
    return followed(sliced(piece, 0, start + 1), sliced(slowed, 1, len(slowed)))


def _pose(window: Motion) -> int:
    """Number of the frame of the pose that is held: a slow one near the end, on the feet."""
    positions, _ = forward(window.skeleton, window.translation, window.rotations)
    velocities = np.gradient(positions.astype(np.float64), 1 / window.fps, axis=0)
    speeds: Doubles = np.linalg.norm(velocities, axis=-1).mean(axis=-1)
    lifted = 2 - feet_down(contacts_of(window)).sum(axis=1)
    last = len(window) - 1
    cost = speeds + LIFTED * lifted + JUMPS * (lifted == 2) + EARLY * (last - np.arange(last + 1)) / last
    first = int(np.ceil(FROM * last))
    return first + int(cost[first:].argmin())


def frozen(pose: Motion, frames: int) -> Motion:
    """The last frame of a motion, so many times."""
    last = sliced(pose, len(pose) - 1, len(pose))
    return replace(
        last,
        translation=np.repeat(last.translation, frames, axis=0),
        rotations=np.repeat(last.rotations, frames, axis=0),
        contacts=None if last.contacts is None else np.repeat(last.contacts, frames, axis=0),
        hands=None if last.hands is None else np.repeat(last.hands, frames, axis=0),
    )


def with_hold(piece: Motion, span: tuple[int, int], beat: float, begin: int = 0) -> tuple[Motion, Motion]:
    """A step up to the end of a hold, and what comes after it as it was.

    Parameters
    ----------
    span
        Frames from and to which it stands still.
    begin
        Frame at which the hold before it ends.
    """
    first, last = span[0], min(span[1], len(piece) - 1)
    coming = at_rest(piece, first, beat, begin)
    still = followed(coming, frozen(coming, last - first)) if last > first else coming
    return still, sliced(piece, last, len(piece))


def mean_beat(beats: Sequence[float]) -> float:
    """Seconds of a beat of a step."""
    return (beats[-1] - beats[0]) / (len(beats) - 1)


__all__ = ["at_rest", "begins_held", "frozen", "held_at", "hold_frames", "mean_beat", "with_hold"]
