"""Whether every move of a pack can be reached from enough others in the motion graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from choreo.moves import limits
from choreo.moves.check import Checked, check_move
from choreo.moves.library import ENDINGS, move_clip, starter_folder
from choreo.moves.notation import Move
from choreo.planning.costs import Weights
from choreo.planning.graph import build_graph, mean_misfit


def check_pack(moves: Sequence[Move]) -> list[Checked]:
    """Check moves one by one, and note which cannot be reached from enough others.

    choreo's own moves are joined in the notation, so any may follow any; those of others are blended like recordings.
    """
    checked = [check_move(move) for move in moves]
    own = starter_folder()
    if len(moves) <= limits.NEIGHBOURS or all(Path(move.file.split(",")[0]).parent == own for move in moves):
        return checked
    clips = [move_clip(move) for move in moves]
    graph = build_graph(clips, Weights())
    close = mean_misfit(clips, graph, Weights().velocity) <= limits.REACHABLE
    out = []
    for number, found in enumerate(checked):
        here = graph.clip == number  # the move's node and its mirror's: either may be reached, and left
        others = graph.clip[~here]
        before = len(set(others[close[~here][:, here].any(axis=1)].tolist()))
        after = len(set(others[close[here][:, ~here].any(axis=0)].tolist()))
        notes, role = found.notes, moves[number].role
        wanted = [count for count, needed in ((before, role != "entrance"), (after, role not in ENDINGS)) if needed]
        if min(wanted) < limits.NEIGHBOURS:
            notes = (*notes, f"{before} moves lead into it and {after} out of it, {limits.NEIGHBOURS} are wanted")
        out.append(replace(found, notes=notes))
    return out
