"""The poses to which the rows of a group come at the end of a dance: each row to one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from choreo.moves.library import ENDINGS, move_clip, starter_endings, starter_move
from choreo.moves.notation import Move
from choreo.planfile.formations import front_place
from choreo.planning.staging import achieved
from choreo.types import ChoreographyPlan, Clip, Doubles

FARTHER = 0.45
"""Metres that an ending may travel more than the plan's own, or less: the dancers stay as near as they stand."""
MOST = 3
"""Endings beside the plan's own; further rows take turns with them."""


def end_poses(plan: ChoreographyPlan, unit: Doubles) -> list[tuple[str, bool]]:
    """For each dancer the move with which the dance ends, and whether it is mirrored; no name for the plan's own.

    The front has the plan's own. Who stands as far from it has the same; those on the dancers' left mirrored, where the
    move may be. Others have moves of as many counts, at that tempo, with which dances of that style end, in an order
    that the plan's seed decides. Where the plan does not end in a pose, or there is no other, all end as the plan does.

    Parameters
    ----------
    unit
        Where each dancer stands ``(N, 2)``, in units of the distance of neighbours.
    """
    own = [("", False)] * len(unit)
    found = _others(plan) if (last := _last_move(plan)) else []
    if last is None or not found:
        return own
    chance = np.random.default_rng([plan.seed, 31])
    chosen = [found[k] for k in chance.permutation(len(found))[:MOST]]
    away = np.linalg.norm(unit - unit[front_place(unit)], axis=1)
    rows = np.unique(np.round(away, 2), return_inverse=True)[1]
    turns = [last, *chosen]
    # After the front its own ending comes again only where there are more rows than endings.
    each = [turns[row % len(turns)] for row in rows.tolist()]
    return [
        own[0] if move is last else (move.name, bool(move.mirror and x > 1e-6))
        for move, x in zip(each, unit[:, 0], strict=True)
    ]


def _last_move(plan: ChoreographyPlan) -> Move | None:
    """The ending of choreo's own that a plan dances to its end; None where its last step is something else."""
    last = plan.steps[-1]
    move = starter_move(last.move) if last.move else None
    whole = move is not None and move.role in ENDINGS and last.counts == move.counts and not last.holds
    return move if whole else None


def ends_posed(plan: ChoreographyPlan) -> bool:
    """Whether rows can come to poses of their own at the end of a plan."""
    return _last_move(plan) is not None and bool(_others(plan))


def _others(plan: ChoreographyPlan) -> list[Move]:
    """Moves that may take the place of a plan's ending, in the order of their names; none where it has none."""
    last, step = _last_move(plan), plan.steps[-1]
    if last is None:
        return []
    pace = 60 * step.counts / (step.beats[-1] - step.beats[0])
    return [
        move for move in starter_endings()
        if (move.counts, move.metre) == (last.counts, last.metre) and move.name != last.name
        and set(move.styles) & set(last.styles)
        and move.tempo_range[0] <= pace <= move.tempo_range[1]
        and np.hypot(move.travel[0] - last.travel[0], move.travel[1] - last.travel[1]) <= FARTHER
    ]  # fmt: skip


def with_ending(
    plan: ChoreographyPlan, clips: Mapping[str, Clip], name: str, mirrored: bool
) -> tuple[ChoreographyPlan, dict[str, Clip]]:
    """A plan that ends with another move of as many counts, and the clips that it needs."""
    move = starter_move(name)
    assert move is not None  # a name from `end_poses`
    clip = move_clip(move)
    last = plan.steps[-1]
    step = replace(
        last, clip_id=clip.clip_id, name=clip.name, dataset=clip.dataset, licence=clip.licence, move=clip.move,
        mirror=mirrored, modifiers=achieved(move, last.modifiers),
    )  # fmt: skip
    return replace(plan, steps=(*plan.steps[:-1], step)), {**clips, clip.clip_id: clip}


__all__ = ["end_poses", "ends_posed", "with_ending"]
