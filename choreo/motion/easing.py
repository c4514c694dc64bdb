"""Curves from 0 to 1 by which one value gives way to another."""

from __future__ import annotations

import numpy as np

from choreo.motion.rotations import Array


def smoothstep(s: Array) -> Array:
    """Cubic ``(...)`` of shares 0..1: at rest at both ends."""
    return s * s * (3 - 2 * s)


def smootherstep(s: Array) -> Array:
    """Quintic ``(...)`` of shares, clipped to 0..1: no speed and no acceleration at either end (Perlin, 2002)."""
    s = np.clip(s, 0, 1)
    return s * s * s * (10 + s * (6 * s - 15))


def decaying(s: Array) -> tuple[Array, Array]:
    """How much of an offset, and of its speed, is left at the share `s` of the time in which both decay.

    The two quintics of inertialisation (Bollo, GDC 2016): the first begins at 1 at rest, the second at 0 with slope 1,
    both without acceleration; both end at 0 without speed and acceleration. Six conditions each, hence the fifth
    degree. So ``value * offset + slope * speed * time`` continues a motion in position and velocity.
    """
    value = 1 - 10 * s**3 + 15 * s**4 - 6 * s**5
    return value, decaying_speed(s)


def decaying_speed(s: Array) -> Array:
    """The second curve of `decaying` alone."""
    return s - 6 * s**3 + 8 * s**4 - 3 * s**5


__all__ = ["decaying", "decaying_speed", "smootherstep", "smoothstep"]
