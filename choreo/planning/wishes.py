"""What a user asks of a dance, beyond what the music asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from choreo.errors import InputError
from choreo.planning.costs import Weights
from choreo.plugins import suggest
from choreo.types import Bools, Clip


@dataclass(frozen=True)
class Held:
    """A node that is to begin at a bar: a clip, mirrored or not, or either (None)."""

    clip_id: str
    mirror: bool | None = None


@dataclass(frozen=True)
class Wishes:
    """Wishes for a plan; bars count from 0 at the plan's first.

    Attributes
    ----------
    variety
        0 (few moves, often) to 1 (as many as there are).
    pins
        Moves that begin at a bar.
    bans, required
        Moves that must not, and that must appear.
    held
        Clips that begin at a bar, as a plan had them.
    range
        Bars that are danced anew, first and past-last; all by default. Others are as `held` says.
    avoided
        Steps that are to be danced otherwise: ``(bar, clip_id)``.
    still
        Bars that are stood through, first and past-last.
    """

    variety: float = 0.5
    pins: tuple[tuple[int, str], ...] = ()
    bans: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    held: dict[int, Held] = field(default_factory=dict)
    range: tuple[int, int] | None = None
    avoided: tuple[tuple[int, str], ...] = ()
    still: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not 0 <= self.variety <= 1:
            raise InputError(f"variety {self.variety}: want 0 to 1.")


def varied(weights: Weights, variety: float) -> Weights:
    """Weights for a wish of variety; 0.5 leaves them."""
    more = 2 * variety
    return replace(
        weights,
        again=weights.again * more,
        twice=weights.twice * more,
        copy=weights.copy * more,
        motif=weights.motif * (1.5 - variety),
        memory=round(weights.memory * more),
        jitter=weights.jitter * (0.5 + variety),
    )


def names_of(clip: Clip) -> set[str]:
    """What a clip answers to."""
    return {clip.clip_id, clip.name, clip.move, clip.family, *clip.labels} - {""}


def named(clips: Sequence[Clip], name: str) -> Bools:
    """``(C,)``: clips that a user means by `name`: a move, one of its manners, a label, an id.

    Raises
    ------
    InputError
        When none is called so.
    """
    wanted = name.strip().lower()
    found = np.array([wanted in {each.lower() for each in names_of(clip)} for clip in clips], bool)
    if not found.any():
        known = sorted({clip.move or clip.name for clip in clips})
        raise InputError(f"no move that could be danced here is called {name!r}.{suggest(name, known)}")
    return found
