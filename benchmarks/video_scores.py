"""Lifted motion beside the truth, in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from video_films import Truth

from choreo.datasets import cut_take
from choreo.metrics.beats import match, motion_beats
from choreo.motion.contacts import contact_slide
from choreo.motion.joint_arrays import by_name
from choreo.motion.skeleton import NAMES
from choreo.retrieval.motion_side import motion_vectors
from choreo.types import Cut, Doubles, Motion, Take

JOINTS = tuple(f"{side}_{part}" for part in ("hip", "shoulder", "elbow", "wrist", "knee", "ankle")
               for side in ("left", "right"))  # fmt: skip
WINDOW = 0.07
"""Seconds within which a beat of the lifted motion is one of the true one's."""
PATH_SECONDS = 0.15
"""Paths are smoothed by this before they are measured: trembling is no way."""


@dataclass(frozen=True)
class Goal:
    """A column: the name in `Scores`, its title, how it is written, and what is wanted."""

    name: str
    title: str
    form: str
    wanted: str


GOALS = (
    Goal("joints", "joints, mm", ".0f", "<= 65"),
    Goal("wrists", "wrists' speed, r", ".2f", ">= .8"),
    Goal("acceleration", "acceleration", ".2f", "<= 1.5"),
    Goal("slide", "standing feet, cm/s", ".1f", "<= 2"),
    Goal("path", "path", ".0%", "<= 10 %"),
    Goal("beats", "beats, F1", ".2f", ">= .8"),
)


@dataclass(frozen=True)
class Scores:
    """One step of one film; None where the step has no such thing."""

    joints: float
    wrists: float
    acceleration: float
    beats: float
    slide: float | None = None
    path: float | None = None


def scores_of(
    tracks: Mapping[str, Doubles], times: Doubles, truth: Truth, fps: float, motion: Motion | None = None
) -> Scores:
    """Compare tracks ``(N, 3)`` by joint at seconds `times` of the film with what was drawn.

    With `motion`, the lifted motion itself, whose feet and way are measured too.
    """
    clock = np.arange(len(truth.joints)) / fps
    true = np.stack([_at(truth.joints[:, NAMES.index(name)], clock, times) for name in JOINTS], axis=1)
    found = np.stack([tracks[name] for name in JOINTS], axis=1)
    roots = found[:, :2].mean(axis=1), true[:, :2].mean(axis=1)
    a, b = found - roots[0][:, None], true - roots[1][:, None]
    turn, scale = _turn_and_scale(a.reshape(-1, 3), b.reshape(-1, 3))
    a = scale * a @ turn
    rate = 1 / float(np.median(np.diff(times)))
    wrists = [JOINTS.index(f"{side}_wrist") for side in ("left", "right")]
    speeds = [np.linalg.norm(np.gradient(each[:, wrists], times, axis=0), axis=-1) for each in (a, b)]
    related = float(np.mean([np.corrcoef(speeds[0][:, k], speeds[1][:, k])[0, 1] for k in range(2)]))
    sharp = [np.linalg.norm(np.diff(each, 2, axis=0), axis=-1).mean() for each in (a, b)]
    lifted_beats, true_beats = (motion_beats(by_name(each, JOINTS), rate) for each in (a, b))
    slide = path = None
    if motion is not None:
        speeds_down = contact_slide(motion)
        slide = 100 * float(speeds_down.mean()) if len(speeds_down) else None
        path = _path_error(scale * roots[0] @ turn, roots[1], rate)
    joints = 1000 * float(np.linalg.norm(a - b, axis=-1).mean())
    return Scores(joints, related, float(sharp[0] / sharp[1]), match(lifted_beats, true_beats, WINDOW).f1, slide, path)


def _at(track: Doubles, clock: Doubles, times: Doubles) -> Doubles:
    return np.stack([np.interp(times, clock, track[:, axis]) for axis in range(3)], axis=1)


def _turn_and_scale(found: Doubles, true: Doubles) -> tuple[Doubles, float]:
    """The rotation ``(3, 3)`` and the scale that bring `found` nearest to `true` (Umeyama 1991)."""
    u, s, v = np.linalg.svd(found.T @ true)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ v))])
    return u * signs @ v, float((s * signs).sum() / (found**2).sum())


def _path_error(found: Doubles, true: Doubles, rate: float) -> float:
    """Root mean square distance of two ways over the floor, each from its middle, by the length of the true one."""
    from scipy.ndimage import gaussian_filter1d

    a, b = (gaussian_filter1d(each[:, ::2], PATH_SECONDS * rate, axis=0, mode="nearest") for each in (found, true))
    off = (a - a.mean(axis=0)) - (b - b.mean(axis=0))
    long = float(np.linalg.norm(np.diff(b, axis=0), axis=1).sum())
    return float(np.sqrt((off**2).sum(axis=1).mean())) / max(long, 0.5)


def style_map(pairs: Sequence[tuple[str, Motion, Motion]]) -> tuple[float, float]:
    """Mean average precision of finding the true motions of one's own style: asked with the true and the lifted one."""
    described = [(style, _described(lifted), _described(true)) for style, lifted, true in pairs]
    known = [(style, lifted, true) for style, lifted, true in described if lifted is not None and true is not None]
    styles = np.array([style for style, _, _ in known])
    found, gallery = (np.array([each[k] for each in known]) for k in (1, 2))
    spread = gallery.std(axis=0) + 1e-6
    out = []
    for asked in (gallery, found):
        precisions = []
        for k, style in enumerate(styles):
            others = np.arange(len(styles)) != k
            if not (styles[others] == style).any():
                continue
            far = np.linalg.norm((gallery[others] - asked[k]) / spread, axis=1)
            right = (styles[others] == style)[np.argsort(far, kind="stable")]
            precisions.append(float((np.cumsum(right) / (np.arange(len(right)) + 1))[right].mean()))
        out.append(float(np.mean(precisions)))
    return out[0], out[1]


def _described(motion: Motion) -> Doubles | None:
    """What clips are compared with, of the whole as one clip ``(D,)``; None where it is too short for one."""
    counts = max(4, round(2 * motion.duration))
    take = Take("film", motion, "film", "none", cuts=(Cut(0.0, motion.duration, counts, ""),))
    clip = next(cut_take(take, "film"), None)
    return None if clip is None else np.asarray(motion_vectors([clip])["body"][0], np.float64)
