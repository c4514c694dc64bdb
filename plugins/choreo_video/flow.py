"""Optical flow between two small pictures: how far what is seen in each place moves from one to the next."""

from __future__ import annotations

import numpy as np

from choreo.types import Floats

LEVELS, ROUNDS = 3, 2
"""Sizes of the pictures, each half of the one before, and steps of the fit in each of them."""
WINDOW = 7
"""Pixels a side over which the flow is taken to be one."""
CALM = 4.0
"""Squared change of grey a pixel that a place needs to be believed; a smooth wall does not tell how it moves."""
LARGEST = 1.0
"""Pixels by which a step goes at most: beyond that a picture is no longer like its slope."""


def optical_flow(before: Floats, after: Floats) -> Floats:
    """Flow ``(h, w, 2)`` in pixels to the right and downwards; 0 where there is nothing to see it by.

    Least squares over windows, from coarse to fine pictures (Lucas and Kanade, 1981; Bouguet, 2001).

    Parameters
    ----------
    before, after
        Grey pictures ``(h, w)``, 0..255, of the same size.
    """
    sizes = [(before, after)]
    while len(sizes) < LEVELS and min(sizes[-1][0].shape) >= 4 * WINDOW:
        sizes.append((_half(sizes[-1][0]), _half(sizes[-1][1])))
    flow = np.zeros((*sizes[-1][0].shape, 2), np.float32)
    for first, second in reversed(sizes):
        flow = _grown(flow, first.shape)
        for _ in range(ROUNDS):
            flow = _step(first, second, flow)
    return flow


def _half(picture: Floats) -> Floats:
    rows, columns = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    cells = picture[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2)
    return np.asarray(cells.mean(axis=(1, 3)), np.float32)


def _grown(flow: Floats, shape: tuple[int, ...]) -> Floats:
    """Flow of a picture half as large in one of `shape`."""
    if flow.shape[:2] == shape:
        return flow
    rows = np.minimum(np.arange(shape[0]) // 2, flow.shape[0] - 1)
    columns = np.minimum(np.arange(shape[1]) // 2, flow.shape[1] - 1)
    return np.asarray(2 * flow[rows[:, None], columns], np.float32)


def _step(before: Floats, after: Floats, flow: Floats) -> Floats:
    from scipy.ndimage import map_coordinates, uniform_filter

    rows, columns = np.mgrid[: before.shape[0], : before.shape[1]].astype(np.float32)
    moved = map_coordinates(after, [rows + flow[..., 1], columns + flow[..., 0]], order=1, mode="nearest")
    down, right = np.gradient(0.5 * (before + moved))
    change = moved - before
    xx, yy, xy, xt, yt = (
        uniform_filter(each, WINDOW, mode="nearest")
        for each in (right * right, down * down, right * down, right * change, down * change)
    )
    xx, yy = xx + CALM, yy + CALM
    determinant = xx * yy - xy * xy
    step = np.stack([xy * yt - yy * xt, xy * xt - xx * yt], axis=-1) / determinant[..., None]
    return np.asarray(flow + np.clip(step, -LARGEST, LARGEST), np.float32)


__all__ = ["optical_flow"]
