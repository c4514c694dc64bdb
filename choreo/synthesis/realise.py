"""A clip danced on a step's beats, sampled at the frames of the whole dance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.contacts import contacts_of, sole_offsets
from choreo.motion.kinematics import forward, mirror
from choreo.motion.resample import sample
from choreo.motion.skeleton import SIDES, both
from choreo.synthesis.authored import authored_move, run_of
from choreo.synthesis.footsteps import SolePath, solve_feet
from choreo.synthesis.warp import clip_times, slowed_on_beats
from choreo.types import Clip, Doubles, Motion, PlanStep

RECORDED_SLOWDOWN = 0.1
"""The same for recordings, whose dancers arrived in their own way already."""


def _all_beats(beats: Doubles, counts: int) -> Doubles:
    """Beats of the whole clip where a step is cut short: the missing ones go on at the last one's tempo."""
    missing = np.arange(1, counts + 2 - len(beats))
    return np.concatenate([beats, beats[-1] + missing * (beats[-1] - beats[-2])])


def slowed_to_rest(times: Doubles, start: float, end: float) -> Doubles:
    """Times ``(T,)`` whose pace falls to 0 from `start` to `end`, so that a clip which is cut short comes to rest."""
    s = np.clip((times - start) / (end - start), 0, 1)
    return np.where(times > start, start + (end - start) * (s - s * s / 2), times)


def realise(clip: Clip, step: PlanStep, times: Doubles, fps: float, seed: int) -> Motion:
    """Sample a clip with its beats on a step's beats.

    Authored moves of the starter database are compiled anew onto the beats, so nothing is warped; recordings are warped
    in time.

    Parameters
    ----------
    times
        ``(T,)`` seconds in the song, of the frames wanted.
    fps
        Frames a second that the result has.
    seed
        Of the small unevenness of authored moves.
    """
    move = authored_move(step, {step.clip_id: clip})
    if move is not None:
        return run_of([step], [move], [seed]).dance(0, times, fps)
    local = recorded_times(clip, step, times)
    source = gone_on(clip.motion)
    local = local + 1 / source.fps
    danced = with_soles(sample(source, local, fps=fps), source, local)
    return mirror(danced) if step.mirror else danced


def recorded_times(clip: Clip, step: PlanStep, times: Doubles) -> Doubles:
    """Seconds in a recorded clip ``(T,)`` that a step shows at `times` in the song."""
    beats = np.asarray(step.beats, np.float64)
    if len(beats) <= clip.counts:
        times = slowed_to_rest(times, beats[-2], beats[-1])
        beats = _all_beats(beats, clip.counts)
    return clip_times(clip.beats, beats, slowed_on_beats(times, beats, RECORDED_SLOWDOWN))


def gone_on(motion: Motion) -> Motion:
    """The motion with a frame more at either end, on which it goes on at its speed.

    The dance's frames fall between the beats: its first and last of a clip may lie up to a frame outside of it, where
    the pose would stop and jerk.
    """
    if len(motion) < 2:
        return motion
    first, last = (rot.slerp(motion.rotations[a], motion.rotations[b], 2.0) for a, b in ((1, 0), (-2, -1)))
    ground = [2 * motion.translation[a] - motion.translation[b] for a, b in ((0, 1), (-1, -2))]
    contacts, hands = motion.contacts, motion.hands
    return replace(
        motion,
        translation=np.concatenate([ground[:1], motion.translation, ground[1:]]),
        rotations=np.concatenate([first[None], motion.rotations, last[None]]),
        contacts=None if contacts is None else np.concatenate([contacts[:1], contacts, contacts[-1:]]),
        hands=None if hands is None else np.concatenate([hands[:1], hands, hands[-1:]]),
    )


def with_soles(danced: Motion, source: Motion, times: Doubles) -> Motion:
    """`danced`, which is `source` at `times`, with the soles on the interpolated paths of `source`'s soles.

    Joint rotations interpolated between two frames swing a foot that stands in both, and it slides. A point of the sole
    that is interpolated itself stays where it is, so the legs are solved by IK for it: the ball's, or the heel's where
    only that stands.
    """
    skeleton = source.skeleton
    ankles, balls = (both(skeleton, part) for part in ("ankle", "foot"))
    positions, world = forward(
        skeleton, source.translation.astype(np.float64), source.rotations.astype(np.float64), [*ankles, *balls]
    )
    feet, points = world[:, :2], positions[:, 2:]
    heel = sole_offsets()[0].astype(np.float64)
    heels = positions[:, :2] + rot.rotate(feet, heel)
    frame = np.clip(times * source.fps, 0, len(source) - 1)
    low = np.minimum(frame.astype(np.int64), max(len(source) - 2, 0))
    high, part = np.minimum(low + 1, len(source) - 1), (frame - low)[:, None]
    turned = rot.slerp(feet[low], feet[high], part).astype(np.float32)
    point = (1 - part)[..., None] * points[low] + part[..., None] * points[high]
    back = (1 - part)[..., None] * heels[low] + part[..., None] * heels[high]
    still, standing = np.zeros(len(point), np.float32), np.ones(len(point), bool)
    contacts = contacts_of(danced)
    pivots, paths = {}, {}
    for k, (side, ball) in enumerate(zip(SIDES, balls, strict=True)):
        pivots[side] = skeleton.offsets[ball]
        # Where the heel alone stands, it is what stays, and the ball goes as it must for that.
        from_heel = back[:, k] + rot.rotate(turned[:, k], pivots[side] - heel)
        bears = contacts[:, 2 * k] & ~contacts[:, 2 * k + 1]
        path = np.where(bears[:, None], from_heel, point[:, k]).astype(np.float32)
        paths[side] = SolePath(path, still, standing)
    return solve_feet(danced, turned, paths, pivots)
