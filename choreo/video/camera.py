"""A camera that follows the dancers and never loses a hand or a foot.

The camera looks along one fixed direction, so that the floor only slides and the picture stays calm;
where it aims and how far away it stands follow the dance. Both are smoothed forwards and backwards in
time (a critically damped spring run both ways has the kernel ``(1 + |t| / tau) exp(-|t| / tau)``), so
nothing lags and nothing jitters. The distance is smoothed after a running maximum over the kernel's own
support: an average of numbers that are each large enough is large enough, hence every padded joint is
in frame at every moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

import numpy as np

from choreo.motion.blocks import blocks
from choreo.motion.repair import sliced
from choreo.types import CameraPath, Doubles, Floats, Motion
from choreo.video.outline import Outline, mean_size

Outlines: TypeAlias = Sequence[Outline | None]

FOV_Y = 0.62
"""Vertical field of view, radians: a short tele lens that does not stretch limbs."""
GROUP_FOV_Y = 0.4
"""The same of several dancers: a longer lens from further away, so that the rear are nearly as large as the front."""
TALL_FOV_Y = 0.25
"""The same in pictures that are taller than wide, in which groups stand deep."""
AZIMUTH = 0.21
PITCH = 0.085
"""Radians to the dancer's left and down: eye level is about 1.3 m at the usual distance of 3.9 m."""
FRONT = 0.04
"""The azimuth for several dancers: formations are made to be seen from the front."""
LOOK_DOWN_GROUP, LOWEST_GROUP = 0.07, 0.37
"""Radians further down for every metre that dancers stand behind each other, so that the rear is seen; up to a most."""
LOOK_DOWN_TALL, LOWEST_TALL = 0.12, 0.42
"""The same in pictures that are taller than wide, with room above the rear."""
AIM_HEIGHT = 0.98
FLESH = 0.13
"""Metres around a joint that its flesh, hair or shoe may take."""
CROWN = 0.24
"""Metres from the head joint to the top of hair or hat."""
FILL = 0.94
"""Share of the picture, from the middle to the edge, that padded joints may use."""
FILL_TALL = 0.97
"""The same of groups in pictures that are taller than wide, which they fill from side to side."""
NEAREST = 3.7
LIMIT_ASPECT = 4.0
"""Pictures longer than 1:4 are framed as if they were 1:4: the dancer would vanish otherwise."""
ZOOM_WINDOW = 1.6
"""Seconds before and after that the distance looks at."""
RISE_TAU, RISE_WINDOW = 1.5, 5.0
"""Seconds over which the height of the aim at a group goes along with it, so that a jump is seen as one."""
AIM_WINDOW = 3.0
"""The same of the point that the following camera looks at."""


def spring(tau: float, reach: float, fps: float) -> Doubles:
    """Kernel of a critically damped spring run both ways, cut at `reach` seconds, sum 1."""
    half = max(round(reach * fps), 1)
    time = np.abs(np.arange(-half, half + 1)) / fps
    kernel = (1 + time / tau) * np.exp(-time / tau)
    return np.asarray(kernel / kernel.sum())


def smooth_track(track: Doubles, kernel: Doubles) -> Doubles:
    """Filter ``(T, ...)`` along time with the ends held, so that a still dancer stays still."""
    half = len(kernel) // 2
    flat = track.reshape(len(track), -1)
    padded = np.pad(flat, ((half, half), (0, 0)), mode="edge")
    columns = [np.convolve(padded[:, k], kernel, mode="valid") for k in range(flat.shape[1])]
    return np.stack(columns, axis=1).reshape(track.shape)


def running_max(track: Doubles, half: int) -> Doubles:
    """Largest value within `half` frames on either side, ``(T,)``."""
    padded = np.pad(track, half, mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).max(axis=1))


def running_quantile(track: Doubles, half: int, share: float) -> Doubles:
    """What a share of the values within `half` frames on either side is at or below, ``(T,)``."""
    padded = np.pad(track, half, mode="edge")
    return np.asarray(np.quantile(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), share, axis=1))


def framed_points(motions: Sequence[Motion], outlines: Outlines = ()) -> Doubles:
    """World positions that must stay in the picture: all joints and the crowns, ``(T, P, 3)`` metres.

    Of a dancer with an outline its points instead of the crown.
    """
    from choreo.motion.kinematics import forward

    points = []
    for motion, outline in zip_longest(motions, outlines):
        positions, rotations = forward(motion.skeleton, motion.translation, motion.rotations)
        points.append(np.asarray(positions, np.float64))
        if outline is not None:
            points.append(outline.at(positions, rotations))
        elif "head" in motion.skeleton.names:
            head = motion.skeleton.index("head")
            # Second column of the head's rotation matrix: where its +Y points. `needed_distance` adds FLESH around it.
            w, x, y, z = np.moveaxis(np.asarray(rotations[:, head], np.float64), -1, 0)
            up = np.stack([2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)], axis=-1)
            points.append((points[-1][:, head] + (CROWN - FLESH) * up)[:, None])
    return np.concatenate(points, axis=1)


def _point_blocks(motions: Sequence[Motion], outlines: Outlines) -> Iterator[tuple[slice, Doubles]]:
    """`framed_points` of motions of one length, a block of frames after the other."""
    for block in blocks(len(motions[0])):
        yield block, framed_points([sliced(motion, block.start, block.stop) for motion in motions], outlines)


def view_axes(azimuth: Doubles, pitch: float) -> Doubles:
    """Right, up, back ``(T, 3, 3)`` of a camera to the dancer's left by ``azimuth (T,)``, looking down by `pitch`."""
    sine, cosine, nothing = np.sin(azimuth), np.cos(azimuth), np.zeros(len(azimuth))
    level = np.full(len(azimuth), np.sin(pitch))
    back = np.stack([sine * np.cos(pitch), level, cosine * np.cos(pitch)], axis=-1)
    right = np.stack([cosine, nothing, -sine], axis=-1)
    return np.stack([right, np.cross(back, right), back], axis=1)


def group_pitch(depth: float, aspect: float) -> float:
    """Radians by which a camera looks down on dancers who stand `depth` metres behind each other."""
    if aspect < 1:
        return min(PITCH + LOOK_DOWN_TALL * depth, LOWEST_TALL)
    return min(PITCH + LOOK_DOWN_GROUP * depth, LOWEST_GROUP)


def lens(dancers: int, aspect: float) -> tuple[float, float]:
    """Vertical field of view, radians, for so many dancers, and the share of the picture that they may use."""
    if dancers == 1:
        return FOV_Y, FILL
    return (GROUP_FOV_Y, FILL) if aspect >= 1 else (TALL_FOV_Y, FILL_TALL)


def needed_distance(
    points: Doubles, target: Doubles, axes: Doubles, aspect: float, fov_y: float = FOV_Y, fill: float = FILL
) -> Doubles:  # fmt: skip
    """How far from its target a camera must be for every padded point to be in the picture, ``(T,)`` metres.

    Parameters
    ----------
    points : (T, P, 3)
    target : (T, 3) or (1, 3)
    axes : (T, 3, 3) or (1, 3, 3)
    aspect
        Width by height of the picture.
    fov_y
        Vertical field of view, radians.
    fill
        Share of the picture, from the middle to the edge, that points may use.
    """
    inside = np.einsum("tpk,tak->tpa", points - target[:, None], np.broadcast_to(axes, (len(points), 3, 3)))
    aspect = min(max(aspect, 1 / LIMIT_ASPECT), LIMIT_ASPECT)
    # A point at (x, y, z) along right, up and back is in the picture from a distance d when |y| <= slope * (d - z), and
    # likewise |x|, with the aspect. That is linear in d: the largest d of all points is the answer, without a search.
    slope = np.tan(fov_y / 2) * fill
    need = inside[..., 2] + ((np.abs(inside[..., :2]) + FLESH) / (slope * np.array([aspect, 1.0]))).max(axis=-1)
    return np.asarray(need.max(axis=1))


def _recentring(
    points: Doubles, target: Doubles, axes: Doubles, aspect: float, fov_y: float, fill: float
) -> Doubles:  # fmt: skip
    """Metres ``(T, 2)``, right and up, by which a target is moved so that both edges of the picture are as near.

    The distance that the points ask for towards the right, with ``d = z + x / slope``, and the one towards the left
    then are the same; likewise up and down.
    """
    inside = np.einsum("tpk,tak->tpa", points - target[:, None], np.broadcast_to(axes, (len(points), 3, 3)))
    aspect = min(max(aspect, 1 / LIMIT_ASPECT), LIMIT_ASPECT)
    slope = np.tan(fov_y / 2) * fill * np.array([aspect, 1.0])
    over = (inside[..., 2:] + inside[..., :2] / slope).max(axis=1)
    under = (inside[..., 2:] - inside[..., :2] / slope).max(axis=1)
    return np.asarray(0.5 * (over - under) * slope)


def fixed_camera(motions: Sequence[Motion], *, width: int, height: int, outlines: Outlines = ()) -> CameraPath:
    """Frame the whole dance with a camera that never moves.

    Parameters are those of `follow_camera`.
    """
    count = len(motions[0])
    bounds = np.stack(
        [[points.min(axis=(0, 1)), points.max(axis=(0, 1))] for _, points in _point_blocks(motions, outlines)]
    )
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    target = 0.5 * (low + high)[None]
    target[0, 1] = max(AIM_HEIGHT * mean_size(outlines), target[0, 1])
    aspect = width / height
    axes = view_axes(np.array([FRONT]), group_pitch(float(high[2] - low[2]), aspect))
    fov_y, fill = lens(len(motions), aspect)
    need = max(
        float(needed_distance(points, target, axes, aspect, fov_y, fill).max())
        for _, points in _point_blocks(motions, outlines)
    )
    distance = max(need, nearest(fov_y) * mean_size(outlines))
    eye = target + distance * axes[:, 2]
    eye, target = (np.repeat(point, count, axis=0).astype(np.float32) for point in (eye, target))
    return CameraPath(eye, target, fov_y)


def nearest(fov_y: float) -> float:
    """Metres from which a body fills no more of the picture than from `NEAREST` with the usual lens."""
    return NEAREST * float(np.tan(FOV_Y / 2) / np.tan(fov_y / 2))


def follow_camera(
    motions: Sequence[Motion], *, width: int, height: int, fps: float, outlines: Outlines = ()
) -> CameraPath:
    """Follow dancers with a calm camera that keeps heads, hands and feet in the picture.

    Parameters
    ----------
    motions
        One or more motions of one length, already at `fps`.
    width, height
        Pixels; portrait and square pictures get the distance they need.
    fps
        Frames per second of motions and video.
    outlines
        How far each dancer's mesh reaches, None or none for those of the built-in dancer's shape.

    Returns
    -------
    CameraPath
        ``eye, target : (T, 3) float32`` metres.
    """
    # The aim is between the middle of all points and that of the roots: an arm flung aside moves it half as far. It
    # goes up and down with a third of the roots' way, so that jumps and crouches are seen as such.
    each = np.stack([np.asarray(motion.translation, np.float64) for motion in motions])
    roots = each.mean(axis=0)
    rest = float(np.mean([motion.skeleton.offsets[0, 1] for motion in motions]))
    size = mean_size(outlines)
    aim, need = np.empty_like(roots), np.empty(len(roots))
    centre = np.empty((len(roots), 2))
    for block, points in _point_blocks(motions, outlines):
        centre[block] = 0.5 * (points[..., [0, 2]].min(axis=1) + points[..., [0, 2]].max(axis=1))
    ground = each[..., [0, 2]]
    middle = 0.5 * (ground.min(axis=0) + ground.max(axis=0))
    aim[:, [0, 2]] = 0.5 * (centre + middle)
    aim[:, 1] = np.maximum(AIM_HEIGHT * size + 0.35 * (roots[:, 1] - rest), 0.5 * size)

    # One pitch for the whole dance, or the floor would tilt; the median, so that one dancer who strays does not set it.
    depth = float(np.median(np.ptp(ground[..., 1], axis=0)))
    pitch = group_pitch(depth, width / height)
    azimuth = AZIMUTH if len(motions) == 1 else FRONT
    fov_y, fill = lens(len(motions), width / height)
    axes = view_axes(np.array([azimuth]), pitch)
    if len(motions) > 1:
        # What is near looks large: the middle between the edges of the picture is not the middle of the group.
        shift = np.empty((len(roots), 2))
        for block, points in _point_blocks(motions, outlines):
            shift[block] = _recentring(points, aim[block], axes, width / height, fov_y, fill)
        aim += shift[:, :1] * axes[0, 0]
        aim[:, 1] += smooth_track(shift[:, 1:], spring(RISE_TAU, RISE_WINDOW, fps))[:, 0] / axes[0, 1, 1]
    target = smooth_track(aim, spring(0.45, AIM_WINDOW, fps))
    for block, points in _point_blocks(motions, outlines):
        need[block] = needed_distance(points, target[block], axes, width / height, fov_y, fill)
    kernel = spring(0.4, ZOOM_WINDOW, fps)
    # Maximum first, average second, over the same window: see the module's docstring.
    distance = smooth_track(running_max(np.maximum(need, nearest(fov_y) * size), len(kernel) // 2), kernel)
    eye = target + distance[:, None] * axes[:, 2]
    return CameraPath(eye.astype(np.float32), target.astype(np.float32), fov_y)


def follow_reach(fps: float) -> int:
    """How many frames before and after a frame decide where a camera that follows one dancer is."""
    aim, zoom = (len(spring(1.0, window, fps)) // 2 for window in (AIM_WINDOW, ZOOM_WINDOW))
    return aim + 2 * zoom  # a maximum, an average, and the targets of both


def view_bases(camera: CameraPath) -> Floats:
    """Right, up and back vectors and the eye of every frame.

    Returns
    -------
    ``(T, 4, 3) float32`` rows right, up, back (unit, ``right`` horizontal), eye (metres).
    """
    eye = np.asarray(camera.eye, np.float64)
    back = eye - np.asarray(camera.target, np.float64)
    back /= np.maximum(np.linalg.norm(back, axis=1, keepdims=True), 1e-9)
    right = np.stack([back[:, 2], np.zeros(len(back)), -back[:, 0]], axis=1)
    # Straight down or up, where "horizontal" leaves every direction open, right is +X.
    straight = np.linalg.norm(right, axis=1, keepdims=True) < 1e-6
    right = np.where(straight, [1.0, 0.0, 0.0], right)
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    return np.stack([right, np.cross(back, right), back, eye], axis=1).astype(np.float32)


def focal_length(fov_y: float, height: int) -> float:
    """Focal length in pixels of a picture `height` pixels high."""
    return 0.5 * height / float(np.tan(fov_y / 2))


def project(points: Floats, camera: CameraPath, frame: int, width: int, height: int) -> Doubles:
    """Project world points to the picture.

    Parameters
    ----------
    points : (N, 3)
        Metres.

    Returns
    -------
    ``(N, 3)``: x to the right and y down in pixels (pixel centres at .5), depth in metres.
    """
    here = CameraPath(camera.eye[frame][None], camera.target[frame][None], camera.fov_y)
    right, up, back, eye = view_bases(here)[0].astype(np.float64)
    offset = np.asarray(points, np.float64) - eye
    depth = -(offset @ back)
    scale = focal_length(camera.fov_y, height) / depth
    return np.stack([width / 2 + offset @ right * scale, height / 2 - offset @ up * scale, depth], axis=-1)
