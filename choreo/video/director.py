"""A camera operator: films the shots that `choreo.video.shots` plans and `choreo.video.cuts` places.

Most shots show the whole dancer: framed as the following camera is, from another side, height or distance, so heads,
hands and feet stay in the picture. Near ones show the head, all above the hips, or the feet. The lens never goes behind
the dancer: sides of shots are less than 45 degrees from the front, so no cut crosses the line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.motion.kinematics import forward
from choreo.motion.repair import sliced
from choreo.types import CameraPath, Doubles, Motion, Timeline
from choreo.video.camera import (
    CROWN,
    FLESH,
    FOV_Y,
    PITCH,
    ZOOM_WINDOW,
    Outlines,
    framed_points,
    group_pitch,
    lens,
    needed_distance,
    running_max,
    running_quantile,
    smooth_track,
    spring,
    view_axes,
)
from choreo.video.cuts import placed_shots, whole_dance
from choreo.video.outline import mean_size
from choreo.video.shots import SHORTEST, Shot, ShotType, plan_shots

LENS_ABOVE_FLOOR = 0.3
"""Metres."""
NEAREST = 3.4
"""Metres; the camera does not come nearer to a dancer who makes himself small, where all of him is shown."""
GROUP_TURN = 0.45
"""For several dancers the camera goes this much less to the side: formations are made to be seen from the front."""
SEEN = {"head": 1.08, "hands": 1.3, "feet": 1.0}
"""Metres from the lower to the upper edge of near pictures, for a body of the usual height, or more where needed."""
TOP_ROOM = 0.115
"""Share of the picture above the crown: the middle of what is usual, 8 to 15 %."""
OVER_HANDS, OVER_HIGHEST = 0.085, 0.05
"""The same over the usual highest point of whole bodies and of what is above the hips, and over a hand raised for a
moment: the camera does not look up for each of them."""
MOMENT = 1.2
"""Seconds before and after a moment whose median is the usual highest point."""
OVER = {"body": 0.08, "hands": 0.06}
"""Metres that stay free above the highest point, be it the crown or a hand."""
UNDER = {"body": -0.05, "hands": -0.1}
"""Height of the lower edge of what is shown: metres above the floor, and above the hips."""
LOWEST_AIM = (0.5, 0.3)
"""Metres over the floor: in tall pictures, which have room enough, dancers do not stand at the upper edge; in wide."""
TILT = (0.4, 0.6)
"""Seconds around a moment whose highest point counts, and over which the camera tilts there."""
LEAD = 0.045
"""Share of the picture's width by which the aim is ahead of a dancer who looks or goes to the side."""
LEADING = 0.8
"""Metres a second of way to the side that count as much as looking there."""
LEAD_CALM = 0.8
"""Seconds over which the aim goes ahead."""
SLOPE = float(np.tan(FOV_Y / 2))


def director_camera(
    motions: Sequence[Motion],
    *,
    width: int,
    height: int,
    fps: float,
    timeline: Timeline | None = None,
    outlines: Outlines = (),
) -> CameraPath:
    """Film dancers in shots that follow the music, and what is danced.

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
        ``eye, target : (T, 3) float32`` metres; between shots both jump, at the first frame of a beat.
    """
    shots = list(placed_shots(timeline, len(motions[0]), fps, whole_dance(motions)))
    return film_shots(shots, motions, width=width, height=height, fps=fps, outlines=outlines)


def film_shots(
    shots: Sequence[tuple[ShotType, range]],
    motions: Sequence[Motion],
    *,
    width: int,
    height: int,
    fps: float,
    outlines: Outlines = (),
) -> CameraPath:
    """Film neighbouring `placed_shots`, each by itself; the motions begin with the first of them."""
    begin, (fov_y, _) = shots[0][1].start, lens(len(motions), width / height)
    eye, target = np.empty((2, len(motions[0]), 3))
    for shot_type, span in shots:
        own = slice(span.start - begin, span.stop - begin)
        filmed = [sliced(motion, own.start, own.stop) for motion in motions]
        eye[own], target[own] = _film(shot_type, filmed, width / height, fps, outlines, fov_y)
    return CameraPath(eye.astype(np.float32), target.astype(np.float32), fov_y)


def _film(
    shot_type: ShotType, motions: Sequence[Motion], aspect: float, fps: float, outlines: Outlines, fov_y: float
) -> tuple[Doubles, Doubles]:
    """Eye and target, ``(T, 3)`` each, of one shot of motions of ``T`` frames."""
    near, slope = shot_type.shows != "body", float(np.tan(fov_y / 2))
    if near and len(motions) > 1:
        # Of a group the one in front, whom nobody hides.
        front = int(np.argmax([motion.translation[:, 2].mean() for motion in motions]))
        motions, outlines = [motions[front]], list(outlines[front : front + 1])
    size, count = mean_size(outlines), len(motions[0])
    points = near_points(motions[0], outlines, shot_type.shows) if near else framed_points(motions, outlines)
    highest = points[..., 1].max(axis=1)
    if shot_type.shows in OVER:
        # A point above the highest keeps the room over heads, and over hands that are raised.
        over = points[np.arange(count), points[..., 1].argmax(axis=1)] + [0, OVER[shot_type.shows] * size, 0]
        points = np.concatenate([points, over[:, None]], axis=1)
    target = smooth_track(_aim(shot_type.shows, motions, points, size), spring(shot_type.calm, 6 * shot_type.calm, fps))
    if shot_type.shows in OVER:
        target[:, 1] = _middle_height(shot_type.shows, motions, points, size, fps)

    each = np.stack([np.asarray(motion.translation, np.float64) for motion in motions])
    behind = float(np.median(np.ptp(each[..., 2], axis=0)))
    turn = 1.0 if len(motions) == 1 else GROUP_TURN
    share = np.linspace(0, 1, count)
    side = turn * (shot_type.side[0] + (shot_type.side[1] - shot_type.side[0]) * share)
    spare = min(1.0, aspect)  # tall pictures, which are filled from side to side, have room enough above
    begin, end = (1 + (factor - 1) * spare for factor in shot_type.room)
    room = begin * (end / begin) ** share  # geometric: what is seen grows by the same factor in every second
    kernel = spring(0.4, ZOOM_WINDOW, fps)
    least = size * (SEEN[shot_type.shows] / (2 * slope) if near else NEAREST * (SLOPE / slope))
    if len(motions) == 1:
        wide = 2 * slope * least * aspect
        target += _ahead(motions[0], side, fps)[:, None] * LEAD * wide * view_axes(side, 0.0)[:, 0]

    def needed(down: float) -> Doubles:
        need = needed_distance(points, target, view_axes(side, down), aspect, fov_y)
        return smooth_track(running_max(np.maximum(need, least), len(kernel) // 2), kernel)

    def from_height(down: float) -> Doubles:
        return np.asarray(target + np.maximum(needed(down), away)[:, None] * view_axes(side, down)[:, 2])

    down = shot_type.down + (group_pitch(behind, aspect) - PITCH)
    away = needed(down) * room
    # The room over the highest point follows from the distance; what is left over goes below the feet.
    tall = 2 * slope * away
    top = running_max(highest, round(TILT[0] * fps)) + FLESH
    usual = running_quantile(highest, round(MOMENT * fps), 0.5) + FLESH
    if shot_type.shows == "head":
        # Crown and aim go up and down together.
        tall, top = np.median(tall, keepdims=True), np.median(highest, keepdims=True) + FLESH
        target[:, 1] += top + (TOP_ROOM - 0.5) * tall - np.median(target[:, 1])
    elif shot_type.shows in OVER:
        over_top = np.maximum(usual + (OVER_HANDS - 0.5) * tall, top + (OVER_HIGHEST - 0.5) * tall)
        wanted = smooth_track(over_top[:, None], spring(TILT[1], 3 * TILT[1], fps))[:, 0]
        target[:, 1] = np.minimum(target[:, 1], np.maximum(wanted, LOWEST_AIM[aspect >= 1] * size))
    eye = from_height(down)
    # A low shot of a group that needs much distance would film from below the floor. The height of the lens depends on
    # the needed distance, which depends on the angle: bisection finds the lowest angle, to 1/256 of the first.
    if eye[:, 1].min() < LENS_ABOVE_FLOOR:
        low, high = down, 0.0 if shot_type.shows != "feet" else 0.5  # where the lens is as high as wanted
        for _ in range(8):
            middle = 0.5 * (low + high)
            sunken = from_height(middle)[:, 1].min() < LENS_ABOVE_FLOOR
            low, high = (middle, high) if sunken else (low, middle)
        eye = from_height(high)
    return eye, target


def near_points(motion: Motion, outlines: Outlines, shows: str) -> Doubles:
    """What a near shot keeps in the picture, ``(T, P, 3)`` metres, as `framed_points`; the last point is the crown."""
    positions, rotations = forward(motion.skeleton, motion.translation, motion.rotations)
    names = motion.skeleton
    joints = {
        "head": ["neck", "head"],
        "hands": ["neck", "head", *_sides("shoulder", "elbow", "wrist", "hand", "hip")],
        "feet": _sides("knee", "ankle", "foot"),
    }[shows]
    points = np.asarray(positions[:, [names.index(name) for name in joints]], np.float64)
    if shows == "feet":
        return points
    head = names.index("head")
    outline = outlines[0] if outlines else None
    if outline is not None and (outline.joints == head).any():
        found = outline.at(positions, rotations)[:, outline.joints == head]
        crown = found[:, [int(found[..., 1].mean(axis=0).argmax())]]
        return np.concatenate([points, found, crown], axis=1)
    w, x, y, z = np.moveaxis(np.asarray(rotations[:, head], np.float64), -1, 0)
    up = np.stack([2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)], axis=-1)
    crown = np.asarray(positions[:, head], np.float64) + (CROWN - FLESH) * up
    return np.concatenate([points, crown[:, None]], axis=1)


def _sides(*parts: str) -> list[str]:
    return [f"{side}_{part}" for part in parts for side in ("left", "right")]


def _aim(shows: str, motions: Sequence[Motion], points: Doubles, size: float) -> Doubles:
    """What a shot looks at before it is smoothed, ``(T, 3)``; see `_middle_height` for that of bodies and hands."""
    ground = points[..., [0, 2]]
    aim = np.empty((len(points), 3))
    aim[:, [0, 2]] = 0.5 * (ground.min(axis=1) + ground.max(axis=1))
    if shows in ("head", "hands"):
        root = np.asarray(motions[0].translation, np.float64)
        middle = points[:, 0] if shows == "head" else 0.5 * (root + points[:, 0])
        aim[:, [0, 2]] = middle[:, [0, 2]]
    aim[:, 1] = points[:, 1, 1] if shows == "head" else 0.36 * size
    return aim


def _middle_height(shows: str, motions: Sequence[Motion], points: Doubles, size: float, fps: float) -> Doubles:
    """Height of the middle between what is highest and the lower edge, metres: a calm tilt, ``(T,)``."""
    kernel = spring(TILT[1], 3 * TILT[1], fps)
    top = running_max(points[..., 1].max(axis=1), round(TILT[0] * fps))
    low = np.full(len(points), UNDER[shows] * size)
    if shows == "hands":
        low += np.asarray(motions[0].translation, np.float64)[:, 1]
    return smooth_track(0.5 * (top + low)[:, None], kernel)[:, 0]


def _ahead(motion: Motion, side: Doubles, fps: float) -> Doubles:
    """How much a dancer looks or goes to the picture's right, -1 to 1, ``(T,)``."""
    rotations = forward(motion.skeleton, motion.translation, motion.rotations)[1]
    w, x, y, z = np.moveaxis(np.asarray(rotations[:, motion.skeleton.index("spine3")], np.float64), -1, 0)
    right = view_axes(side, 0.0)[:, 0]
    looks = 2 * (x * z + w * y) * right[:, 0] + (1 - 2 * (x * x + y * y)) * right[:, 2]
    way: Doubles = np.zeros((len(motion), 3))
    if len(motion) > 1:
        way = np.asarray(np.gradient(np.asarray(motion.translation, np.float64), 1 / fps, axis=0), np.float64)
    goes = np.clip(np.sum(way * right, axis=1) / LEADING, -1, 1)
    return smooth_track(np.clip(looks + goes, -1, 1)[:, None], spring(LEAD_CALM, 3 * LEAD_CALM, fps))[:, 0]


__all__ = [
    "LENS_ABOVE_FLOOR",
    "SHORTEST",
    "Shot",
    "ShotType",
    "director_camera",
    "film_shots",
    "near_points",
    "placed_shots",
    "plan_shots",
]
