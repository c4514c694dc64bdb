"""Steps put together: one motion, whose first frames are there while later steps are still being stitched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from choreo.motion.contacts import contacts_of
from choreo.motion.hands import RELAXED, hands_of
from choreo.synthesis.calm import Usual
from choreo.types import Doubles, Floats, Motion


@dataclass(frozen=True, eq=False)
class Handover:
    """Where a step leaves the dance: all that the next one needs to go on from it.

    It is small, so that a window of bars can be danced from it alone, with the bits of the whole dance.

    Attributes
    ----------
    last_frames
        The last two frames of the step as it was joined: position, heading, poses and velocities.
    last_rotations
        ``(J, 4)`` rotations of the last frame before the next step's first, with whose signs the next quaternions are
        continuous; None when there is no such frame.
    usual
        What the joints' accelerations are in the steps so far.
    run_ground, run_facing
        ``(2,)`` metres and radians at which the run of authored moves that the step is in was laid on the stage; None
        after a recording.
    """

    last_frames: Motion
    last_rotations: Floats | None
    usual: Usual
    run_ground: Doubles | None = None
    run_facing: float = 0.0


@dataclass(frozen=True, eq=False)
class StepMotion:
    """What one step of a plan is danced as.

    Attributes
    ----------
    number
        Of the step in the plan.
    first_frame
        Frame of the whole dance at which it begins. It ends with the frame that the next step begins with, and shows.
    motion
        From its first frame on.
    after
        What the next step goes on from.
    """

    number: int
    first_frame: int
    motion: Motion
    after: Handover


class GrowingDance:
    """Neighbouring steps put into one motion, each when a frame of it is asked for.

    Parameters
    ----------
    steps
        As `choreo.synthesis.stitch.perform_steps` gives them; two neighbours share a frame, which the later one shows.
    frames
        At most so many.
    """

    def __init__(self, steps: Iterator[StepMotion], frames: int) -> None:
        self._steps = steps
        step = next(steps)
        self._begin, joints = step.first_frame, len(step.motion.skeleton)
        self.skeleton, self.fps, self.frames = step.motion.skeleton, step.motion.fps, frames
        self._translation = np.empty((frames, 3), np.float32)
        self._rotations = np.empty((frames, joints, 4), np.float32)
        self._contacts = np.empty((frames, 4), bool)
        self._hands: Floats | None = None
        self._final = self._filled = 0
        self._put(step)

    def _put(self, step: StepMotion) -> None:
        first = step.first_frame - self._begin
        if first >= self.frames:
            return
        last = min(first + len(step.motion), self.frames)
        self._translation[first:last] = step.motion.translation[: last - first]
        self._rotations[first:last] = step.motion.rotations[: last - first]
        self._contacts[first:last] = contacts_of(step.motion)[: last - first]
        if step.motion.hands is not None and self._hands is None:
            self._hands = np.empty((self.frames, 2, *RELAXED.shape), np.float32)
            self._hands[:first] = RELAXED
        if self._hands is not None:
            self._hands[first:last] = hands_of(step.motion)[: last - first]
        self._filled, self._final = last, last - 1

    def part(self, first: int, last: int) -> Motion:
        """Frames ``first .. last - 1`` as they are in the whole; steps that reach into them are stitched now.

        It looks into the dance's own memory and must not be changed.
        """
        while self._final < last:
            step = next(self._steps, None)
            if step is None:
                self._final = self.frames
                break
            self._put(step)
        last = min(last, self._filled)
        return Motion(
            self.skeleton, self.fps, self._translation[first:last], self._rotations[first:last],
            self._contacts[first:last], None if self._hands is None else self._hands[first:last],
        )  # fmt: skip

    def whole(self) -> Motion:
        """All frames, when all steps are stitched."""
        return self.part(0, self.frames)


def joined(pieces: Iterable[StepMotion]) -> Motion:
    """One motion of neighbouring steps; they share one frame, which the later one shows."""
    steps = list(pieces)
    return GrowingDance(iter(steps), steps[-1].first_frame + len(steps[-1].motion) - steps[0].first_frame).whole()


__all__ = ["GrowingDance", "Handover", "StepMotion", "joined"]
