"""What the director films, what the finish costs, and flashes: measured on songs.

    python benchmarks/shots.py SONG... [--write]

Shots are measured on the projected body of the built-in dancer in pictures of 1280x720, one frame in five. The cost of
``--finish film`` is processor time of one process with one thread: pictures drawn with blur and finished, over those
drawn without. Flashes are counted in 20 seconds of each song at 320x180, on the stage and in the club. ``--write`` puts
the table into docs/videos.md.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from choreo.motion.kinematics import forward
from choreo.options import Choosing
from choreo.pipeline import make_plan
from choreo.synthesis import perform
from choreo.types import Doubles, Motion, Scene, Timeline
from choreo.video import build_scene, project
from choreo.video.bodies import load_body
from choreo.video.camera import CROWN
from choreo.video.cuts import ARRIVAL, NEUTRAL, beat_looks, limb_measures, placed_shots, whole_dance
from choreo.video.finish import SHUTTER, finished_frame
from choreo.video.flashes import most_flashes
from choreo.video.look import SETS
from choreo.video.scene import frame_count, poses_at
from choreo.video.timeline import timeline_of
from choreo_raster.workers import draw_in_order

PAGE = Path(__file__).parent.parent / "docs" / "videos.md"
BEGIN, END = "| songs, director |", "\n\n"
FPS, WIDTH, HEIGHT = 30.0, 1280, 720
EACH = 5
"""Of so many frames one is measured."""
TIMED = 90
CHIN = -0.02
"""Metres of the chin over the head's joint."""
SECONDS = 20.0


def dance_of(song: Path) -> tuple[Motion, Timeline]:
    """The dance that choreo makes of a song, at the rate of the video."""
    _, plan, clips = make_plan(song, choosing=Choosing())
    motion = perform(plan, clips)
    times = np.arange(frame_count([motion], FPS)) / FPS
    return poses_at(motion, times, FPS), timeline_of(plan)


def framing(scene: Scene, motion: Motion, shows: list[str]) -> dict[str, Doubles]:
    """Pixels of the head in close shots; share of the picture over the highest point, and heads that are cut."""
    positions, rotations = forward(motion.skeleton, motion.translation, motion.rotations)
    names = motion.skeleton.names
    head = names.index("head")
    ends = [names.index(name) for name in ("left_hand", "right_hand")]
    found: dict[str, list[float]] = {"head": [], "room": [], "cut": [], "body": []}
    for frame in range(0, len(motion), EACH):
        if shows[frame] == "feet":
            continue
        w, x, y, z = rotations[frame, head]
        up = np.array([2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)])
        at = positions[frame, head]
        points = np.array([at + CHIN * up, at + CROWN * up, *positions[frame, ends]], np.float32)
        pixels = project(points, scene.camera, frame, WIDTH, HEIGHT)
        highest = pixels[1, 1] if shows[frame] == "head" else pixels[1:, 1].min()
        found["cut"].append(float(pixels[1, 1] < 0))
        found["room"].append(highest / HEIGHT)
        if shows[frame] == "head":
            found["head"].append(float(np.linalg.norm(pixels[0, :2] - pixels[1, :2])))
        if shows[frame] == "body":
            feet = project(positions[frame].astype(np.float32), scene.camera, frame, WIDTH, HEIGHT)
            found["body"].append(float(feet[:, 1].max() - pixels[1, 1]) / HEIGHT)
    return {name: np.array(values) for name, values in found.items()}


def cut_measures(motion: Motion, line: Timeline, cuts: list[int]) -> tuple[float, float, float, float]:
    """Shares of cuts and of all beats with an accent, and of both in the neutral pose."""
    off, _ = limb_measures(motion)
    beats = line.beats[(line.beats > 0.5) & (line.beats < motion.duration - 0.5)]
    _, arrival = beat_looks([motion], beats)
    _, own = beat_looks([motion], np.array(cuts) / FPS)
    at = np.rint(beats * FPS).astype(int)
    half = 0.5
    return (
        float((own >= half).mean()), float((arrival >= half).mean()),
        float((off[cuts] < NEUTRAL).mean()), float((off[at] < NEUTRAL).mean()),
    )  # fmt: skip


def cost(scene: Scene) -> tuple[float, float, float]:
    """Milliseconds of processor time a frame: drawn plainly, drawn with blur, and the finish of planes."""
    blurred = replace(scene, shutter=SHUTTER)

    def drawn(each: Scene) -> float:
        frames = draw_in_order(each, workers=1, form="planes")
        next(frames)
        begun = time.process_time()
        for _ in islice(frames, TIMED):
            pass
        spent = time.process_time() - begun
        del frames
        return 1e3 * spent / TIMED

    plain, moving = (min(drawn(each) for _ in range(3)) for each in (scene, blurred))
    frame = next(draw_in_order(scene, workers=1, form="planes")).copy()
    finished_frame(frame, "film")
    begun = time.process_time()
    for _ in range(TIMED):
        finished_frame(frame, "film")
    return plain, moving, 1e3 * (time.process_time() - begun) / TIMED


def flashes(motion: Motion, line: Timeline, place: str) -> int:
    """Most flashes in a second of the dance's first part."""
    count = int(SECONDS * FPS)
    part = poses_at(motion, np.arange(min(count, len(motion))) / FPS, FPS)
    scene = build_scene(
        part, load_body(), fps=FPS, width=320, height=180, timeline=line, camera="director", lights=True, place=place
    )
    return most_flashes(draw_in_order(scene, workers=1), FPS)


def measured(song: Path) -> list[str]:
    """One column of the table."""
    motion, line = dance_of(song)
    body = load_body()
    scene = build_scene(
        motion, body, fps=FPS, width=WIDTH, height=HEIGHT, timeline=line, camera="director", lights=True
    )
    shots = list(placed_shots(line, len(motion), FPS, whole_dance([motion])))
    shows = [shot.shows for shot, span in shots for _ in span]
    sizes = Counter(shows)
    seen = framing(scene, motion, shows)
    cuts = [span.start for _, span in shots[1:]]
    accents, all_accents, neutral, all_neutral = cut_measures(motion, line, cuts)
    away = scene.camera.eye - scene.camera.target
    side = np.arctan2(away[:, 0], away[:, 2])
    lengths = [len(span) / FPS for _, span in shots]
    plain, moving, finish = cost(scene)
    share = (moving - plain + finish) / plain
    head = seen["head"]
    return [
        f"{len(shots)}, {np.median(lengths):.1f} s",
        ", ".join(f"{name} {sizes[name] / len(shows):.0%}" for name in ("body", "hands", "head", "feet")),
        f"{np.median(head):.0f} ({np.percentile(head, 5):.0f})" if len(head) else "none",
        f"{np.percentile(seen['room'], 10):.0%}, {np.median(seen['room']):.0%}, {np.percentile(seen['room'], 90):.0%}",
        f"{seen['cut'].mean():.1%}",
        f"{np.median(seen['body']):.0%}",
        f"{accents:.0%} ({all_accents:.0%})",
        f"{neutral:.0%} ({all_neutral:.0%})",
        str(int((np.abs(side) > np.pi / 2).sum())),
        f"{plain:.1f}, {moving - plain:.1f}, {finish:.1f} ms: {share:.0%}",
        ", ".join(f"{place} {flashes(motion, line, place)}" for place in SETS),
    ]


ROWS = (
    "shots, their usual length",
    "share of the time that shows",
    "head in close shots, pixels at 720p, median (5th percentile)",
    "room over the highest point, 10th, 50th, 90th percentile",
    "frames with a cut head, where it is shown",
    "height of whole bodies in the picture, median",
    f"cuts on beats where limbs slow by {ARRIVAL / 2:.2f} m/s or more (all beats)",
    "cuts in the neutral pose (all beats)",
    "frames from behind the line",
    "drawing, blur and finish a frame: `--finish film` over drawing",
    "most flashes in a second (3 are safe)",
)


def table(songs: list[Path]) -> str:
    """Markdown, a song a column."""
    columns = [measured(song) for song in songs]
    lines = [f"{BEGIN} {' | '.join(song.stem for song in songs)} |", "|---|" + "---|" * len(songs)]
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in zip(ROWS, zip(*columns, strict=True), strict=True)]
    return "\n".join(lines)


def main() -> None:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("songs", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    made = table(given.songs)
    print(made)
    if given.write:
        text = PAGE.read_text(encoding="utf-8")
        begin = text.index(BEGIN)
        PAGE.write_text(text[:begin] + made + text[text.index(END, begin) :], encoding="utf-8")


if __name__ == "__main__":
    main()
