"""How fast the renderers are and where the time goes: ``python benchmarks/rendering.py``.

Every figure comes from one run on one machine. Options: ``--seconds`` of dance, ``--sizes WxH,WxH``,
``--body`` (a plugin's name, or ``capsules`` for the tests' body), ``--dancers`` in a V, ``--song`` for the sound.
``--write`` puts the tables and stills into ``docs/benchmarks/rendering.md``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from plain_pyrender import draw_plainly
from render_support import capsule_body
from rendering_parts import calls_of_pyrender, encoding, parts_of_pyrender, parts_of_raster

from choreo import plugins
from choreo.errors import ChoreoError
from choreo.motion.resample import sample
from choreo.moves import compile_move, load_moves
from choreo.planfile.troupe import Troupe
from choreo.synthesis.ensemble import multiply
from choreo.types import Body, Motion, Scene
from choreo.video import build_scene
from choreo.video.bodies import fit_motion
from choreo.video.film import Film
from choreo.video.formats import video_format
from choreo.video.scene import some_frames
from choreo.video.segments import write_film

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "rendering.md"
MOVE, STILL = "disco-point", 2.4
"""What is danced, and the second of it that the stills show."""
GROUP = 5
"""Dancers of the last table."""
LONGEST = 4.0
"""Seconds for which frames are counted."""
FEW = 24
"""Frames where one may take a tenth of a second."""
TEXTURES = "## Bodies with textures"
"""Heading of the page's last part, which `rendering_textures.py` writes."""
HEAD = """\
# How fast frames are drawn

<!-- Made by `python benchmarks/rendering.py --write`; change that script, not this page. -->
"""


def load_body(name: str) -> Body:
    """The named body, or the capsules of the tests."""
    return capsule_body(24, 24) if name == "capsules" else plugins.load("bodies", name).load()


def fitted(body: Body, seconds: float, fps: float) -> Motion:
    """A move, over and over, on the body's own bones."""
    move = load_moves()[MOVE]
    motion = compile_move(move, move.tempo)
    times = np.arange(round(seconds * fps)) / fps % motion.duration
    return fit_motion(sample(motion, times, fps=fps), body)


def rate(scene: Scene, renderer: str, planes: bool = False) -> tuple[float, float]:
    """Seconds to the first frame, then frames per second without encoding, as RGB or as `planes` for video."""
    plugin, begun = plugins.load("renderers", renderer), time.perf_counter()
    pictures = plugin.planes(scene, 0, len(scene)) if planes else plugin.frames(scene)
    next(pictures)
    first = time.perf_counter() - begun
    begun, drawn = time.perf_counter(), 0
    for _ in pictures:
        drawn += 1
        # Renderers that draw ahead would be done early at the end of the scene.
        if drawn >= len(scene) - 12 or (drawn >= 12 and time.perf_counter() - begun > LONGEST):
            break
    speed = drawn / (time.perf_counter() - begun)
    pictures.close()
    return first, speed


def end_to_end(scene: Scene, renderer: str, song: Path | None) -> tuple[float, float]:
    """Frames per second and processor milliseconds per frame from scene to file, as `generate` writes it."""
    with tempfile.TemporaryDirectory() as folder:
        before, begun = os.times(), time.perf_counter()
        write_film(Film(scene, renderer, video_format("mp4")), Path(folder) / "video.mp4", audio=song)
        wall, after = time.perf_counter() - begun, os.times()
    processor = after.user + after.system - before.user - before.system
    return len(scene) / wall, 1e3 * processor / len(scene)


def plain_pyrender(scene: Scene, frames: int) -> float:
    """Frames per second of pyrender used the plain way: its own renderer, scene and meshes made anew each frame."""
    from choreo_pyrender.context import offscreen
    from choreo_raster.painter import RasterScene

    raster = RasterScene(scene)
    with offscreen(scene.width, scene.height) as renderer:
        draw_plainly(renderer, scene, raster, 0)
        begun = time.perf_counter()
        for frame in range(frames):
            draw_plainly(renderer, scene, raster, frame)
        return frames / (time.perf_counter() - begun)


def two_processes(scene: Scene, renderer: str) -> float:
    """Frames per second of two processes that each draw half of the frames, their start not counted."""
    context = multiprocessing.get_context("spawn")
    half = len(scene) // 2
    gate = context.Barrier(3)
    jobs = [context.Process(target=_half, args=(scene, renderer, first, first + half, gate)) for first in (0, half)]
    for job in jobs:
        job.start()
    gate.wait()
    begun = time.perf_counter()
    for job in jobs:
        job.join()
    return (2 * half - 2) / (time.perf_counter() - begun)


def _half(scene: Scene, renderer: str, first: int, last: int, gate: Any) -> None:
    frames = plugins.load("renderers", renderer).part(scene, first, last)
    next(frames)
    gate.wait()
    for _ in frames:
        pass


def stills(scene: Scene, path: Path) -> list[str]:
    """Draw one frame by every renderer that works here, side by side; their names in order."""
    from PIL import Image

    pictures, names = [], []
    one = some_frames(scene, np.array([round(STILL * scene.fps)]))
    for name in plugins.available("renderers"):
        try:
            frames = plugins.load("renderers", name).frames(one)
            pictures.append(Image.fromarray(next(frames).copy()))
            names.append(name)
            frames.close()
        except ChoreoError:
            continue
    width = pictures[0].width // 2
    sheet = Image.new("RGB", (width * len(pictures), pictures[0].height))
    for number, picture in enumerate(pictures):
        sheet.paste(picture.crop((width // 2, 0, width // 2 + width, picture.height)), (number * width, 0))
    sheet.save(path, quality=88)
    return names


def table(title: str, parts: dict[str, float]) -> list[str]:
    """Lines of a table of parts."""
    return ["", f"| {title} | ms |", "|---|---|", *(f"| {part} | {spent:.2f} |" for part, spent in parts.items())]


def calls_of(body: Body) -> str:
    """What the processor does for pyrender besides drawing, with a body of few triangles in a small picture."""
    try:
        scene = build_scene(fitted(body, 4.0, 30.0), body, fps=30.0, width=64, height=36)
        return f"{calls_of_pyrender(scene, 100):.1f} ms"
    except ChoreoError:
        return "a time that could not be measured here"


def main() -> None:
    """Print the tables, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--sizes", default="1280x720,1920x1080")
    parser.add_argument("--body", default="builtin")
    parser.add_argument("--dancers", type=int, default=1)
    parser.add_argument("--song", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    body = load_body(chosen.body)
    cast = multiply(fitted(body, chosen.seconds, 30.0), Troupe(chosen.dancers)).motions
    rows: list[list[str]] = []
    tables: list[tuple[str, dict[str, float]]] = []
    for size in chosen.sizes.split(","):
        width, height = (int(side) for side in size.split("x"))
        scene = build_scene(cast, body, fps=30.0, width=width, height=height)
        for name in ("raster", "stick"):
            first, speed = rate(scene, name)
            whole, processor = end_to_end(scene, name, chosen.song)
            rows.append([size, name, f"{first:.2f}", f"{speed:.1f}", f"{whole:.1f}", f"{processor:.1f}"])
        raster = parts_of_raster(scene, 60)
        tables.append(
            (f"raster, {size}, one thread", {**raster, "encode (not part of the frame)": encoding(scene, 60)})
        )
        try:
            plain = plain_pyrender(scene, min(FEW, len(scene)))
            card, parts = parts_of_pyrender(scene, FEW)
        except ChoreoError as error:
            rows.append([size, "pyrender", f"skipped: {error.message}", "", "", ""])
            continue
        rows.append([size, f"pyrender, the plain way, on {card}", "", f"{plain:.1f}", "", ""])
        first, speed = rate(scene, "pyrender")
        rows.append([size, "pyrender", f"{first:.2f}", f"{speed:.1f} ({speed / plain:.1f} times plain)", "", ""])
        rows.append([size, "pyrender, planes for video", "", f"{rate(scene, 'pyrender', planes=True)[1]:.1f}", "", ""])
        two = two_processes(some_frames(scene, np.arange(min(2 * FEW, len(scene)))), "pyrender")
        rows.append([size, "pyrender, two processes", "", f"{two:.1f} ({two / plain:.1f} times plain)", "", ""])
        tables.append((f"pyrender, {size}, on {card}", parts))
    group = multiply(fitted(body, 2.0, 30.0), Troupe(GROUP)).motions
    scene = build_scene(group, body, fps=30.0, width=1280, height=720)
    tables.append((f"raster, {GROUP} dancers, 1280x720, one thread", parts_of_raster(scene, 30)))
    calls = calls_of(capsule_body(3, 3))
    lines = [
        HEAD,
        f"{len(cast)} dancer, {len(body.vertices)} vertices, {os.cpu_count()} processors, load at the end "
        f"{os.getloadavg()[0]:.1f}. Frames a second drawn, and to an mp4 with encoding.",
        "",
        "| size | renderer | first frame, s | drawn a second | to mp4 a second | processor ms a frame |",
        "|---|---|---|---|---|---|",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        "The plain way is pyrender's own renderer with scene and meshes made anew for each frame.",
        "",
        "## Where the time goes",
        "",
        "Milliseconds a frame.",
        *(line for title, parts in tables for line in table(title, parts)),
        "",
        "On Mesa's software driver (llvmpipe) pyrender's time is the driver's fragment work: a shader for every pixel",
        "of floor and body, and four samples a pixel. The driver uses all processors by itself, so a second process",
        "adds nothing.",
        "",
        "**On a graphics card it has not been measured**: where this page was made there was none. The same command",
        "shows the figure where there is one. What the processor has to do there, Python and its calls to the driver,",
        f"takes {calls} a frame, measured where there is nearly nothing to draw.",
        "",
    ]
    if chosen.write:
        names = stills(build_scene(cast, body, fps=30.0, width=640, height=360), PAGE.with_suffix(".jpg"))
        lines += [f"The same moment by {', '.join(names)}, from left to right:", "", "![Stills](rendering.jpg)", ""]
        lines += [mark + kept for mark, kept in [PAGE.read_text(encoding="utf-8").partition(TEXTURES)[1:]] if kept]
        PAGE.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
