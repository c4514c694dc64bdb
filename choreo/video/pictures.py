"""Frames as pictures: contact sheets (PNG) and loops (GIF, WebP)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from choreo.clock import clock
from choreo.errors import InputError
from choreo.motion.strong_poses import pose_strength
from choreo.output import atomic
from choreo.protocols import Renderer
from choreo.types import Bytes, Ints, Scene
from choreo.video.finish import finished
from choreo.video.scene import some_frames
from choreo.video.timeline import bar_times, bars_before, moment

LOOP_FPS = {"gif": 12.5, "webp": 20.0}
"""GIF counts in hundredths of a second: 8 of them a frame."""
LOOP_AREA = 480 * 270
CELL_AREA = 320 * 180
APART = 0.4
"""Share of a span between the poses of neighbouring cells of a contact sheet."""
MOST_CELLS = 400
MARGIN, INK, FAINT, PAPER = 6, (236, 236, 242), (150, 150, 164), (18, 18, 24)


def draw_loop(scene: Scene, renderer: Renderer, path: Path, finish: str = "none") -> None:
    """Write a scene, which is to lead into its beginning, as GIF or WebP.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    save_loop(finished(renderer.frames(scene), finish), path, scene.fps)


def draw_contact_sheet(
    scene: Scene, renderer: Renderer, path: Path, columns: int, rows: int | None, finish: str = "none"
) -> None:
    """Write a contact sheet of a scene: the strongest poses, with bar, time, count and step below each.

    Parameters
    ----------
    rows
        None for a picture a bar.

    Raises
    ------
    InputError
        As `cell_frames` does.
    OutputError
        When it cannot be written.
    """
    shown = some_frames(scene, cell_frames(scene, columns, rows))
    cells = [
        with_caption(frame, lines)
        for frame, lines in zip(finished(renderer.frames(shown), finish), frame_captions(shown), strict=True)
    ]
    save_png(tiled(cells, columns), path)


def scaled_size(width: int, height: int, area: int) -> tuple[int, int]:
    """Size of the same shape, at most `area` pixels and even sides."""
    factor = min(1.0, (area / (width * height)) ** 0.5)
    return max(2, 2 * round(width * factor / 2)), max(2, 2 * round(height * factor / 2))


def cell_frames(scene: Scene, columns: int, rows: int | None) -> Ints:
    """Frames of a contact sheet: the strongest pose (`choreo.motion.strong_poses`) of each of its spans.

    Poses of neighbours lie at least `APART` of a span from each other, or a pose that is held from one to the next
    would be shown twice. Spans are the bars when `rows` is None. Of columns and rows they are whole bars too, evenly
    chosen where there are more of them than cells; else, and where nobody knows the bars, even parts of the dance.

    Raises
    ------
    InputError
        When there would be too many, or a frame a bar is asked for where nobody knows the bars.
    """
    times = scene.times
    if rows is None and scene.timeline is None:
        raise InputError("--sheet: a frame a bar needs the bars of a plan; give columns and rows, like 4x8.")
    spans = _bar_spans(scene)
    count = len(spans) if rows is None else columns * rows
    if count > MOST_CELLS:
        raise InputError(f"--sheet: {count} pictures, at most {MOST_CELLS} fit. Give columns and rows, like 8x12.")
    if len(spans) >= count:
        spans = [spans[(2 * k + 1) * len(spans) // (2 * count)] for k in range(count)]
    else:
        edges = np.linspace(0, float(times[-1]), count + 1)
        spans = list(pairwise(edges.tolist()))
    strength = pose_strength([motion for _, motion in scene.performers])
    chosen: list[int] = []
    for begin, end in spans:
        free = max(begin, float(times[chosen[-1]]) + APART * (end - begin)) if chosen else begin
        first, last = np.searchsorted(times, [free - 1e-6, end - 1e-6]).tolist()
        first = min(first, len(times) - 1)
        chosen.append(first + int(np.argmax(strength[first : max(last, first + 1)])))
    return np.array(chosen, np.int64)


def _bar_spans(scene: Scene) -> list[tuple[float, float]]:
    """Begin and end in seconds of the bars that begin in a scene; all of it where none does."""
    end = float(scene.times[-1])
    starts = [] if scene.timeline is None else bar_times(scene.timeline, end)
    return list(pairwise([*starts, max(end, starts[-1])])) if starts else [(0.0, end)]


def frame_captions(scene: Scene) -> list[tuple[str, str]]:
    """Two lines for each frame: bar, time and count; name of the step. Bars are counted as in the plan's table."""
    stamps = [clock(max(float(time), 0.0)) for time in scene.times]
    if scene.timeline is None:
        return [(stamp, "") for stamp in stamps]
    lines = []
    for stamp, time in zip(stamps, scene.times, strict=True):
        now = moment(scene.timeline, float(time))
        count = f"  count {now.count} of {now.counts}" if now.count else ""
        bar = f"bar {bars_before(scene.timeline, float(time))}  " if now.position else ""
        lines.append((bar + stamp + count, now.step))
    return lines


def tiled(frames: Sequence[Bytes], columns: int) -> Bytes:
    """One picture of frames of one size, row by row; missing ones are dark."""
    height, width = frames[0].shape[:2]
    rows = -(-len(frames) // columns)
    contact_sheet = np.empty((rows * height, columns * width, 3), np.uint8)
    contact_sheet[:] = PAPER
    for k, frame in enumerate(frames):
        y, x = divmod(k, columns)
        contact_sheet[y * height : (y + 1) * height, x * width : (x + 1) * width] = frame
    return contact_sheet


def with_caption(frame: Bytes, lines: tuple[str, str]) -> Bytes:
    """Add a margin and two lines of text under a frame."""
    from PIL import Image, ImageDraw, ImageFont

    height, width = frame.shape[:2]
    size = max(9, round(width / 20))
    image = Image.new("RGB", (width + 2 * MARGIN, height + 2 * MARGIN + round(2.7 * size)), PAPER)
    image.paste(Image.fromarray(frame), (MARGIN, MARGIN))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    for k, (words, colour) in enumerate(zip(lines, (FAINT, INK), strict=True)):
        while words and draw.textlength(words, font) > width:
            words = words[:-2] + "…" if len(words) > 2 else ""
        draw.text((MARGIN, MARGIN + height + round((0.15 + 1.2 * k) * size)), words, fill=colour, font=font)
    return np.asarray(image)


def save_png(picture: Bytes, path: Path) -> None:
    """Write a picture as PNG.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    from PIL import Image

    with atomic(path) as partial:
        Image.fromarray(picture).save(partial, "PNG", optimize=True)


def save_loop(frames: Iterable[Bytes], path: Path, fps: float, *, quality: int = 60) -> None:
    """Write frames as a picture that moves and begins anew; the suffix says GIF or WebP.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    from PIL import Image

    pictures = [Image.fromarray(frame.copy()) for frame in frames]
    options: dict[str, Any] = {"quality": quality, "method": 4}
    if path.suffix == ".gif":
        palette = _palette(pictures)
        pictures = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
        options = {"optimize": False, "disposal": 1}
    with atomic(path) as partial:
        pictures[0].save(
            partial,
            path.suffix[1:].upper(),
            save_all=True,
            append_images=pictures[1:],
            duration=round(1000 / fps),
            loop=0,
            **options,
        )


def _palette(pictures: Sequence[Any]) -> Any:
    """256 colours for all frames together: one palette a frame would flicker.

    Colours count by the root of how often they are seen, or the backdrop would leave none to skin and shoes.
    """
    from PIL import Image

    chosen = np.linspace(0, len(pictures) - 1, min(len(pictures), 12)).round().astype(int)
    pixels = np.concatenate([np.asarray(pictures[k]).reshape(-1, 3) for k in chosen]) >> 2
    seen, counts = np.unique(pixels, axis=0, return_counts=True)
    spread = np.repeat(seen * np.uint8(4) + np.uint8(2), np.ceil(np.sqrt(counts)).astype(int), axis=0)
    return Image.fromarray(spread[None]).quantize(256, method=Image.Quantize.MEDIANCUT)
