"""The starter moves beside real dance, and the limits that they are checked against.

    python benchmarks/moves.py [--data DIR] [--limits] [--write]

Reads ``choreonet/`` and ``bvh/`` of the folder of real data (``--data`` or CHOREO_SHARED). ``--limits`` prints the
numbers of ``choreo/moves/limits.py``; ``--write`` puts the tables into ``docs/benchmarks/moves.md``.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.datasets.cut import cut_take
from choreo.metrics import frechet, scaled
from choreo.motion.kinematics import forward
from choreo.motion.repair import sliced
from choreo.motion.resample import resample
from choreo.motion.skeleton import NAMES
from choreo.moves import compile_move, limits, load_moves
from choreo.moves.check import is_lively, still_joints
from choreo.moves.notation import Move
from choreo.moves.quality import FPS, MEASURED, Quality, measure
from choreo.planning.reachability import check_pack
from choreo.types import Motion

WINDOW, STEP, DANCING = 4.0, 2.0, 0.4
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "moves.md"
HEAD = """\
# How the moves compare with real dance

<!-- Made by `python benchmarks/moves.py --write`; change that script, not this page. -->
"""
LIFE = """\
Of the twenty joints that are measured, some turn little even in real dance; when too many do, the dancer is stiff. The
5th percentile of each joint (p5), how many joints may stay below theirs, and the 5th to 95th percentile of mean speeds
of hands, feet, head and pelvis come from the real windows. Stiffened: every joint turns a quarter as far about its
mean.
"""


def real_motions(data: Path) -> Iterator[Motion]:
    """Retargeted takes of ChoreoNet and dances of the BVH folder, at 60 frames a second."""
    for name in ("choreonet", "bvh"):
        reader = plugins.load("datasets", name)
        for file in reader.files(data / name):
            if name == "choreonet" or "dance" in file.name or "perfume" in str(file):
                for take in reader.takes(file):
                    yield resample(take.motion, FPS)


def windows(motion: Motion) -> Iterator[Motion]:
    """Stretches of `WINDOW` seconds every `STEP`."""
    length = round(WINDOW * motion.fps)
    for first in range(0, len(motion) - length, round(STEP * motion.fps)):
        yield sliced(motion, first, first + length + 1)


def real_windows(data: Path) -> list[tuple[Motion, Quality]]:
    """Windows in which people dance, measured."""
    found = []
    for motion in real_motions(data):
        for part in windows(motion):
            quality = measure(part)
            if quality.energy >= DANCING:
                found.append((part, quality))
    return found


def starter_windows() -> list[Motion]:
    """Each dancing move, repeated for `WINDOW` seconds."""
    out = []
    for move in load_moves().values():
        if move.role == "move":
            motion = compile_move(move)
            times = np.arange(round(WINDOW * FPS) + 1) % (len(motion) - 1)
            out.append(Motion(motion.skeleton, motion.fps, motion.translation[times], motion.rotations[times]))
    return out


def stiff(motions: list[Motion], share: float = 0.25) -> list[Motion]:
    """The same motions with every joint turning only `share` as far about its mean."""
    from choreo.motion import rotations as rot

    out = []
    for motion in motions:
        mean = np.stack([rot.mean(motion.rotations[:, joint]) for joint in range(len(NAMES))])
        turned = rot.slerp(np.broadcast_to(mean, motion.rotations.shape).astype(np.float32), motion.rotations, share)
        out.append(Motion(motion.skeleton, motion.fps, motion.translation, rot.continuous(turned)))
    return out


def kinetic(motion: Motion) -> np.ndarray:
    """Mean speed and acceleration of each joint in the dancer's own frame ``(48,)``, logarithms."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    own = positions - positions[:, :1] * [1, 0, 1]
    speed = np.linalg.norm(np.diff(own, axis=0), axis=-1) * motion.fps
    change = np.linalg.norm(np.diff(own, n=2, axis=0), axis=-1) * motion.fps**2
    return np.log(np.concatenate([speed.mean(axis=0), change.mean(axis=0)]) + 1e-2)


def geometric(motion: Motion) -> np.ndarray:
    """Mean and standard deviation of ten distances between joints ``(20,)``, metres."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    at = {name: positions[:, k] for k, name in enumerate(NAMES)}
    pairs = (
        ("left_wrist", "right_wrist"), ("left_ankle", "right_ankle"), ("left_wrist", "head"), ("right_wrist", "head"),
        ("left_wrist", "pelvis"), ("right_wrist", "pelvis"), ("left_ankle", "pelvis"), ("right_ankle", "pelvis"),
        ("left_knee", "right_knee"), ("head", "pelvis"),
    )  # fmt: skip
    gaps = np.stack([np.linalg.norm(at[a] - at[b], axis=-1) for a, b in pairs])
    return np.concatenate([gaps.mean(axis=1), gaps.std(axis=1)])


def print_limits(real: list[tuple[Motion, Quality]], data: Path) -> None:
    """Print the numbers of ``choreo/moves/limits.py``."""
    qualities = [quality for _, quality in real]
    print(f"windows {len(qualities)}")
    print(f"ACCELERATION {np.percentile([q.acceleration for q in qualities], 99.5):.0f}")
    print(f"JERK {np.percentile([q.jerk for q in qualities], 99.5):.0f}")
    print("ENERGY", np.round(np.percentile([q.energy for q in qualities], [5, 95]), 2))
    turns = np.degrees(np.stack([q.ranges for q in qualities]))
    lows, highs = np.percentile(turns, [5, 95], axis=0).round()
    print("RANGES", {name: (int(low), int(high)) for name, low, high in zip(MEASURED, lows, highs, strict=True)})
    print(f"STIFF {np.percentile((turns < lows).sum(axis=1), 95):.0f}")
    print(f"windows with every joint inside RANGES {np.mean(((turns >= lows) & (turns <= highs)).all(axis=1)):.0%}")
    from choreo.planning.costs import Weights
    from choreo.planning.graph import build_graph, mean_misfit

    reader = plugins.load("datasets", "choreonet")
    takes = [take for file in reader.files(data / "choreonet") for take in reader.takes(file)]
    units = [clip for take in takes if take.cuts for clip in cut_take(take, "choreonet")]
    misfit = mean_misfit(units, build_graph(units, Weights()), Weights().velocity)
    print(f"REACHABLE {np.percentile(misfit, 5):.3f} ({len(units)} units)")


def stiffness(moves: list[Move], real: list[tuple[Motion, Quality]]) -> list[str]:
    """Table of how many medium and strong moves are stiff or calm, beside the same moves stiffened and real dance."""
    lively = [compile_move(move) for move in moves if is_lively(move)]
    sets = {
        "real windows": [quality for _, quality in real],
        "medium and strong moves": [measure(motion) for motion in lively],
        "the same, stiffened": [measure(motion) for motion in stiff(lively)],
    }
    low, high = limits.ENERGY
    rows = []
    for name, part in sets.items():
        stiffs = sum(len(still_joints(quality)) > limits.STIFF for quality in part)
        speeds = sum(not low <= quality.energy <= high for quality in part)
        cells = [f"{count} of {len(part)} ({100 * count / len(part):.0f} %)" for count in (stiffs, speeds)]
        rows.append(f"| {name} | {cells[0]} | {cells[1]} |")
    head = f"| | more than {limits.STIFF} joints turn less than p5 | mean speed outside {low:.2f} to {high:.2f} m/s |"
    return [head, "|---|---|---|", *rows, ""]


def page(real: list[tuple[Motion, Quality]]) -> str:
    """The page with its tables."""
    begun = time.perf_counter()
    moves = list(load_moves().values())
    packed = [compile_move(move) for move in moves]
    compiled = time.perf_counter() - begun
    begun = time.perf_counter()
    for move in moves[:20]:
        compile_move(move, move.tempo * 1.01)
    each = (time.perf_counter() - begun) / 20
    checked = check_pack(moves)
    worst = {key: max(getattr(q, key) for c in checked for q in c.qualities.values()) for key in
             ("slide", "sunk", "acceleration", "jerk")}  # fmt: skip
    rows = [
        ("moves, with mirrors", f"{len(moves)}, {len(moves) + sum(move.mirror for move in moves)}", ""),
        ("moves in three", str(sum(move.metre == 3 for move in moves)), ""),
        ("moves with faults", str(sum(bool(c.faults) for c in checked)), "0"),
        ("slide of standing feet, p95, worst move", f"{100 * worst['slide']:.2f} cm/s", f"{100 * limits.SLIDE:.0f}"),
        ("deepest sole in the floor", f"{100 * worst['sunk']:.2f} cm", f"{100 * limits.SUNK:.1f}"),
        ("largest angular acceleration", f"{worst['acceleration']:.0f} rad/s^2", f"{limits.ACCELERATION:.0f}"),
        ("largest angular jerk", f"{worst['jerk']:.0f} rad/s^3", f"{limits.JERK:.0f}"),
        ("accents seen within 50 ms", f"{100 * np.mean([c.accents for c in checked]):.0f} %", "90 %"),
        ("moves with notes", str(sum(bool(c.notes) for c in checked)), ""),
        ("to read and compile all", f"{compiled:.1f} s for {sum(m.duration for m in packed):.0f} s of dance", "10 s"),
        ("to compile one at a new tempo", f"{1000 * each:.1f} ms", "20 ms"),
    ]
    lines = ["| | | wanted |", "|---|---|---|", *("| " + " | ".join(row) + " |" for row in rows), ""]
    notes = [f"- {c.name}: {'; '.join((*c.faults, *c.notes))}" for c in checked if c.faults or c.notes]
    lines += ["What `choreo moves check` says of single moves:", "", *notes, ""]
    lines += ["## Life\n", LIFE, *stiffness(moves, real)]
    motions = [motion for motion, _ in real]
    ours = starter_windows()
    rng = np.random.default_rng(0)
    order = rng.permutation(len(motions))
    half = len(motions) // 2
    sets = {
        "starter moves": ours,
        "starter moves, stiffened": stiff(ours),
        "half of the real windows, against the other half": [motions[k] for k in order[:half]],
    }
    table = ["| against real dance | kinetic | geometric |", "|---|---|---|"]
    for name, part in sets.items():
        other = [motions[k] for k in order[half:]] if "half" in name else motions
        values = [
            frechet(*scaled(np.stack([f(m) for m in part]), np.stack([f(m) for m in other])))
            for f in (kinetic, geometric)
        ]
        table.append(f"| {name} | {values[0]:.1f} | {values[1]:.1f} |")
    text = (
        "Frechet distance between windows of four seconds. Kinetic: mean speed and acceleration of every joint.\n"
        "Geometric: mean and spread of ten distances between joints. Each column in units of real dance's spread. The\n"
        "real dance is ballroom for the most part and the moves are of all styles: some distance is meant.\n"
    )
    return "\n".join([HEAD, "## Quality\n", *lines, "## Distributions\n", text, *table, ""])


def main() -> None:
    """Measure and print."""
    here = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", here)))
    parser.add_argument("--limits", action="store_true", help="print the limits of real dance")
    parser.add_argument("--write", action="store_true", help="write the page of the documentation")
    options = parser.parse_args()
    real = real_windows(options.data)
    if options.limits:
        print_limits(real, options.data)
        return
    text = page(real)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
