"""Landmarks of a video become positions in space: one person's bones, standing on a floor, seen by one camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from choreo.types import Bools, Doubles, Take
from choreo_video.landmarks import Landmarks


@dataclass(frozen=True, eq=False)
class Lifted:
    """A person of a video in space.

    positions : (T, J, 3) float64
        Metres, +Y up, the floor at 0; a frame each ``1 / fps`` seconds, the first at second ``start`` of the video.
    names : tuple of str
        Of the J joints, in the words of `choreo.motion.joint_sets`.
    confidence : (T, J) float64
        0..1, how well each joint was seen.
    known : (T,) bool
        Frames in which enough of the person was seen; the others are cut out.
    focal, pitch : float
        Focal length in pixels, and radians by which the camera looks down.
    notes : tuple of str
        What was assumed or left out, for takes' flags.
    """

    positions: Doubles
    names: tuple[str, ...]
    fps: float
    start: float
    confidence: Doubles
    known: Bools
    focal: float
    pitch: float
    notes: tuple[str, ...] = ()


def lift(landmarks: Landmarks, *, background: Doubles | None = None) -> Lifted:
    """Find the motion in space that the landmarks show.

    Parameters
    ----------
    background
        ``(T, 3)`` how the camera moved, of each frame of the landmarks: how many pixels what stands still has gone to
        the right and down since the first frame, and the logarithm of how much larger it has become, as
        `choreo_video.background.BackgroundTracker` finds it. None: the camera is taken for fixed.

    Raises
    ------
    MotionError
        When the person is never seen well enough for long enough.
    """
    raise NotImplementedError


def lifted_takes(base: Take, lifted: Lifted) -> Iterator[Take]:
    """Yield the stretches that are known, on the canonical skeleton: repaired, cut, standing on the floor.

    Parameters
    ----------
    base
        Everything of the take but its motion; beats and cuts in seconds of the landmarks' first frame.
    """
    raise NotImplementedError
