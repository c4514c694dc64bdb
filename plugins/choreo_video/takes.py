"""What was found of a person in a shot, cut where it was lost for longer: takes of landmarks."""

from __future__ import annotations

import numpy as np

from choreo.types import Doubles
from choreo_video.background import Background
from choreo_video.landmarks import Landmarks
from choreo_video.tracks import Track

GAP = 0.5
"""Seconds without the person after which a take ends."""
LEAST_SECONDS = 1.0
"""Shorter takes are dropped: nobody dances in them, and what the nets see for a moment is often no person."""


def takes_of(
    track: Track,
    times: Doubles,
    scale: float,
    size: tuple[int, int],
    *,
    hands: bool = False,
    background: Background | None = None,
) -> list[Landmarks]:
    """Takes of one person.

    Parameters
    ----------
    times : (T,)
        Of all pictures of the shot.
    scale
        Pixels of the full picture, which has a `size`, to one of the picture that was looked at.
    background
        How it moves from picture to picture of the shot.
    """
    indices = np.array(sorted(track.seen), int)
    if not len(indices):
        return []
    ends = np.flatnonzero(np.diff(times[indices]) > GAP) + 1
    pieces = (part for part in np.split(indices, ends) if times[part[-1]] - times[part[0]] >= LEAST_SECONDS)
    return [_take(track, part, times, scale, size, hands, background) for part in pieces]


def _take(
    track: Track,
    found: Doubles,
    times: Doubles,
    scale: float,
    size: tuple[int, int],
    hands: bool,
    background: Background | None,
) -> Landmarks:
    first, count = int(found[0]), int(found[-1]) - int(found[0]) + 1
    rows = np.full((count, 33, 8), np.nan, np.float32)
    rows[..., 6:] = 0
    score = np.zeros(count, np.float32)
    points = np.full((count, 2, 21, 3), np.nan, np.float32)
    for index in found.tolist():
        rows[index - first] = track.seen[index]
        score[index - first] = track.scores[index]
        if index in track.hands:
            points[index - first] = track.hands[index]
    return Landmarks(
        times=times[first : first + count].copy(),
        image=rows[..., :3] * np.float32(scale),
        world=rows[..., 3:6].copy(),
        visibility=rows[..., 6].copy(),
        presence=rows[..., 7].copy(),
        score=score,
        size=size,
        hands=points * np.float32(scale) if hands else None,
        background=None if background is None else background.part(first, first + count),
    )


__all__ = ["GAP", "takes_of"]
