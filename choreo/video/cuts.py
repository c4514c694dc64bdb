"""Where a shot is cut, and what it shows, by what the dancers do there.

A cut that `choreo.video.shots` plans may move by a beat or two: to a beat on which limbs arrive (an accent that is
seen), in a pose that is one, and rather to a downbeat. In the neutral pose between two steps nothing happens, and a cut
there shows nothing twice. What a near shot shows is what moves in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.skeleton import both
from choreo.types import Doubles, Motion, Timeline
from choreo.video.shots import CLOSE, FEET, MEDIUM, SHORTEST, Shot, ShotType, plan_shots

Seen: TypeAlias = Callable[[range], Sequence[Motion]]
"""The dancers' poses in some neighbouring frames of the video."""

BEATS, OPENING_BEATS = 2, 1
"""By how many beats a cut may move; the same where a section begins."""
AROUND = 0.2
"""Seconds before and after a beat in which limbs are compared."""
NEUTRAL = 0.30
"""Metres that hands and feet are, in the mean, from where they would hang and stand: up to this nothing is posed.

Idles of the starter clips are at .18 to .32, their poses at .34 to .55."""
CLEAR_POSE = 0.45
"""The same from which on a pose is as clear as any."""
ARRIVAL = 0.5
"""Metres a second that hands and feet become slower, in the mean, on a full accent."""
ACCENT, DOWNBEAT, NOTHING = 2.0, 0.5, 2.0
"""What a full accent and a downbeat are worth to a cut, where a clear pose is worth 1, and what the neutral one costs.

In a waltz limbs move on the downbeat and arrive after it: a cut is there where it is seen."""
LATER = 0.2
"""What moving a cut by a beat costs."""
CALM = 0.45
"""Metres a second of hands and feet below which the face is what there is to see."""
TRAVEL = 1.6
"""Metres of way over the floor from which on the whole body is shown."""
MOSTLY_FEET, MOSTLY_HANDS = 0.43, 0.40
"""Share of the feet's speed in that of feet and hands, above and below which one of them is shown."""
AWAY = 0.35
"""Cosine between the chest's way and that to the audience, in the mean, below which the face is not shown."""


def placed_shots(
    timeline: Timeline | None, count: int, fps: float, seen: Seen
) -> Iterator[tuple[ShotType, range]]:  # fmt: skip
    """Yield sorts of shots and their frames, without gaps in a video of `count` frames.

    `seen` is asked for frames around cuts and for those of near shots, never far ahead of what was yielded.
    """
    planned = plan_shots(timeline, count / fps)
    starts = [0.0]
    for shot, following in pairwise([*planned, None]):
        assert shot is not None
        if following is not None and timeline is not None:
            held = following.held
            starts.append(following.start if held else _placed(timeline, following, starts[-1], count, fps, seen))
        first = _frame(starts[-2] if following is not None else starts[-1], count, fps)
        last = count if following is None else _frame(starts[-1], count, fps)
        span = range(first, last)
        if not span:
            continue
        yield (shot_of(shot.type, seen(span)) if shot.near else shot.type), span


def _frame(time: float, count: int, fps: float) -> int:
    """First frame of a shot that begins at `time`."""
    return min(int(np.ceil(time * fps - 1e-6)), count)


def _placed(timeline: Timeline, shot: Shot, before: float, count: int, fps: float, seen: Seen) -> float:
    """When a shot begins: the best beat near its planned start, at least `SHORTEST` after `before` and before its end.

    Its planned start is one of these when it is at least `SHORTEST` after `before`, as the shot before sees to.
    """
    reach = OPENING_BEATS if shot.opens else BEATS
    planned = int(np.argmin(np.abs(timeline.beats - shot.start))) if len(timeline.beats) else 0
    if not len(timeline.beats) or abs(timeline.beats[planned] - shot.start) > 1e-3:
        return shot.start
    near = range(max(planned - reach, 0), min(planned + reach + 1, len(timeline.beats)))
    free = [
        at for at in near
        if timeline.beats[at] - before >= SHORTEST - 1e-6 and shot.end - timeline.beats[at] >= SHORTEST - 1e-6
    ]  # fmt: skip
    if not free:
        return shot.start
    margin = AROUND + 1 / fps
    first = max(int((timeline.beats[free[0]] - margin) * fps), 0)
    last = min(int((timeline.beats[free[-1]] + margin) * fps) + 2, count)
    frames = range(first, last)
    if len(frames) < 3:
        return shot.start
    times = np.array([timeline.beats[at] for at in free])
    clear, arrival = beat_looks(seen(frames), times - first / fps)
    down = np.array([_weight(int(timeline.positions[at]), timeline.metre) for at in free])
    moved = np.abs(np.array(free) - planned)
    worth = clear + ACCENT * arrival + DOWNBEAT * down - LATER * moved - NOTHING * (clear <= 0)
    return float(times[int(np.argmax(worth))]) if worth.max() > worth[moved.argmin()] + 1e-9 else shot.start


def _weight(position: int, metre: int) -> float:
    """How much a beat of the bar is worth a cut."""
    return 1.0 if position == 1 else 0.5 if metre % 2 == 0 and position == metre // 2 + 1 else 0.2


def beat_looks(motions: Sequence[Motion], times: Doubles) -> tuple[Doubles, Doubles]:
    """How clear the pose is on beats, and how much limbs arrive there, each 0 to 1 and the mean of all dancers.

    Parameters
    ----------
    times : (B,)
        Seconds from the motions' first frame.
    """
    clear, arrival = np.zeros(len(times)), np.zeros(len(times))
    for motion in motions:
        off, speed = limb_measures(motion)
        at = np.clip(np.rint(times * motion.fps).astype(int), 0, len(motion) - 1)
        clear += np.clip((off[at] - NEUTRAL) / (CLEAR_POSE - NEUTRAL), 0, 1)
        reach = max(round(AROUND * motion.fps), 1)
        for number, frame in enumerate(at):
            before = speed[max(frame - reach, 0) : frame + 1].max()
            after = speed[frame : frame + reach + 1].min()
            arrival[number] += np.clip((before - after) / ARRIVAL, 0, 1)
    return clear / len(motions), arrival / len(motions)


def limb_measures(motion: Motion) -> tuple[Doubles, Doubles]:
    """Mean way of hands and feet from where they would hang and stand, metres, and mean speed, m/s; ``(T,)`` each.

    There arms hang straight from the shoulders and feet stand under the hips, wherever the dancer is and faces.
    """
    skeleton = motion.skeleton
    positions = np.asarray(forward(skeleton, motion.translation, motion.rotations)[0], np.float64)
    rest = rest_positions(skeleton).astype(np.float64)
    ways = []
    for end, root in (("wrist", "shoulder"), ("ankle", "hip")):
        for low, high in zip(both(skeleton, end), both(skeleton, root), strict=True):
            length = float(np.linalg.norm(rest[low] - rest[high]))
            ways.append(np.linalg.norm(positions[:, low] - positions[:, high] + [0, length, 0], axis=-1))
    ends = positions[:, [*both(skeleton, "wrist"), *both(skeleton, "ankle")]]
    return np.mean(ways, axis=0), _speed(ends, motion.fps)


def _speed(points: Doubles, fps: float) -> Doubles:
    """Mean speed of ``points : (T, P, 3)``, ``(T,)`` m/s."""
    if len(points) < 2:
        return np.zeros(len(points))
    return np.asarray(np.linalg.norm(np.gradient(points, 1 / fps, axis=0), axis=-1).mean(axis=1))


def shot_of(planned: ShotType, motions: Sequence[Motion]) -> ShotType:
    """The near shot of what moves, or the `planned` one where the whole body does, or several dance."""
    if len(motions) != 1:
        return planned
    (motion,) = motions
    skeleton = motion.skeleton
    moved, rotations = forward(skeleton, motion.translation, motion.rotations)
    positions: Doubles = np.asarray(moved, np.float64)
    if np.ptp(positions[:, 0][:, [0, 2]], axis=0).max() > TRAVEL:
        return planned
    chest = skeleton.index("spine3")
    hands = float(_speed(positions[:, both(skeleton, "wrist")] - positions[:, [chest]], motion.fps).mean())
    feet = float(_speed(positions[:, both(skeleton, "ankle")], motion.fps).mean())
    _, x, y, _ = np.moveaxis(np.asarray(rotations[:, chest], np.float64), -1, 0)
    faces = float((1 - 2 * (x * x + y * y)).mean())
    share = feet / max(feet + hands, 1e-9)
    if share > MOSTLY_FEET and max(hands, feet) >= CALM:
        return FEET
    if faces < AWAY:
        return planned
    if max(hands, feet) < CALM:
        raised = positions[:, both(skeleton, "wrist"), 1].max(axis=1) - positions[:, skeleton.index("head"), 1]
        return CLOSE if np.median(raised) < 0 else MEDIUM
    return MEDIUM if share < MOSTLY_HANDS else planned


def whole_dance(motions: Sequence[Motion]) -> Seen:
    """`Seen` of motions that are all there."""
    from choreo.motion.repair import sliced

    return lambda span: [sliced(motion, span.start, span.stop) for motion in motions]


__all__ = ["NEUTRAL", "Seen", "beat_looks", "limb_measures", "placed_shots", "shot_of", "whole_dance"]
