"""All that could be danced, to be looked through: by words, style and level, with small moving figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from choreo.motion.kinematics import forward
from choreo.motion.kinematics import mirror as mirrored
from choreo.motion.resample import sample
from choreo.motion.skeleton import CANONICAL
from choreo.planfile.spoken import spoken
from choreo.retrieval.search import by_words
from choreo.studio.shown import level_of, style_of
from choreo.types import Clip

FIGURE_FPS = 10.0
FIGURE_FRAMES = 40
LEFT_OUT = ("spine1", "spine2", "left_collar", "right_collar", "left_hand", "right_hand", "neck")
"""Joints too small for a figure."""


def library_rows(
    clips: Sequence[Clip], own: Callable[[str], bool], query: str, style: str | None, strength: int | None, limit: int
) -> list[dict[str, Any]]:
    """Moves that answer to words, or all of them, one row a move.

    Raises
    ------
    InputError
        When no clip answers to any of the words; it names words that would be answered.
    """
    found = [
        clip for clip in clips
        if (style is None or style in clip.styles) and (strength is None or level_of(clip.energy) == strength)
    ]  # fmt: skip
    if not found:
        return []
    wanted = [] if style is None else [style]
    if query.strip():
        by_id = {clip.clip_id: clip for clip in found}
        hits = by_words(query, found, top=limit)
        return [row(by_id[hit.clip_id], own(hit.clip_id), hit.reasons, wanted) for hit in hits]
    first: dict[str, Clip] = {}
    for clip in sorted(found, key=lambda clip: (not own(clip.clip_id), clip.role != "move", clip.name, clip.counts)):
        first.setdefault(clip.move or clip.name, clip)
    return [row(clip, own(clip.clip_id), (), wanted) for clip in list(first.values())[:limit]]


def row(clip: Clip, own: bool, why: Sequence[str] = (), wanted: Sequence[str] = ()) -> dict[str, Any]:
    """A clip as the library shows it."""
    return {
        "clip": clip.clip_id,
        "move": clip.move or clip.name,
        "name": clip.name,
        "label": spoken(clip.name),
        "style": style_of(clip, wanted),
        "level": level_of(clip.energy),
        "seconds": round(float(clip.beats[-1] - clip.beats[0]), 2),
        "why": list(why),
        "own": own,
    }


def figure_of(clip: Clip, mirror: bool) -> dict[str, Any]:
    """A small stick figure of a clip that moves in a loop, seen from the front.

    Returns
    -------
    ``fps``; ``bones``: pairs of joints; ``frames``: of each the joints' places one after the other, metres to the
    picture's right of the hips and up from the floor.
    """
    motion = mirrored(clip.motion) if mirror and clip.mirrorable else clip.motion
    fps = min(FIGURE_FPS, (FIGURE_FRAMES - 1) / max(motion.duration, 1e-3))
    fps = max(fps, 4.0)
    count = min(max(2, int(motion.duration * fps) + 1), FIGURE_FRAMES)
    shown = sample(motion, np.minimum(np.arange(count) / fps, motion.duration))
    joints, _ = forward(shown.skeleton, shown.translation.astype(np.float64), shown.rotations.astype(np.float64))
    names = [name for name in CANONICAL.names if name not in LEFT_OUT]
    index = [CANONICAL.index(name) for name in names]
    # the dancer faces +Z, so the left is +X: to the right of who looks at the face
    points = joints[:, index, :2] - joints[:, :1, :2] * np.array([1.0, 0.0])
    return {"fps": round(fps, 2), "bones": _bones(index), "frames": np.round(points, 3).reshape(count, -1).tolist()}


def _bones(index: Sequence[int]) -> list[list[int]]:
    """Pairs of the joints that are shown, each with the nearest shown one above it."""
    place = {joint: n for n, joint in enumerate(index)}
    bones = []
    for joint, n in place.items():
        above = int(CANONICAL.parents[joint])
        while above >= 0 and above not in place:
            above = int(CANONICAL.parents[above])
        if above >= 0:
            bones.append([place[above], n])
    return bones


__all__ = ["figure_of", "library_rows", "row"]
