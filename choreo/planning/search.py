"""Exact search: the cheapest sequence of clips over bars, by dynamic programming (Viterbi)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from choreo.types import Doubles, Ints


def best_path(place: Doubles, pair: Doubles, spans: Ints, last: int) -> list[tuple[int, int]]:
    """Find the cheapest cover of bars ``0..last`` by nodes.

    Parameters
    ----------
    place
        ``(B, N)`` cost of node n beginning at bar b; infinity forbids. ``B >= last``.
    pair
        ``(N, N)`` cost of node m being followed by node n.
    spans
        ``(N,)`` bars that each node takes, at least 1.
    last
        The bars ``0..last - 1`` must be covered; the final node may reach beyond.

    Returns
    -------
    ``(bar, node)`` in order, empty when no cover exists. Ties go to the lower node number.
    """
    bars, nodes = place.shape
    longest = int(spans.max())
    total = np.full((last + longest, nodes), np.inf)
    came = np.full((last + longest, nodes), -1, np.int64)
    for bar in range(min(last, bars)):
        if bar == 0:
            reach, origin = np.zeros(nodes), np.full(nodes, -1)
        else:
            sums = total[bar][:, None] + pair
            origin = sums.argmin(axis=0)
            reach = sums[origin, np.arange(nodes)]
        cost = reach + place[bar]
        total[bar + spans, np.arange(nodes)] = cost
        came[bar + spans, np.arange(nodes)] = origin
    finish, node = np.unravel_index(int(np.argmin(total[last:])), total[last:].shape)
    at, now = int(finish) + last, int(node)
    if not np.isfinite(total[at, now]):
        return []
    path: list[tuple[int, int]] = []
    while now >= 0:
        begun = at - int(spans[now])
        path.append((begun, now))
        at, now = begun, int(came[at, now])
    return path[::-1]


def path_cost(path: list[tuple[int, int]], place: Doubles, pair: Doubles) -> float:
    """Cost of a path as `best_path` counts it."""
    total = sum(float(place[bar, node]) for bar, node in path)
    return total + sum(float(pair[a, b]) for (_, a), (_, b) in pairwise(path))
