"""Landmarks of people over time: what is found in a video, and what motion is made of.

The 33 points are BlazePose's: Bazarevsky et al., BlazePose: on-device real-time body pose tracking, 2020.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from choreo.errors import ShapeError
from choreo.types import Doubles, Floats
from choreo_video.background import Background

NAMES = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index",
    "left_thumb", "right_thumb", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""The landmarks in order; left and right are the person's own."""
BONES = (
    (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24), (23, 25), (25, 27), (24, 26),
    (26, 28), (27, 29), (29, 31), (27, 31), (28, 30), (30, 32), (28, 32), (15, 17), (15, 19), (17, 19), (16, 18),
    (16, 20), (18, 20), (15, 21), (16, 22), (0, 2), (2, 7), (0, 5), (5, 8), (9, 10),
)  # fmt: skip
"""Pairs of landmarks that are drawn as lines."""
CONFIDENT = 0.5
"""Least score of a frame in which a person counts as seen."""


@dataclass(frozen=True, eq=False)
class Landmarks:
    """One person in one shot of a video, from frame to frame: a take.

    A frame in which the person was not found has NaN in `image`, `world` and `hands`, and 0 in the confidences;
    ``found`` tells. Takes begin and end with a frame that has a person, and such gaps are short.

    times : (T,) float64
        Seconds from the video's beginning, as the file says them; strictly rising, not always at equal steps.
    image : (T, 33, 3) float32
        In pixels of the upright picture: x to the right, y down, from the picture's upper left corner; z is depth as
        BlazePose gives it, in pixels too, about 0 at the hips and smaller when nearer to the camera.
    world : (T, 33, 3) float32
        Metres as the net guesses them, from the middle of the hips: x to the picture's right, **y down**, z away from
        the camera.
    visibility, presence : (T, 33) float32
        How likely a point is seen and not hidden, and how likely it lies within the picture; 0..1.
    score : (T,) float32
        How sure the landmark net is that there is a person; below `CONFIDENT` the frame counts as not found.
    size : (int, int)
        Width and height of the upright picture in pixels.
    person : int
        1 is who is followed: of a shot's people the one who is largest and moves most; the others follow in order.
    cuts : tuple of float
        Seconds at which a new shot begins, of the whole video.
    source : str
        The video file.
    hands : (T, 2, 21, 3) float32 or None
        Points of the left and the right hand in pixels, depth as in `image`; NaN where no hand was seen. None when
        hands were not looked for.
    shot : int
        Number of the shot, from 0.
    background : Background or None
        How the background moves in the picture, which tells how the camera moves; None when that is not known.
    """

    times: Doubles
    image: Floats
    world: Floats
    visibility: Floats
    presence: Floats
    score: Floats
    size: tuple[int, int]
    person: int = 1
    cuts: tuple[float, ...] = ()
    source: str = ""
    hands: Floats | None = None
    shot: int = 0
    background: Background | None = None

    def __post_init__(self) -> None:
        count = len(self.times)
        forms = {"image": (33, 3), "world": (33, 3), "visibility": (33,), "presence": (33,), "score": ()}
        if count == 0 or not (np.diff(self.times) > 0).all():
            raise ShapeError("Landmarks.times: expected rising times of one frame or more.")
        for name, form in forms.items():
            if getattr(self, name).shape != (count, *form):
                raise ShapeError(f"Landmarks.{name}: expected {(count, *form)}, found {getattr(self, name).shape}.")
        if self.background is not None and len(self.background.moves) != count:
            raise ShapeError(f"Landmarks.background: expected {count} moves, found {len(self.background.moves)}.")
        if self.hands is not None and self.hands.shape != (count, 2, 21, 3):
            raise ShapeError(f"Landmarks.hands: expected {(count, 2, 21, 3)}, found {self.hands.shape}.")

    @property
    def found(self) -> np.ndarray:
        """``(T,) bool``: frames in which the person was seen."""
        return np.asarray(self.score >= CONFIDENT)

    @property
    def duration(self) -> float:
        """Seconds from the first to the last frame."""
        return float(self.times[-1] - self.times[0])


def landmarks_of(
    path: str | Path,
    *,
    person: int | None = None,
    model: str | Path | None = None,
    hands: bool = False,
    progress: Callable[[float], None] | None = None,
) -> list[Landmarks]:
    """Find people in a video and follow them from frame to frame.

    Parameters
    ----------
    path
        A video file; at most 60 of its frames a second are looked at.
    person
        Only this one of each shot, from 1; all when None.
    model
        A landmark net of the user's own: a ``.task`` or ``.tflite`` file, such as ``pose_landmarker_heavy.task``.
    hands
        Look for the points of hands as well.
    progress
        Called with 0 to 1.

    Returns
    -------
    list of Landmarks
        A take for each person and shot, by shot and then by person.

    Raises
    ------
    ModelError
        When the nets are not there, or are not those that were published.
    MotionError
        When the file is no video that can be read, is too long or too large, or nobody is in it.
    """
    from choreo_video.follow import follow

    return follow(Path(path), person=person, model=model, hands=hands, progress=progress)


__all__ = ["BONES", "CONFIDENT", "NAMES", "Landmarks", "landmarks_of"]
