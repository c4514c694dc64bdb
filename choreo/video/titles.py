"""Text over a video: the song's title at the beginning, credits at the end."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import AudioError
from choreo.motion.repair import sliced
from choreo.music.container import open_media, readable
from choreo.types import CameraPath, Floats, Scene
from choreo.video.camera import FLESH, framed_points, view_bases
from choreo.video.lettering import Lettering, clusters
from choreo.video.outline import outlines_of

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
EDGE, AIR, LEAST = 0.03, 0.015, 0.06
"""Shares of the height, in pictures that are not wide: to the edge, to the dancers, and of the least band for words."""
WHOLE_WORDS = 0.55
"""How small letters become, as a share, before a word is broken."""
LINE = 1.35
"""Distance of lines in terms of the letters' size."""
SHADE = 0.55
"""How dark the picture becomes around words."""


@dataclass(frozen=True)
class TitleCard:
    """Words that are shown from `start` to `end` (seconds of the film); `size` in terms of the smaller side.

    Their middle is at the height `middle`, 0 the top of the picture and 1 the bottom, and they stay inside `band`; the
    whole picture becomes darker by `dim`.
    """

    text: str
    start: float
    end: float
    size: float
    middle: float = 0.5
    dim: float = 0.0
    band: tuple[float, float] = (0.0, 1.0)

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

    Words stand beside the dancers in wide pictures, else in the card's band. Letters become smaller until words fit
    whole, where they can, and all of them fit.
    """
    return _shaded(*_ink(card, width, height), card.dim)


def _ink(card: TitleCard, width: int, height: int) -> tuple[Any, int]:
    """Letters of a card, white on black in a grey Pillow picture, and their size in pixels."""
    from PIL import Image, ImageDraw

    letters = Lettering.of(card.text)
    aside = is_wide(width, height)
    across = (ASIDE if aside else ACROSS) * width
    above, below = (0.0, 1.0) if aside else card.band
    room = min(DOWN, below - above) * height
    size = largest = max(round(card.size * min(width, height)), SMALLEST)
    while True:
        measure = partial(letters.width, size=size)
        lines = [part for line in letters.text.split("\n") for part in wrapped(line, measure, across)]
        broken = size > WHOLE_WORDS * largest and any(
            measure(word) > across for word in letters.text.split() if word.isascii()
        )
        if (LINE * size * len(lines) <= room and not broken) or size <= SMALLEST:
            break
        size = max(SMALLEST, min(size - 1, round(size * 0.9)))
    lines = lines[: max(1, int(room / (LINE * size)))]
    ink = Image.new("L", (width, height))
    draw = ImageDraw.Draw(ink)
    block = LINE * size * len(lines)
    middle = card.middle if aside else min(max(card.middle, above + 0.5 * block / height), below - 0.5 * block / height)
    top = min(max(middle * height - 0.5 * block, 0.0), max(0.95 * height - block, 0.0))
    for number, line in enumerate(lines):
        x = MARGIN * width if aside else 0.5 * (width - letters.width(line, size))
        letters.draw(draw, x, top + (number + 0.5) * LINE * size, line, size)
    return ink, size


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


def placed_cards(cards: Sequence[TitleCard], scene: Scene) -> tuple[TitleCard, ...]:
    """Cards above or below the dancers of a scene, where more room is while the card is shown.

    In wide pictures words stand at the side, and nothing changes. Nor does it where neither band has `LEAST` of the
    picture's height.
    """
    if is_wide(scene.width, scene.height):
        return tuple(cards)
    placed = []
    for card in cards:
        first, last = (min(round(time * scene.fps), len(scene) - 1) for time in (card.start, card.end))
        top, bottom = danced_rows(scene, first, last + 1)
        bands = ((EDGE, top - AIR), (bottom + AIR, 1 - EDGE))
        band = max(bands, key=lambda each: each[1] - each[0])
        placed.append(replace(card, band=band, middle=sum(band) / 2) if band[1] - band[0] >= LEAST else card)
    return tuple(placed)


def danced_rows(scene: Scene, first: int, last: int) -> tuple[float, float]:
    """Highest and lowest row that dancers touch in some frames, 0 the top of the picture and 1 the bottom."""
    motions = [sliced(motion, first, last) for _, motion in scene.performers]
    points = framed_points(motions, outlines_of([body for body, _ in scene.performers], FLESH))
    path = CameraPath(scene.camera.eye[first:last], scene.camera.target[first:last], scene.camera.fov_y)
    up, back, eye = (view_bases(path)[:, k, None].astype(np.float64) for k in (1, 2, 3))
    height, depth = ((points - eye) * up).sum(axis=-1), -((points - eye) * back).sum(axis=-1)
    scale = 0.5 / (np.maximum(depth, 0.1) * np.tan(scene.camera.fov_y / 2))
    rows = np.stack([0.5 - (height + FLESH) * scale, 0.5 - (height - FLESH) * scale])
    return float(np.clip(rows.min(), 0, 1)), float(np.clip(rows.max(), 0, 1))


__all__ = [
    "Lettered",
    "TitleCard",
    "layer",
    "placed_cards",
    "short_credits",
    "song_title",
    "title_cards",
    "undrawn",
    "wrapped",
]
