"""How groups are choreographed and framed: ``python benchmarks/groups.py [--write] [--songs SONG ...] [--seconds N]``.

For 2, 3, 5 and 9 dancers, and a picture that is wide and one that is tall, of each song: how high bodies are in the
picture, how often a pelvis is hidden behind somebody else, changes of formation, collisions, how planted feet slide on
the ways, group motion correlation and trajectory intersection frequency. ``--write`` puts the table into
``docs/dancers.md``. Songs are those of ``$CHOREO_SHARED/songs``.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from choreo import Listening, Troupe, make_plan
from choreo.metrics import group_motion_correlation, joint_positions, trajectory_intersections
from choreo.motion.contacts import contact_slide
from choreo.motion.kinematics import forward
from choreo.motion.repair import sliced
from choreo.motion.skeleton import CANONICAL
from choreo.planfile.group import group_of
from choreo.synthesis.company import ways_of
from choreo.synthesis.ensemble import cast_plan, perform_all
from choreo.types import CameraPath, Doubles, Motion
from choreo.video.camera import CROWN, focal_length, follow_camera, view_bases
from choreo.video.scene import poses_at

PAGE = Path(__file__).parent.parent / "docs" / "dancers.md"
BEGIN = "<!-- Made by `python benchmarks/groups.py --write`; change that script, not this table. -->\n\n"
END = "\n<!-- End of what the script made. -->"
SIZES = {"16:9": (1280, 720), "9:16": (720, 1280)}
RATE = 6.0
"""Frames a second that are looked at."""
FLESH = 0.11
"""Metres around a bone that hide what is behind."""
BEHIND = 0.25
"""Metres by which somebody must be nearer to the camera to hide."""


def projected(points: Doubles, camera: CameraPath, height: int) -> Doubles:
    """``(T, P, 3)`` of world points: pixels from the picture's middle, right and up, and the depth in metres."""
    right, up, back, eye = (view_bases(camera)[:, k].astype(np.float64) for k in range(4))
    away = points - eye[:, None]
    depth = -np.einsum("tpk,tk->tp", away, back)
    scale = focal_length(camera.fov_y, height) / depth
    return np.stack(
        [np.einsum("tpk,tk->tp", away, right) * scale, np.einsum("tpk,tk->tp", away, up) * scale, depth], axis=-1
    )


def framing(motions: Sequence[Motion], width: int, height: int) -> tuple[float, float]:
    """Median height of a body over the picture's, and the share of pelvises that somebody hides."""
    times = np.arange(int(motions[0].duration * RATE)) / RATE
    posed = [poses_at(motion, times, RATE) for motion in motions]
    camera = follow_camera(posed, width=width, height=height, fps=RATE)
    focal = focal_length(camera.fov_y, height)
    seen, tall = [], []
    for motion in posed:
        joints, world = forward(motion.skeleton, motion.translation, motion.rotations)
        head = motion.skeleton.index("head")
        w, x, y, z = np.moveaxis(world[:, head].astype(np.float64), -1, 0)
        crown = joints[:, head] + CROWN * np.stack(
            [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)], -1
        )
        seen.append(projected(np.concatenate([joints, crown[:, None]], axis=1).astype(np.float64), camera, height))
        tall.append(np.ptp(seen[-1][..., 1], axis=1) / height)
    hidden = []
    for k, mine in enumerate(seen):
        pelvis = mine[:, :1]
        covered = np.zeros(len(mine), bool)
        for other in (each for number, each in enumerate(seen) if number != k):
            start, end = other[:, CANONICAL.parents[1:]], other[:, 1 : len(CANONICAL)]
            way = end[..., :2] - start[..., :2]
            along = ((pelvis[..., :2] - start[..., :2]) * way).sum(-1) / np.maximum((way**2).sum(-1), 1e-9)
            nearest = start + np.clip(along, 0, 1)[..., None] * (end - start)
            apart = np.linalg.norm(nearest[..., :2] - pelvis[..., :2], axis=-1) * nearest[..., 2] / focal
            covered |= ((apart < FLESH) & (nearest[..., 2] < pelvis[..., 2] - BEHIND)).any(axis=1)
        hidden.append(covered)
    return float(np.median(tall)), float(np.mean(hidden))


def measured(song: Path, dancers: int, aspect: str, seconds: float) -> dict[str, float]:
    """The figures of one song danced by so many."""
    width, height = SIZES[aspect]
    _, plan, clips = make_plan(song, listening=Listening(duration=seconds))
    # A dance of so many seconds, not the part of a longer one, all of which would be danced.
    plan = cast_plan(replace(plan, around=None), Troupe(dancers), tall=height > width)
    group = group_of(plan.options)
    assert group is not None
    cast = perform_all(plan, clips)
    body, hidden = framing(cast.motions, width, height)
    on_way = [
        contact_slide(sliced(motion, way.begin, min(way.end + 1, len(motion))))
        for way in ways_of(plan, group.parts, cast.dance.fps) for motion in cast.motions
    ]  # fmt: skip
    joints = [joint_positions(motion) for motion in cast.motions]
    return {
        "body height": body,
        "hidden pelvises": hidden,
        "parts": len(group.parts),
        "changes of formation": sum(a.formation != b.formation for a, b in pairwise(group.parts)),
        "spacing, m": cast.spacing,
        "air, m": cast.air,
        "slide on ways, p95 cm/s": 100 * float(np.quantile(np.concatenate(on_way), 0.95)) if on_way else 0.0,
        "GMC": group_motion_correlation([each[::2] for each in joints], 30.0),
        "TIF": trajectory_intersections(cast.motions),
    }


def table(rows: dict[tuple[int, str], list[dict[str, float]]]) -> str:
    """Means over the songs, the least of the air."""
    names = list(next(iter(rows.values()))[0])
    out = [f"| dancers | picture | {' | '.join(names)} |", "|" + "---|" * (2 + len(names))]
    for (dancers, aspect), found in rows.items():
        cells = [
            f"{(np.min if name == 'air, m' else np.mean)([each[name] for each in found]):.3g}" for name in names
        ]  # fmt: skip
        out.append(f"| {dancers} | {aspect} | {' | '.join(cells)} |")
    return "\n".join(out) + "\n"


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put it into docs/dancers.md")
    parser.add_argument("--songs", nargs="*", type=Path, help="instead of two of the shared songs")
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--dancers", nargs="*", type=int, default=[2, 3, 5, 9])
    given = parser.parse_args()
    folder = Path(os.environ.get("CHOREO_SHARED", "shared/data")) / "songs"
    songs = given.songs or sorted(folder.glob("*.mp3"))[:2]
    rows = {}
    for dancers in given.dancers:
        for aspect in SIZES:
            rows[dancers, aspect] = [measured(song, dancers, aspect, given.seconds) for song in songs]
            print(dancers, aspect, rows[dancers, aspect], flush=True)
    made = table(rows)
    if not given.write:
        print(made)
        return
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(before + BEGIN + made + END + rest.split(END, 1)[1], encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
