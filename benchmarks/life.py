"""How much like people the default dances are: figures of motion beside real dance, and of how moves are used.

    python benchmarks/life.py [--data DIR] [--tools DIR] [--keep DIR] [--jobs N] [--write]

Dances 40 s of songs of twelve kinds with choreo's own moves, as `generate` does without options, and measures windows
of five seconds with ``dance_features.py`` of the folder of tools (``--tools``, beside the data by default), which has
the figures of real dance, too. Plans of all songs and of five seeds count how moves are used. ``--keep`` keeps the
dances as BVH; ``--write`` writes ``docs/benchmarks/life.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from life_parts import (
    commonest_pose,
    energy_danced,
    first_repeat,
    pose_frames,
    repeated_share,
    seam_speed,
)

from choreo import plugins
from choreo.metrics import beat_scores, joint_positions, motion_beats
from choreo.options import Choosing, Listening
from choreo.pipeline import make_plan
from choreo.pipeline.plan_to_dance import perform_plan

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "life.md"
SECONDS, SEEDS = 40.0, 5
SONGS = (
    "songs/C_1.mp3", "songs/R_4.mp3", "songs/T_2.mp3", "songs/W_1.mp3", "beats/audio/mma_50srock.ogg",
    "beats/audio/mma_ballad.ogg", "beats/audio/mma_swing.ogg", "beats/audio/fof_armygeddon.ogg",
    "beats/audio/lmms_shovon-progressivehousepluckdemo.ogg", "beats/audio/lmms_capdan-reggaetry.ogg",
    "beats/audio/fd_d_betwee.ogg", "beats/audio/msx_run_for_your_life.ogg",
)  # fmt: skip
FIGURES = (
    ("pelvis pitch, SD, deg", "pelvis_pitch_std", ">= 4"),
    ("pelvis roll, SD, deg", "pelvis_roll_std", ""),
    ("pelvis before and behind the feet, SD, cm", "pelvis_fore_std_cm", ">= 6"),
    ("pelvis beside the feet, SD, cm", "pelvis_lat_over_feet_std_cm", ""),
    ("left wrist, mean angular speed, deg/s", "angsp_left_wrist", ">= 90"),
    ("right wrist, mean angular speed, deg/s", "angsp_right_wrist", ">= 90"),
    ("left collar, mean angular speed, deg/s", "angsp_left_collar", ">= 40"),
    ("right collar, mean angular speed, deg/s", "angsp_right_collar", ">= 40"),
    ("distance of the ankles, p95, cm", "stance_width_p95_cm", ">= 62"),
    ("facing, SD, deg", "facing_std_deg", ">= 22"),
    ("head against chest, roll SD, deg", "head_vs_chest_roll_std", ">= 6"),
    ("head against chest, pitch SD, deg", "head_vs_chest_pitch_std", ""),
    ("range of the left elbow, deg", "ang_left_elbow", ">= 45"),
    ("range of the right elbow, deg", "ang_right_elbow", ">= 45"),
    ("chest against pelvis, yaw SD, deg", "chest_vs_pelvis_yaw_std", "<= 12"),
    ("chest against pelvis, pitch SD, deg", "chest_vs_pelvis_pitch_std", ""),
    ("height of the centre of mass, range, cm", "com_h_range_cm", ">= 12"),
    ("knee bend, mean, deg", "knee_flex_mean", ""),
    ("hand speed, mean, m/s", "hand_speed_mean", ""),
    ("foot speed, p95, m/s", "foot_speed_p95", ""),
    ("lift of a foot, p95, cm", "foot_lift_p95_cm", ""),
    ("share of time with the head under .85 of standing", "low_share(<.85)", ""),
    ("left hand from the mirrored right, m", "hands_asym_m", ""),
    ("distinct poses", "distinct_poses_12cm", ">= 11"),
    ("acceleration, mean of joints, m/s2", "body_acc_mean", ""),
    ("sharpest moments: acceleration p99 over mean", "acc_p99_over_mean", ""),
    ("centroid of the velocity spectrum, Hz", "vel_centroid_hz", ""),
)  # fmt: skip
LEFT_OUT = ("collar", "air", "repeat", "foot_lift")
"""Of the spread: lost or unreliable in real recordings."""


def dance_of(data: Path, db: str, tools: str, keep: str, name: str) -> dict[str, Any]:
    """Plan and dance 40 s of a song and measure it."""
    sys.path.insert(0, tools)
    measures = import_module("dance_features").measures
    song = data / name
    analysis, plan, clips = make_plan(song, listening=Listening(duration=SECONDS), choosing=Choosing(db=db))
    performance = perform_plan(plan, clips, best_effort=True)
    motion = performance.whole[0]
    if keep:
        plugins.load("exporters", "bvh").export(motion, Path(keep) / f"{song.stem}.bvh")
    positions = joint_positions(motion).astype(np.float64)
    step, size = max(1, round(motion.fps / 30)), int(5 * motion.fps)
    pieces = [slice(a, a + size, step) for a in range(0, len(positions) - size + 1, size)]
    found = [measures(positions[piece], motion.rotations[piece].astype(np.float64)) for piece in pieces]
    beats = motion_beats(positions, motion.fps)
    scores = beat_scores(beats, analysis.beats - plan.start, start=0, end=motion.duration)
    poses = pose_frames(positions)
    starts = [round((each.beats[0] - plan.start) * motion.fps) for each in plan.steps[1:]]
    assert performance.plan is not None
    return {
        "song": song.stem,
        "windows": [{key: float(value) for key, value in each.items()} for each in found],
        "commonest": commonest_pose(poses, starts),
        "repeated": repeated_share(poses, motion.fps),
        "first_repeat": first_repeat(poses, motion.fps),
        "interval_cv": float(np.std(np.diff(beats)) / np.mean(np.diff(beats))) if len(beats) > 2 else float("nan"),
        "f1": scores.far.f1,
        "lag": scores.lag,
        "seam_speed": seam_speed(positions, motion.fps, starts),
        "energy": energy_danced(positions, motion.fps, plan),
        "guarantees": dict(performance.plan.guarantees),
        "style": str(plan.options.get("style")),
        "steps": [each.move or each.name for each in plan.steps],
    }


def planned(data: Path, db: str, job: tuple[str, int]) -> dict[str, Any]:
    """Moves that the dance of a whole song uses."""
    name, seed = job
    _, plan, _ = make_plan(data / name, choosing=Choosing(db=db, seed=seed))
    return {
        "song": name,
        "seed": seed,
        "moves": [each.move or each.name for each in plan.steps],
        "style": str(plan.options.get("style")),
    }


def all_songs(data: Path) -> list[str]:
    """Every song of the folder of data."""
    found = [*sorted((data / "songs").glob("*.mp3")), *sorted((data / "beats" / "audio").glob("*.ogg"))]
    return [str(path.relative_to(data)) for path in found]


def usage(plans: list[dict[str, Any]], known: list[str]) -> dict[str, float]:
    """How evenly moves are used over the first seed's plans, and what seeds share."""
    first = [each for each in plans if each["seed"] == 0]
    counted = Counter(move for each in first for move in each["moves"])
    five = [sum(n for _, n in Counter(each["moves"]).most_common(5)) / len(each["moves"]) for each in first]
    shared = []
    for song in {each["song"] for each in plans}:
        sets = [set(each["moves"]) for each in plans if each["song"] == song]
        if len(sets) == SEEDS:
            shared.append(np.mean([len(a & b) / len(a | b) for i, a in enumerate(sets) for b in sets[:i]]))
    return {
        "songs": len(first),
        "most": max(counted.values()) / sum(counted.values()),
        "most_name": counted.most_common(1)[0][0],
        "never": len([name for name in known if name not in counted]) / len(known),
        "five": float(np.median(five)),
        "shared": float(np.median(shared)) if shared else float("nan"),
    }


def main() -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("CHOREO_SHARED", "../shared/data"))
    parser.add_argument("--tools", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--plans", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--figures", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    tools = str(given.tools or given.data.parent / "tools")
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        from choreo.db import ensure_starter
        from choreo.moves import load_moves

        ensure_starter(f"{folder}/db")
        db = f"{folder}/db"
        with ProcessPoolExecutor(given.jobs) as pool:
            dances = list(pool.map(partial(dance_of, given.data, db, tools, str(given.keep or "")), SONGS))
            plans: list[dict[str, Any]] = []
            if given.plans:
                songs = all_songs(given.data)
                jobs = [(name, 0) for name in songs] + [
                    (name, seed) for name in songs[:: len(songs) // 12] for seed in range(1, SEEDS)
                ]
                plans = list(pool.map(partial(planned, given.data, db), jobs))
        known = [move.name for move in load_moves().values()]
    real = json.loads(Path(tools, "real_dance.json").read_text(encoding="utf-8"))
    found = {"dances": dances, "plans": plans, "usage": usage(plans, known) if plans else {}}
    if given.figures:
        given.figures.write_text(json.dumps(found), encoding="utf-8")
    from life_page import page_of

    text = page_of(found, real, FIGURES, LEFT_OUT)
    print(text)
    if given.write:
        PAGE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
