"""Rows of features from motions, whole or in windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from choreo.metrics import features
from choreo.metrics.compat import PROTOCOLS, Protocol
from choreo.types import Doubles, Ints


def feature_rows(
    motions: Sequence[Doubles], protocol: Protocol = PROTOCOLS["choreo"], window: float | None = None
) -> tuple[Doubles, Doubles, Ints]:
    """Features of motions, whole or cut into windows.

    Parameters
    ----------
    motions
        Positions ``(T, 24, 3)`` at the protocol's frames a second.
    window
        Seconds; a shorter rest counts when it has at least half of them, and so does a shorter motion.

    Returns
    -------
    kinetic, geometric, motion
        ``(N, 72)``, ``(N, 32)`` and ``(N,)``: which motion a row is of.
    """
    rows: list[tuple[Doubles, Doubles]] = []
    of: list[int] = []
    for number, each in enumerate(motions):
        length = len(each) if window is None else max(features.LEAST_FRAMES, round(window * protocol.fps))
        for first in range(0, len(each), max(length, 1)):
            part = each[first : first + length]
            if len(part) >= max(features.LEAST_FRAMES, length / 2):
                ways = (features.kinetic, features.geometric)
                kinetic, geometric = (way(part, protocol.fps, protocol=protocol) for way in ways)
                rows.append((kinetic, geometric))
                of.append(number)
    if not rows:
        return np.zeros((0, 3 * protocol.joints)), np.zeros((0, 32)), np.zeros(0, np.int64)
    return np.stack([k for k, _ in rows]), np.stack([g for _, g in rows]), np.array(of, np.int64)
