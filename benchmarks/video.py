"""What becomes of a dance that was filmed: motion lifted from films that choreo renders itself, beside the truth.

    python benchmarks/video.py [--data DIR] [--keep DIR] [--films N] [--write]

Reads recordings of the folder of real data (``--data`` or CHOREO_SHARED), none of them in the database, and needs the
extra ``video`` and ``choreo models get pose``. ``--keep`` keeps films and landmarks, and takes those that are there.
``--write`` writes ``docs/benchmarks/video.md``.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from video_films import FILMS, FilmSpec, Truth, made, write_film
from video_scores import GOALS, Scores, scores_of, style_map

from choreo.errors import MotionError
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.types import Doubles, Motion, Take
from choreo_video.background import Background
from choreo_video.landmarks import CONFIDENT, Landmarks, landmarks_of
from choreo_video.landmarks import NAMES as LANDMARKS
from choreo_video.lifting import lift, lifted_takes

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "video.md"
HEAD = """\
# Motion out of a video

<!-- Made by `python benchmarks/video.py --write`; change that script, not this page. -->

Films of known dances, drawn by choreo: recordings that are not in the database, on several bodies, with cameras that
stand, follow, cut and shake, from 240p to 1080p, 24 to 60 frames a second, with blur, compression and other
backgrounds. `choreo_video` finds landmarks in them and lifts these to motion, which is compared with what was drawn.

What is wanted of joints, wrists and beats is not reached: most of the error is in depth, which the net guesses badly
for arms that reach towards the camera or away from it, and for dancers who turn their back. Weights of the fit were
chosen on nine of these films, eight of them with a camera that stands, and how calm a moving camera is on two others.
"""
STEPS = ("landmarks", "fitted", "floor", "take")
TITLES = {
    "landmarks": "the net's landmarks in space, as they are",
    "fitted": "+ one person's bones, the picture, calm",
    "floor": "+ floor, standing feet, hips where joints are",
    "take": "+ repair, canonical skeleton, foot lock: what is used",
}


@dataclass(frozen=True, eq=False)
class Measured:
    """Of a film: scores by step, milliseconds a frame of the nets and of lifting, the take and its truth, notes."""

    spec: FilmSpec
    steps: dict[str, Scores]
    nets: float
    lifting: float
    pair: tuple[Motion, Motion] | None
    note: str


def landmarks_in(file: Path) -> tuple[list[Landmarks], float]:
    """Landmarks of a film, kept beside it, and milliseconds of processor time a frame."""
    kept = file.with_suffix(".npz")
    if not kept.is_file():
        begun = time.process_time()
        found = landmarks_of(file)
        arrays: dict[str, Any] = {"count": np.array(len(found)), "spent": np.array(time.process_time() - begun)}
        for k, each in enumerate(found):
            arrays |= {f"{name}{k}": np.asarray(getattr(each, name)) for name in (*ARRAYS, "size", "person", "shot")}
            if each.background is not None:
                arrays |= {f"moves{k}": each.background.moves, f"sure{k}": each.background.sure}
        np.savez(kept, **arrays)
    with np.load(kept) as data:
        takes = []
        for k in range(int(data["count"])):
            given: dict[str, Any] = {name: data[f"{name}{k}"] for name in ARRAYS}
            width, height = data[f"size{k}"].tolist()
            person, shot = int(data[f"person{k}"]), int(data[f"shot{k}"])
            given["background"] = Background(data[f"moves{k}"], data[f"sure{k}"]) if f"moves{k}" in data else None
            takes.append(Landmarks(**given, size=(width, height), person=person, source=file.name, shot=shot))
        frames = max(1, sum(len(each.times) for each in takes))
        return takes, 1000 * float(data["spent"]) / frames


ARRAYS = ("times", "image", "world", "visibility", "presence", "score")


def measured(spec: FilmSpec, data: Path, folder: Path, number: int) -> Measured:
    """Film a dance, lift it, and compare."""
    scene, truth = made(data, spec)
    file = folder / f"{number:02}.mp4"
    if not file.is_file():
        write_film(file, scene, spec)
    try:
        takes, nets = landmarks_in(file)
        mine = max((each for each in takes), key=lambda each: _closeness(each, truth, spec.fps))
        begun = time.process_time()
        lifted = lift(mine)
        found = max(lifted_takes(Take(spec.name, truth.motion, "film", "none"), lifted), key=lambda t: len(t.motion))
        spent = 1000 * (time.process_time() - begun) / len(mine.times)
    except (MotionError, ValueError) as error:
        return Measured(spec, {}, 0.0, 0.0, None, str(error))
    good = mine.score >= CONFIDENT
    world = mine.world[good].astype(np.float64) * (1, -1, -1)
    raw = {name: world[:, LANDMARKS.index(name)] for name in LANDMARKS}
    steps = {"landmarks": scores_of(raw, mine.times[good], truth, spec.fps)}
    times = lifted.start + np.arange(len(lifted.positions)) / lifted.fps
    keep = lifted.known
    for step, points in (("fitted", lifted.free), ("floor", lifted.positions)):
        tracks = {name: points[keep, k] for k, name in enumerate(lifted.names)}
        steps[step] = scores_of(tracks, times[keep], truth, spec.fps)
    joints = forward(found.motion.skeleton, found.motion.translation, found.motion.rotations)[0].astype(np.float64)
    begin = lifted.start + found.first_frame / lifted.fps
    clock = begin + np.arange(len(joints)) / found.motion.fps
    tracks = {name: joints[:, k] for k, name in enumerate(NAMES)}
    steps["take"] = scores_of(tracks, clock, truth, spec.fps, motion=found.motion)
    return Measured(spec, steps, nets, spent, (found.motion, truth.motion), f"{lifted.known.mean():.0%} seen")


def _closeness(each: Landmarks, truth: Truth, fps: float) -> float:
    """How long somebody is followed who is where the dancer is in the picture."""
    frames = np.clip(np.rint(each.times * fps).astype(int), 0, len(truth.pixels) - 1)
    hips = each.image[:, [LANDMARKS.index("left_hip"), LANDMARKS.index("right_hip")], :2].mean(axis=1)
    true: Doubles = truth.pixels[frames, 0, :2]
    near = np.linalg.norm(hips - true, axis=1) < 0.06 * max(each.size)
    return float(near.sum())


def page(results: list[Measured]) -> str:
    """The page: medians by step, films one by one, time."""
    good = [each for each in results if each.steps]
    lines = [HEAD, "| | " + " | ".join(goal.title for goal in GOALS) + " |", "|---" * (len(GOALS) + 1) + "|"]
    for step in STEPS:
        cells = []
        for goal in GOALS:
            values = [value for each in good if (value := getattr(each.steps[step], goal.name)) is not None]
            cells.append(f"{np.median(values):{goal.form}}" if values else "")
        lines.append(f"| {TITLES[step]} | " + " | ".join(cells) + " |")
    lines.append("| wanted | " + " | ".join(goal.wanted for goal in GOALS) + " |")
    true, lifted = style_map([(each.spec.style, *each.pair) for each in good if each.pair])
    nets, lifting = (float(np.median([getattr(each, name) for each in good])) for name in ("nets", "lifting"))
    lines += [
        "",
        f"Medians over {len(good)} films. Which of the others are of the same style, by what clips are compared with "
        f"(mean average precision): {true:.2f} with the true motion, {lifted:.2f} with the lifted one. Processor time "
        f"a frame: {nets:.0f} ms for reading and the nets, {lifting:.1f} ms for lifting.",
        "",
        "Joints are shoulders, elbows, wrists, hips, knees and ankles, from the middle of the hips, after one rotation "
        "and scale for the film. Acceleration is the mean of its size over that of the truth: below 1 is smoother. "
        "Standing feet are those that the take says stand. The path is that of the hips over the "
        "floor: root mean square distance from the true one, over the length of this. Beats are matched within 70 ms.",
        "",
        "| film | " + " | ".join(goal.title for goal in GOALS) + " | |",
        "|---" * (len(GOALS) + 2) + "|",
    ]
    for each in results:
        cells = []
        for goal in GOALS:
            value = getattr(each.steps["take"], goal.name) if each.steps else None
            cells.append("" if value is None else f"{value:{goal.form}}")
        lines.append(f"| {each.spec.name} | " + " | ".join(cells) + f" | {each.note} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and print, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", "../shared/data")))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--films", type=int, default=len(FILMS))
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        results = []
        for number, spec in enumerate(FILMS[: asked.films]):
            results.append(measured(spec, asked.data, folder, number))
            print(spec.name, results[-1].steps.get("take"), results[-1].note, flush=True)
    text = page(results)
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
