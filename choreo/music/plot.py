"""A picture of an analysis: waveform, beats, bars, sections, energy and tempo, drawn with Pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from choreo.clock import clock
from choreo.music.bars import time_words
from choreo.music.rhythm import tempo_curve
from choreo.types import Audio, Doubles, Floats, MusicAnalysis

WIDTH, HEIGHT = 1600, 760
LEFT, RIGHT, TOP = 90, 30, 84
PAPER, INK, FAINT, GRID = (255, 255, 255), (34, 34, 40), (120, 120, 130), (226, 226, 232)
WAVE, BEAT, DOWN, ENERGY, TEMPO = (70, 84, 120), (150, 150, 165), (214, 68, 58), (240, 150, 40), (44, 110, 160)
SECTION_COLOURS = (
    (141, 211, 199), (255, 237, 160), (190, 186, 218), (251, 180, 174), (166, 206, 227),
    (253, 205, 150), (204, 235, 197), (217, 217, 217), (244, 202, 228), (230, 213, 160),
)  # fmt: skip
"""By label in order of appearance, again from the first when there are more."""


def peaks(audio: Audio, columns: int) -> Floats:
    """Largest amplitude in each of `columns` equal stretches, ``(columns,)`` 0..1."""
    edges = np.linspace(0, audio.count, columns + 1).astype(np.int64)
    found, first = np.zeros(columns, np.float32), 0
    for block in audio.blocks():
        inside = np.clip(edges - first, 0, len(block))
        for column in np.flatnonzero(inside[1:] > inside[:-1]):
            highest = np.abs(block[inside[column] : inside[column + 1]]).max()
            found[column] = max(found[column], highest)
        first += len(block)
    return (found / max(float(found.max(initial=0)), 1e-6)).astype(np.float32)


def section_colours(analysis: MusicAnalysis) -> dict[str, tuple[int, int, int]]:
    """Colour of each section label."""
    labels = dict.fromkeys(part.label for part in analysis.sections)
    return {label: SECTION_COLOURS[k % len(SECTION_COLOURS)] for k, label in enumerate(labels)}


class _Chart:
    def __init__(self, analysis: MusicAnalysis) -> None:
        self.analysis = analysis
        self.image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.small, self.large = ImageFont.load_default(15), ImageFont.load_default(24)

    def x(self, seconds: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / max(self.analysis.duration, 1e-6)

    def text(self, x: float, y: float, words: str, *, large: bool = False, colour: tuple[int, int, int] = INK) -> None:
        self.draw.text((x, y), words, fill=colour, font=self.large if large else self.small)

    def curve(
        self, values: Doubles, low: float, high: float, top: int, height: int, colour: tuple[int, int, int], fill: bool
    ) -> None:
        share = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
        dots = [
            (self.x(float(t)), top + height * (1 - float(v))) for t, v in zip(self.analysis.beats, share, strict=True)
        ]
        if len(dots) < 2:
            return
        if fill:
            floor = top + height
            self.draw.polygon(
                [(dots[0][0], floor), *dots, (dots[-1][0], floor)], fill=tuple(c // 2 + 127 for c in colour)
            )
        self.draw.line(dots, fill=colour, width=2)

    def axis(self, top: int, bottom: int) -> None:
        step = next(s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600) if self.analysis.duration / s <= 16 or s == 600)
        for second in np.arange(0, self.analysis.duration + 1e-6, step):
            self.draw.line([(self.x(second), top), (self.x(second), bottom)], fill=GRID)
            self.text(self.x(second) - 12, bottom + 6, clock(second, tenths=False), colour=FAINT)


def draw_analysis(analysis: MusicAnalysis, audio: Audio) -> Image.Image:
    """Draw an analysis.

    Parameters
    ----------
    audio
        The song's whole sound, for the waveform.

    Returns
    -------
    PIL.Image.Image
        1600 x 760 pixels.
    """
    chart = _Chart(analysis)
    colours = section_colours(analysis)
    wave_top, wave_height, strip = TOP + 30, 240, 26
    energy_top, tempo_top, height = wave_top + wave_height + 60, wave_top + wave_height + 220, 120
    bottom = tempo_top + height
    name = Path(analysis.path).name
    chart.text(LEFT, 14, name if len(name) < 70 else name[:67] + "...", large=True)
    style = "" if analysis.style == "unknown" else f"   style {analysis.style} ({analysis.style_confidence:.2f})"
    facts = f"{analysis.tempo:.1f} beats/min   {time_words(analysis.track)}   {len(analysis.beats)} beats"
    chart.text(LEFT, 48, f"{facts}   confidence {analysis.track.confidence:.2f}{style}", colour=FAINT)
    chart.axis(wave_top, bottom)
    for part in analysis.sections:
        box = [chart.x(part.start), TOP, chart.x(part.end), wave_top + wave_height]
        pale = tuple((c + 2 * 255) // 3 for c in colours[part.label])
        chart.draw.rectangle(box, fill=pale)
        chart.draw.rectangle([box[0], TOP, box[2], TOP + strip], fill=colours[part.label], outline=PAPER)
        if box[2] - box[0] > 14:
            chart.text(box[0] + 5, TOP + 4, part.label)
    middle, columns = wave_top + wave_height / 2, WIDTH - LEFT - RIGHT
    for column, peak in enumerate(peaks(audio, columns)):
        reach = 0.42 * wave_height * float(peak)
        chart.draw.line([(LEFT + column, middle - reach), (LEFT + column, middle + reach)], fill=WAVE)
    crowded = len(analysis.beats) > columns / 3
    for time, position in zip(analysis.beats.tolist(), analysis.track.positions.tolist(), strict=True):
        if position == 1 or not crowded:
            end = wave_top + wave_height + (22 if position == 1 else 12)
            start = wave_top + wave_height + 2
            colour = DOWN if position == 1 else BEAT
            chart.draw.line([(chart.x(time), start), (chart.x(time), end)], fill=colour, width=1)
    chart.curve(analysis.energy.astype(np.float64), 0, 1, energy_top, height, ENERGY, fill=True)
    local = tempo_curve(analysis)
    low, high = (float(local.min()), float(local.max())) if len(local) else (0.0, 1.0)
    low, high = min(low, 0.9 * (low + high) / 2), max(high, 1.1 * (low + high) / 2)
    chart.curve(local, low, high, tempo_top, height, TEMPO, fill=False)
    for words, top in (("sections", TOP + 4), ("sound", wave_top + 100), ("beats", wave_top + wave_height + 3)):
        chart.text(12, top, words, colour=FAINT)
    chart.text(12, energy_top + 50, "energy", colour=FAINT)
    chart.text(12, tempo_top + 50, "tempo", colour=FAINT)
    chart.text(12, tempo_top, f"{high:.0f}", colour=FAINT)
    chart.text(12, tempo_top + height - 16, f"{low:.0f}", colour=FAINT)
    return chart.image
