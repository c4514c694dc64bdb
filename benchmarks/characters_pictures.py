"""Pictures of characters that dance, each in four moments, as the default renderer draws them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.motion.repair import sliced
from choreo.types import Bytes, Motion
from choreo.video import build_scene
from choreo.video.bodies import fit_motion, load_body
from choreo.video.pictures import tiled

WIDTH, HEIGHT, MOMENTS, COLUMNS = 120, 160, 2, 8


def pictures(motion: Motion, path: Path) -> list[Bytes]:
    """Frames of a dance on a character, evenly spaced."""
    body = load_body("gltf", file=path)
    fitted = fit_motion(motion, body)
    drawn = []
    for first in np.linspace(len(fitted) // 4, len(fitted) - 2, MOMENTS).astype(int):
        scene = build_scene(
            sliced(fitted, int(first), int(first) + 2), body, fps=motion.fps, width=WIDTH, height=HEIGHT
        )
        drawn.append(next(iter(plugins.load("renderers", "raster").frames(scene))).copy())
    return drawn


def write_sheet(frames: Sequence[Sequence[Bytes]], path: Path) -> None:
    """Write a JPEG of all pictures, row by row."""
    from PIL import Image

    flat = [frame for each in frames for frame in each]
    Image.fromarray(tiled(flat, COLUMNS)).save(path, "JPEG", quality=80, optimize=True)
