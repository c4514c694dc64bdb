"""Landmarks at their own times become tracks at equal steps, with how well each point was seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.errors import MotionError
from choreo.motion.joint_frames import NEEDED
from choreo.motion.repair import runs
from choreo.types import LEAST_RATE, Bools, Doubles
from choreo_video.landmarks import Landmarks
from choreo_video.lifting_body import POINTS, ROWS

MOST_FPS = 60.0
LEAST_SECONDS = 1.0
"""Of a stretch that is worth lifting."""
HIDDEN = 0.1
"""Confidence below which a point is lost; for a while it may be, `BRIDGED` seconds before and after it is seen."""
BRIDGED = 0.5


@dataclass(frozen=True, eq=False)
class Tracks:
    """Landmarks of `POINTS` at equal steps from second `start` on.

    ``times (T,)`` seconds;
    ``pixels (T, J, 2)`` from the middle of the picture, right and up; ``world (T, J, 3)`` metres, right, up, towards
    the viewer; ``confidence (T, J)`` 0..1; ``known (T,)`` whether enough of the person was seen.
    """

    times: Doubles
    pixels: Doubles
    world: Doubles
    confidence: Doubles
    known: Bools
    fps: float
    start: float


def tracks_of(landmarks: Landmarks) -> Tracks:
    """Landmarks at equal steps, gaps bridged by lines.

    Raises
    ------
    MotionError
        When there are too few frames, or the person is never seen well enough for `LEAST_SECONDS`.
    """
    times, found = landmarks.times, landmarks.found & np.isfinite(landmarks.world).all(axis=(1, 2))
    where = landmarks.source or "the video"
    if found.sum() < 4 or landmarks.duration < LEAST_SECONDS:
        raise MotionError(
            f"{where}: a person is seen in {int(found.sum())} frames within {landmarks.duration:.1f} s; a second of "
            "dance or more is needed."
        )
    fps = float(np.clip(round(1 / float(np.median(np.diff(times))), 3), LEAST_RATE, MOST_FPS))
    at = times[0] + np.arange(int(np.floor(landmarks.duration * fps + 1e-6)) + 1) / fps
    width, height = landmarks.size
    image = np.asarray(landmarks.image[:, ROWS, :2], np.float64) - (width / 2, height / 2)
    sure = np.where(found[:, None], np.minimum(landmarks.visibility, landmarks.presence)[:, ROWS], 0.0)
    pixels = _at(image * (1, -1), times, found, at)
    world = _at(np.asarray(landmarks.world[:, ROWS], np.float64) * (1, -1, -1), times, found, at)
    confidence = np.clip(_at(sure.astype(np.float64), times, np.ones(len(times), bool), at), 0, 1)
    known = _known(confidence, fps)
    if not any(last - first >= LEAST_SECONDS * fps for first, last in runs(known)):
        names = [POINTS[k] for k in np.argsort(np.median(confidence, axis=0))[:3]]
        raise MotionError(
            f"{where}: no second in which the whole person is seen; least seen are {', '.join(names)}. Film from so "
            "far away that head, hands and feet stay in the picture."
        )
    return Tracks(at, pixels, world, confidence, known, fps, float(times[0]))


def _at(values: Doubles, times: Doubles, found: Bools, at: Doubles) -> Doubles:
    """Values ``(N, ...)`` of the frames that were found at other times, lines between."""
    good, told = values[found], times[found]
    later = np.clip(np.searchsorted(told, at), 1, len(told) - 1)
    share = np.clip((at - told[later - 1]) / (told[later] - told[later - 1]), 0, 1)
    share = share.reshape(-1, *([1] * (values.ndim - 1)))
    return np.asarray(good[later - 1] * (1 - share) + good[later] * share)


def _known(confidence: Doubles, fps: float) -> Bools:
    from scipy.ndimage import maximum_filter1d

    needed = confidence[:, [POINTS.index(name) for name in NEEDED]]
    near = maximum_filter1d(needed, 2 * round(BRIDGED * fps) + 1, axis=0, mode="constant")
    return np.asarray((near >= HIDDEN).all(axis=1))
