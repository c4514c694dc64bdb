"""A dance beside the recordings that it is made of: whether it slides, floats or snaps where they do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from choreo.motion.contacts import contacts_of, sole_points
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import MIRROR
from choreo.motion.snaps import joint_accelerations
from choreo.synthesis.realise import recorded_times
from choreo.types import Bools, ChoreographyPlan, Clip, Doubles, Floats

UP = 0.04
"""Metres above which a sole is in the air."""
NEAR = 2
"""Frames by which a foot of the dance may come down or lift earlier or later than the recording's."""

PACE = 0.01
"""Seconds to either side of a moment by which the pace of a recording is told."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """Soles of a clip: the lowest's height ``(T,)`` metres, and the horizontal speeds ``(N,)`` m/s of what stands."""

    low: Floats
    slide: Floats


def _widest(values: Floats) -> Floats:
    """Maxima ``(T, J)`` over the `NEAR` frames to either side."""
    padded = np.pad(values, [(NEAR, NEAR), (0, 0)], mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * NEAR + 1, axis=0).max(axis=-1))


class Recordings:
    """What the recordings of a plan do at each of its frames."""

    def __init__(self, plan: ChoreographyPlan, clips: Mapping[str, Clip]) -> None:
        self._plan, self._clips = plan, clips
        self._known: dict[str, Recorded] = {}

    def _of(self, clip: Clip) -> Recorded:
        if clip.clip_id not in self._known:
            points, contacts = sole_points(clip.motion), contacts_of(clip.motion)
            both = contacts[1:] & contacts[:-1]
            speeds = np.linalg.norm(np.diff(points[..., ::2], axis=0), axis=-1) * clip.motion.fps
            self._known[clip.clip_id] = Recorded(points[..., 1].min(axis=1), speeds[both].astype(np.float32))
        return self._known[clip.clip_id]

    def steps(self) -> Iterator[tuple[int, Clip, Recorded]]:
        """Yield number, clip and soles of the steps that recordings are danced in."""
        for number, step in enumerate(self._plan.steps):
            clip = self._clips.get(step.clip_id)
            if clip is not None and not step.move:
                yield number, clip, self._of(clip)

    def slide(self) -> float:
        """95th percentile in m/s of what standing soles slide in the recordings, at the pace of the dance."""
        found = [each.slide * np.float32(self._plan.steps[number].warp) for number, _, each in self.steps()]
        speeds = np.concatenate(found) if found else np.zeros(0, np.float32)
        return float(np.quantile(speeds, 0.95)) if len(speeds) else 0.0

    def on_floor(self, times: Doubles) -> Bools:
        """Whether a sole of the recording that is danced is down ``(T,)`` at `times` of the song, rising.

        False where an authored move is danced, whose feet are on the floor by its notation.
        """
        out = np.zeros(len(times), bool)
        starts = np.array([step.beats[0] for step in self._plan.steps])
        for number, clip, found in self.steps():
            step = self._plan.steps[number]
            end = starts[number + 1] if number + 1 < len(starts) else np.inf
            inside = (times >= step.beats[0]) & (times < end)
            local = recorded_times(clip, step, times[inside])
            frame = np.clip(np.round(local * clip.motion.fps).astype(int), 0, len(found.low) - 1)
            out[inside] = found.low[frame] < UP
        return eroded(out)

    def accelerations(self, times: Doubles, near: Bools) -> Floats:
        """What the joints of the recordings accelerate ``(T, J)`` m/s^2 at `times` of the song, rising.

        The largest within `NEAR` frames, at the pace of the dance; 0 where an authored move is danced, and at the times
        that are not `near`, which are not looked up.
        """
        out = np.zeros((len(times), len(MIRROR)), np.float32)
        starts = np.array([step.beats[0] for step in self._plan.steps])
        known = dict[str, Floats]()
        for number, step in enumerate(self._plan.steps):
            end = starts[number + 1] if number + 1 < len(starts) else np.inf
            inside = np.flatnonzero(near & (times >= step.beats[0]) & (times < end))
            clip = self._clips.get(step.clip_id)
            if clip is None or step.move or not len(inside):
                continue
            motion = clip.motion
            if clip.clip_id not in known:
                positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
                known[clip.clip_id] = _widest(joint_accelerations(positions, motion.fps))
            before, after = (recorded_times(clip, step, times[inside] + moved) for moved in (-PACE, PACE))
            frames = np.clip(np.round((before + after) / 2 * motion.fps).astype(int), 0, len(motion) - 1)
            found = known[clip.clip_id][frames] * ((after - before) / (2 * PACE))[:, None] ** 2
            out[inside] = found[:, MIRROR] if step.mirror else found
        return out


def eroded(flags: Bools) -> Bools:
    """`flags` ``(T,)`` without the `NEAR` frames beside those that are False."""
    out = flags.copy()
    for shift in range(1, NEAR + 1):
        out[shift:] &= flags[:-shift]
        out[:-shift] &= flags[shift:]
    return out
