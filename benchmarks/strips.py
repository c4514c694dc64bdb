"""Strips of stick figures of real dance and of choreo's, shuffled, to be told apart by looking.

    python benchmarks/strips.py FOLDER DANCE.bvh ... [--data DIR] [--count N] [--seed N]

Takes stretches of three seconds of real takes (ChoreoNet, CMU) and of the dances, equally many of each, and draws ten
figures of each, 0.3 s apart, all alike: the same bones' lines, the same size, the floor as a line, seen from where the
dancer faces at first. ``strips-K.png`` hold the shuffled strips with numbers, ``answers.txt`` says which are real. Who
looks at them writes down guesses before reading it.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
from life_parts import pose_frames
from PIL import Image, ImageDraw

from choreo import plugins
from choreo.datasets.convert import read_take
from choreo.metrics import joint_positions
from choreo.motion.resample import resample
from choreo.motion.skeleton import NAMES
from choreo.types import Doubles, Motion

SECONDS, FIGURES, RATE = 3.0, 10, 30.0
PER_TAKE = 3
WIDE, HIGH = 110, 150
BONES = (
    ("pelvis", "spine1"), ("spine1", "spine2"), ("spine2", "spine3"), ("spine3", "neck"), ("neck", "head"),
    *((f"{s}_{a}", f"{s}_{b}") for s in ("left", "right") for a, b in (
        ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"), ("ankle", "foot"))),
    *(("neck", f"{s}_shoulder") for s in ("left", "right")), *(("pelvis", f"{s}_hip") for s in ("left", "right")),
)  # fmt: skip


def stretches(motion: Motion, rng: np.random.Generator, count: int) -> list[Doubles]:
    """Joints ``(FIGURES, 24, 3)`` of random stretches in which something moves."""
    positions = joint_positions(resample(motion, RATE)).astype(np.float64)
    size = int(SECONDS * RATE)
    out: list[Doubles] = []
    for _ in range(20 * count):
        if len(positions) <= size or len(out) == count:
            break
        first = int(rng.integers(len(positions) - size))
        part = positions[first : first + size]
        if np.linalg.norm(np.diff(pose_frames(part), axis=0), axis=-1).mean() * RATE < 0.3:
            continue
        hips = part[0, NAMES.index("left_hip")] - part[0, NAMES.index("right_hip")]
        yaw = np.arctan2(hips[2], hips[0])
        turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
        chosen = part[np.linspace(0, size - 1, FIGURES).round().astype(int)]
        chosen = (chosen - part[0, 0] * [1, 0, 1]) @ turn.T
        floor = np.percentile(part[:, [NAMES.index("left_foot"), NAMES.index("right_foot")], 1].min(1), 5)
        tall = np.percentile(part[:, NAMES.index("head"), 1] - floor, 90)
        out.append((chosen - [0, floor, 0]) * (1.55 / max(tall, 0.5)))
    return out


def strip(poses: Doubles) -> Image.Image:
    """One strip of figures."""
    image = Image.new("RGB", (WIDE * FIGURES, HIGH), "white")
    draw = ImageDraw.Draw(image)
    scale, base = (HIGH - 26) / 1.9, HIGH - 12
    draw.line([(0, base), (image.width, base)], fill=(200, 200, 200))
    for k, pose in enumerate(poses):
        middle = WIDE * (k + 0.5) - scale * pose[0, 0] * 0.6

        def at(name: str, pose: Doubles = pose, middle: float = middle) -> tuple[float, float]:
            x, y, z = pose[NAMES.index(name)]
            return middle + scale * (x + 0.25 * z), base - scale * (y + 0.08 * z)

        for a, b in BONES:
            colour = (200, 60, 60) if "left" in b else (50, 90, 200) if "right" in b else (30, 30, 30)
            draw.line([at(a), at(b)], fill=colour, width=3)
        x, y = at("head")
        draw.ellipse([x - 6, y - 10, x + 6, y + 4], outline=(30, 30, 30), width=2)
    return image


def main() -> None:
    """Draw the strips."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("dances", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, default=os.environ.get("CHOREO_SHARED", "../shared/data"))
    parser.add_argument("--count", type=int, default=12, help="strips of each kind")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    given.folder.mkdir(parents=True, exist_ok=True)
    real: list[Motion] = []
    for name, home in (("choreonet", "choreonet"), ("bvh", "cmu")):
        reader = plugins.load("datasets", name)
        files = list(reader.files(given.data / home))
        for number in rng.permutation(len(files))[: given.count]:
            real += [take.motion for take in reader.takes(files[number])]
    ours = [read_take(path).motion for path in given.dances]
    rows: list[tuple[bool, Doubles]] = []
    for motions, is_real in ((real, True), (ours, False)):
        found = [each for k in rng.permutation(len(motions)) for each in stretches(motions[k], rng, PER_TAKE)]
        found = [found[k] for k in rng.permutation(len(found))]
        rows += [(is_real, each) for each in found[: given.count]]
    shuffled = [rows[k] for k in rng.permutation(len(rows))]
    for page in range(0, len(shuffled), 8):
        part = shuffled[page : page + 8]
        image = Image.new("RGB", (WIDE * FIGURES + 30, HIGH * len(part)), "white")
        for k, (_, poses) in enumerate(part):
            image.paste(strip(poses), (30, k * HIGH))
            ImageDraw.Draw(image).text((6, k * HIGH + 60), str(page + k + 1), fill=(0, 0, 0))
        image.save(given.folder / f"strips-{page // 8 + 1}.png")
    answers = [f"{k + 1}: {'real' if is_real else 'choreo'}" for k, (is_real, _) in enumerate(shuffled)]
    (given.folder / "answers.txt").write_text("\n".join(answers) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
