"""A picture of a motion graph: the nearer two dots, the smaller the misfit of a transition between them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from choreo.planning.graph import MotionGraph
from choreo.planning.graph_stats import degrees, leading
from choreo.types import Clip, Doubles

Colour = tuple[int, int, int]
WIDTH, HEIGHT, LEGEND, MARGIN = 1600, 1150, 270, 50
PAPER, INK, FAINT, EDGE, NATURAL = (255, 255, 255), (34, 34, 40), (105, 105, 116), (226, 226, 234), (172, 192, 236)
COLOURS: tuple[Colour, ...] = (
    (78, 121, 167), (242, 142, 43), (89, 161, 79), (225, 87, 89), (176, 122, 161), (60, 170, 170),
    (200, 165, 20), (255, 130, 150), (156, 117, 95), (110, 90, 200), (30, 120, 60), (200, 60, 140),
)  # fmt: skip
REST = (170, 170, 180)
NAMES = 36
"""Most families that are named, the largest first, where their names do not overlap."""
STEPS = 80
"""Iterations of the majorisation; the picture of some hundred nodes settles within them."""


@dataclass
class Drawing:
    """Lines ``x0, y0, x1, y1``, dots and words in pixels, in the order they are drawn."""

    lines: list[tuple[float, float, float, float, Colour]] = field(default_factory=list)
    dots: list[tuple[float, float, float, Colour, bool]] = field(default_factory=list)
    words: list[tuple[float, float, str, int, Colour]] = field(default_factory=list)


def layout(graph: MotionGraph) -> Doubles:
    """Points of the nodes ``(N, 2)``, whose distances are near their transition costs, the mean of both directions.

    Classical scaling (Torgerson, Multidimensional scaling, 1952), then majorisation of the stress (de Leeuw,
    Applications of convex analysis to multidimensional scaling, 1977).
    """
    misfit = (graph.transition_cost + graph.transition_cost.T).astype(np.float64) / 2
    np.fill_diagonal(misfit, 0)
    count = len(misfit)
    if count < 3:
        return np.stack([np.arange(count), np.zeros(count)], axis=1).astype(np.float64)
    squares = misfit**2
    inner = -(squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()) / 2
    values, vectors = np.linalg.eigh(inner)
    points = vectors[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 1e-12))
    # The sign of an eigenvector is arbitrary: the largest coordinate is made positive, so that pictures repeat.
    points = points * np.where(points[np.abs(points).argmax(axis=0), [0, 1]] < 0, -1, 1)
    for _ in range(STEPS):
        now = np.linalg.norm(points[:, None] - points, axis=-1)
        pull = np.divide(misfit, now, out=np.zeros_like(misfit), where=now > 1e-9)
        points = (pull.sum(axis=1)[:, None] * points - pull @ points) / count
    return np.asarray(points - points.mean(axis=0))


def draw_graph(graph: MotionGraph, clips: Sequence[Clip], path: Path, kind: str) -> None:
    """Write the picture as `kind`, ``png`` or ``svg``."""
    drawing = _drawing(graph, clips)
    if kind == "svg":
        path.write_text(_svg(drawing), encoding="utf-8", newline="\n")
    else:
        _paint(drawing, path)


def _drawing(graph: MotionGraph, clips: Sequence[Clip]) -> Drawing:
    at, out = _pixels(layout(graph)), Drawing()
    edges, core = graph.transitions(), graph.core()
    styles = [clips[int(k)].styles[0] if clips[int(k)].styles else "" for k in graph.clip]
    shown = leading(styles, len(COLOURS))
    colour = dict(zip(shown, COLOURS, strict=False))
    for plain in (True, False):  # natural continuations lie on top
        for a, b in np.argwhere(edges & (graph.continues != plain)).tolist():
            out.lines.append((*at[a].tolist(), *at[b].tolist(), EDGE if plain else NATURAL))
    for n in np.argsort(core, kind="stable").tolist():
        size = 7.0 if core[n] else 4.0
        out.dots.append((*at[n].tolist(), size, colour.get(styles[n], REST), bool(graph.mirrored[n])))
    _name_families(out, graph, clips, at)
    _legend(out, [(name, colour[name]) for name in shown] + ([("others", REST)] if set(styles) - set(shown) else []))
    _title(out, graph, clips)
    return out


def _pixels(points: Doubles) -> Doubles:
    """Points in pixels, as large as fits the frame; a few far ones are moved to its border instead of shrinking all."""
    low, high = np.percentile(points, 2, axis=0), np.percentile(points, 98, axis=0)
    spare = 0.35 * (high - low)
    low, high = np.maximum(points.min(axis=0), low - spare), np.minimum(points.max(axis=0), high + spare)
    room = np.array([WIDTH - LEGEND - 2 * MARGIN, HEIGHT - 3 * MARGIN], np.float64)
    scale = (room / np.maximum(high - low, 1e-9)).min() if len(points) > 1 else 1.0
    middle = np.array([MARGIN, 2 * MARGIN]) + room / 2
    found = middle + np.minimum(scale, 1e6) * (points - (low + high) / 2)
    return np.asarray(np.clip(found, middle - room / 2, middle + room / 2))


def _name_families(out: Drawing, graph: MotionGraph, clips: Sequence[Clip], at: Doubles) -> None:
    from PIL import ImageFont

    font = ImageFont.load_default(15)
    degree = degrees(graph)
    members: dict[str, list[int]] = {}
    for n, k in enumerate(graph.clip.tolist()):
        members.setdefault(clips[k].family, []).append(n)
    ranked = sorted(members.items(), key=lambda item: (-len(item[1]), -int(degree[item[1]].sum()), item[0]))
    taken: list[tuple[float, float, float, float]] = []
    for family, nodes in ranked:
        plain = [n for n in nodes if not graph.mirrored[n]]
        clip = clips[int(graph.clip[plain[0]])]
        name = _short(clip.name if family == clip.clip_id else family)
        x, y = at[min(plain, key=lambda n: float(np.linalg.norm(at[plain] - at[n], axis=1).sum()))].tolist()
        box = (x + 9, y - 9, x + 13 + font.getlength(name), y + 9)
        free = box[2] < WIDTH - LEGEND and not any(
            box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken
        )
        if free:
            taken.append(box)
            out.words.append((x + 10, y - 9, name, 15, INK))
        if len(taken) == NAMES:
            break


def _short(name: str) -> str:
    return name if len(name) <= 28 else name[:25] + "..."


def _legend(out: Drawing, styles: list[tuple[str, Colour]]) -> None:
    x, y = WIDTH - LEGEND + 20.0, 2.0 * MARGIN
    out.words.append((x - 8, y, "style", 17, FAINT))
    for name, colour in styles:
        y += 28
        out.dots.append((x, y + 10, 7, colour, False))
        out.words.append((x + 18, y, _short(name), 17, INK))
    y += 50
    key = [(7.0, False, "as danced"), (7.0, True, "mirrored"), (4.0, False, "outside the core")]
    for size, hollow, words in key:
        out.dots.append((x, y + 10, size, FAINT, hollow))
        out.words.append((x + 18, y, words, 17, INK))
        y += 28
    for colour, words in ((EDGE, "may follow"), (NATURAL, "follows in its recording")):
        out.lines.append((x - 8, y + 10, x + 9, y + 10, colour))
        out.words.append((x + 18, y, words, 17, INK))
        y += 28


def _title(out: Drawing, graph: MotionGraph, clips: Sequence[Clip]) -> None:
    core = graph.core()
    summary = f"{len(clips)} clips, {len(core)} with their mirrors, {int(graph.transitions().sum())} transitions; "
    summary += f"{100 * core.mean():.0f} % in the core, where a dance can go on for ever"
    out.words.append((MARGIN, 18, "Motion graph", 26, INK))
    out.words.append((MARGIN, 52, summary + ". Near dots go over into each other smoothly.", 17, FAINT))


def _hex(colour: Colour) -> str:
    return "#" + bytes(colour).hex()


def _svg(drawing: Drawing) -> str:
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="system-ui, sans-serif"><rect width="100%" height="100%" fill="{_hex(PAPER)}"/>'
    ]
    for colour in dict.fromkeys(line[4] for line in drawing.lines):  # one path a colour keeps the file small
        path = "".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for a, b, c, d, own in drawing.lines if own == colour)
        parts.append(f'<path d="{path}" stroke="{_hex(colour)}" stroke-width="0.8" fill="none"/>')
    for x, y, size, colour, hollow in drawing.dots:
        look = f'fill="{_hex(PAPER)}" stroke="{_hex(colour)}" stroke-width="2"' if hollow else f'fill="{_hex(colour)}"'
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size - hollow:g}" {look}/>')
    for x, y, words, size, colour in drawing.words:
        halo = f'stroke="{_hex(PAPER)}" stroke-width="3" paint-order="stroke"'
        position = f'x="{x:.1f}" y="{y + 0.85 * size:.1f}" font-size="{size}" fill="{_hex(colour)}"'
        parts.append(f"<text {position} {halo}>{html.escape(words)}</text>")
    return "\n".join(parts) + "\n</svg>\n"


def _paint(drawing: Drawing, path: Path) -> None:
    """Painted at twice the size and made smaller, which smooths edges."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (2 * WIDTH, 2 * HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    for a, b, c, d, colour in drawing.lines:
        pen.line([2 * a, 2 * b, 2 * c, 2 * d], fill=colour, width=2)
    for x, y, size, colour, hollow in drawing.dots:
        box = [2 * (x - size), 2 * (y - size), 2 * (x + size), 2 * (y + size)]
        pen.ellipse(
            box, fill=PAPER if hollow else colour, outline=colour if hollow else PAPER, width=4 if hollow else 1
        )
    for x, y, words, height, colour in drawing.words:
        font = ImageFont.load_default(2 * height)
        pen.text((2 * x, 2 * y), words, fill=colour, font=font, stroke_width=4, stroke_fill=PAPER)
    image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(path, format="PNG")
