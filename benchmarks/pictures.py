"""Words that are not over a body, loops that loop, sheets of strong poses: measured on what is drawn.

    python benchmarks/pictures.py [--write]

``--write`` puts the table into ``docs/videos.md``. Songs are those of ``CHOREO_SHARED``.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from choreo import make_plan, plugins
from choreo.motion.kinematics import forward
from choreo.motion.strong_poses import reach, stillness
from choreo.pipeline.plan_to_dance import Performance, perform_plan
from choreo.planfile.troupe import Troupe
from choreo.synthesis.ensemble import cast_plan
from choreo.types import Scene
from choreo.video import build_scene, pictures
from choreo.video.bodies import fit_bones, load_body
from choreo.video.loops import loop_of, loop_scene
from choreo.video.placing import placed_cards
from choreo.video.scene import some_frames
from choreo.video.timeline import bar_times
from choreo.video.titles import layer, title_cards

SONGS = ("C_1", "R_4", "W_1")
SHAPES = ((320, 180), (180, 320), (240, 240))
CREDITS = "Song: Roar, Katy Perry\nMovement:\nstarter - licence: CC0-1.0\nBody:\nchoreo dancer - licence: CC0-1.0"
PAGE = Path(__file__).parents[1] / "docs" / "videos.md"
BEGIN, END = (
    "<!-- Made by `python benchmarks/pictures.py --write`; change that script, not this table. -->",
    ("<!-- End of what the script made. -->"),
)


def words_over_bodies(performance: Performance) -> tuple[int, int, int]:
    """Frames with words, pixels that letters and bodies share in them, and cards that were left out."""
    body, raster = load_body(), plugins.load("renderers", "raster")
    dancers = [fit_bones(motion, body) for motion in performance.motions]
    frames = shared = left_out = 0
    for camera, (width, height) in (("follow", SHAPES[0]), *(("director", shape) for shape in SHAPES)):
        scene = build_scene(dancers, body, fps=15, width=width, height=height, timeline=performance.timeline,
                            camera=camera, floor="plain")  # fmt: skip
        cards, without = placed_cards(title_cards(len(scene) / 15, "Roar\nKaty Perry", CREDITS), scene)
        left_out += len(without)
        for card in cards:
            words = layer(card, width, height)
            ink = words[..., 0] * words[..., 1] > 0.05
            first, last = int(np.ceil(card.start * 15)), min(int(card.end * 15) + 1, len(scene))
            shown = some_frames(scene, np.arange(first, last))
            for frame in raster.part(shown, 0, len(shown), alpha=True):
                # The shadow on the floor is black that can be seen through.
                shared += int((ink & (frame[..., 3] > 128) & (frame[..., :3].max(axis=-1) > 8)).sum())
                frames += 1
    return frames, shared, left_out


def loop_ratios(performance: Performance, folder: Path) -> tuple[float, float, float, float]:
    """Seconds of the loop; last to first over the median of neighbours: of joints, and of pixels of GIF and WebP."""
    body, raster = load_body(), plugins.load("renderers", "raster")
    loop = loop_of([fit_bones(motion, body) for motion in performance.motions], performance.timeline)
    found: list[float] = [loop.end - loop.begin]
    for name, fps in pictures.LOOP_FPS.items():
        scene = loop_scene(loop, body, fps=fps, width=480, height=270, lights=True)
        if len(found) == 1:
            found.append(_joint_ratio(scene))
        path = folder / f"loop.{name}"
        pictures.draw_loop(scene, raster, path)
        with Image.open(path) as drawn:
            frames = [np.asarray(frame.convert("RGB"), np.int16) for frame in ImageSequence.Iterator(drawn)]
        changes = [np.abs(after - before).mean() for before, after in pairwise(frames)]
        found.append(float(np.abs(frames[-1] - frames[0]).mean() / np.median(changes)))
    return found[0], found[1], found[2], found[3]


def _joint_ratio(scene: Scene) -> float:
    ratios = []
    for _, motion in scene.performers:
        at, _ = forward(motion.skeleton, motion.translation, motion.rotations)
        steps = np.linalg.norm(np.diff(at, axis=0), axis=-1).mean(axis=1)
        ratios.append(np.linalg.norm(at[-1] - at[0], axis=-1).mean() / np.median(steps))
    return float(max(ratios))


def sheet_strength(performance: Performance) -> tuple[float, float, float, float]:
    """Reach in metres and stillness of a sheet's poses, and of the poses on the downbeats."""
    body = load_body()
    motion = fit_bones(performance.motions[0], body)
    scene = build_scene(motion, body, fps=30, width=64, height=64, timeline=performance.timeline)
    timeline = scene.timeline
    assert timeline is not None
    plain = replace(scene.performers[0][1])
    far, still = reach(plain), stillness(plain)
    chosen = pictures.cell_frames(scene, 8, None)
    downbeats = np.searchsorted(scene.times, np.array(bar_times(timeline, float(scene.times[-1]))) - 1e-6)
    downbeats = np.minimum(downbeats, len(far) - 1)
    return (float(far[chosen].mean()), float(still[chosen].mean()), float(far[downbeats].mean()),
            float(still[downbeats].mean()))  # fmt: skip


def table(songs: Path) -> str:
    """All figures as a table of Markdown, a row a song."""
    head = [
        "song", "frames with words", "pixels over a body", "words left out", "loop, s", "joints", "GIF", "WebP",
        "sheet: reach, m", "stillness", "downbeats: reach, m", "stillness",
    ]  # fmt: skip
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for name in SONGS:
        _, plan, clips = make_plan(songs / f"{name}.mp3")
        solo = perform_plan(plan, clips, measured=False)
        group = perform_plan(cast_plan(plan, Troupe(dancers=5)), clips, measured=False)
        alone, together = words_over_bodies(solo), words_over_bodies(group)
        words = [one + other for one, other in zip(alone, together, strict=True)]
        with tempfile.TemporaryDirectory() as folder:
            seconds, *ratios = loop_ratios(solo, Path(folder))
        cells = [name, *map(str, words), f"{seconds:.1f}", *(f"{each:.2f}" for each in ratios)]
        cells += [f"{each:.2f}" for each in sheet_strength(solo)]
        lines.append("| " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/videos.md")
    asked = parser.parse_args()
    made = table(Path(os.environ.get("CHOREO_SHARED", "../shared/data")) / "songs")
    if asked.write:
        text = PAGE.read_text(encoding="utf-8")
        pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
        PAGE.write_text(pattern.sub(lambda _: f"{BEGIN}\n\n{made}\n\n{END}", text), encoding="utf-8")


if __name__ == "__main__":
    main()
