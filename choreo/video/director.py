"""A camera operator: shots planned from what is danced when, cut where a step begins.

A section of the song opens with the same sort of shot whenever it comes back; inside a section shots change on
eights. No shot is nearer than the whole dancer: each sort of shot is framed as the following camera is, from
another side, height or distance, so heads, hands and feet stay in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from choreo.motion.repair import sliced
from choreo.types import CameraPath, Doubles, Motion, Timeline
from choreo.video.camera import (
    AIM_HEIGHT,
    FOV_Y,
    LOOK_DOWN,
    LOWEST,
    ZOOM_WINDOW,
    Outlines,
    framed_points,
    needed_distance,
    running_max,
    smooth_track,
    spring,
    view_axes,
)
from choreo.video.outline import mean_size

SHORTEST = 2.5
"""Seconds; a section that is shorter gets no shot of its own."""
USUAL = 6.5
"""Seconds; a section gets as many shots as keep their mean at this or below, where its eights allow."""
LENS_ABOVE_FLOOR = 0.3
"""Metres."""
NEAREST = 3.4
"""Metres; the camera does not come nearer to a dancer who makes himself small."""
CLEAR_TURN, CLEAR_TILT, CLEAR_SIZE = 0.4, 0.2, 1.2
"""Radians to the side, radians up or down, and factor of distance of which a cut should change one."""
GROUP_TURN = 0.45
"""For several dancers the camera goes this much less to the side: formations are made to be seen from the front."""


@dataclass(frozen=True)
class ShotType:
    """A sort of shot.

    Angles are radians: `side` to the dancer's left at the beginning and the end, `down` the way the lens looks.
    `room` is the distance at the beginning and the end in terms of the nearest that keeps everybody in the picture;
    `calm` the seconds over which the camera follows the dancer.
    """

    name: str
    side: tuple[float, float]
    down: float
    room: tuple[float, float]
    calm: float = 0.45


MEDIUM = ShotType("medium", (0.21, 0.21), 0.085, (1.0, 1.0))
WIDE = ShotType("wide", (-0.12, -0.12), 0.15, (1.38, 1.38), 0.9)
LOW = ShotType("low", (-0.42, -0.42), -0.16, (1.08, 1.08))
ORBIT = ShotType("orbit", (0.68, -0.25), 0.10, (1.12, 1.12))
PUSH_IN = ShotType("push-in", (-0.30, -0.10), 0.06, (1.42, 1.0), 0.7)
COUNTER = ShotType("counter-orbit", (-0.70, 0.2), 0.12, (1.15, 1.15))
OPENINGS = (PUSH_IN, ORBIT, WIDE, COUNTER, LOW)
"""What sections open with, in the order in which the song brings their labels."""
INSIDE = (MEDIUM, LOW, ORBIT, WIDE, MEDIUM, COUNTER)
"""What comes after the opening of a section, in turn."""


@dataclass(frozen=True)
class Shot:
    """From one cut to the next, in seconds of the dance."""

    start: float
    end: float
    type: ShotType


def plan_shots(timeline: Timeline | None, end: float) -> tuple[Shot, ...]:
    """Decide on cuts and sorts of shots.

    Parameters
    ----------
    timeline
        None when nobody knows what is danced: one shot.
    end
        Length of the dance, seconds.

    Returns
    -------
    tuple of Shot
        Without gaps from 0 to `end`, each at least `SHORTEST` long when the dance is; they begin where steps do, and
        neighbours are of different sorts.
    """
    if timeline is None or not timeline.steps:
        return (Shot(0.0, end, MEDIUM),)
    parts = _sections(timeline, end)
    # A label keeps its opening, so a chorus that comes back is recognised by its shot.
    openings: dict[str, ShotType] = {}
    for label, _, _ in parts:
        openings.setdefault(label, OPENINGS[len(openings) % len(OPENINGS)])
    shots: list[Shot] = []
    turn = 0
    for number, (label, start, stop) in enumerate(parts):
        cuts = [start, *_inner_cuts(timeline, start, stop), stop]
        follows = openings[parts[number + 1][0]] if number + 1 < len(parts) else WIDE
        for index, (a, b) in enumerate(pairwise(cuts)):
            before = shots[-1].type if shots else None
            if index == 0 and openings[label] != before:
                shot_type = openings[label]
            else:
                last = index == len(cuts) - 2
                turn, shot_type = _next_inside(turn, before, follows if last else None)
            shots.append(Shot(a, b, shot_type))
    if len(shots) > 1 and shots[-2].type != WIDE and len(parts) > 1 and shots[-1].start != parts[-1][1]:
        shots[-1] = Shot(shots[-1].start, end, WIDE)  # the end is seen from afar
    return tuple(shots)


def _next_inside(turn: int, before: ShotType | None, after: ShotType | None) -> tuple[int, ShotType]:
    """Take the next shot in turn whose cuts are seen as cuts, and where the turns go on."""
    ways = [INSIDE[(turn + k) % len(INSIDE)] for k in range(len(INSIDE))]
    free = [k for k, way in enumerate(ways) if way not in (before, after)]
    clear = [k for k in free if is_clear(before, ways[k]) and is_clear(ways[k], after)]
    chosen = (clear or free)[0]
    return turn + chosen + 1, ways[chosen]


def is_clear(before: ShotType | None, after: ShotType | None) -> bool:
    """Whether a cut changes side, height or size of the picture enough not to look like a mistake."""
    if before is None or after is None:
        return True
    size = abs(np.log(before.room[1] / after.room[0]))
    return bool(
        abs(before.side[1] - after.side[0]) > CLEAR_TURN
        or abs(before.down - after.down) > CLEAR_TILT
        or size > np.log(CLEAR_SIZE)
    )


def _sections(timeline: Timeline, end: float) -> list[tuple[str, float, float]]:
    """Label, start and end of the sections that are long enough, the shorter ones put to their neighbours."""
    begins = {step.start for step in timeline.steps}
    starts = [0.0]
    for section in timeline.sections:
        if section.start in begins and min(section.start - starts[-1], end - section.start) >= SHORTEST:
            starts.append(section.start)
    parts = []
    for start, stop in pairwise([*starts, end]):
        shares = {section.label: 0.0 for section in timeline.sections} or {"": 0.0}
        for section in timeline.sections:
            shares[section.label] += max(min(section.end, stop) - max(section.start, start), 0.0)
        parts.append((max(shares, key=lambda label: shares[label]), start, stop))
    return parts


def _inner_cuts(timeline: Timeline, start: float, stop: float) -> list[float]:
    """Cuts inside a section: step starts nearest to its even division, those on eights before others."""
    count = int(np.ceil((stop - start) / USUAL))
    inside = [step.start for step in timeline.steps if start + SHORTEST <= step.start <= stop - SHORTEST]
    first = int(np.searchsorted(timeline.beats, start - 1e-6))
    at = np.searchsorted(timeline.beats, np.array(inside) - 1e-6) - first
    eights = [time for time, beat in zip(inside, at, strict=True) if beat % (2 * timeline.metre) == 0]
    cuts: list[float] = []
    for k in range(1, count):
        wish = start + (stop - start) * k / count
        after = cuts[-1] if cuts else start
        free = [time for time in eights or inside if time - after >= SHORTEST]
        if free:
            cuts.append(min(free, key=lambda time: abs(time - wish)))
    return cuts


def director_camera(
    motions: Sequence[Motion],
    *,
    width: int,
    height: int,
    fps: float,
    timeline: Timeline | None = None,
    outlines: Outlines = (),
) -> CameraPath:
    """Film dancers in shots that follow the music, head and feet in every picture.

    Parameters
    ----------
    motions
        One or more motions of one length, already at `fps`.
    width, height
        Pixels.
    fps
        Frames per second of motions and video.
    timeline
        What is danced when; without it the film is one shot.
    outlines
        How far each dancer's mesh reaches, as in `choreo.video.camera.follow_camera`.

    Returns
    -------
    CameraPath
        ``eye, target : (T, 3) float32`` metres; between shots both jump, at the first frame of a step.
    """
    shots = shot_frames(timeline, len(motions[0]), fps)
    return film_shots(shots, motions, width=width, height=height, fps=fps, outlines=outlines)


def shot_frames(timeline: Timeline | None, count: int, fps: float) -> list[tuple[ShotType, range]]:
    """Sorts of shots and their frames, without gaps in a video of `count` frames."""
    shots = plan_shots(timeline, count / fps)
    firsts = [0, *(min(int(np.ceil(shot.start * fps - 1e-6)), count) for shot in shots[1:]), count]
    spans = [(shot.type, range(*span)) for shot, span in zip(shots, pairwise(firsts), strict=True)]
    return [(shot_type, span) for shot_type, span in spans if span]


def film_shots(
    shots: Sequence[tuple[ShotType, range]],
    motions: Sequence[Motion],
    *,
    width: int,
    height: int,
    fps: float,
    outlines: Outlines = (),
) -> CameraPath:
    """Film neighbouring `shot_frames`, each by itself; the motions begin with the first of them."""
    begin = shots[0][1].start
    eye, target = np.empty((2, len(motions[0]), 3))
    for shot_type, span in shots:
        own = slice(span.start - begin, span.stop - begin)
        filmed = [sliced(motion, own.start, own.stop) for motion in motions]
        eye[own], target[own] = _film(shot_type, filmed, width / height, fps, outlines)
    return CameraPath(eye.astype(np.float32), target.astype(np.float32), FOV_Y)


def _film(
    shot_type: ShotType, motions: Sequence[Motion], aspect: float, fps: float, outlines: Outlines
) -> tuple[Doubles, Doubles]:
    """Eye and target, ``(T, 3)`` each, of one shot of motions of ``T`` frames."""
    each = np.stack([np.asarray(motion.translation, np.float64) for motion in motions])
    points, count, size = framed_points(motions, outlines), len(motions[0]), mean_size(outlines)
    rest = float(np.mean([motion.skeleton.offsets[0, 1] for motion in motions]))
    ground = points[..., [0, 2]]
    aim = np.empty((count, 3))
    aim[:, [0, 2]] = 0.5 * (ground.min(axis=1) + ground.max(axis=1))
    aim[:, 1] = np.maximum(AIM_HEIGHT * size + 0.35 * (each[..., 1].mean(axis=0) - rest), 0.5 * size)
    target = smooth_track(aim, spring(shot_type.calm, 6 * shot_type.calm, fps))

    behind = float(np.median(np.ptp(each[..., 2], axis=0)))
    turn = 1.0 if len(motions) == 1 else GROUP_TURN
    share = np.linspace(0, 1, count)
    side = turn * (shot_type.side[0] + (shot_type.side[1] - shot_type.side[0]) * share)
    spare = min(1.0, aspect)  # tall pictures, which are filled from side to side, have room enough above
    begin, end = (1 + (factor - 1) * spare for factor in shot_type.room)
    room = begin * (end / begin) ** share  # geometric: what is seen grows by the same factor in every second
    kernel = spring(0.4, ZOOM_WINDOW, fps)

    def from_height(down: float) -> Doubles:
        axes = view_axes(side, down)
        need = needed_distance(points, target, axes, aspect)
        distance = smooth_track(running_max(np.maximum(need, NEAREST * size), len(kernel) // 2), kernel) * room
        return np.asarray(target + distance[:, None] * axes[:, 2])

    down = min(shot_type.down + LOOK_DOWN * behind, LOWEST)
    eye = from_height(down)
    # A low shot of a group that needs much distance would film from below the floor. The height of the lens depends on
    # the needed distance, which depends on the angle: bisection finds the lowest angle, to 1/256 of the first.
    if eye[:, 1].min() < LENS_ABOVE_FLOOR:
        low, high = down, 0.0  # at 0 the lens is as high as the target
        for _ in range(8):
            middle = 0.5 * (low + high)
            sunken = from_height(middle)[:, 1].min() < LENS_ABOVE_FLOOR
            low, high = (middle, high) if sunken else (low, middle)
        eye = from_height(high)
    return eye, target


__all__ = [
    "LENS_ABOVE_FLOOR",
    "SHORTEST",
    "Shot",
    "ShotType",
    "director_camera",
    "film_shots",
    "plan_shots",
    "shot_frames",
]
