"""A video with landmarks drawn over it, for looking."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from choreo.errors import MotionError
from choreo_video.landmarks import BONES, CONFIDENT, NAMES, Landmarks
from choreo_video.pictures import RATE, pictures

if TYPE_CHECKING:
    from choreo.types import Bytes, Doubles, Floats

LEFT, RIGHT, MIDDLE = (255, 150, 30), (40, 200, 255), (240, 240, 240)
"""Colours of the person's sides."""
FINGERS = tuple((joint - 1 if joint % 4 != 1 else 0, joint) for joint in range(1, 21))
HIDDEN = 0.4
"""Share of their colour that lines have whose ends are not seen."""


def draw_overlay(
    path: Path, takes: Sequence[Landmarks], target: Path, progress: Callable[[float], None] | None = None
) -> None:
    """Write the video again, with the landmarks of takes in it; its sound stays.

    Parameters
    ----------
    target
        An mp4 file. Its pictures come at equal steps, at its mean rate.

    Raises
    ------
    MotionError
        When the video cannot be read.
    OutputError
        When the file cannot be written.
    """
    from choreo.video.encode import write_video
    from choreo.video.media_facts import probe

    times = np.array([picture.time for picture in pictures(path)])
    if len(times) < 2:
        raise MotionError(f"{path}: has one picture, and there is no motion in it.")
    fps = min(RATE, round((len(times) - 1) / float(times[-1] - times[0]), 3))
    count = max(1, round((times[-1] - times[0]) * fps) + 1)
    drawn = _drawn(path, takes, times[0] + np.arange(count) / fps)
    first = next(drawn)
    height, width = first.shape[:2]
    sound = path if probe(path)["audio"] else None
    write_video(
        target, chain([first], drawn), fps=fps, width=width, height=height, n_frames=count, audio=sound,
        progress=progress,
    )  # fmt: skip


def _drawn(path: Path, takes: Sequence[Landmarks], wanted: Doubles) -> Iterator[Bytes]:
    """A picture for each of the `wanted` times: the one that is shown then, with what was found in it."""
    shown = 0
    before: Bytes | None = None
    for picture in pictures(path):
        while before is not None and shown < len(wanted) and wanted[shown] < picture.time - 1e-6:
            yield before
            shown += 1
        height, width = (side // 2 * 2 for side in picture.pixels.shape[:2])
        if before is not None and before.shape[:2] != (height, width):
            break  # pictures of another size follow
        before = draw(np.ascontiguousarray(picture.pixels[:height, :width]), takes, picture.time, picture.scale)
    while before is not None and shown < len(wanted):
        yield before
        shown += 1


def draw(pixels: Bytes, takes: Sequence[Landmarks], time: float, scale: float = 1.0) -> Bytes:
    """A picture ``(h, w, 3)`` with everybody who was found at a time; `scale` is pixels of the video to one of it."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    for take in takes:
        index = bisect_right(take.times, time + 1e-6) - 1
        if index < 0 or abs(take.times[index] - time) > 1e-3 or not take.found[index]:
            continue
        points = take.image[index, :, :2] / scale
        thick = max(1, round(float(np.ptp(points[:, 1])) / 120))
        for first, second in BONES:
            seen = min(take.visibility[index, first], take.visibility[index, second])
            share = 1.0 if seen >= CONFIDENT else HIDDEN
            colour = tuple(round(share * value) for value in _side(first, second))
            pen.line([tuple(points[first]), tuple(points[second])], fill=colour, width=thick)
        _draw_hands(pen, take, index, scale)
        top = points[:11].min(axis=0)
        pen.text((float(top[0]), float(top[1]) - 14), str(take.person), fill=MIDDLE)
    return np.asarray(image)


def _draw_hands(pen: object, take: Landmarks, index: int, scale: float) -> None:
    if take.hands is None:
        return
    hands: Floats = take.hands[index, ..., :2] / scale
    for hand, colour in zip(hands, (LEFT, RIGHT), strict=True):
        if np.isfinite(hand).all():
            for first, second in FINGERS:
                pen.line([tuple(hand[first]), tuple(hand[second])], fill=colour)  # type: ignore[attr-defined]


def _side(first: int, second: int) -> tuple[int, int, int]:
    sides = {NAMES[first].split("_")[0], NAMES[second].split("_")[0]}
    return LEFT if sides == {"left"} else RIGHT if sides == {"right"} else MIDDLE


__all__ = ["draw", "draw_overlay"]
