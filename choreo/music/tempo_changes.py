"""Where the tempo of a song becomes another: where one song of a mix ends and the next begins."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from choreo.types import Bools, Doubles

TEMPO = 0.045
"""Octaves by which a tempo is another: a DJ's slide within a song is less."""
AROUND = 12
"""Beats on either side of one that tell whether the tempo is another from there on."""


def tempo_changes(beats: Doubles) -> Bools:
    """``(B,)`` beats from which on the tempo is another, the one at which it differs most where several tell it."""
    gaps = np.log2(np.diff(beats))
    out = np.zeros(len(beats), bool)
    if len(gaps) < 2 * AROUND:
        return out
    windows = np.lib.stride_tricks.sliding_window_view(gaps, AROUND)
    middle = np.median(windows, axis=1)
    apart = np.zeros(len(beats))
    apart[AROUND : len(gaps) - AROUND + 1] = np.abs(middle[AROUND:] - middle[:-AROUND])
    for k in np.flatnonzero(apart > TEMPO).tolist():
        around = apart[max(k - AROUND, 0) : k + AROUND + 1]
        # The middle of equals: the medians change half a window before and after the tempo does.
        best = np.flatnonzero(around > 0.98 * around.max()) + max(k - AROUND, 0)
        out[int(np.median(best))] = True
    near = np.flatnonzero(out)
    for a, b in pairwise(near.tolist()):
        out[b] = out[b] and b - a > AROUND // 2
    return out
