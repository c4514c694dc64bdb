"""What can be done to a dance in the studio, one class each, with bounds. Bars are half-open and count from 0."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from choreo.errors import InputError
from choreo.foreign.limits import LONGEST_HOURS
from choreo.planfile.troupe import MOST as MOST_DANCERS

BARS = 100_000
"""Most bars of a song: four hours have under 20,000."""
TOGETHER = 100
"""Most actions that are one change."""

Bar = Annotated[int, Meta(ge=0, le=BARS)]
Bars = tuple[Bar, Bar]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Action(msgspec.Struct, tag_field="do", forbid_unknown_fields=True):
    """A change of a dance."""


class Swap(Action, tag="swap"):
    """Dance another clip at a bar, or with `clip` None the next best."""

    bar: Bar
    clip: Name | None = None
    mirror: bool | None = None


class Replace(Action, tag="replace"):
    """Dance some bars anew, beginning with a move when one is named."""

    bars: Bars
    move: Name | None = None


class Stretch(Action, tag="stretch"):
    """Give the step at a bar so many bars."""

    bar: Bar
    bars: Annotated[int, Meta(ge=1, le=64)]


class Move(Action, tag="move"):
    """Dance the step of one bar at another instead."""

    bar: Bar
    to: Bar


class Place(Action, tag="place"):
    """Dance a clip or a move from a bar on."""

    bar: Bar
    clip: Name | None = None
    move: Name | None = None
    mirror: bool | None = None


class Pin(Action, tag="pin"):
    """Keep the step of a bar there with its clip and side, or a wish that is written."""

    bar: Bar | None = None
    text: Name | None = None


class Unpin(Action, tag="unpin"):
    """Let the step of a bar, or a wish, go again."""

    bar: Bar | None = None
    text: Name | None = None


class Wish(Action, tag="wish"):
    """Wish for something, as `choreo.planning.wish_text` reads it."""

    text: Name


class Unwish(Action, tag="unwish"):
    """Take a wish back."""

    text: Name


class Lock(Action, tag="lock"):
    """Let nothing change in some bars, or let it again."""

    bars: Bars
    on: bool = True


class Ban(Action, tag="ban"):
    """Dance a move nowhere, or let it be danced again."""

    move: Name
    on: bool = True


class Mirror(Action, tag="mirror"):
    """Dance the step of a bar to the other side."""

    bar: Bar


class Hold(Action, tag="hold"):
    """Stand dead still in some bars, or no more."""

    bars: Bars
    on: bool = True


class Energy(Action, tag="energy"):
    """Draw the energy of some bars, one value a bar."""

    bars: Bars
    values: Annotated[list[Share], Meta(min_length=1, max_length=BARS)]


class EnergyOff(Action, tag="energy_off"):
    """Go by the song's own energy again; everywhere, or in some bars."""

    bars: Bars | None = None


class Style(Action, tag="style"):
    """Dance some bars in a style; None for what the dance has otherwise."""

    bars: Bars
    style: Name | None = None


class Facing(Action, tag="facing"):
    """Face so many degrees to the dancer's left of the audience in some bars; None as the dance does otherwise."""

    bars: Bars
    degrees: Annotated[int, Meta(ge=-180, le=180, multiple_of=45)] | None = None


class Retake(Action, tag="retake"):
    """Dance some bars as with another seed."""

    bars: Bars
    seed: Seed | None = None


class TakeB(Action, tag="take_b"):
    """Make a second take of some bars, which waits beside the first."""

    bars: Bars
    seed: Seed | None = None


class Choose(Action, tag="choose"):
    """Keep one of the takes."""

    take: Literal["a", "b"]


class Dancers(Action, tag="dancers"):
    """Say how many dance, and how."""

    count: Annotated[int, Meta(ge=1, le=MOST_DANCERS)]
    formation: Name = "auto"
    unison: Name = "auto"


class Formation(Action, tag="formation"):
    """Stand in a formation in some bars."""

    bars: Bars
    name: Name


class Role(Action, tag="role"):
    """Say who dances what in some bars."""

    bars: Bars
    name: Name


class Shot(Action, tag="shot"):
    """Film some bars so; None gives them back to the director."""

    bars: Bars
    shot: Name | None = None


class Light(Action, tag="light"):
    """Light some bars so; None gives them back to the director."""

    bars: Bars
    light: Name | None = None


class Downbeat(Action, tag="downbeat"):
    """Say where a bar begins."""

    time: Annotated[float, Meta(ge=0, le=3600 * LONGEST_HOURS)]


class Octave(Action, tag="octave"):
    """Count at half or double the tempo."""

    octave: Literal["auto", "half", "double"]


class Version(Action, tag="version"):
    """Keep the dance as it is under a name."""

    name: Name


class OpenVersion(Action, tag="open_version"):
    """Go back to the dance that was kept under a name."""

    name: Name


class Undo(Action, tag="undo"):
    """Take the last change back."""


class Redo(Action, tag="redo"):
    """Make a change again that was taken back."""


Change = (
    Swap | Replace | Stretch | Move | Place | Pin | Unpin | Wish | Unwish | Lock | Ban | Mirror | Hold | Energy
    | EnergyOff | Style | Facing | Retake | TakeB | Choose | Dancers | Formation | Role | Shot | Light | Downbeat
    | Octave
)  # fmt: skip
"""What makes another plan of a plan."""


class Many(Action, tag="many"):
    """Several changes that are one: taken back together."""

    actions: Annotated[list[Change], Meta(min_length=1, max_length=TOGETHER)]


AnyAction = Change | Many | Version | OpenVersion | Undo | Redo
_actions = msgspec.json.Decoder(AnyAction)


def decode(data: bytes | str) -> AnyAction:
    """Read an action.

    Raises
    ------
    InputError
        When it is none, or out of its bounds; says where.

    Examples
    --------
    >>> decode(b'{"do": "lock", "bars": [4, 8]}')
    Lock(bars=(4, 8), on=True)
    >>> decode(b'{"do": "mirror", "bar": -1}')
    Traceback (most recent call last):
    choreo.errors.InputError: an action that cannot be read: Expected `int` >= 0 - at `$.bar`
    """
    try:
        return _actions.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"an action that cannot be read: {error}") from error


def encode(action: Action) -> bytes:
    """An action as JSON that `decode` reads."""
    return msgspec.json.encode(action)


__all__ = ["AnyAction", "Change", "decode", "encode"]
