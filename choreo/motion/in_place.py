"""Dances that stay where they are: the way over the floor is taken out, steps and sway are kept.

The way is the horizontal path of the pelvis without what is quicker than a few beats: a dancer who steps to the side
and back has none. A game's character is carried along it by the root bone or by the game; the body moves around it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from choreo.types import Doubles, Motion

SMOOTH_SECONDS = 0.75
"""Standard deviation of the Gaussian that smooths the pelvis' path: steps to and fro within two beats stay."""
CLOSED = 1e-4
"""Metres and quaternion units within which the last frame of a loop is its first."""


def is_loop(motion: Motion) -> bool:
    """Whether the last frame is the first one again, place and pose."""
    moved = float(np.abs(motion.translation[-1] - motion.translation[0]).max())
    dots = np.abs(np.sum(motion.rotations[-1].astype(np.float64) * motion.rotations[0], axis=-1))
    return len(motion) > 2 and moved < CLOSED and float((1 - dots).max()) < CLOSED


def floor_path(motion: Motion) -> Doubles:
    """The dancer's way over the floor ``(T, 2)``: metres x and z, smooth, and in a loop without an end."""
    from scipy.ndimage import gaussian_filter1d

    place = motion.translation[:, [0, 2]].astype(np.float64)
    sigma = SMOOTH_SECONDS * motion.fps
    if len(place) < 3:
        return place
    if is_loop(motion):
        smooth = gaussian_filter1d(place[:-1], sigma, axis=0, mode="wrap")
        return np.concatenate([smooth, smooth[:1]])
    # Beyond its ends the path goes on as its reflection in the end point: it begins and ends where the dance does.
    reach = min(len(place) - 1, int(4 * sigma) + 1)
    before = 2 * place[0] - place[reach:0:-1]
    after = 2 * place[-1] - place[-2 : -reach - 2 : -1]
    whole = np.concatenate([before, place, after])
    return np.asarray(gaussian_filter1d(whole, sigma, axis=0, mode="nearest")[reach : reach + len(place)])


def in_place(motion: Motion) -> Motion:
    """The motion without its way over the floor (`floor_path`): the feet move as seen from a body that stays there."""
    translation = motion.translation.astype(np.float64)
    translation[:, [0, 2]] -= floor_path(motion)
    return replace(motion, translation=translation.astype(np.float32))


__all__ = ["floor_path", "in_place", "is_loop"]
