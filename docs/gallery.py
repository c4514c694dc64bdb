"""Draw the picture of the README: ``python docs/gallery.py`` writes ``renders/gallery/dance.jpg``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from choreo.bodies import load_body
from choreo.motion.resample import sample
from choreo.moves import compile_move, load_moves
from choreo.plugins import load
from choreo.types import Body, Motion
from choreo.video import build_scene

TARGET = Path(__file__).parents[1] / "renders" / "gallery" / "dance.jpg"
CAST = (
    ("steve-martin", 1.2, "studio"),
    ("disco-point", 1.0, "stage"),
    ("pose-hits", 1.0, "street"),
    ("star-jump", 1.45, "stage"),
    ("new-york", 1.2, "studio"),
)
"""Move, the count at which it is caught, and the look of the dancer, from left to right."""
GAP = 1.35
"""Metres from dancer to dancer."""
WIDTH, HEIGHT, SCALE = 1600, 620, 2


def dancer(name: str, count: float, place: float) -> Motion:
    """One frame of a move, at `place` metres to the left of the middle."""
    move = load_moves()[name]
    motion = compile_move(move, move.tempo)
    still = sample(motion, np.array([count * 60 / move.tempo]), fps=30.0)
    ground = np.float32([place - still.translation[0, 0], 0, -still.translation[0, 2]])
    return replace(still, translation=still.translation + ground)


def main() -> None:
    """Draw at twice the size and shrink, for smooth edges."""
    places = GAP * (np.arange(len(CAST)) - (len(CAST) - 1) / 2)
    motions = [dancer(name, count, place) for (name, count, _), place in zip(CAST, places, strict=True)]
    bodies: list[Body] = [load_body(look=look) for _, _, look in CAST]
    scene = build_scene(motions, bodies, fps=30, width=SCALE * WIDTH, height=SCALE * HEIGHT)
    (frame,) = (each.copy() for each in load("renderers", "raster").frames(scene))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(frame).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    picture.save(TARGET, quality=90, optimize=True)


if __name__ == "__main__":
    main()
