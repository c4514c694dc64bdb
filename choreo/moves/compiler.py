"""From notation to motion: plan the feet, put the pelvis over them, then spine, head, arms and legs.

The order is that in which a dancer's parts depend on each other. Contacts are exact in the notation, so feet come
first; the root trajectory follows from where the weight is; spine and head ride on the pelvis, arms on the chest. The
legs come last: IK between a pelvis and feet that are both final.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from choreo.errors import MotionError
from choreo.motion.rotations import Array, continuous
from choreo.motion.skeleton import CANONICAL
from choreo.moves.arms import pose_arms
from choreo.moves.fingers import plan_fingers
from choreo.moves.foot_paths import Steps, plan_feet
from choreo.moves.frame import BodyMeasures, FloorPath, floor_path
from choreo.moves.legs import pose_legs
from choreo.moves.notation import Move
from choreo.moves.pelvis import euler, plan_pelvis
from choreo.moves.torso import pose_torso
from choreo.moves.tracks import count_clock
from choreo.types import Motion, Skeleton

FPS = 60.0


def beat_times(move: Move, bpm: float | None, beats: Sequence[float] | Array | None) -> Array:
    """Beat times from 0, ``(counts + 1,)`` seconds.

    Raises
    ------
    MotionError
        When `beats` has another number of beats than the move, or does not increase.
    """
    if beats is None:
        tempo = move.tempo if bpm is None else float(bpm)
        if not 10 <= tempo <= 400:
            raise MotionError(f"{move.name}: bpm: found {tempo}, expected 10 to 400")
        return np.arange(move.counts + 1) * (60.0 / tempo)
    times = np.asarray(beats, dtype=np.float64)
    if times.shape != (move.counts + 1,) or not np.all(np.diff(times) > 0):
        raise MotionError(f"{move.name}: beats: found shape {times.shape}, expected {move.counts + 1} rising seconds")
    return np.asarray(times - times[0])


def compile_move(
    move: Move,
    bpm: float | None = None,
    *,
    beats: Sequence[float] | Array | None = None,
    seed: int = 0,
    fps: float = FPS,
    skeleton: Skeleton | None = None,
) -> Motion:
    """Dance a move at a tempo, or straight onto given beat times, so that nothing needs warping.

    Parameters
    ----------
    move
        As `choreo.moves.load_moves` gives it.
    bpm
        Beats per minute; the move's ideal tempo when neither it nor `beats` is given.
    beats
        ``(counts + 1,)`` seconds; may be uneven, and need not start at 0.
    seed
        Of the small unevenness that keeps repeats alive.
    fps
        Frames per second.
    skeleton
        Bone lengths; the canonical ones by default.

    Returns
    -------
    Motion
        In the clip's own frame: at count 0 the dancer stands over the origin and faces +Z. `contacts`
        come from the notation.

    Raises
    ------
    MotionError
        When the beats do not fit the move or its steps cannot be danced.
    """
    if skeleton is None:
        skeleton = CANONICAL
    times = beat_times(move, bpm, beats)
    counts = count_clock(times, fps)
    measures = BodyMeasures.of(skeleton)
    # The dancer's frame on the floor, in which the notation is; it travels and turns with the move.
    path = floor_path(move, counts)
    beat = float(times[-1]) / move.counts
    steps = plan_feet(move, path, counts, measures, fps, beat)
    return pose(move, path, steps, counts, measures, skeleton, fps, beat, seed)


def pose(
    move: Move,
    path: FloorPath,
    steps: Steps,
    counts: Array,
    measures: BodyMeasures,
    skeleton: Skeleton,
    fps: float,
    beat: float,
    seed: int,
) -> Motion:
    """Pose the whole body over feet that are planned: one frame for each of ``counts (T,)``; `beat` in seconds."""
    pelvis = plan_pelvis(move, path, counts, steps, measures, fps, beat)
    rotations = np.zeros((len(counts), len(skeleton), 4))
    rotations[..., 0] = 1.0
    # The parts fill `rotations` in place, each on top of those before.
    rotations[:, 0] = euler(replace(pelvis.turns, yaw=pelvis.turns.yaw + pelvis.heading))
    pose_torso(move, counts, pelvis, measures, skeleton, rotations, fps, seed)
    pose_arms(move, counts, pelvis, measures, skeleton, pelvis.translation, rotations, fps, seed)
    pose_legs(skeleton, pelvis, rotations, steps, measures)
    contacts = np.stack(
        [steps.left.heel_down, steps.left.ball_down, steps.right.heel_down, steps.right.ball_down], axis=-1
    )
    return Motion(
        skeleton,
        float(fps),
        pelvis.translation.astype(np.float32),
        np.asarray(continuous(rotations), dtype=np.float32),
        contacts,
        plan_fingers(move, counts, fps),
    )
