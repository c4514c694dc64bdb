"""The motion graph: clips and their mirrors, and what it costs to go from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from choreo.motion.boundary import boundaries_of, boundary_part, mirrored_boundaries
from choreo.motion.skeleton import CANONICAL
from choreo.planning.costs import Weights, transition_costs
from choreo.types import Bools, Clip, Doubles, Floats, Ints

if TYPE_CHECKING:
    import networkx

SINKS = 0.12
"""Metres by which an authored move may begin lower or higher than the one before ended, at no cost."""
ARMS = [CANONICAL.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("elbow", "wrist")]
NEIGHBOURS = 5
"""Transitions that every node has at least, however far."""


@dataclass(frozen=True, eq=False)
class MotionGraph:
    """Nodes are clips and, where allowed, their mirrors.

    Attributes
    ----------
    clip, mirrored
        ``(N,)`` index into the clips, and whether it is danced mirrored.
    transition_cost
        ``(N, N) float32`` metres of misfit from the end of node m to the start of node n: root mean square over joints,
        velocities included, and contacts that differ; 0 for natural continuations.
    continues
        ``(N, N) bool`` natural continuations: in its recording, node n begins where node m ends.
    displacement
        ``(N, 3)`` of the root: metres to the side and ahead, radians turned; see `choreo.motion.boundary`.
    pose_change
        ``(N, 2)`` metres by which the pose changes over four frames, at the start and at the end of each node.
    authored
        ``(N,)`` choreo's own moves, which are joined in the notation: any may follow any.
    """

    clip: Ints
    mirrored: Bools
    transition_cost: Floats
    continues: Bools
    displacement: Doubles
    pose_change: Floats
    authored: Bools

    def smooth(self) -> Bools:
        """``(N, N)`` transitions whose misfit is no more than both poses change within four frames anyway.

        The threshold is each pair's own (Kovar et al., Motion graphs, 2002, compare windows of that size), so an
        unknown dataset needs no tuning.
        """
        return np.asarray(self.transition_cost <= self.pose_change[:, 1][:, None] + self.pose_change[:, 0])

    def transitions(self) -> Bools:
        """``(N, N)`` smooth and natural transitions, and the `NEIGHBOURS` nearest out of and into each node."""
        count = min(NEIGHBOURS, len(self.clip))
        # A clip is no neighbour of itself or of its own mirror, which are near to it and lead nowhere else.
        misfit = self.transition_cost + np.where(self.clip[:, None] == self.clip, np.inf, 0).astype(np.float32)
        after = np.partition(misfit, count - 1, axis=1)[:, count - 1]
        before = np.partition(misfit, count - 1, axis=0)[count - 1]
        near = (misfit <= after[:, None]) | (misfit <= before)
        return np.asarray(self.smooth() | (near & np.isfinite(misfit)) | self.continues)

    def core(self) -> Bools:
        """``(N,)`` nodes of the largest strongly connected component; from others a dance could not go on."""
        return largest_component(self.transitions() | (self.authored[:, None] & self.authored))

    def to_networkx(self, clips: Sequence[Clip]) -> networkx.DiGraph:
        """Make a graph of all `transitions`, to look at or export."""
        import networkx as nx

        graph = nx.DiGraph()
        core = self.core()
        for node, (index, flipped) in enumerate(zip(self.clip, self.mirrored, strict=True)):
            clip = clips[int(index)]
            facts = {"counts": clip.counts, "role": clip.role, "style": clip.styles[0], "core": bool(core[node])}
            graph.add_node(node, clip=clip.clip_id, name=clip.name, mirror=bool(flipped), **facts)
        for a, b in np.argwhere(self.transitions()):
            cost = round(float(self.transition_cost[a, b]), 6)
            graph.add_edge(int(a), int(b), cost=cost, natural=bool(self.continues[a, b]))
        return graph


def largest_component(edges: Bools) -> Bools:
    """``(N,)`` nodes of the largest strongly connected component of a graph with edges ``(N, N)`` from row to column.

    Nearly always more than half of the nodes can be reached from one with many edges, and it from them: then there is
    no larger component, and scipy, which takes .15 s to import, need not look for one.
    """
    hub = int((edges.sum(axis=0) * edges.sum(axis=1)).argmax())
    around = _reached(edges, hub) & _reached(edges.T, hub)
    if 2 * around.sum() > len(edges):
        return around
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    _, label = connected_components(csr_matrix(edges), connection="strong")
    return np.asarray(label == np.bincount(label).argmax())


def _reached(edges: Bools, start: int) -> Bools:
    """``(N,)`` nodes to which a way leads from `start`, itself included."""
    found = np.zeros(len(edges), bool)
    found[start] = True
    new = found
    while new.any():
        new = edges[new].any(axis=0) & ~found
        found = found | new
    return found


def mean_misfit(clips: Sequence[Clip], graph: MotionGraph, velocity: float) -> Floats:
    """``(N, N)`` metres from the end of a node to the start of another, mean over joints; for some hundred nodes.

    A mean counts one fast hand less than the root mean square of `MotionGraph.transition_cost` does.
    """
    plain = boundaries_of(clips)
    boundaries = np.where(graph.mirrored[:, None], mirrored_boundaries(plain)[graph.clip], plain[graph.clip])
    pose, speed = boundary_part(boundaries, "pose"), boundary_part(boundaries, "velocity")
    joints = np.concatenate([pose, velocity * speed], axis=-1)
    rows = [np.linalg.norm(joints[:, 0] - row, axis=-1).mean(axis=-1) for row in joints[:, 1]]
    return np.stack(rows).astype(np.float32)


def _continues(clips: Sequence[Clip], clip: Ints, flipped: Bools) -> Bools:
    """``(N, N) bool`` pairs of nodes, both mirrored or neither, of which one goes on in its recording as the other.

    The last frame of one is the first of the other, or next to it: cuts are rounded to frames.
    """
    starts: dict[tuple[str, str, int], list[int]] = {}
    for k, each in enumerate(clips):
        if each.source_hash:
            for late in (-1, 0, 1):
                starts.setdefault((each.dataset, each.source_hash, each.frames[0] + late), []).append(k)
    pairs = np.zeros((len(clips), len(clips)), bool)
    for k, each in enumerate(clips):
        if each.source_hash:
            pairs[k, starts.get((each.dataset, each.source_hash, each.frames[1] - 1), [])] = True
    return np.asarray(pairs[clip[:, None], clip] & (flipped[:, None] == flipped))


def build_graph(clips: Sequence[Clip], weights: Weights) -> MotionGraph:
    """Make the graph of `clips`, mirrors included; a clip's own node comes right before its mirror's."""
    plain = boundaries_of(clips)
    both = np.flatnonzero([clip.mirrorable for clip in clips])
    index = np.concatenate([np.arange(len(clips)), both])
    flipped = np.concatenate([np.zeros(len(clips), bool), np.ones(len(both), bool)])
    order = np.lexsort((flipped, index))
    boundaries = np.concatenate([plain, mirrored_boundaries(plain[both])])[order]
    index, flipped = index[order], flipped[order]
    pose, velocity, contacts = (boundary_part(boundaries, name) for name in ("pose", "velocity", "contacts"))
    joints = np.concatenate([pose, weights.velocity * velocity], axis=-1)
    misfit = transition_costs(joints[:, 1], joints[:, 0])
    # Squared, the root mean square over soles that stand or do not is the share of soles that differ.
    differing = transition_costs(contacts[:, 1, :, None], contacts[:, 0, :, None]) ** 2
    continues = _continues(clips, index, flipped)
    cost = np.where(continues, 0, misfit + weights.contact * differing).astype(np.float32)
    authored = np.array([is_authored(clip) for clip in clips], bool)[index]
    own = np.flatnonzero(authored)
    if len(own):
        pairs = np.ix_(own, own)
        cost[pairs] = weights.joined * misfit[pairs] + _bridged(
            [clips[int(k)] for k in index[own]], flipped[own], pose[own], weights
        )
    if 0 < len(own) < len(index):
        other = authored[:, None] != authored
        energy = np.array([clip.energy for clip in clips], np.float32)[index]
        cost[other] = (weights.met * cost + _matched(pose, energy, weights))[other]
    displacement = boundary_part(boundaries, "displacement").astype(np.float64)
    return MotionGraph(
        index, flipped, cost, continues, displacement, boundary_part(boundaries, "pose_change"), authored
    )


def is_authored(clip: Clip) -> bool:
    """Whether a clip is one of choreo's own moves, which are joined in the notation."""
    return clip.dataset == "starter" and bool(clip.move)


def _bridged(clips: Sequence[Clip], flipped: Bools, pose: Floats, weights: Weights) -> Floats:
    """``(M, M)`` metres that going from one authored move to another counts beside the misfit: weight, and height.

    A foot that carries cannot step first, and nobody sinks to the floor in half a beat.
    """
    carries, steps = (foot_sides(clips, flipped, which) for which in ("last", "first"))
    same = (carries[:, None] == steps) & (steps != 0)
    high = pose[:, :, 0, 1]
    apart = np.abs(high[:, 1][:, None] - high[:, 0])
    return np.asarray(weights.footing * same + weights.level * np.maximum(apart - SINKS, 0), np.float32)


def _matched(pose: Floats, energy: Floats, weights: Weights) -> Floats:
    """``(N, N)`` metres that going from an authored move to a recording or back counts for arms and energy that differ.

    Parameters
    ----------
    pose, energy
        ``(N, 2, J, 3)`` joints at the ends of nodes, and ``(N,)`` energy of them, 0 to 1.
    """
    arms = transition_costs(pose[:, 1][:, ARMS], pose[:, 0][:, ARMS])
    return np.asarray(weights.arms * arms + weights.effort * np.abs(energy[:, None] - energy), np.float32)


def foot_sides(clips: Sequence[Clip], flipped: Bools, which: str) -> Ints:
    """``(M,)`` the foot that carries at the end (``last``) or steps first (``first``): 1 left, -1 right, 0 either.

    As `choreo.moves.library.move_clip` labels clips; seen from the dance, so a mirrored clip's are the other ones.
    """
    side = {f"{which}:left": 1, f"{which}:right": -1}
    found = [next((side[label] for label in clip.labels if label in side), 0) for clip in clips]
    return np.asarray(np.array(found, np.int64) * np.where(flipped, -1, 1))
