"""An evaluation as one HTML file: the table, and plots as inline SVG. No network, no library, no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from choreo.metrics.charts import WIDTH, Chart, ChartFigure, Square, ribbon, square
from choreo.metrics.reference import FPS
from choreo.metrics.report import Report
from choreo.pages import page

SECOND_PIXELS, LARGEST_PIXELS = 60.0, 20_000.0
"""Of plots in which single beats are to be seen; the page lets one move along."""
LEAST_UNLIKE = 0.05
"""Metres at which two bars of motion count as wholly unlike in the picture, when all are nearer."""


def write_page(report: Report, path: str | Path, *, title: str = "", sources: tuple[str, ...] = ()) -> None:
    """Write the page.

    Parameters
    ----------
    title
        What was measured.
    sources
        Names of the reference's motions, for the copied stretches.
    """
    text = page(
        "choreo.metrics",
        "report_page.html",
        title=title,
        about=_about(report),
        warnings=report.warnings,
        rows=_table(report),
        figures=_figures(report.plots),
        pair=_pair(report.plots),
        ribbons=_ribbons(report, sources),
    )
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def _about(report: Report) -> str:
    facts = report.facts
    text = f"{facts['seconds']:.1f} s of dance to {Path(str(facts['song'])).name}, {facts['tempo']:.1f} beats a minute"
    text += f", from {facts['start']:g} s of the song on" if facts["start"] else ""
    text += f", measured as {facts['compat']}" if facts["compat"] != "choreo" else ""
    return text + (f", beside {Path(str(facts['reference'])).name}" if facts["reference"] else "")


@dataclass(frozen=True)
class MeasureRow:
    """A row of the table: the heading of a group, or the cells of a measure; one without a value is `lacking`."""

    group: str
    cells: list[str]
    lacking: bool


def _table(report: Report) -> list[MeasureRow]:
    return [
        MeasureRow("", [cell.strip() for cell in (label, *cells)], cells[0] == "-")
        if label.startswith(" ")
        else MeasureRow(label, [], False)
        for label, *cells in report.rows()
    ]


def _figures(plots: Mapping[str, Any]) -> list[ChartFigure]:
    out = [_speed(plots), _lags(plots), *([_null(plots)] if "null" in plots else []), _push(plots)]
    return [*out, _energy(plots)] if len(plots["loud"]) > 1 else out


def _pair(plots: Mapping[str, Any]) -> list[Square]:
    """Self-similarity of the music and of the dance; nothing for a single bar."""
    if len(plots["loud"]) <= 1:
        return []
    far = max(float(plots["seen"].max()), LEAST_UNLIKE)
    return [
        square("bars of the music that are alike", plots["heard"]),
        square("bars of the dance that are alike", 1 - plots["seen"] / far),
    ]


def _ribbons(report: Report, sources: tuple[str, ...]) -> list[ChartFigure]:
    plots, seconds, out = report.plots, float(report.facts["seconds"]), []
    if plots["runs"]:
        out.append(ribbon("copied from the reference (a colour a motion)", seconds, plots["runs"], sources))
    if plots["own_runs"]:
        out.append(ribbon("repeated from earlier in this dance", seconds, plots["own_runs"], ()))
    return out


def _speed(plots: Mapping[str, Any]) -> ChartFigure:
    speed, start = plots["speed"], plots["start"]
    times = start + (np.arange(len(speed)) + 0.5) / FPS
    end = float(times[-1]) if len(times) else start + 1
    width = float(np.clip(SECOND_PIXELS * (end - start), WIDTH, LARGEST_PIXELS))
    chart = Chart("mean speed of the joints; beats of the music (grey) and of the dance (red)", 220.0, (start, end),
                  (0.0, float(speed.max(initial=0.1))), width=width)  # fmt: skip
    chart.marks(plots["music_beats"].tolist(), "music")
    chart.curve(times, speed, "speed")
    chart.marks(plots["motion_beats"].tolist(), "motion", 0.0, 0.12)
    return chart.figure("s of the song", "m/s")


def _lags(plots: Mapping[str, Any]) -> ChartFigure:
    lags = 1000 * plots["lags"]
    reach = float(np.clip(np.abs(lags).max(initial=100), 100, 500))
    chart = Chart("how much later than the nearest music beat each motion beat is", 150.0, (-reach, reach), (0, 1))
    chart.bars(lags, np.linspace(-reach, reach, 41), "bar")
    chart.marks([0.0], "music")
    chart.marks([-70.0, 70.0], "grid")
    if len(lags):
        chart.marks([float(np.median(lags))], "motion")
    return chart.figure("ms", "n")


def _null(plots: Mapping[str, Any]) -> ChartFigure:
    chart = Chart(
        "F1 at 70 ms: this dance (red) and the same turned about, eight beats at a time", 150.0, (0, 1), (0, 1)
    )
    chart.bars(plots["null"], np.linspace(0, 1, 51), "bar")
    chart.marks([plots["f1"]], "motion")
    return chart.figure("F1", "n")


def _push(plots: Mapping[str, Any]) -> ChartFigure:
    push = plots["push"]
    start = plots["start"]
    times = start + np.arange(len(push)) / FPS
    chart = Chart("largest acceleration of a joint" + ("; seams in red" if "seams" in plots else ""), 160.0,
                  (start, float(times[-1]) if len(times) > 1 else start + 1),
                  (0.0, float(np.quantile(push, 0.999)) or 1.0))  # fmt: skip
    chart.marks([t for t in plots.get("seams", np.zeros(0)).tolist() if start < t < times[-1]], "seam")
    chart.curve(times, push, "speed")
    return chart.figure("s of the song", "m/s²")


def _energy(plots: Mapping[str, Any]) -> ChartFigure:
    middle = plots["bars"].mean(axis=1)
    ends = (float(plots["bars"][0, 0]), float(plots["bars"][-1, 1]))
    chart = Chart(
        "energy by bar: music (grey) and dance (blue), each from its least to its most", 160.0, ends, (0.0, 1.0)
    )
    for name, values in (("heard", plots["loud"]), ("speed", plots["strong"])):
        chart.curve(middle, (values - values.min()) / max(float(np.ptp(values)), 1e-9), name)
    return chart.figure("s of the song")
