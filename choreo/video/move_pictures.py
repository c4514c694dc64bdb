"""Pictures of moves: loops and contact sheets."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.motion.repair import sliced
from choreo.motion.resample import resample
from choreo.moves.compiler import compile_move
from choreo.moves.notation import Move
from choreo.types import Bytes

FPS = 10.0
WIDTH, HEIGHT = 120, 152
COLUMNS = 8


def frames_of(
    move: Move, *, bpm: float | None = None, fps: float = FPS, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> list[Bytes]:
    """Frames ``(H, W, 3)`` of a move danced once by the built-in dancer.

    Raises
    ------
    MotionError
        When the move cannot be danced.
    """
    from choreo.video import build_scene
    from choreo.video.bodies import load_body

    motion = resample(compile_move(move, bpm), fps)
    last = max(1, len(motion) - 1)  # a loop's last frame is its first
    danced = sliced(motion, 0, last)
    scene = build_scene(danced, load_body(), fps=fps, width=size[0], height=size[1])
    return [frame.copy() for frame in plugins.load("renderers", "raster").frames(scene)]


def draw_loop(move: Move, path: Path, *, bpm: float | None = None) -> None:
    """Write a looping WebP.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    from choreo.video.pictures import save_loop

    save_loop(frames_of(move, bpm=bpm), path, FPS, quality=40)


def draw_contact_sheet(move: Move, path: Path, *, bpm: float | None = None) -> None:
    """Write a contact sheet: a PNG of eight frames side by side.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    from choreo.video.pictures import save_png, tiled

    frames = frames_of(move, bpm=bpm, fps=30.0, size=(200, 260))
    chosen = np.linspace(0, len(frames) - 1, COLUMNS).round().astype(int)
    save_png(tiled([frames[k] for k in chosen], COLUMNS), path)
