"""The motion graph: clips and their mirrors, and what it costs to go from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from choreo.motion.kinematics import mirror
from choreo.planning.costs import Weights, seam_features, transition_costs
from choreo.types import Bools, Clip, Floats, Ints

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True, eq=False)
class MotionGraph:
    """Nodes are clips and, where allowed, their mirrors.

    ``clip : (N,) int`` index into the clips; ``mirrored : (N,) bool``; ``seams : (N, N) float32`` mean
    joint misfit in metres from the end of a node to the start of another.
    """

    clip: Ints
    mirrored: Bools
    seams: Floats

    def to_networkx(self, clips: Sequence[Clip], *, threshold: float) -> networkx.DiGraph:
        """Transitions up to `threshold` metres as a graph to look at or export."""
        import networkx as nx

        graph = nx.DiGraph()
        for node, (index, mirrored) in enumerate(zip(self.clip, self.mirrored, strict=True)):
            clip = clips[int(index)]
            graph.add_node(node, clip=clip.clip_id, name=clip.name, mirror=bool(mirrored))
        for a, b in np.argwhere(self.seams <= threshold):
            graph.add_edge(int(a), int(b), cost=float(self.seams[a, b]))
        return graph


def build_graph(clips: Sequence[Clip], weights: Weights) -> MotionGraph:
    """Make the graph of `clips`, mirrors included."""
    index, mirrored, ends, starts = [], [], [], []
    for k, clip in enumerate(clips):
        for flip in (False, True) if clip.mirrorable else (False,):
            motion = mirror(clip.motion) if flip else clip.motion
            index.append(k)
            mirrored.append(flip)
            ends.append(seam_features(motion, at_end=True, velocity=weights.velocity))
            starts.append(seam_features(motion, at_end=False, velocity=weights.velocity))
    seams = transition_costs(np.stack(ends), np.stack(starts))
    return MotionGraph(np.array(index), np.array(mirrored), seams)
