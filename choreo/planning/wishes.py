"""What a user asks of a dance beyond style and music. Nothing heavy is imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from choreo.options import check_options, option

if TYPE_CHECKING:
    from choreo.types import Modifiers


@dataclass(frozen=True)
class Held:
    """What is to begin at a bar: a clip, mirrored or not, or either (None), danced with some modifiers, or any.

    `holds` are counts of it that are held still, as `choreo.types.PlanStep` has them; None for what is wished for.
    """

    clip_id: str
    mirror: bool | None = None
    modifiers: Modifiers | None = None
    holds: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True)
class Chosen:
    """Clips of which one is wished for.

    Attributes
    ----------
    bars
        First and past-last.
    clip_ids
        Any of these.
    text
        The wish as it was written.
    how
        ``begins``: one begins with the first of the bars; ``ends``: one ends with the last; ``rather``: what is danced
        in the bars is rather one of these.
    mirror
        Whether it is danced mirrored; either when None.
    """

    bars: tuple[int, int]
    clip_ids: frozenset[str]
    text: str
    how: str
    mirror: bool | None = None


@dataclass(frozen=True)
class Wishes:
    """Wishes for a plan; bars count from 0 at the plan's first.

    Attributes
    ----------
    variety
        0 (few moves, often) to 1 (as many as there are).
    dwell
        Bars of one recording that are danced before another one is preferred.
    pins
        Moves that begin at a bar.
    bans, required
        Moves that must not, and that must appear.
    held
        Clips that begin at a bar, as a plan had them.
    usual
        Clips that begin at a bar as a plan had them, unless another wish needs the bar.
    range
        Bars that are danced anew, first and past-last; all by default. Others are as `held` says.
    avoided
        Steps that are to be danced otherwise: ``(bar, clip_id)``.
    still
        Bars that are stood through, first and past-last, by clips that stand.
    frozen
        Bars and parts of them in which nothing moves, first and past-last: 12.5 is two counts into a bar 12 of four.
    asked
        Wishes as they are written, such as ``chorus=wild``; see `choreo.planning.wish_text`. What they mean depends on
        song and database, and is in the fields below when planning begins.
    chosen
        Clips of which one is wished for at some bars.
    styles
        Styles by bars, first and past-last.
    facings
        Facings by bars, first and past-last: degrees to the dancer's left from facing the audience.
    alike
        Parts, each as its bars, that are danced as the first of them.

    Examples
    --------
    >>> Wishes(pins=((0, "walk-in"), (2, "moonwalk")), bans=("robot",)).variety
    0.5
    >>> Wishes(variety=2)
    Traceback (most recent call last):
    choreo.errors.InputError: variety: found 2, expected 0 to 1.
    """

    variety: float = option(0.5, low=0, high=1)
    dwell: int = option(8, low=1, high=10_000, unit="bars")
    pins: tuple[tuple[int, str], ...] = ()
    bans: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    held: dict[int, Held] = field(default_factory=dict)
    usual: dict[int, Held] = field(default_factory=dict)
    range: tuple[int, int] | None = None
    avoided: tuple[tuple[int, str], ...] = ()
    still: tuple[tuple[int, int], ...] = ()
    frozen: tuple[tuple[float, float], ...] = ()
    asked: tuple[str, ...] = ()
    chosen: tuple[Chosen, ...] = ()
    styles: tuple[tuple[int, int, str], ...] = ()
    facings: tuple[tuple[int, int, float], ...] = ()
    alike: tuple[tuple[tuple[int, int], ...], ...] = ()

    def __post_init__(self) -> None:
        """Check the numbers."""
        check_options(self)


__all__ = ["Chosen", "Held", "Wishes"]
