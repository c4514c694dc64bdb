"""Plots of an evaluation for the page's SVG; colours are those of its style sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from choreo.metrics.verbatim import Run
from choreo.types import Doubles

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 1000.0, 52.0, 12.0, 14.0, 40.0
DENSITY = 1.5
"""Points of a curve for each pixel; more are thinned by their largest, so that no spike is lost."""
LARGEST_GRID = 96
"""Bars of a self-similarity; of longer ones the first."""


@dataclass(frozen=True)
class Curve:
    """A line through points; `name` is its class in the style sheet, as in all shapes."""

    kind: ClassVar[str] = "curve"
    name: str
    points: str


@dataclass(frozen=True)
class Marks:
    """Upright lines as one SVG path."""

    kind: ClassVar[str] = "marks"
    name: str
    path: str


@dataclass(frozen=True)
class Box:
    """A filled rectangle in pixels; `words` show under the pointer."""

    kind: ClassVar[str] = "box"
    name: str
    x: str
    y: str
    width: str
    height: str
    words: str


@dataclass(frozen=True)
class Tick:
    """A number at an axis; `at` is in pixels."""

    at: str
    words: str


@dataclass(frozen=True)
class ChartFigure:
    """A finished plot with its axes, in pixels, as ``charts.html`` draws it."""

    title: str
    width: str
    height: str
    wide: bool
    top: float
    floor: float
    middle: str
    ticks: list[Tick]
    side_x: float
    sides: list[Tick]
    y_unit: str
    unit_x: float
    unit_y: float
    unit: str
    parts: list[Curve | Marks | Box]


class Chart:
    """One plot: `x` and `y` are the ends of its axes."""

    def __init__(
        self, title: str, height: float, x: tuple[float, float], y: tuple[float, float], *, width: float = WIDTH
    ) -> None:
        self.title, self.height, self.width = title, height, width
        self.x0, self.x1 = x[0], max(x[1], x[0] + 1e-9)
        self.y0, self.y1 = y[0], max(y[1], y[0] + 1e-9)
        self.parts: list[Curve | Marks | Box] = []

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return LEFT + (self.width - LEFT - RIGHT) * (value - self.x0) / (self.x1 - self.x0)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        share = (value - self.y0) / (self.y1 - self.y0)
        return TOP + (self.height - TOP - BOTTOM) * (1 - min(1.0, max(0.0, share)))

    def curve(self, xs: Doubles, ys: Doubles, name: str) -> None:
        """A line through points."""
        step = -(-len(xs) // int(DENSITY * self.width))
        if step > 1:
            count = len(xs) // step * step
            xs, ys = xs[:count:step], ys[:count].reshape(-1, step).max(axis=1)
        points = " ".join(f"{self.x(float(a)):.1f},{self.y(float(b)):.1f}" for a, b in zip(xs, ys, strict=True))
        self.parts.append(Curve(name, points))

    def marks(self, xs: Iterable[float], name: str, low: float = 0.0, high: float = 1.0) -> None:
        """Upright lines; `low` and `high` are shares of the height."""
        span = self.height - TOP - BOTTOM
        a, b = TOP + span * (1 - high), TOP + span * (1 - low)
        self.parts.append(Marks(name, "".join(f"M{self.x(float(each)):.1f} {a:.1f}V{b:.1f}" for each in xs)))

    def bars(self, values: Doubles, edges: Doubles, name: str) -> None:
        """A histogram."""
        counts, _ = np.histogram(values, edges)
        most = max(int(counts.max(initial=0)), 1)
        self.y0, self.y1 = 0.0, float(most)
        for count, a, b in zip(counts.tolist(), edges[:-1], edges[1:], strict=True):
            self.box(float(a), float(b), 0.0, float(count), name)

    def box(self, x0: float, x1: float, y0: float, y1: float, name: str, words: str = "") -> None:
        """A filled rectangle; `words` show under the pointer."""
        left, right, top, bottom = self.x(x0), self.x(x1), self.y(y1), self.y(y0)
        width, height = max(right - left - 0.5, 0.5), max(bottom - top, 0)
        self.parts.append(Box(name, f"{left:.1f}", f"{top:.1f}", f"{width:.1f}", f"{height:.1f}", words))

    def figure(self, unit: str = "s", y_unit: str = "") -> ChartFigure:
        """The plot with its axes; without `y_unit` nothing is written at the left."""
        step = tick_step((self.x1 - self.x0) * WIDTH / self.width)
        ticks = np.arange(np.ceil(self.x0 / step) * step, self.x1 + step / 1000, step)
        floor = self.height - BOTTOM
        return ChartFigure(
            title=self.title,
            width=f"{self.width:g}",
            height=f"{self.height:g}",
            wide=self.width > WIDTH,
            top=TOP,
            floor=floor,
            middle=f"{TOP + (floor - TOP) / 2:.1f}",
            ticks=[Tick(f"{self.x(t):.1f}", f"{t:g}") for t in np.round(ticks, 6).tolist()],
            side_x=LEFT - 6,
            sides=[Tick(f"{self.y(v) + 4:.1f}", f"{v:.3g}") for v in (self.y0, self.y1)],
            y_unit=y_unit,
            unit_x=self.width - 4,
            unit_y=self.height - 5,
            unit=unit,
            parts=self.parts,
        )


def tick_step(span: float) -> float:
    """A round step that gives at most ten ticks."""
    size = 10 ** np.floor(np.log10(max(span, 1e-9) / 10))
    return float(next(size * k for k in (1, 2, 5, 10, 20) if span / (size * k) <= 10))


@dataclass(frozen=True)
class Shade:
    """All cells of one shade, as an SVG path."""

    opacity: str
    path: str


@dataclass(frozen=True)
class Square:
    """A square of `side` times `side` cells."""

    title: str
    side: int
    shades: list[Shade]


def square(title: str, values: Doubles) -> Square:
    """A square of shades: 0 the paper, 1 the ink."""
    shown = np.clip(values[:LARGEST_GRID, :LARGEST_GRID], 0, 1)
    levels = np.round(shown * 9).astype(int)
    shades = []
    for level in range(1, 10):  # one path a shade keeps the page small
        rows, columns = np.nonzero(levels == level)
        path = "".join(f"M{x} {y}h1v1h-1z" for y, x in zip(rows.tolist(), columns.tolist(), strict=True))
        if path:
            shades.append(Shade(f"{level / 9:.2f}", path))
    return Square(title, max(len(shown), 1), shades)


def ribbon(title: str, end: float, runs: Sequence[Run], names: Sequence[str]) -> ChartFigure:
    """Stretches of the dance that are danced elsewhere, on a time line."""
    chart = Chart(title, 70.0, (0.0, end), (0.0, 1.0))
    for run in runs:
        words = f"{run.start:.1f} to {run.end:.1f} s: " + (names[run.source] if names else "earlier in this dance")
        chart.box(run.start, run.end, 0.0, 1.0, f"run c{run.source % 6}", words + (", mirrored" if run.mirror else ""))
    return chart.figure()
