"""The motion graph: clips and their mirrors, and what it costs to go from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from choreo.motion.boundary import ends_of, mirrored, part
from choreo.planning.costs import Weights, transition_costs
from choreo.types import Bools, Clip, Doubles, Floats, Ints

if TYPE_CHECKING:
    import networkx

NEIGHBOURS = 5
"""Transitions that every node has at least, however far."""


@dataclass(frozen=True, eq=False)
class MotionGraph:
    """Nodes are clips and, where allowed, their mirrors.

    Attributes
    ----------
    clip, mirrored
        ``(N,)`` index into the clips, and whether it is danced mirrored.
    seams
        ``(N, N) float32`` metres of misfit (root mean square over joints, velocities included) from the end of a node
        to the start of another; 0 for natural continuations.
    follows
        ``(N, N) bool``: natural continuations, where one clip goes on in its recording as the other.
    moved
        ``(N, 3)`` where a node takes the dancer; see `choreo.motion.boundary`.
    reach
        ``(N, 2)`` metres: how far a pose moves in four frames, at the start and at the end of each node.
    """

    clip: Ints
    mirrored: Bools
    seams: Floats
    follows: Bools
    moved: Doubles
    reach: Floats

    def smooth(self) -> Bools:
        """``(N, N)``: transitions whose misfit is no more than the poses at the seam move in four frames anyway.

        The threshold is each node's own (Kovar et al., Motion graphs, 2002, compare windows of that size), so an
        unknown dataset needs no tuning.
        """
        return np.asarray(self.seams <= self.reach[:, 1][:, None] + self.reach[:, 0])

    def transitions(self) -> Bools:
        """``(N, N)``: smooth and natural transitions, and the `NEIGHBOURS` nearest out of and into each node."""
        count = min(NEIGHBOURS, len(self.clip))
        apart = self.seams + np.where(self.clip[:, None] == self.clip, np.inf, 0).astype(np.float32)
        after = np.partition(apart, count - 1, axis=1)[:, count - 1]
        before = np.partition(apart, count - 1, axis=0)[count - 1]
        near = (apart <= after[:, None]) | (apart <= before)
        return np.asarray(self.smooth() | (near & np.isfinite(apart)) | self.follows)

    def core(self) -> Bools:
        """``(N,)``: nodes of the largest strongly connected component; from others a dance could not go on."""
        from scipy.sparse import csr_matrix
        from scipy.sparse.csgraph import connected_components

        _, label = connected_components(csr_matrix(self.transitions()), connection="strong")
        return np.asarray(label == np.bincount(label).argmax())

    def to_networkx(self, clips: Sequence[Clip], *, threshold: float | None = None) -> networkx.DiGraph:
        """Good transitions, or those up to `threshold` metres, as a graph to look at or export."""
        import networkx as nx

        graph = nx.DiGraph()
        core = self.core()
        for node, (index, flipped) in enumerate(zip(self.clip, self.mirrored, strict=True)):
            clip = clips[int(index)]
            facts = {"counts": clip.counts, "role": clip.role, "style": clip.styles[0], "core": bool(core[node])}
            graph.add_node(node, clip=clip.clip_id, name=clip.name, mirror=bool(flipped), **facts)
        good = self.transitions() if threshold is None else self.seams <= threshold
        for a, b in np.argwhere(good):
            graph.add_edge(int(a), int(b), cost=round(float(self.seams[a, b]), 6), natural=bool(self.follows[a, b]))
        return graph


def mean_misfit(clips: Sequence[Clip], graph: MotionGraph, velocity: float) -> Floats:
    """``(N, N)`` metres from the end of a node to the start of another, mean over joints; for some hundred nodes.

    Kinder to one fast hand than the root mean square of `MotionGraph.seams`.
    """
    plain = ends_of(clips)
    ends = np.where(graph.mirrored[:, None], mirrored(plain)[graph.clip], plain[graph.clip])
    body = np.concatenate([part(ends, "pose"), velocity * part(ends, "velocity")], axis=-1)
    rows = [np.linalg.norm(body[:, 0] - row, axis=-1).mean(axis=-1) for row in body[:, 1]]
    return np.stack(rows).astype(np.float32)


def _follows(clips: Sequence[Clip], clip: Ints, flipped: Bools) -> Bools:
    """Pairs of nodes that are one piece in their recording."""
    begins: dict[tuple[str, str, int], list[int]] = {}
    for k, each in enumerate(clips):
        if each.source_hash:
            for late in (-1, 0, 1):
                begins.setdefault((each.dataset, each.source_hash, each.frames[0] + late), []).append(k)
    pairs = np.zeros((len(clips), len(clips)), bool)
    for k, each in enumerate(clips):
        if each.source_hash:
            pairs[k, begins.get((each.dataset, each.source_hash, each.frames[1] - 1), [])] = True
    return np.asarray(pairs[clip[:, None], clip] & (flipped[:, None] == flipped))


def build_graph(clips: Sequence[Clip], weights: Weights) -> MotionGraph:
    """Make the graph of `clips`, mirrors included."""
    plain = ends_of(clips)
    both = np.flatnonzero([clip.mirrorable for clip in clips])
    index = np.concatenate([np.arange(len(clips)), both])
    flipped = np.concatenate([np.zeros(len(clips), bool), np.ones(len(both), bool)])
    order = np.lexsort((flipped, index))
    ends = np.concatenate([plain, mirrored(plain[both])])[order]
    index, flipped = index[order], flipped[order]
    pose, velocity, contacts = part(ends, "pose"), part(ends, "velocity"), part(ends, "contacts")
    body = np.concatenate([pose, weights.velocity * velocity], axis=-1)
    seams = transition_costs(body[:, 1], body[:, 0])
    feet = transition_costs(contacts[:, 1, :, None], contacts[:, 0, :, None]) ** 2
    follows = _follows(clips, index, flipped)
    seams = np.where(follows, 0, seams + weights.contact * feet).astype(np.float32)
    return MotionGraph(index, flipped, seams, follows, part(ends, "moved").astype(np.float64), part(ends, "scale"))
