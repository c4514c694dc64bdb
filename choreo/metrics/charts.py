"""Plots of an evaluation as inline SVG; colours are those of the page's style sheet."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import numpy as np

from choreo.metrics.verbatim import Run
from choreo.types import Doubles

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 1000.0, 52.0, 12.0, 14.0, 40.0
DENSITY = 1.5
"""Points of a curve for each pixel; more are thinned by their largest, so that no spike is lost."""
LARGEST_GRID = 96
"""Bars of a self-similarity; of longer ones the first."""


class Chart:
    """One plot: `x` and `y` are the ends of its axes."""

    def __init__(
        self, title: str, height: float, x: tuple[float, float], y: tuple[float, float], *, width: float = WIDTH
    ) -> None:
        self.title, self.height, self.width = title, height, width
        self.x0, self.x1 = x[0], max(x[1], x[0] + 1e-9)
        self.y0, self.y1 = y[0], max(y[1], y[0] + 1e-9)
        self.parts: list[str] = []

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
        dots = " ".join(f"{self.x(float(a)):.1f},{self.y(float(b)):.1f}" for a, b in zip(xs, ys, strict=True))
        self.parts.append(f'<polyline class="{name}" points="{dots}"/>')

    def marks(self, xs: Iterable[float], name: str, low: float = 0.0, high: float = 1.0) -> None:
        """Upright lines; `low` and `high` are shares of the height."""
        span = self.height - TOP - BOTTOM
        a, b = TOP + span * (1 - high), TOP + span * (1 - low)
        path = "".join(f"M{self.x(float(each)):.1f} {a:.1f}V{b:.1f}" for each in xs)
        self.parts.append(f'<path class="{name}" d="{path}"/>')

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
        said = f"<title>{html.escape(words)}</title>" if words else ""
        size = f'width="{max(right - left - 0.5, 0.5):.1f}" height="{max(bottom - top, 0):.1f}"'
        self.parts.append(f'<rect class="{name}" x="{left:.1f}" y="{top:.1f}" {size}>{said}</rect>')

    def svg(self, unit: str = "s", y_unit: str = "") -> str:
        """The figure with its axes."""
        step = tick_step((self.x1 - self.x0) * WIDTH / self.width)
        ticks = np.arange(np.ceil(self.x0 / step) * step, self.x1 + step / 1000, step)
        floor = self.height - BOTTOM
        grid = "".join(
            f'<path class="grid" d="M{self.x(t):.1f} {TOP}V{floor}"/>'
            f'<text x="{self.x(t):.1f}" y="{floor + 16}" text-anchor="middle">{t:g}</text>'
            for t in np.round(ticks, 6).tolist()
        )
        sides = ""
        if y_unit:
            sides = "".join(
                f'<text x="{LEFT - 6}" y="{self.y(v) + 4:.1f}" text-anchor="end">{v:.3g}</text>'
                for v in (self.y0, self.y1)
            )
            sides += f'<text x="4" y="{TOP + (floor - TOP) / 2:.1f}">{html.escape(y_unit)}</text>'
        end = f'<text x="{self.width - 4}" y="{self.height - 5}" text-anchor="end">{html.escape(unit)}</text>'
        label = html.escape(self.title)
        wide = f' class="wide" style="width:{self.width:g}px"' if self.width > WIDTH else ""
        return (
            f'<figure><figcaption>{label}</figcaption><div><svg{wide} viewBox="0 0 {self.width:g} {self.height:g}" '
            f'role="img" aria-label="{label}">{grid}{sides}{"".join(self.parts)}{end}</svg></div></figure>'
        )


def tick_step(span: float) -> float:
    """A round step that gives at most ten ticks."""
    size = 10 ** np.floor(np.log10(max(span, 1e-9) / 10))
    return float(next(size * k for k in (1, 2, 5, 10, 20) if span / (size * k) <= 10))


def grid(title: str, values: Doubles) -> str:
    """A square of shades: 0 the paper, 1 the ink."""
    shown = np.clip(values[:LARGEST_GRID, :LARGEST_GRID], 0, 1)
    levels = np.round(shown * 9).astype(int)
    cells = []
    for level in range(1, 10):  # one path a shade keeps the page small
        rows, columns = np.nonzero(levels == level)
        path = "".join(f"M{x} {y}h1v1h-1z" for y, x in zip(rows.tolist(), columns.tolist(), strict=True))
        if path:
            cells.append(f'<path class="shade" fill-opacity="{level / 9:.2f}" d="{path}"/>')
    side = max(len(shown), 1)
    label = html.escape(title)
    return (
        f'<figure class="square"><figcaption>{label}</figcaption><svg viewBox="0 0 {side} {side}" role="img" '
        f'aria-label="{label}">{"".join(cells)}</svg></figure>'
    )


def ribbon(title: str, end: float, runs: Sequence[Run], names: Sequence[str]) -> str:
    """Stretches of the dance that are danced elsewhere, on a time line."""
    chart = Chart(title, 70.0, (0.0, end), (0.0, 1.0))
    for run in runs:
        words = f"{run.start:.1f} to {run.end:.1f} s: " + (names[run.source] if names else "earlier in this dance")
        chart.box(run.start, run.end, 0.0, 1.0, f"run c{run.source % 6}", words + (", mirrored" if run.mirror else ""))
    return chart.svg()
