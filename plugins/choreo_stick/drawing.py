"""One picture after the other: world strokes become strokes of the picture, the strip comes below."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from choreo.types import Bytes, Floats, Scene
from choreo.video.camera import focal_length, view_bases
from choreo.video.timeline import moment
from choreo_stick.figure import FLOOR, Figure, floor_grid
from choreo_stick.kernels import strokes
from choreo_stick.strip import Strip

TOP, HORIZON = (16, 17, 24), (40, 40, 58)
NEAR = 0.2
"""Metres in front of the camera from which on something is drawn."""
THINNEST = 0.5
"""Pixels of radius under which a line gets fainter, not thinner."""
FLASH_SECONDS = 0.14
IN_FRONT = 0.12
"""Metres that a joint is drawn before the bones that meet in it."""


def draw_frames(scene: Scene, start: int, stop: int) -> Iterator[Bytes]:
    """Yield frames `start` to `stop` (not with it) of a scene."""
    figures = [Figure(motion, scene.times) for _, motion in scene.performers]
    timeline = scene.timeline
    strip = None if timeline is None else Strip(timeline, scene.width, scene.height)
    beats = np.empty(0) if timeline is None else timeline.beats
    high = scene.height - (0 if strip is None else strip.tall)  # the dancer's feet stay above the strip
    bases, focal = view_bases(scene.camera), focal_length(scene.camera.fov_y, high)
    for frame, time in enumerate(scene.times[start:stop], start):
        flash, down = 0.0, False
        if timeline is not None:
            now = moment(timeline, float(time))
            flash, down = float(np.exp(-max(now.since_beat, 0) / FLASH_SECONDS)), now.position == 1
        picture = np.empty((scene.height, scene.width, 3), np.uint8)
        view = picture[:high]
        view[:] = _backdrop(bases[frame], focal, high)[:, None]
        ground = [
            *(figure.shadow(frame) for figure in figures),
            floor_grid(scene.camera.target[frame], flash, down),
            *(figure.path(frame, beats) for figure in figures),
            *(figure.prints(frame) for figure in figures),
        ]
        below, _ = _seen(np.concatenate(ground), bases[frame], focal, scene.width, high)
        bodies, depth = _seen(
            np.concatenate([figure.body(frame) for figure in figures]), bases[frame], focal, scene.width, high
        )
        strokes(view, np.concatenate([below, bodies[np.argsort(-depth, kind="stable")]]))
        if strip is not None:
            strip.onto(picture, float(time))
        yield picture


def _backdrop(basis: Floats, focal: float, height: int) -> Bytes:
    """Colour of each row ``(H, 3)``: wall and floor, which meet at the horizon."""
    _, up, back, _ = basis
    ahead = np.array([-back[0], 0.0, -back[2]])
    ahead /= max(float(np.linalg.norm(ahead)), 1e-6)
    horizon = height / 2 - focal * float(up @ ahead) / max(float(-back @ ahead), 1e-6)
    row = np.arange(height)[:, None] + 0.5
    wall = np.clip(row / max(horizon, 1), 0, 1) ** 2
    floor = np.clip((row - horizon) / (0.35 * height), 0, 1) ** 0.7
    above = np.array(TOP) + wall * (np.array(HORIZON) - TOP)
    below = np.array(HORIZON) + floor * (np.array(FLOOR) - HORIZON)
    return np.asarray(np.rint(np.where(row < horizon, above, below)), np.uint8)


def _seen(world: Floats, basis: Floats, focal: float, width: int, height: int) -> tuple[Floats, Floats]:
    """Strokes of the picture ``(N, 11)`` as `strokes` takes them, and their depths ``(N,)`` in metres.

    What is behind the camera is cut off at `NEAR`.
    """
    right, up, back, eye = basis
    start, end = world[:, :3] - eye, world[:, 4:7] - eye
    near, far = -(start @ back), -(end @ back)
    ahead = np.maximum(near, far) > NEAR
    start, end, near, far, world = start[ahead], end[ahead], near[ahead], far[ahead], world[ahead]
    part = ((NEAR - near) / np.where(far == near, 1, far - near))[:, None]
    crossing = start + part * (end - start)
    start, end = np.where(near[:, None] < NEAR, crossing, start), np.where(far[:, None] < NEAR, crossing, end)
    made = np.empty((len(world), 11), np.float32)
    for column, offset, depth in ((0, start, np.maximum(near, NEAR)), (3, end, np.maximum(far, NEAR))):
        made[:, column] = width / 2 + offset @ right * focal / depth
        made[:, column + 1] = height / 2 - offset @ up * focal / depth
        made[:, column + 2] = world[:, 3] * focal / depth
    thin = made[:, [2, 5]].max(axis=1) / THINNEST
    made[:, [2, 5]] = np.maximum(made[:, [2, 5]], THINNEST)
    made[:, 6:9], made[:, 9], made[:, 10] = world[:, 8:11], world[:, 11] * np.minimum(thin, 1), world[:, 12]
    dots = (world[:, :3] == world[:, 4:7]).all(axis=1)
    return made, np.asarray(0.5 * (near + far) - IN_FRONT * dots)
