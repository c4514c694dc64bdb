"""Text over a video: the song's title at the beginning, credits at the end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import AudioError
from choreo.music.container import open_media, readable
from choreo.types import Bytes, Floats

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
FONTS = (
    "NotoSans-Regular.ttf", "DejaVuSans.ttf", "Arial.ttf", "NotoSansCJK-Regular.ttc", "NanumGothic.ttf",
    "wqy-zenhei.ttc", "malgun.ttf", "msyh.ttc", "YuGothR.ttc", "AppleSDGothicNeo.ttc",
    "Hiragino Sans GB.ttc", "Arial Unicode.ttf",
)  # fmt: skip
"""Fonts of usual systems, tried in order for letters that Pillow's own does not have."""
ACROSS, DOWN = 0.84, 0.86
"""Share of the picture's width and height that words may take."""
WIDE, MARGIN, ASIDE = 1.3, 0.05, 0.34
"""Width in terms of the height from which words stand at the left, where no dancer is; their margin and width there."""
LINE = 1.35
"""Distance of lines in terms of the letters' size."""
SHADE = 0.55
"""How dark the picture becomes around words."""


@dataclass(frozen=True)
class TitleCard:
    """Words that are shown from `start` to `end` (seconds of the film); `size` in terms of the smaller side.

    Their middle is at the height `middle`, 0 the top of the picture and 1 the bottom; the whole picture becomes darker
    by `dim`.
    """

    text: str
    start: float
    end: float
    size: float
    middle: float = 0.5
    dim: float = 0.0

    def strength(self, time: float) -> float:
        """How much of the card is seen, 0..1."""
        fade = min(FADE, (self.end - self.start) / 2)
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


def song_title(path: Path | None, name: str) -> str:
    """Title and artist as the song's tags have them, one below the other; its file name without them."""
    import av

    found = {}
    if path is not None:
        try:
            with open_media(path) as container:
                sources = [container.metadata, *(stream.metadata for stream in container.streams.audio[:1])]
                found = {key.lower(): readable(value).strip() for tags in sources for key, value in tags.items()}
        except (av.FFmpegError, AudioError, OSError, ValueError):
            found = {}
    title = found.get("title") or Path(name).stem
    return "\n".join(part for part in (title, found.get("artist", "")) if part)


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
        while len(line) > 1 and measure(line) > width:
            fit = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or measure(line[:n]) <= width)
            lines.append(line[:fit])
            line = line[fit:]
    return [*lines, line]


def legible(text: str) -> tuple[str, str]:
    """Choose letters for a text: it, and the file of a font of this machine, or nothing for Pillow's own.

    Pillow's own has the letters of English only. Where no font has all letters of a text, the missing ones are written
    without their marks (o for ö), or left out, unless nothing would be left.
    """
    from PIL import ImageFont

    own = ImageFont.load_default(16)
    if not (absent := _absent(own, text)):
        return text, ""
    for name in FONTS:
        with suppress(OSError):
            if not _absent(ImageFont.truetype(name, 16), text):
                return text, name
    plain = re.sub(r"\(\s*\)", "", "".join(_plainer(letter) if letter in absent else letter for letter in text))
    lines = [line.strip() for line in plain.split("\n") if line.strip()]
    return ("\n".join(lines) or text), ""


def _plainer(letter: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFKD", letter).replace("ß", "ss") if part.isascii())


def _absent(font: Any, text: str) -> set[str]:
    """Letters that a font draws as the sign for a missing one."""
    nothing = bytes(font.getmask("\uffff"))
    return {letter for letter in set(text) if not letter.isspace() and bytes(font.getmask(letter)) == nothing}


def layer(card: TitleCard, width: int, height: int) -> Floats:
    """Draw a card into a picture, ``(height, width, 2) float32``: brightness and opacity, 0..1.

    Words stand beside the dancers in wide pictures, else in the middle. Letters become smaller when they do not fit.
    """
    from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

    text, name = legible(card.text)
    size = max(round(card.size * min(width, height)), SMALLEST)
    aside = width >= WIDE * height
    across = (ASIDE if aside else ACROSS) * width
    while True:
        font = ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
        lines = [part for line in text.split("\n") for part in wrapped(line, font.getlength, across)]
        if LINE * size * len(lines) <= DOWN * height or size <= SMALLEST:
            break
        size = max(SMALLEST, round(size * 0.9))
    lines = lines[: max(1, int(DOWN * height / (LINE * size)))]
    ink = Image.new("L", (width, height))
    draw = ImageDraw.Draw(ink)
    block = LINE * size * len(lines)
    top = min(max(card.middle * height - 0.5 * block, 0.0), max(0.95 * height - block, 0.0))
    for number, line in enumerate(lines):
        at = (MARGIN * width if aside else width / 2, top + (number + 0.5) * LINE * size)
        draw.text(at, line, fill=255, font=font, anchor="lm" if aside else "mm")
    soft = ink.filter(ImageFilter.GaussianBlur(0.35 * size))
    wide = ink.filter(ImageFilter.GaussianBlur(1.4 * size))
    dark = ImageChops.lighter(soft.point(lambda v: min(3 * v, 255)), wide.point(lambda v: min(3 * v, 255)))
    letters, shade = (np.asarray(picture, np.float32) / 255 for picture in (ink, dark))
    opacity = 1 - (1 - letters) * (1 - SHADE * shade) * (1 - card.dim)
    # Straight alpha: white letters on black shade, so brightness is the letters' share of what covers the picture.
    bright = letters / np.maximum(opacity, 1e-6)
    return np.stack([np.minimum(bright, 1), opacity], axis=-1)


def lay_over(frame: Bytes, words: Floats, strength: float) -> Bytes:
    """Put a layer over a picture ``(h, w, 3)`` or, with straight alpha, ``(h, w, 4) uint8``; a new picture."""
    over = np.asarray(words[..., 1:] * np.float32(strength))
    ink = 255 * words[..., :1]
    if frame.shape[2] == 3:
        return np.asarray(np.rint(frame + (ink - frame) * over), np.uint8)
    below = frame[..., 3:] / np.float32(255) * (1 - over)
    alpha = over + below
    colour = (ink * over + frame[..., :3] * below) / np.maximum(alpha, 1e-6)
    return np.asarray(np.rint(np.concatenate([colour, 255 * alpha], axis=-1)), np.uint8)


def with_titles(frames: Iterator[Bytes], cards: Sequence[TitleCard], first: int, fps: float) -> Iterator[Bytes]:
    """Lay cards over frames, of which the first has the number `first`."""
    drawn: dict[TitleCard, Floats] = {}
    with closing(frames):  # type: ignore[type-var]  # renderers give generators
        for number, frame in enumerate(frames, first):
            time = number / fps
            for card in cards:
                strength = card.strength(time)
                if strength > 0:
                    if card not in drawn:
                        drawn = {card: layer(card, frame.shape[1], frame.shape[0])}
                    words = drawn[card]
                    rows = np.flatnonzero(words[..., 1].max(axis=1) > 1 / 512)
                    part = slice(rows[0], rows[-1] + 1) if len(rows) else slice(0)
                    frame = frame.copy()
                    frame[part] = lay_over(frame[part], words[part], strength)
            yield frame


__all__ = [
    "TitleCard",
    "lay_over",
    "layer",
    "legible",
    "short_credits",
    "song_title",
    "title_cards",
    "with_titles",
    "wrapped",
]
