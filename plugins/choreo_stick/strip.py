"""What is danced, written over the picture: name, count and time above, clips and beats on a strip below."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from choreo.clock import clock
from choreo.types import Bytes, Timeline
from choreo.video.timeline import moment

SECONDS = 8.0
"""How much of the dance the strip shows; now is at `NOW` of its width."""
NOW = 0.3
SMALLEST = 200
"""Pixels of height (or of 0.7 times the width) under which there is no room for words."""
PAPER, INK, FAINT, SEAM, BEAT, DOWN = (
    (12, 12, 17), (240, 240, 246), (150, 152, 170), (255, 255, 255), (120, 122, 140), (255, 150, 70),
)  # fmt: skip
BLOCKS = ((58, 78, 122), (104, 66, 104), (48, 96, 92), (116, 84, 48), (84, 72, 132), (110, 58, 66))
"""Colour of a clip by its section, in order of appearance, again from the first when there are more."""


class Strip:
    """Words and strip of one dance at one size."""

    def __init__(self, timeline: Timeline, width: int, height: int) -> None:
        self.timeline, self.width, self.height = timeline, width, height
        self.unit = min(height, round(0.7 * width))
        self.tall = max(30, round(0.1 * self.unit)) if self.unit >= SMALLEST else 0
        self.rate = width / SECONDS
        labels = list(dict.fromkeys(part.label for part in timeline.sections))
        self.colours = {label: BLOCKS[k % len(BLOCKS)] for k, label in enumerate(labels)}
        self.font = ImageFont.load_default(max(10, round(0.022 * self.unit)))
        self.large = ImageFont.load_default(max(12, round(0.036 * self.unit)))
        self.tile = lru_cache(maxsize=3)(self._tile)
        self.words = lru_cache(maxsize=64)(self._words)

    def onto(self, picture: Bytes, time: float) -> None:
        """Draw strip and words of a moment over a picture ``(H, W, 3)``."""
        if not self.tall:
            return
        first = round(time * self.rate - NOW * self.width)
        number, inside = divmod(first, self.width)
        below = picture[self.height - self.tall :]
        below[:, : self.width - inside] = self.tile(number)[:, inside:]
        below[:, self.width - inside :] = self.tile(number + 1)[:, :inside]
        cursor = round(NOW * self.width)
        below[:, cursor - 1 : cursor + 1] = DOWN
        now = moment(self.timeline, time)
        margin = round(0.03 * self.unit)
        self._blend(picture, self.words(now.step, True), margin, margin)
        line = margin + round(0.052 * self.unit)
        if now.count:
            self._blend(picture, self.words(f"count {now.count} of {now.counts}", False), margin, line)
        part = f"part {now.section}   " if now.section else ""
        header = self._words(part + clock(max(time, 0.0)), False)
        self._blend(picture, header, self.width - margin - header.shape[1], margin)
        self._lamps(picture, now.position, now.since_beat, margin, line + round(0.045 * self.unit))

    def _tile(self, number: int) -> Bytes:
        """Stretch `number` of the strip, as wide as the picture."""
        image = Image.new("RGB", (self.width, self.tall), PAPER)
        pen = ImageDraw.Draw(image)
        shift = number * self.width
        top, bottom = round(0.3 * self.tall), self.tall - 1
        for step in self.timeline.steps:
            left, right = step.start * self.rate - shift, step.end * self.rate - shift
            if right < 0 or left > self.width:
                continue
            pen.rectangle([left, top, right, bottom], fill=self._colour(step.start))
            pen.rectangle([left, top, left + 1, bottom], fill=SEAM)
            pen.text((left + 0.12 * self.tall, 0.45 * self.tall), step.label, fill=INK, font=self.font)
        for time, position in zip(self.timeline.beats, self.timeline.positions, strict=True):
            x = time * self.rate - shift
            if -2 <= x <= self.width + 2:
                length = 0.26 if position == 1 else 0.16
                pen.rectangle([x - 0.5, (0.28 - length) * self.tall, x + 0.5, 0.28 * self.tall],
                              fill=DOWN if position == 1 else BEAT)  # fmt: skip
        return np.asarray(image)

    def _colour(self, time: float) -> tuple[int, int, int]:
        parts = [part for part in self.timeline.sections if part.start - 1e-6 <= time]
        return self.colours[parts[-1].label] if parts else BLOCKS[0]

    def _words(self, words: str, large: bool) -> Bytes:
        """Opacity of a line of text, ``(h, w) uint8``."""
        font = self.large if large else self.font
        _, _, right, bottom = font.getbbox(words or " ")
        image = Image.new("L", (max(1, round(right) + 1), max(1, round(bottom) + 1)))
        ImageDraw.Draw(image).text((0, 0), words, fill=255, font=font)
        return np.asarray(image)

    def _blend(self, picture: Bytes, opacity: Bytes, x: int, y: int) -> None:
        x, y = max(x, 0), max(y, 0)
        under = picture[y : y + opacity.shape[0], x : x + opacity.shape[1]]
        share = opacity[: under.shape[0], : under.shape[1], None] / np.float32(255)
        under[:] = (under * (1 - share) + np.array(INK, np.float32) * share + 0.5).astype(np.uint8)

    def _lamps(self, picture: Bytes, position: int, since: float, x: int, y: int) -> None:
        """A dot for each beat of the bar, the one that sounds lit and going out."""
        from choreo_stick.kernels import strokes

        radius = 0.009 * self.unit
        most = max(self.timeline.metre, *self.timeline.metres, 0)
        rows = np.zeros((most, 11), np.float32)
        for k in range(most):
            lit = float(np.exp(-max(since, 0) / 0.3)) if k + 1 == position else 0.0
            colour = np.array(DOWN if k == 0 else INK) * lit + np.array(BEAT) * (1 - lit)
            size = radius * (1 + 0.6 * lit)
            rows[k] = [
                x + radius + 3.2 * radius * k,
                y + radius,
                size,
                0,
                y + radius,
                size,
                *colour,
                0.5 + 0.5 * lit,
                0,
            ]
        rows[:, 3] = rows[:, 0]
        strokes(picture, rows)
