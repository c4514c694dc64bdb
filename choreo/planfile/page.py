"""A plan as one HTML file to dance from: eights in rows, steps as blocks, what each cost. No network, no library."""

from __future__ import annotations

import html
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

from choreo.clock import clock
from choreo.planfile.counts import step_bars
from choreo.planfile.page_parts import DECIDES, cards, guarantee_rows, overview, stage_picture
from choreo.planfile.rows import Piece, Row, rows_of
from choreo.planfile.table import troupe_line
from choreo.types import ChoreographyPlan

HUES = 8
"""Colours of sections in the style sheet."""


def write_page(plan: ChoreographyPlan, path: str | Path) -> None:
    """Write the page; the same plan gives the same bytes."""
    page = files("choreo.planfile").joinpath("page.html").read_text(encoding="utf-8")
    colours = section_colours(plan)
    rows = rows_of(plan)
    detail = cards(plan)
    parts = {
        "TITLE": html.escape(str(plan.song.get("name", "")) or "a dance"),
        "ABOUT": html.escape(_about(plan)),
        "TROUPE": stage_picture(plan, troupe_line(plan)),
        "WARNINGS": "".join(f'<p class="warning">{html.escape(words)}</p>' for words in plan.warnings),
        "GUARANTEES": guarantee_rows(plan),
        "OVERVIEW": overview(plan, colours),
        "ROWS": "\n".join(_row(plan, row, _head(rows, k, colours), colours, detail) for k, row in enumerate(rows)),
        "MOVES": _moves(plan),
        "TERMS": _terms(plan),
    }
    filled = re.sub(r"@@([A-Z]+)@@", lambda found: parts[found[1]], page)
    Path(path).write_text(filled, encoding="utf-8", newline="\n")


def section_colours(plan: ChoreographyPlan) -> dict[str, str]:
    """Style sheet class of each part of the song, in order of appearance; what is no part is grey."""
    labels = [label for label in dict.fromkeys(step.section for step in plan.steps) if label]
    return {"": "none"} | {label: f"c{k % HUES}" for k, label in enumerate(labels)}


def _about(plan: ChoreographyPlan) -> str:
    bars = step_bars(plan)[-1][1]
    told = [
        f"{plan.tempo:.1f} beats a minute",
        f"{plan.metre} in a bar",
        f"{bars} bars",
        f"{clock(plan.start)} to {clock(plan.end)}",
        f"style {plan.options['style']}" if "style" in plan.options else "",
        f"seed {plan.seed}",
    ]
    return ", ".join(filter(None, told))


def _head(rows: list[Row], number: int, colours: dict[str, str]) -> str:
    """Heading of a part of the song, over its first row."""
    row = rows[number]
    if number and rows[number - 1].section == row.section:
        return ""
    last = next((k for k, each in enumerate(rows[number:], number) if each.section != row.section), len(rows)) - 1
    label = html.escape(row.section) or "outside the song's phrases"
    span = f"{clock(row.beats[0])} to {clock(rows[last].beats[-1])}"
    return f'<h2 class="{colours[row.section]}">{label}<small>{span}</small></h2>'


def _row(plan: ChoreographyPlan, row: Row, head: str, colours: dict[str, str], detail: list[str]) -> str:
    beats = "".join(_beat(plan, k, time) for k, time in enumerate(row.beats[:-1]))
    blocks = "".join(_block(plan, piece, detail) for piece in row.pieces)
    return (
        f'{head}<div class="eight {colours[row.section]}" style="--n:{2 * plan.metre}">'
        f'<p class="when"><b>{row.bar}</b><span>{clock(row.beats[0])}</span></p>'
        f'<div class="line"><div class="beats" aria-hidden="true">{beats}</div><div class="blocks">{blocks}</div></div>'
        "</div>"
    )


def _beat(plan: ChoreographyPlan, number: int, time: float) -> str:
    down = number % plan.metre == 0
    small = f"<small>{clock(time)}</small>" if down and number else ""
    return f'<span{" class=down" * down} title="{clock(time)}">{number + 1}{small}</span>'


def _block(plan: ChoreographyPlan, piece: Piece, detail: list[str]) -> str:
    step = plan.steps[piece.step]
    tempo = 60 * step.counts / (step.beats[-1] - step.beats[0])
    last = piece.column + piece.counts
    chips = [
        f"counts {piece.column + 1}-{last}",
        "<em>mirrored</em>" if step.mirror else "",
        f"{tempo:.0f} beats/min",
        "" if step.move else f"&times;{step.warp:.2f}",
    ]
    name = html.escape(step.name)
    side = "right" if piece.column >= plan.metre else "left"
    shape = f"step {side}" + " mirrored" * step.mirror + " goes-on" * piece.goes_on + " from-before" * piece.from_before
    where = f'style="grid-column:{piece.column + 1}/span {piece.counts}"'
    known = f' id="step-{piece.step}"' if not piece.from_before else ""
    title = f"<span class=again>{name}</span>" if piece.from_before else f"<b>{name}</b>"
    bar = f"bar {piece.bar}: " if piece.column else ""
    small = bar + " &middot; ".join(filter(None, chips))
    return (
        f'<article class="{shape}"{known} {where} tabindex="0">{title}<small>{small}</small>'
        f"{detail[piece.step]}</article>"
    )


def _moves(plan: ChoreographyPlan) -> str:
    """What has to be learnt: every clip, how often, where first, and whose it is."""
    first: dict[str, int] = {}
    often, flipped = Counter[str](), Counter[str]()
    for step, (bar, _) in zip(plan.steps, step_bars(plan), strict=True):
        first.setdefault(step.clip_id, bar)
        often[step.clip_id] += 1
        flipped[step.clip_id] += step.mirror
    known = {step.clip_id: step for step in reversed(plan.steps)}
    lines = ["<table><thead><tr><th>move<th>times<th>of them mirrored<th>first at bar<th>counts<th>dataset<th>licence"]
    lines.append("</thead><tbody>")
    for clip_id in first:
        step = known[clip_id]
        cells = (step.name, often[clip_id], flipped[clip_id] or "", first[clip_id], step.counts)
        row = "".join(f"<td>{html.escape(str(cell))}" for cell in (*cells, step.dataset, step.licence))
        lines.append(f"<tr>{row}")
    return "\n".join(lines) + "</tbody></table>"


def _terms(plan: ChoreographyPlan) -> str:
    used = sorted({name for step in plan.steps for name in step.costs})
    told = "".join(f"<dt>{html.escape(name)}<dd>{DECIDES.get(name, 'a term of a plugin')}" for name in used)
    return f"<dl>{told}</dl>"
