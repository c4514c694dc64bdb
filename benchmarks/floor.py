"""Whether recordings and dances stand on the floor, beside the markers and the recordings themselves.

``floor_of_recordings`` is a table of ``benchmarks/motion.py``, ``floor_of_dances`` one of
``benchmarks/choreography.py``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from choreo import Choosing, Listening, make_plan, perform, plugins
from choreo.datasets.ingest import add_dataset
from choreo.db import MotionDB
from choreo.motion import rotations as rot
from choreo.motion.contacts import contact_slide, contacts_of
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES, both
from choreo.motion.snaps import joint_accelerations, worst_snap
from choreo.synthesis.checks import guarantees
from choreo.types import Bools, Motion, Reading, Take
from choreo_c3d.joints import filled
from choreo_c3d.reader import read_c3d

DOWN = 0.025
"""Metres over the 5th percentile of its heights up to which a marker's foot is down, moving or not."""
UP = 0.04
"""Metres over the floor from on which a toe joint of ours is up."""
NAMED = ("1", "5", "8", "19")
"""Takes that are listed by themselves: dancers in heels, who floated."""
SALSA_FPS = 60.0
"""The BVH conversions of CMU's salsa state 120, at which eight counts would last 1.5 s and feet go 9 m/s."""
SECONDS = 40.0


def marker_down(file: Path) -> tuple[Bools, float]:
    """Whether a heel or toe marker is down ``(T,)``, and the frames a second."""
    markers = read_c3d(file)
    at, lost, _ = filled(markers)
    heights = np.stack([at[side + part][:, 1] for side in "LR" for part in ("TOE", "HEE", "MT5")], axis=1)
    return np.asarray((heights < np.quantile(heights[~lost], 0.05, axis=0) + DOWN).any(axis=1)), markers.fps


def toes_up(motion: Motion) -> Bools:
    """Whether both toe joints are up ``(T,)``."""
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    return np.asarray((positions[:, both(motion.skeleton, "foot"), 1] > UP).all(axis=1))


def collar_speed(motion: Motion) -> float:
    """Mean angular speed of the collars in degrees a second."""
    turns = motion.rotations[:, both(motion.skeleton, "collar")].astype(np.float64)
    steps = rot.to_axis_angle(rot.multiply(turns[1:], rot.conjugate(turns[:-1])))
    return float(np.degrees(np.linalg.norm(steps, axis=-1)).mean()) * motion.fps


def _row(name: str, takes: Sequence[Take], down: Sequence[Bools]) -> list[str]:
    stands = np.concatenate(down)
    up = np.concatenate([toes_up(take.motion) for take in takes]) & stands
    contacts = np.concatenate([contacts_of(take.motion).any(axis=1) for take in takes])
    slide = np.concatenate([contact_slide(take.motion) for take in takes])
    return [
        name, f"{sum(take.motion.duration for take in takes) / 60:.1f}", f"{100 * stands.mean():.0f}",
        f"{100 * up.sum() / max(stands.sum(), 1):.2f}", f"{100 * contacts.mean():.0f}",
        f"{100 * float(np.quantile(slide, 0.95)):.2f}", f"{np.mean([collar_speed(take.motion) for take in takes]):.0f}",
    ]  # fmt: skip


def floor_of_recordings(data: Path) -> list[list[str]]:
    """Rows: takes, minutes, foot down by the markers, both toes up then, contacts, their slide, speed of collars."""
    reader = plugins.load("datasets", "c3d")
    found: dict[str, list[tuple[Take, Bools]]] = {}
    for file in sorted((data / "choreonet" / "c3d").glob("*.c3d")):
        down, fps = marker_down(file)
        for take in reader.takes(file):
            frames = take.first_frame + np.round(np.arange(len(take.motion)) / take.motion.fps * fps).astype(int)
            found.setdefault(file.stem, []).append((take, down[np.minimum(frames, len(down) - 1)]))
    rows = [_row(f"ChoreoNet {name}", *zip(*found[name], strict=True)) for name in NAMED if name in found]
    rows.append(_row("ChoreoNet, all", *zip(*(each for takes in found.values() for each in takes), strict=True)))
    salsa = [
        take
        for file in sorted((data / "cmu").glob("6*.bvh"))
        for take in plugins.load("datasets", "bvh").takes(file, reading=Reading(fps=SALSA_FPS))
    ]
    # no markers are there: a foot is down when ours is still by the joints of the recording
    rows.append(_row("CMU salsa", salsa, [np.asarray(contacts_of(take.motion).any(axis=1)) for take in salsa]))
    return rows


FLOOR_HEAD = [
    "takes", "minutes", "a foot down, % of frames", "both toes up then, %", "contacts, % of frames",
    "their slide p95, cm/s", "collars, degrees/s",
]  # fmt: skip


def floor_of_dances(data: Path) -> list[list[str]]:
    """Rows: song and database, recordings danced, floor, slide and seams of the dance beside its recordings."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        db = MotionDB.open(folder, create=True)
        add_dataset(db, "choreonet", data / "choreonet")
        add_dataset(db, "bvh", data / "cmu", name="cmu", reading=Reading(fps=SALSA_FPS))
        for song in sorted((data / "songs").glob("*.mp3")):
            for dataset in ("choreonet", "cmu"):
                rows.append([song.name, dataset, *_danced(song, dataset, folder)])
    return rows


def _danced(song: Path, dataset: str, db: str) -> list[str]:
    listening, choosing = Listening(duration=SECONDS), Choosing(db=db, datasets=(dataset,))
    _, plan, clips = make_plan(song, listening=listening, choosing=choosing)
    motion = perform(plan, clips)
    kept = guarantees(motion, plan, clips)
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    times = plan.start + np.arange(len(motion)) / motion.fps
    seams = np.array([step.beats[0] for step in plan.steps[1:]])
    snap = worst_snap(joint_accelerations(positions, motion.fps), times, seams, names=NAMES)
    return [
        str(len({clips[step.clip_id].source for step in plan.steps})), f"{100 * kept['floating']:.2f}",
        f"{100 * kept['contact_slide_p95']:.2f}", f"{100 * kept['source_slide_p95']:.2f}",
        f"{100 * kept['penetration']:.1f}", f"{kept['seam_acceleration']:.2f}", f"{snap.ratio:.2f} ({snap.joint})",
    ]  # fmt: skip


DANCES_HEAD = [
    "song", "recordings of", "of so many takes", "floating, %", "slide p95, cm/s", "the recordings', cm/s",
    "deepest under the floor, cm", "seams / inside", "worst joint at a seam / its p99",
]  # fmt: skip
