"""How fast the renderers are and where the time goes: ``python benchmarks/rendering.py``.

Every figure comes from one run on one machine. Options: ``--seconds`` of dance, ``--size WxH``,
``--body`` (a plugin's name, or ``capsules`` for the tests' body), ``--dancers`` in a V, ``--song`` for the sound.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from render_support import capsule_body, dancing

from choreo import plugins
from choreo.errors import ChoreoError
from choreo.synthesis.ensemble import multiply
from choreo.troupe import Troupe
from choreo.types import Body, Motion, Scene
from choreo.video import build_scene, write_video

STEPS = ("pose", "fill_heights", "mark", "blur", "mix", "light", "project", "fill", "compose")


def load_body(name: str) -> Body:
    """The named body, or the capsules of the tests."""
    return capsule_body(24, 24) if name == "capsules" else plugins.load("bodies", name).load()


def fitted(body: Body, seconds: float, fps: float) -> Motion:
    """A dance on the body's own bones."""
    motion = dancing(round(seconds * fps), fps, reach=0.5)
    lift = body.skeleton.offsets[0, 1] - motion.skeleton.offsets[0, 1]
    return Motion(body.skeleton, fps, motion.translation + np.array([0, lift, 0], np.float32), motion.rotations)


def steps_of_raster(scene: Scene, frames: int) -> dict[str, float]:
    """Milliseconds per frame of every step on one thread."""
    from choreo_raster import painter

    spent = dict.fromkeys(STEPS, 0.0)

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            begun = time.perf_counter()
            result = function(*arguments)
            spent[name] += time.perf_counter() - begun
            return result

        return call

    real = {name: getattr(painter, name) for name in STEPS}
    try:
        for name, function in real.items():
            setattr(painter, name, timed(name, function))
        canvas = painter.Canvas(painter.Stage(scene))
        picture = np.empty((scene.height, scene.width, 3), np.uint8)
        canvas.draw(0, picture)
        spent.update(dict.fromkeys(STEPS, 0.0))
        begun = time.perf_counter()
        for frame in range(frames):
            canvas.draw(frame * 7 % len(scene), picture)
        total = time.perf_counter() - begun
    finally:
        for name, function in real.items():
            setattr(painter, name, function)
    return {name: 1e3 * value / frames for name, value in {**spent, "whole frame": total}.items()}


def rate(scene: Scene, renderer: str, frames: int) -> tuple[float, float, list[np.ndarray]]:
    """Seconds to the first frame, then frames per second without encoding."""
    begun = time.perf_counter()
    pictures = plugins.load("renderers", renderer).frames(scene)
    kept = [next(pictures).copy()]
    first = time.perf_counter() - begun
    begun = time.perf_counter()
    for _ in range(frames):
        kept[1:] = [next(pictures)]
    speed = frames / (time.perf_counter() - begun)
    pictures.close()
    return first, speed, kept


def end_to_end(scene: Scene, renderer: str, song: Path | None, frames: Any = None) -> tuple[float, float]:
    """Frames per second and processor milliseconds per frame from scene to file."""
    with tempfile.TemporaryDirectory() as folder:
        before, begun = os.times(), time.perf_counter()
        write_video(
            Path(folder) / "video.mp4",
            frames if frames is not None else plugins.load("renderers", renderer).frames(scene),
            fps=scene.fps,
            width=scene.width,
            height=scene.height,
            n_frames=len(scene),
            audio=song,
        )
        wall, after = time.perf_counter() - begun, os.times()
    processor = after.user + after.system - before.user - before.system
    return len(scene) / wall, 1e3 * processor / len(scene)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--body", default="builtin")
    parser.add_argument("--dancers", type=int, default=1)
    parser.add_argument("--song", type=Path)
    chosen = parser.parse_args()
    width, height = (int(side) for side in chosen.size.split("x"))
    body = load_body(chosen.body)
    cast = multiply(fitted(body, chosen.seconds, 30.0), Troupe(chosen.dancers)).motions
    scene = build_scene(cast, body, fps=30.0, width=width, height=height)
    print(f"{width}x{height}, {len(cast)} x {len(body.vertices)} vertices, {len(scene)} frames")
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n")

    first, speed, _ = rate(scene, "raster", min(120, len(scene) - 1))
    print(f"raster: first frame after {first:.2f} s, then {speed:.1f} frames/s without encoding")
    for name, milliseconds in steps_of_raster(scene, 60).items():
        print(f"  {name:<14}{milliseconds:7.2f} ms")
    speed, processor = end_to_end(scene, "raster", chosen.song)
    print(f"raster to mp4: {speed:.1f} frames/s, {processor:.1f} ms of processor time a frame")
    kept = [frame.copy() for frame in plugins.load("renderers", "raster").frames(scene)]
    speed, processor = end_to_end(scene, "", chosen.song, iter(kept))
    print(f"encoding alone: {speed:.1f} frames/s, {processor:.1f} ms of processor time a frame\n")

    try:
        first, speed, _ = rate(scene, "pyrender", min(20, len(scene) - 1))
        print(f"pyrender: first frame after {first:.2f} s, then {speed:.1f} frames/s without encoding")
    except ChoreoError as error:
        print(f"pyrender: skipped, {error.message}")


if __name__ == "__main__":
    main()
