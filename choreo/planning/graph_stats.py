"""Numbers of a database's motion graph: what can be danced after what, and what can hardly be reached."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from choreo.db.columns import ClipColumns
from choreo.errors import InputError
from choreo.planning.graph import MotionGraph
from choreo.planning.metres import COLUMNS as METRE_COLUMNS
from choreo.planning.metres import fits_metre
from choreo.plugins import suggest
from choreo.types import Bools, Clip, Floats, Ints

if TYPE_CHECKING:
    from choreo.db import MotionDB

COLUMNS = ("clip_id", "dataset", "styles", "labels", "first_frame", *METRE_COLUMNS)
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HARDEST = 10
SHARES = {"p5": 5, "median": 50, "p95": 95}


def some_clips(
    db: MotionDB, *, dataset: str | None = None, style: str | None = None, metre: int = 4, most: int = 300
) -> tuple[list[Clip], int]:
    """At most `most` clips that fill bars of a metre, and how many there are.

    Moves of a family and clips of a recording are drawn together, so that natural continuations stay. The draw is
    random and the same each time.

    Raises
    ------
    InputError
        When no clip is like that.
    """
    rows = db.columns(COLUMNS)
    styles = {each for many in rows["styles"].counts() for each in many}
    for kind, wanted, known in (
        ("is of the dataset", dataset, set(rows["dataset"].counts())),
        ("has the style", style, styles),
    ):
        if wanted is not None and wanted not in known:
            raise InputError(f"no clip {kind} {wanted!r}.{suggest(wanted, sorted(known))}")
    matches = rows["dataset"].where(lambda own: dataset in (None, own))
    matches &= rows["styles"].where(lambda many: style is None or style in many)
    fits: list[int] = np.flatnonzero(fits_metre(rows, metre, matches)).tolist()
    if not fits:
        raise InputError(f"no clip of that kind has {metre} beats a bar; 'choreo db stats' counts them.")
    chosen = fits if len(fits) <= most else _drawn(rows, fits, most)
    return db.clips(ids=[rows["clip_id"][k] for k in chosen]), len(fits)


def _drawn(rows: ClipColumns, fits: list[int], most: int) -> list[int]:
    """Draw whole recordings and families in random order, up to `most` clips."""
    groups: dict[tuple[str, str], list[int]] = {}
    firsts = rows["first_frame"][fits]
    for k in np.array(fits)[np.argsort(firsts, kind="stable")].tolist():
        family = next((label for label in rows["labels"][k] if label.startswith("base:")), rows["clip_id"][k])
        groups.setdefault((rows["dataset"][k], rows["source_hash"][k] or family), []).append(k)
    ordered = [groups[key] for key in sorted(groups)]
    turns = np.random.default_rng(0).permutation(len(ordered))
    return [k for turn in turns.tolist() for k in ordered[turn]][:most]


def graph_stats(graph: MotionGraph, clips: Sequence[Clip]) -> dict[str, Any]:
    """Count what a graph has and what is hard to reach in it, ready for JSON.

    Returns
    -------
    ``clips``, ``nodes``
        Clips, and clips with their mirrors.
    ``edges``, ``natural``
        Transitions that a dance may take; natural continuations.
    ``core_share``, ``components``
        Share of nodes in the largest strongly connected component, from which the planner takes moves; how many such
        components there are.
    ``seams``, ``all_pairs``
        Metres of misfit of the transitions, and of any pair, natural continuations left out: 5th, 50th and 95th
        percentile.
    ``dead_ends``, ``unreached``
        Names of clips from which nothing leads into the core, endings left out, and of those that nothing in the core
        leads to, entrances left out.
    ``hardest``
        Clips whose best way in has the largest misfit.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    edges = graph.transitions()
    sparse, core = csr_matrix(edges), graph.core()
    roles = np.array([clips[int(k)].role for k in graph.clip])
    reaches_core, reached = _reached(sparse.T.tocsr(), core), _reached(sparse, core)
    other = graph.clip[:, None] != graph.clip
    return {
        "clips": len(clips),
        "nodes": len(graph.clip),
        "edges": int(edges.sum()),
        "natural": int(graph.continues.sum()),
        "core_share": round(float(core.mean()), 4),
        "components": int(connected_components(sparse, connection="strong")[0]),
        "seams": _percentiles(graph.transition_cost[edges & ~graph.continues]),
        "all_pairs": _percentiles(graph.transition_cost[other & ~graph.continues]),
        "dead_ends": _names(graph, clips, ~reaches_core & ~np.isin(roles, ("ending", "pose"))),
        "unreached": _names(graph, clips, ~reached & (roles != "entrance")),
        "hardest": _hardest(graph, clips, edges & other, other),
    }


def _reached(sparse: Any, core: Bools) -> Bools:
    """``(N,)`` nodes that can be reached from the core along edges of a sparse ``(N, N)`` matrix, itself included."""
    from scipy.sparse.csgraph import breadth_first_order

    # Every node of the core reaches every other, so one of them stands for all.
    reached = np.zeros(len(core), bool)
    reached[breadth_first_order(sparse, int(core.argmax()), return_predecessors=False)] = True
    return reached


def _percentiles(misfit: Floats) -> dict[str, float]:
    return {
        name: round(float(np.percentile(misfit, share)), 4) if len(misfit) else 0.0 for name, share in SHARES.items()
    }


def _names(graph: MotionGraph, clips: Sequence[Clip], chosen: Bools) -> list[str]:
    """Name the clips of the chosen nodes; says which side is meant when it is one of two."""
    out = []
    for k in np.unique(graph.clip[chosen]).tolist():
        sides = graph.mirrored[chosen & (graph.clip == k)]
        side = "" if len(sides) == 2 or not clips[k].mirrorable else " (mirrored)" if sides[0] else " (not mirrored)"
        out.append(clips[k].name + side)
    return sorted(out)


def _hardest(graph: MotionGraph, clips: Sequence[Clip], edges: Bools, other: Bools) -> list[dict[str, Any]]:
    """The `HARDEST` clips to reach, of both sides the easier one; `other` are pairs of nodes of different clips."""
    nearest = np.where(other, graph.transition_cost, np.inf).min(axis=0)
    best, ways = np.full(len(clips), np.inf), np.zeros(len(clips), np.int64)
    np.minimum.at(best, graph.clip, nearest)
    np.add.at(ways, graph.clip, edges.sum(axis=0))
    order = [
        k for k in np.argsort(-best, kind="stable").tolist() if clips[k].role != "entrance" and np.isfinite(best[k])
    ]
    return [
        {"clip": clips[k].clip_id, "name": clips[k].name, "misfit": round(float(best[k]), 4), "ways_in": int(ways[k])}
        for k in order[:HARDEST]
    ]


def write_graphml(graph: MotionGraph, clips: Sequence[Clip], path: Path) -> None:
    """Write the graph as GraphML; characters that XML cannot hold become ``?``."""
    import networkx as nx

    network = graph.to_networkx(clips)
    for _, facts in network.nodes(data=True):
        facts.update({key: NO_XML.sub("?", value) for key, value in facts.items() if isinstance(value, str)})
    nx.write_graphml_xml(network, path)


def leading(values: Iterable[str], most: int) -> list[str]:
    """The most frequent values, by frequency, then by name."""
    return [name for name, _ in sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))[:most]]


def degrees(graph: MotionGraph) -> Ints:
    """Transitions in and out of each node, ``(N,)``."""
    edges = graph.transitions()
    return np.asarray(edges.sum(axis=0) + edges.sum(axis=1))
