"""Where people are in a picture: what BlazePose's detector says of its 2,254 anchors, and what remains of that.

The form is that of single shot detectors (Liu et al., SSD, 2016), the numbers are those that MediaPipe has for the net.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.types import Doubles, Floats
from choreo_video.region import Region, around

SIDE = 224
STRIDES = (8, 16, 32, 32, 32)
"""Of the net's five layers in pixels; an anchor of each, and one between it and the next, stands in every cell."""
ANCHORS = 2254
POINTS = 4
"""The middle of the hips, a point above the head on the circle around the body, and the same two of the upper body."""
LEAST = 0.5
"""Least score of a detection."""
CLIPPED = 100.0
OVERLAP = 0.5
"""Share of intersection in union from which two boxes are of one person."""


@dataclass(frozen=True, eq=False)
class Detection:
    """A person: `score` 0..1, ``box : (4,)`` left, top, right, bottom and ``points : (4, 2)``, in pixels."""

    score: float
    box: Doubles
    points: Doubles

    @property
    def region(self) -> Region:
        """The square in which the landmark net is to look."""
        return around(self.points[0], self.points[1])


def anchors() -> Doubles:
    """Centres of the anchors ``(2254, 2)`` in shares of the picture, in the order of the net's outputs."""
    rows = []
    layer = 0
    while layer < len(STRIDES):
        same = sum(stride == STRIDES[layer] for stride in STRIDES[layer:])
        cells = SIDE // STRIDES[layer]
        y, x = np.mgrid[:cells, :cells].reshape(2, -1)
        rows.append(np.repeat((np.stack([x, y], axis=-1) + 0.5) / cells, 2 * same, axis=0))
        layer += same
    return np.concatenate(rows)


def decode(boxes: Floats, scores: Floats, centres: Doubles, seen: Region) -> list[Detection]:
    """Detections of a net that saw the square `seen`, the surest first.

    Parameters
    ----------
    boxes : (2254, 12)
        Centre and size of each box and the points, in pixels of the net's picture from the anchor.
    scores : (2254,)
        Logits.
    centres : (2254, 2)
        As `anchors` gives them.
    """
    logits = np.clip(np.nan_to_num(scores.astype(np.float64), nan=-CLIPPED), -CLIPPED, CLIPPED)
    likely = 1 / (1 + np.exp(-logits))
    kept = np.flatnonzero((likely >= LEAST) & np.isfinite(boxes).all(axis=1))
    if not len(kept):
        return []
    raw, at = boxes[kept].astype(np.float64) / SIDE, centres[kept]
    middle, half = raw[:, :2] + at, np.abs(raw[:, 2:4]) / 2
    flat = np.concatenate(
        [middle - half, middle + half, (raw[:, 4:].reshape(-1, POINTS, 2) + at[:, None]).reshape(-1, 8)], 1
    )
    return [_placed(score, row, seen) for score, row in _merged(likely[kept], flat)]


def _placed(score: float, row: Doubles, seen: Region) -> Detection:
    points = seen.to_picture(row.reshape(-1, 2))
    corners = seen.to_picture(row[[0, 1, 2, 1, 2, 3, 0, 3]].reshape(4, 2))
    return Detection(score, np.concatenate([corners.min(axis=0), corners.max(axis=0)]), points[2:])


def _merged(scores: Doubles, rows: Doubles) -> list[tuple[float, Doubles]]:
    """One row of each heap of overlapping boxes: their mean, weighted by scores."""
    left = list(np.argsort(-scores, kind="stable"))
    out = []
    while left:
        best, rest = left[0], np.array(left)
        near = overlap(rows[best, :4], rows[rest, :4]) > OVERLAP
        near[0] = True
        heap = rest[near]
        out.append((float(scores[best]), np.average(rows[heap], axis=0, weights=scores[heap])))
        left = rest[~near].tolist()
    return out


def overlap(box: Doubles, boxes: Doubles) -> Doubles:
    """Intersection by union of a box ``(4,)`` with each of ``(N, 4)``."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    shared = np.clip(sides, 0, None).prod(axis=1)
    areas = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1)
    return np.asarray(shared / np.maximum(np.prod(box[2:] - box[:2]) + areas - shared, 1e-12))


__all__ = ["ANCHORS", "Detection", "anchors", "decode", "overlap"]
