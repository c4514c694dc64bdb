"""The strip of docs/video-in.md: a frame, its landmarks, the lifted skeleton, and the dance on somebody else.

    python benchmarks/video_pictures.py [--data DIR] [--keep DIR]

Takes one of the films of ``video.py``; ``--keep`` as there.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw
from video import landmarks_in
from video_films import FILMS, made, write_film

from choreo import plugins
from choreo.types import Bytes, Motion, Take
from choreo.video import build_scene
from choreo.video.bodies import fit_motion, load_body, standing
from choreo.video.scene import some_frames
from choreo_video.landmarks import BONES
from choreo_video.lifting import lift, lifted_takes

TARGET = Path(__file__).parents[1] / "docs" / "pictures" / "video-in.webp"
FILM, FRAME, WIDTH = 9, 100, 300


def drawn(motion: Motion, frame: int, size: tuple[int, int], renderer: str, look: str) -> Bytes:
    """One frame of a motion on the built-in dancer."""
    body = load_body(look=look)
    width, height = size
    scene = build_scene(fit_motion(motion, body), body, fps=motion.fps, width=width, height=height, camera="fixed")
    plugin: Any = plugins.load("renderers", renderer)
    picture: Bytes = next(iter(plugin.frames(some_frames(scene, np.array([frame])))))
    return picture


def main() -> None:
    """Draw the strip."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", "../shared/data")))
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    spec = FILMS[FILM]
    with tempfile.TemporaryDirectory() as temporary:
        file = (asked.keep or Path(temporary)) / f"{FILM:02}.mp4"
        if not file.is_file():
            write_film(file, made(asked.data, spec)[0], spec)
        landmarks = landmarks_in(file)[0][0]
        with av.open(str(file)) as container:
            frames = (each.to_ndarray(format="rgb24") for each in container.decode(video=0))
            picture = next(each for number, each in enumerate(frames) if number == FRAME)
    marked = Image.fromarray(picture)
    pen = ImageDraw.Draw(marked)
    points = landmarks.image[FRAME, :, :2]
    for first, second in BONES:
        pen.line([tuple(points[first].tolist()), tuple(points[second].tolist())], fill=(255, 190, 60), width=4)
    take = max(
        lifted_takes(Take("film", standing(), "film", "none"), lift(landmarks)), key=lambda each: len(each.motion)
    )
    motion = replace(take.motion, hands=None)
    at = min(FRAME - take.first_frame, len(motion) - 1)
    shown = [
        Image.fromarray(picture), marked, Image.fromarray(drawn(motion, at, spec.size, "stick", "street")),
        Image.fromarray(drawn(motion, at, spec.size, "raster", "sport")),
    ]  # fmt: skip
    height = round(WIDTH * spec.size[1] / spec.size[0])
    strip = Image.new("RGB", (len(shown) * WIDTH, height))
    for number, each in enumerate(shown):
        strip.paste(each.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS), (number * WIDTH, 0))
    strip.save(TARGET, quality=80)


if __name__ == "__main__":
    main()
