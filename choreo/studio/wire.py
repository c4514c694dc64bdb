"""What the page and the server say to each other: asks as JSON, and stretches of the dance as few bytes.

An ask is ``{"id": n, "ask": name, ...}``; what each name takes stands in its class here, with bounds. The answer is
``{"id": n, "ok": {...}}`` or ``{"id": n, "error": "plain words"}``. What the server says unasked is
``{"push": name, ...}``.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta

from choreo.errors import InputError
from choreo.foreign.limits import LONGEST_HOURS
from choreo.motion.repair import sliced
from choreo.motion.resample import resample
from choreo.video.bodies import fit_motion
from choreo.video.timeline import moved_timeline
from choreo.viewer.blob import Pack
from choreo.viewer.pack import FPS, pack_body, pack_motion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from choreo.types import Body, Motion, Timeline

MESSAGE_BYTES = 256 * 1024
"""Of an ask; energy drawn over an hour of song takes 30 KB."""
BARS = 100_000
"""Most bars of a song: four hours have under 20,000."""
LEVEL = 1
"""Of deflate: a window of 5 steps is packed in 3 ms instead of 30, and stays on this machine."""

Id = Annotated[int, Meta(ge=0, le=2**53)]
Bar = Annotated[int, Meta(ge=0, le=BARS)]
Time = Annotated[float, Meta(ge=-3600 * LONGEST_HOURS, le=3600 * LONGEST_HOURS)]
Word = Annotated[str, Meta(max_length=200)]
ShortText = Annotated[str, Meta(max_length=1000)]


class Ask(msgspec.Struct, tag_field="ask", forbid_unknown_fields=True, kw_only=True):
    """Something that the page asks for; `id` comes back with the answer."""

    id: Id | None = None


class Act(Ask, tag="act"):
    """Change the dance; see `choreo.studio.actions`."""

    action: msgspec.Raw


class Undo(Ask, tag="undo"):
    """Take the last change back."""


class Redo(Ask, tag="redo"):
    """Make a change again that was taken back."""


class State(Ask, tag="state"):
    """The whole state."""


class At(Ask, tag="at"):
    """Say where in the song the playhead is: what is danced there is made first."""

    time: Time


class Alternatives(Ask, tag="alternatives"):
    """What else could be danced at a bar, the best first."""

    bar: Bar
    count: Annotated[int, Meta(ge=1, le=100)] = 10


class Library(Ask, tag="library"):
    """Moves that can be dragged in."""

    query: Word = ""
    style: Word | None = None
    level: Annotated[int, Meta(ge=0, le=3)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 60


class Window(Ask, tag="window"):
    """Frames of some bars: to be danced now, or to fill in."""

    first: Bar
    last: Bar
    want: Literal["dance", "fill"] = "dance"


class Try(Ask, tag="try"):
    """Frames of some bars as they would be after a change, which is not kept."""

    action: msgspec.Raw
    first: Bar
    last: Bar


class Film(Ask, tag="film"):
    """Camera and lights of the whole dance, as it would be filmed."""


class Figure(Ask, tag="figure"):
    """A small moving figure of a clip."""

    clip: Word
    mirror: bool = False


class Waveform(Ask, tag="waveform"):
    """Lowest and highest of the sound in so many equal parts."""

    points: Annotated[int, Meta(ge=1, le=20_000)]


class Save(Ask, tag="save"):
    """Write the plan, under another name when one is given."""

    path: ShortText | None = None


class Export(Ask, tag="export"):
    """Make files of the dance as it is now."""

    formats: Annotated[list[Word], Meta(min_length=1, max_length=20)]
    options: dict[Word, Any] = {}


class Cancel(Ask, tag="cancel"):
    """Stop an export; the ask's own number is `id`, the export's is `export`."""

    export: Annotated[int, Meta(ge=0, le=BARS)]


AnyAsk = (
    Act
    | Undo
    | Redo
    | State
    | At
    | Alternatives
    | Library
    | Window
    | Try
    | Film
    | Figure
    | Waveform
    | Save
    | Export
    | Cancel
)
_asks = msgspec.json.Decoder(AnyAsk)


def decode_ask(text: str | bytes) -> AnyAsk:
    """Read an ask.

    Raises
    ------
    InputError
        When it is none, or out of its bounds; says where.
    """
    try:
        return _asks.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"an ask that cannot be read: {error}") from error


def id_of(text: str | bytes) -> int | None:
    """The number of an ask that cannot be read, where that much can."""

    class Numbered(msgspec.Struct):
        id: Id | None = None

    try:
        return msgspec.json.decode(text, type=Numbered).id
    except (msgspec.DecodeError, RecursionError):
        return None


def json_text(value: Any) -> str:
    """Anything that JSON can say, as text."""
    return msgspec.json.encode(value).decode()


def framed(facts: Mapping[str, Any], pack: Pack) -> bytes:
    """Facts and arrays as one: bytes of the facts' JSON (4, little-endian), the JSON, the arrays deflated."""
    head = msgspec.json.encode(facts)
    return struct.pack("<I", len(head)) + head + zlib.compress(pack.blob, LEVEL)


def body_frame(body: Body) -> bytes:
    """The dancer's body, as `choreo.viewer.pack.pack_body` has it."""
    pack = Pack()
    return framed(pack_body(pack, body), pack)


def window_frame(
    motions: Sequence[Motion], body: Body, timeline: Timeline | None, first_frame: int, start: float, **facts: Any
) -> bytes:
    """Frames of a stretch of the dance for the page.

    Parameters
    ----------
    motions
        Of the stretch alone, one a dancer.
    timeline
        What is danced when, in seconds of the whole dance; the faces follow it.
    first_frame
        Of the stretch in the whole dance.
    start
        Second of the song at the whole dance's first frame.
    facts
        What else stands in the head.
    """
    pack = Pack()
    every = max(round(motions[0].fps / FPS), 1)
    skipped = min(-first_frame % every, len(motions[0]) - 1)  # what is thinned out has the same frames in any window
    if skipped:
        motions = [sliced(motion, skipped, len(motion)) for motion in motions]
    begin = (first_frame + skipped) / motions[0].fps
    moved = None if timeline is None else moved_timeline(timeline, -begin)
    danced = [fit_motion(motion, body, moved, number) for number, motion in enumerate(motions)]
    fps = min(FPS, danced[0].fps)
    thinned = [motion if motion.fps == fps else resample(motion, fps) for motion in danced]
    head = {
        **facts,
        "start": start + begin,
        "fps": fps,
        "frames": len(thinned[0]),
        "dancers": [pack_motion(pack, motion) for motion in thinned],
    }
    return framed(head, pack)


def mistake(error: BaseException) -> str:
    """What a page is told of an error that is none of `choreo.errors`."""
    line = next(iter(str(error).splitlines()), "no message")
    return f"unexpected {type(error).__name__}: {line}. This is a mistake in choreo or in a plugin."


__all__ = [
    "MESSAGE_BYTES", "AnyAsk", "Ask", "body_frame", "decode_ask", "framed", "id_of", "json_text", "mistake",
    "window_frame",
]  # fmt: skip
