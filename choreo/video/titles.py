"""Text over a video: title at the beginning, credits at the end, steps between; see `choreo.video.placing`."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np

from choreo.types import Floats
from choreo.video.lettering import Lettering, clusters

TITLE_SECONDS = 4.0
CREDIT_SECONDS = 5.0
FADE = 0.6
"""Seconds over which a card comes and goes."""
TITLE_SIZE = 0.075
CREDIT_SIZE = 0.032
"""Height of letters in terms of the picture's smaller side."""
TITLE_HEIGHT = 0.8
"""Where the middle of the title is, 0 the top of the picture and 1 the bottom."""
CREDIT_DIM = 0.3
SMALLEST = 6
"""Pixels; words that do not fit at this size are cut."""
ACROSS, DOWN = 0.84, 0.86
"""Share of the picture's width and height that words may take."""
WIDE, MARGIN, ASIDE = 1.3, 0.05, 0.34
"""Width in terms of the height from which words stand at the left, where no dancer is; their margin and width there."""
WHOLE_WORDS = 0.55
"""How small letters become, as a share, before a word is broken."""
LINE = 1.35
"""Distance of lines in terms of the letters' size."""
SHADE = 0.55
"""How dark the picture becomes around words."""


@dataclass(frozen=True)
class Place:
    """Where words stand: `lines` of letters of a `size` in terms of the picture's smaller side.

    `left`, `top`, `right` and `bottom` of their block are shares of the picture's width and height; lines begin at the
    left, or are `centred` in the block.
    """

    lines: tuple[str, ...]
    size: float
    left: float
    top: float
    right: float
    bottom: float
    centred: bool = False


@dataclass(frozen=True)
class TitleCard:
    """Words that are shown from `start` to `end` (seconds of the film); `size` in terms of the smaller side.

    They come and go over `fade` seconds. Without a `place` their middle is at the height `middle`, 0 the top of the
    picture and 1 the bottom. The whole picture becomes darker by `dim`.
    """

    text: str
    start: float
    end: float
    size: float
    middle: float = 0.5
    dim: float = 0.0
    fade: float = FADE
    place: Place | None = None

    def strength(self, time: float) -> float:
        """How much of the card is seen, 0..1."""
        fade = min(self.fade, (self.end - self.start) / 2)
        if not self.start <= time <= self.end or fade <= 0:
            return 0.0
        return float(min((time - self.start) / fade, (self.end - time) / fade, 1.0))


def title_cards(duration: float, title: str = "", words: str = "") -> tuple[TitleCard, ...]:
    """Title at the start and credits at the end of a film of `duration` seconds; shorter in a short film."""
    scale = min(1.0, duration / (TITLE_SECONDS + CREDIT_SECONDS))
    made = []
    if title:
        made.append(TitleCard(title, 0.0, TITLE_SECONDS * scale, TITLE_SIZE, middle=TITLE_HEIGHT))
    if words:
        made.append(TitleCard(words, duration - CREDIT_SECONDS * scale, duration, CREDIT_SIZE, dim=CREDIT_DIM))
    return tuple(made)


def short_credits(text: str) -> str:
    """Credits for a picture: `choreo.planfile.credits.credits_text` without the names of the clips."""
    lines = [line.strip() for line in text.splitlines()]
    return "\n".join(line for line in lines if not line.startswith("clips: ")).strip()


def wrapped(text: str, measure: Callable[[str], float], width: float) -> list[str]:
    """Break one line between words, and inside words that are wider than `width` by themselves."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        letters = clusters(line)
        while len(letters) > 1 and measure("".join(letters)) > width:
            counts = range(1, len(letters))
            fit = max(1, bisect_right(counts, width, key=lambda count: measure("".join(letters[:count]))))
            lines.append("".join(letters[:fit]))
            letters = letters[fit:]
        line = "".join(letters)
    return [*lines, line]


def undrawn(cards: Sequence[TitleCard]) -> list[str]:
    """What the user should know of the letters of some cards: which of them no font of this machine has."""
    letters = [each for card in cards for each in Lettering.of(card.text).left_out]
    if not letters:
        return []
    named = ", ".join(f"{each} ({unicodedata.name(each[0], 'unnamed').lower()})" for each in dict.fromkeys(letters))
    return [f"--titles: no font of this machine has {named}; left out"]


@dataclass(frozen=True)
class Lettered:
    """A card with its letters drawn for a picture's size, so that no font is needed any more.

    `png` has the letters, white on black; `size` is theirs in pixels.
    """

    card: TitleCard
    size: int
    png: bytes

    @classmethod
    def of(cls, card: TitleCard, width: int, height: int) -> Lettered:
        """Draw the letters of a card with the fonts of this machine."""
        ink, size = _ink(card, width, height)
        data = BytesIO()
        ink.save(data, "PNG")
        return cls(card, size, data.getvalue())

    def layer(self) -> Floats:
        """The same as `layer` of the card."""
        from PIL import Image

        with Image.open(BytesIO(self.png)) as ink:
            return _shaded(ink.convert("L"), self.size, self.card.dim)


def layer(card: TitleCard, width: int, height: int) -> Floats:
    """Draw a card into a picture, ``(height, width, 2) float32``: brightness and opacity, 0..1.

    Words stand in the card's place; without one at the left of wide pictures, else at the card's height, and letters
    become smaller until words fit whole, where they can, and all of them fit.
    """
    return _shaded(*_ink(card, width, height), card.dim)


def _ink(card: TitleCard, width: int, height: int) -> tuple[Any, int]:
    """Letters of a card, white on black in a grey Pillow picture, and their size in pixels."""
    from PIL import Image, ImageDraw

    letters = Lettering.of(card.text)
    ink = Image.new("L", (width, height))
    draw = ImageDraw.Draw(ink)
    if card.place is not None:
        size = max(round(card.place.size * min(width, height)), 1)
        lines = list(card.place.lines)
        top = 0.5 * (card.place.top + card.place.bottom) * height - 0.5 * LINE * size * len(lines)
        left, right, centred = card.place.left * width, card.place.right * width, card.place.centred
    else:
        aside = is_wide(width, height)
        left, across = (MARGIN * width, ASIDE * width) if aside else (0.5 * (1 - ACROSS) * width, ACROSS * width)
        right, centred = left + across, not aside
        size, lines = _fitted(letters, card, across, DOWN * height, min(width, height))
        block = LINE * size * len(lines)
        top = min(max(card.middle * height - 0.5 * block, 0.0), max(0.95 * height - block, 0.0))
    for number, line in enumerate(lines):
        x = 0.5 * (left + right - letters.width(line, size)) if centred else left
        letters.draw(draw, x, top + (number + 0.5) * LINE * size, line, size)
    return ink, size


def _fitted(letters: Lettering, card: TitleCard, across: float, room: float, side: int) -> tuple[int, list[str]]:
    """Size of letters in pixels and lines of a card that fit a block of `across` by `room` pixels."""
    size = largest = max(round(card.size * side), SMALLEST)
    while True:
        lines, broken = lines_within(letters, size, across)
        fits = LINE * size * len(lines) <= room and not (broken and size > WHOLE_WORDS * largest)
        if fits or size <= SMALLEST:
            return size, lines[: max(1, int(room / (LINE * size)))]
        size = max(SMALLEST, min(size - 1, round(size * 0.9)))


def lines_within(letters: Lettering, size: int, across: float) -> tuple[list[str], bool]:
    """Lines of letters of a `size` that are at most `across` pixels wide, and whether a word had to be broken."""
    measure = partial(letters.width, size=size)
    lines = [part for line in letters.text.split("\n") for part in wrapped(line, measure, across)]
    return lines, any(measure(word) > across for word in letters.text.split() if word.isascii())


def _shaded(ink: Any, size: int, dim: float) -> Floats:
    """Brightness and opacity, ``(height, width, 2) float32``, of letters of a size on their shade."""
    from PIL import ImageChops, ImageFilter

    soft = ink.filter(ImageFilter.GaussianBlur(0.35 * size))
    wide = ink.filter(ImageFilter.GaussianBlur(1.4 * size))
    dark = ImageChops.lighter(soft.point(lambda v: min(3 * v, 255)), wide.point(lambda v: min(3 * v, 255)))
    white, shade = (np.asarray(picture, np.float32) / 255 for picture in (ink, dark))
    opacity = 1 - (1 - white) * (1 - SHADE * shade) * (1 - dim)
    # Straight alpha: white letters on black shade, so brightness is the letters' share of what covers the picture.
    bright = white / np.maximum(opacity, 1e-6)
    return np.stack([np.minimum(bright, 1), opacity], axis=-1)


def is_wide(width: int, height: int) -> bool:
    """Whether a picture has room for words beside the dancers."""
    return width >= WIDE * height


__all__ = [
    "LINE",
    "Lettered",
    "Place",
    "TitleCard",
    "is_wide",
    "layer",
    "lines_within",
    "short_credits",
    "title_cards",
    "undrawn",
    "wrapped",
]
