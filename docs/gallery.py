"""Draw the pictures of the README and the front page: ``python docs/gallery.py`` writes them to ``renders/gallery``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from choreo.motion.resample import sample
from choreo.moves import compile_move, load_moves
from choreo.moves.library import move_clip
from choreo.planfile.troupe import Troupe
from choreo.plugins import load
from choreo.synthesis import perform
from choreo.synthesis.ensemble import multiply
from choreo.types import Body, ChoreographyPlan, Motion, PlanStep
from choreo.video import build_scene
from choreo.video.bodies import load_body
from choreo.video.look import BUILDS, STAGE
from choreo.video.pictures import save_loop
from choreo.video.scene import some_frames
from choreo.video.timeline import timeline_of

TARGET = Path(__file__).parents[1] / "renders" / "gallery"
CAST = (
    ("jazz-battements", 3.76, "sport"),
    ("disco-point", 1.0, "stage"),
    ("pose-hits", 1.0, "street"),
    ("star-jump", 3.72, "stage"),
    ("new-york", 1.2, "gala"),
)
"""Move, the count at which it is caught, and the look of the dancer, from left to right."""
GAP = 1.35
"""Metres from dancer to dancer."""
WIDTH, HEIGHT, SCALE = 1600, 620, 2
TEMPO = 112.0
ROUTINE = (
    ("grapevine", "A", 0.3),
    ("disco-point", "A", 0.5),
    ("star-jump", "B", 0.9),
    ("running-man", "B", 0.9),
    ("pose-hits", "A", 0.5),
)
"""Move, section and energy of a dance by hand."""
WALTZ = (("waltz-box", "A", 0.4), ("waltz-natural-turn", "A", 0.5), ("waltz-progressive", "A", 0.5))
WALTZ_TEMPO = 88.0
LOOP_COUNTS, LOOP_FPS = 24, 20.0
LOOP_WIDTH, LOOP_HEIGHT = 480, 270


def dancer(name: str, count: float, place: float) -> Motion:
    """One frame of a move, at `place` metres to the left of the middle."""
    move = load_moves()[name]
    motion = compile_move(move, move.tempo)
    still = sample(motion, np.array([count * 60 / move.tempo]), fps=30.0)
    ground = np.array([place - still.translation[0, 0], 0, -still.translation[0, 2]], np.float32)
    return replace(still, translation=still.translation + ground)


def line_up() -> Image.Image:
    """Five moves side by side, drawn at twice the size and shrunk, for smooth edges."""
    places = GAP * (np.arange(len(CAST)) - (len(CAST) - 1) / 2)
    motions = [dancer(name, count, place) for (name, count, _), place in zip(CAST, places, strict=True)]
    bodies: list[Body] = [load_body(look=look) for _, _, look in CAST]
    scene = build_scene(motions, bodies, fps=30, width=SCALE * WIDTH, height=SCALE * HEIGHT)
    return shrunk(next(iter(load("renderers", "raster").frames(scene))))


def routine(
    moves: Sequence[tuple[str, str, float]] = ROUTINE, tempo: float = TEMPO, metre: int = 4
) -> tuple[ChoreographyPlan, Motion]:
    """A short dance, written by hand."""
    steps, clips, at = [], {}, 0
    for name, section, energy in moves:
        clip = move_clip(load_moves()[name])
        beats = tuple(60 / tempo * (at + k) for k in range(clip.counts + 1))
        steps.append(
            PlanStep(
                clip.clip_id, name, clip.dataset, clip.licence, False, at, beats, section, 1.0, {}, clip.move, energy
            )
        )
        clips[clip.clip_id], at = clip, at + clip.counts
    plan = ChoreographyPlan({"name": "a routine"}, metre, tempo, 0.0, steps[-1].beats[-1], 0, tuple(steps))
    return plan, perform(plan, clips)


def group() -> Image.Image:
    """Five dancers in a V, differently built and dressed."""
    _, motion = routine()
    cast = multiply(motion, Troupe(5)).motions
    looks = ("street", "gala", "studio", "sport", "stage")
    bodies = [load_body(look=look, build=build) for look, build in zip(looks, BUILDS, strict=True)]
    frame = np.array([round(17.2 * 60 / TEMPO * 30)])
    scene = build_scene(cast, bodies, fps=30, width=SCALE * WIDTH, height=SCALE * HEIGHT)
    return shrunk(next(iter(load("renderers", "raster").frames(some_frames(scene, frame)))))


def bones() -> Image.Image:
    """What the skeleton's renderer tells."""
    plan, motion = routine()
    scene = build_scene(motion, load_body(), fps=30, width=WIDTH, height=HEIGHT, timeline=timeline_of(plan))
    frame = np.array([round(17.1 * 60 / TEMPO * 30)])
    return Image.fromarray(next(iter(load("renderers", "stick").frames(some_frames(scene, frame)))).copy())


def moving(
    motions: Sequence[Motion], plan: ChoreographyPlan, looks: Sequence[str], camera: str, place: str = STAGE
) -> Iterator[np.ndarray]:
    """Frames of a routine's first counts, drawn at twice the size and shrunk."""
    bodies = [load_body(look=look) for look in looks]
    width, height = SCALE * LOOP_WIDTH, SCALE * LOOP_HEIGHT
    scene = build_scene(
        motions,
        bodies,
        fps=LOOP_FPS,
        width=width,
        height=height,
        timeline=timeline_of(plan),
        camera=camera,
        lights=True,
        place=place,
    )
    counted = np.arange(round(LOOP_COUNTS * 60 / plan.tempo * LOOP_FPS))
    for frame in load("renderers", "raster").frames(some_frames(scene, counted)):
        yield np.asarray(shrunk(frame))


def shrunk(frame: np.ndarray) -> Image.Image:
    """A picture of half the size."""
    whole = Image.fromarray(frame)
    return whole.resize((whole.width // SCALE, whole.height // SCALE), Image.Resampling.LANCZOS)


def main() -> None:
    """Draw them all."""
    TARGET.mkdir(parents=True, exist_ok=True)
    plan, motion = routine()
    trio = multiply(motion, Troupe(3, unison="mirror")).motions
    waltz, lead = routine(WALTZ, WALTZ_TEMPO, 3)
    pair = multiply(lead, Troupe(2, unison="hold")).motions
    save_loop(moving([motion], plan, ["stage"], "director", "club"), TARGET / "film.webp", LOOP_FPS, quality=45)
    save_loop(moving(pair, waltz, ["studio", "gala"], "follow"), TARGET / "couple.webp", LOOP_FPS, quality=45)
    save_loop(moving(trio, plan, ["street", "stage", "studio"], "follow"), TARGET / "trio.webp", LOOP_FPS, quality=45)
    for name, draw in (("dance", line_up), ("group", group), ("bones", bones)):
        draw().save(TARGET / f"{name}.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    main()
