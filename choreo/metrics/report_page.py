"""An evaluation as one HTML file: the table, and plots as inline SVG. No network, no library, no script."""

from __future__ import annotations

import html
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from choreo.metrics.charts import WIDTH, Chart, grid, ribbon
from choreo.metrics.reference import FPS
from choreo.metrics.report import Report

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
    page = files("choreo.metrics").joinpath("report_page.html").read_text(encoding="utf-8")
    told = "".join(f"<p class=warning>{html.escape(words)}</p>" for words in report.warnings)
    for key, value in {
        "@@TITLE@@": html.escape(title),
        "@@ABOUT@@": html.escape(_about(report)),
        "@@WARNINGS@@": told,
        "@@TABLE@@": _table(report),
        "@@PLOTS@@": "".join(_plots(report, sources)),
    }.items():
        page = page.replace(key, value)
    Path(path).write_text(page, encoding="utf-8", newline="\n")


def _about(report: Report) -> str:
    facts = report.facts
    text = f"{facts['seconds']:.1f} s of dance to {Path(str(facts['song'])).name}, {facts['tempo']:.1f} beats a minute"
    text += f", from {facts['start']:g} s of the song on" if facts["start"] else ""
    text += f", measured as {facts['compat']}" if facts["compat"] != "choreo" else ""
    return text + (f", beside {Path(str(facts['reference'])).name}" if facts["reference"] else "")


def _table(report: Report) -> str:
    rows = ["<table><thead><tr><th>measure<th>value<th>chance<th>real dance<th>good, and notes</thead>"]
    for label, *row in report.rows():
        if not label.startswith(" "):
            rows.append(f'<tr class="group"><th colspan="5">{html.escape(label)}')
            continue
        kind = ' class="lacking"' if row[0] == "-" else ""
        rows.append(f"<tr{kind}>" + "".join(f"<td>{html.escape(cell.strip())}" for cell in (label, *row)))
    return "\n".join(rows) + "</table>"


def _plots(report: Report, sources: tuple[str, ...]) -> list[str]:
    plots = report.plots
    out = [_speed(plots), _lags(plots), *([_null(plots)] if "null" in plots else []), _push(plots)]
    if len(plots["loud"]) > 1:
        out.append(_energy(plots))
        far = max(float(plots["seen"].max()), LEAST_UNLIKE)
        pair = grid("bars of the music that are alike", plots["heard"])
        pair += grid("bars of the dance that are alike", 1 - plots["seen"] / far)
        out.append(f'<div class="pair">{pair}</div>')
    seconds = float(report.facts["seconds"])
    if plots["runs"]:
        out.append(ribbon("copied from the reference (a colour a motion)", seconds, plots["runs"], sources))
    if plots["own_runs"]:
        out.append(ribbon("repeated from earlier in this dance", seconds, plots["own_runs"], ()))
    return out


def _speed(plots: dict[str, Any] | Any) -> str:
    speed, start = plots["speed"], plots["start"]
    times = start + (np.arange(len(speed)) + 0.5) / FPS
    end = float(times[-1]) if len(times) else start + 1
    width = float(np.clip(SECOND_PIXELS * (end - start), WIDTH, LARGEST_PIXELS))
    chart = Chart("mean speed of the joints; beats of the music (grey) and of the dance (red)", 220.0, (start, end),
                  (0.0, float(speed.max(initial=0.1))), width=width)  # fmt: skip
    chart.marks(plots["music_beats"].tolist(), "music")
    chart.curve(times, speed, "speed")
    chart.marks(plots["motion_beats"].tolist(), "motion", 0.0, 0.12)
    return chart.svg("s of the song", "m/s")


def _lags(plots: Any) -> str:
    lags = 1000 * plots["lags"]
    reach = float(np.clip(np.abs(lags).max(initial=100), 100, 500))
    chart = Chart("how much later than the nearest music beat each motion beat is", 150.0, (-reach, reach), (0, 1))
    chart.bars(lags, np.linspace(-reach, reach, 41), "bar")
    chart.marks([0.0], "music")
    chart.marks([-70.0, 70.0], "grid")
    if len(lags):
        chart.marks([float(np.median(lags))], "motion")
    return chart.svg("ms", "n")


def _null(plots: Any) -> str:
    chart = Chart(
        "F1 at 70 ms: this dance (red) and the same turned about, eight beats at a time", 150.0, (0, 1), (0, 1)
    )
    chart.bars(plots["null"], np.linspace(0, 1, 51), "bar")
    chart.marks([plots["f1"]], "motion")
    return chart.svg("F1", "n")


def _push(plots: Any) -> str:
    push = plots["push"]
    start = plots["start"]
    times = start + np.arange(len(push)) / FPS
    chart = Chart("largest acceleration of a joint" + ("; seams in red" if "seams" in plots else ""), 160.0,
                  (start, float(times[-1]) if len(times) > 1 else start + 1),
                  (0.0, float(np.quantile(push, 0.999)) or 1.0))  # fmt: skip
    chart.marks([t for t in plots.get("seams", np.zeros(0)).tolist() if start < t < times[-1]], "seam")
    chart.curve(times, push, "speed")
    return chart.svg("s of the song", "m/s²")


def _energy(plots: Any) -> str:
    middle = plots["bars"].mean(axis=1)
    ends = (float(plots["bars"][0, 0]), float(plots["bars"][-1, 1]))
    chart = Chart(
        "energy by bar: music (grey) and dance (blue), each from its least to its most", 160.0, ends, (0.0, 1.0)
    )
    for name, values in (("heard", plots["loud"]), ("speed", plots["strong"])):
        chart.curve(middle, (values - values.min()) / max(float(np.ptp(values)), 1e-9), name)
    return chart.svg("s of the song")
