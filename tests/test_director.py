from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from render_support import dancing, standing

from choreo.motion.kinematics import forward
from choreo.options import Listening
from choreo.types import CameraPath, Motion, Section, Timeline
from choreo.video import project
from choreo.video.camera import CROWN, FLESH, fixed_camera, follow_camera
from choreo.video.cuts import whole_dance
from choreo.video.director import LENS_ABOVE_FLOOR, SHORTEST, director_camera, placed_shots, plan_shots

SIZES = [(1280, 720), (1080, 1920), (1080, 1080), (3840, 2160)]


def timeline(bars: int = 16, step: float = 2.0, section: float = 8.0) -> Timeline:
    """Steps of four counts at 120 beats a minute, a new section every eight seconds, A B A B."""
    end = bars * step
    steps = tuple(Section(k * step, (k + 1) * step, f"step {k}") for k in range(bars))
    sections = tuple(
        Section(start, start + section, "AB"[k % 2]) for k, start in enumerate(np.arange(0, end, section).tolist())
    )
    beats = np.arange(4 * bars, dtype=np.float64) * (step / 4)
    return Timeline("t", 4, 120.0, beats, np.arange(len(beats)) % 4 + 1, steps, sections)


def travelling(count: int, fps: float = 30.0) -> Motion:
    """A dance that crosses the stage and jumps."""
    base, time = dancing(count, fps=fps), np.arange(count) / fps
    path = np.stack([2.5 * np.sin(0.7 * time), 0.3 * np.maximum(np.sin(3 * time), 0), np.cos(0.5 * time)], axis=1)
    return Motion(base.skeleton, fps, (base.translation + path).astype(np.float32), base.rotations)


def camera_of(kind: str, motion: Motion, width: int, height: int, line: Timeline | None) -> CameraPath:
    if kind == "fixed":
        return fixed_camera([motion], width=width, height=height)
    if kind == "follow":
        return follow_camera([motion], width=width, height=height, fps=motion.fps)
    return director_camera([motion], width=width, height=height, fps=motion.fps, timeline=line)


def shown(kind: str, motion: Motion, line: Timeline | None) -> list[str]:
    """What each frame is to show."""
    if kind != "director":
        return ["body"] * len(motion)
    shots = placed_shots(line, len(motion), motion.fps, whole_dance([motion]))
    return [shot.shows for shot, span in shots for _ in span]


def all_inside(motion: Motion, camera: CameraPath, width: int, height: int, shows: list[str]) -> bool:
    """Whether head and feet are in the picture, or what a near shot shows."""
    positions, rotations = forward(motion.skeleton, motion.translation, motion.rotations)
    names = motion.skeleton.names
    feet = [k for k, name in enumerate(names) if "ankle" in name or "foot" in name or "toe" in name]
    hands = [k for k, name in enumerate(names) if "wrist" in name or "hand" in name]
    assert len(feet) >= 2
    head = names.index("head")
    for frame, what in enumerate(shows):
        w, x, y, z = rotations[frame, head]
        up = np.array([2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)])
        crown = (positions[frame, head] + CROWN * up)[None]
        below = positions[frame, feet] - [0, min(FLESH, 0.08), 0]
        kept: dict[str, list[np.ndarray]] = {
            "body": [crown, positions[frame, feet], below],
            "head": [crown],
            "hands": [crown, positions[frame, hands]],
            "feet": [positions[frame, feet], below],
        }
        points = np.concatenate(kept[what])
        x_at, y_at, depth = project(points.astype(np.float32), camera, frame, width, height).T
        if depth.min() <= 0 or x_at.min() < 0 or x_at.max() > width or y_at.min() < 0 or y_at.max() > height:
            return False
    return True


@pytest.mark.parametrize("kind", ["fixed", "follow", "director"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_head_and_feet_are_in_the_picture_in_every_frame(kind: str, width: int, height: int) -> None:
    motion = travelling(600)
    shows = shown(kind, motion, timeline())
    assert all_inside(motion, camera_of(kind, motion, width, height, timeline()), width, height, shows)


def test_head_and_feet_of_a_real_song_s_dance_are_in_the_picture(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from choreo import pipeline
    from choreo.video.timeline import timeline_of

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    made = pipeline.generate(
        shared / "songs" / "C_1.mp3", output=tmp_path / "d", formats=("plan",), listening=Listening(duration=40)
    )
    assert made.motion is not None
    assert made.plan is not None
    motion, line = made.motion, timeline_of(made.plan)
    assert {"body"} < set(shown("director", motion, line))
    for kind in ("fixed", "follow", "director"):
        for width, height in SIZES:
            shows = shown(kind, motion, line)
            assert all_inside(motion, camera_of(kind, motion, width, height, line), width, height, shows)


def test_cuts_are_planned_where_bars_begin_and_sections_change() -> None:
    line = timeline()
    shots = plan_shots(line, 32.0)
    starts = [step.start for step in line.steps]
    assert shots[0].start == 0
    assert shots[-1].end == 32.0
    assert all(before.end == after.start for before, after in pairwise(shots))
    assert all(shot.start in starts for shot in shots)
    assert {8.0, 16.0, 24.0} <= {shot.start for shot in shots}
    assert all(shot.end - shot.start >= SHORTEST for shot in shots)
    assert all(before.type != after.type for before, after in pairwise(shots))
    opening = {shot.start: shot.type.name for shot in shots}
    assert opening[0.0] == opening[16.0]
    assert opening[8.0] == opening[24.0]


def test_the_camera_jumps_at_cuts_only() -> None:
    line, motion = timeline(), travelling(960)
    camera = director_camera([motion], width=1280, height=720, fps=30.0, timeline=line)
    jumps = np.flatnonzero(np.linalg.norm(np.diff(camera.eye, axis=0), axis=1) > 0.25) + 1
    shots = list(placed_shots(line, 960, 30.0, whole_dance([motion])))
    assert set(jumps.tolist()) == {span.start for _, span in shots[1:]}
    assert len(shots) == len(plan_shots(line, 32.0))


def test_a_cut_between_frames_waits_for_the_new_step() -> None:
    line = timeline(step=2.01, section=8.04)
    camera = director_camera([standing(960)], width=640, height=360, fps=30.0, timeline=line)
    jumps = np.flatnonzero(np.linalg.norm(np.diff(camera.eye, axis=0), axis=1) > 0.25) + 1
    assert len(jumps) > 3
    for frame in jumps:
        since = [frame / 30 - step.start for step in line.steps if step.start <= frame / 30 + 1e-9]
        assert min(since) < 1 / 30


def test_without_a_timeline_nothing_is_cut() -> None:
    assert len(plan_shots(None, 100.0)) == 1
    camera = director_camera([travelling(300)], width=640, height=360, fps=30.0)
    assert np.linalg.norm(np.diff(camera.eye, axis=0), axis=1).max() < 0.2


def test_the_lens_stays_above_the_floor_and_the_same_dance_gives_the_same_shots() -> None:
    motion = travelling(960)
    first, second = (
        director_camera([motion], width=1080, height=1920, fps=30.0, timeline=timeline()) for _ in range(2)
    )
    assert first.eye.tobytes() == second.eye.tobytes()
    assert first.eye[:, 1].min() >= LENS_ABOVE_FLOOR - 1e-4


def test_the_fixed_camera_never_moves() -> None:
    camera = fixed_camera([travelling(300)], width=640, height=360)
    assert np.ptp(camera.eye, axis=0).max() == 0
    assert np.ptp(camera.target, axis=0).max() == 0


def test_one_frame() -> None:
    camera = director_camera([standing(1)], width=64, height=64, fps=30.0, timeline=timeline())
    assert camera.eye.shape == (1, 3)
    assert np.isfinite(camera.eye).all()


@pytest.mark.parametrize("labels", ["AB", "ABCDE", "AABCB", "ABCDEFG"])
def test_every_cut_is_seen_as_one(labels: str) -> None:
    line = timeline(bars=80, section=20.0)
    line = replace(line, sections=tuple(replace(s, label=labels[k % len(labels)]) for k, s in enumerate(line.sections)))
    shots = plan_shots(line, 160.0)
    assert len(shots) >= 24
    camera = director_camera([standing(4800)], width=1280, height=720, fps=30.0, timeline=line)
    away = (camera.eye - camera.target).astype(float)
    far = np.linalg.norm(away, axis=1)
    for shot in shots[1:]:
        cut = round(shot.start * 30)
        turn = np.arccos(away[cut - 1] @ away[cut] / far[cut - 1] / far[cut])
        assert turn > 0.2 or not 1 / 1.19 < far[cut - 1] / far[cut] < 1.19, (shot, turn, far[cut - 1 : cut + 1])


def swinging(count: int, joints: tuple[str, ...], fps: float = 30.0) -> Motion:
    """One who stands and swings some joints, arms hanging else."""
    base, time = standing(count, fps=fps), np.arange(count) / fps
    names = base.skeleton.names
    rotations = base.rotations.copy()
    for name, turn in (("left_shoulder", -1.2), ("right_shoulder", 1.2)):
        rotations[:, names.index(name)] = [np.cos(turn / 2), 0, 0, np.sin(turn / 2)]
    for name in joints:
        half, arm = 0.45 * np.sin(2 * np.pi * time), "elbow" in name
        turn_x, turn_y = (0 * half, np.sin(half)) if arm else (np.sin(half), 0 * half)
        rotations[:, names.index(name)] = np.stack([np.cos(half), turn_x, turn_y, 0 * half], axis=1)
    return Motion(base.skeleton, fps, base.translation, rotations.astype(np.float32))


@pytest.mark.parametrize(
    ("joints", "shows"),
    [((), "head"), (("left_elbow", "right_elbow"), "hands"), (("left_hip", "right_hip"), "feet")],
)
def test_near_shots_show_what_moves(joints: tuple[str, ...], shows: str) -> None:
    motion = swinging(960, joints)
    near = {shot.shows for shot, _ in placed_shots(timeline(bars=16, section=16.0), 960, 30.0, whole_dance([motion]))}
    assert near == {"body", shows}
    two = placed_shots(timeline(bars=16, section=16.0), 960, 30.0, whole_dance([motion, motion]))
    assert {shot.shows for shot, _ in two} == {"body"}


def test_faces_are_large_in_close_shots_and_heads_have_the_usual_room() -> None:
    motion = swinging(960, ())
    camera = director_camera([motion], width=1280, height=720, fps=30.0, timeline=timeline(section=16.0))
    head = motion.skeleton.names.index("head")
    at = forward(motion.skeleton, motion.translation, motion.rotations)[0][:, head].astype(float)
    closest = 0
    for shot, span in placed_shots(timeline(section=16.0), 960, 30.0, whole_dance([motion])):
        for frame in (span.start, span.stop - 1):
            ends = np.array([at[frame], at[frame] + [0, CROWN, 0]], np.float32)
            low, top = project(ends, camera, frame, 1280, 720)[:, 1]
            if shot.shows == "head":
                closest += 1
                assert low - top >= 140
                assert 0.08 <= top / 720 <= 0.15
    assert closest >= 2


def test_a_cut_waits_for_a_pose() -> None:
    line = timeline(bars=16, section=16.0)
    planned = [shot.start for shot in plan_shots(line, 32.0)]
    motion = swinging(960, ())
    rotations = motion.rotations.copy()
    late = planned[1] + 0.5
    frame = round(late * 30)
    for joint in ("left_shoulder", "right_shoulder"):  # arms out from just before a beat that is later than the cut
        rotations[frame - 4 : frame + 30, motion.skeleton.names.index(joint)] = [1, 0, 0, 0]
    posed = Motion(motion.skeleton, 30.0, motion.translation, rotations)
    starts = [span.start for _, span in placed_shots(line, 960, 30.0, whole_dance([posed]))]
    assert starts[1] == frame
    still = [span.start for _, span in placed_shots(line, 960, 30.0, whole_dance([motion]))]
    assert still == [round(start * 30) for start in planned]


def test_a_hand_raised_for_a_moment_takes_little_of_the_usual_room() -> None:
    base = standing(480)
    rotations = base.rotations.copy()
    up = slice(270, 285)
    rotations[up, base.skeleton.index("left_shoulder")] = [np.cos(0.7), 0, 0, np.sin(0.7)]
    motion = Motion(base.skeleton, 30.0, base.translation, rotations)
    head, hand = motion.skeleton.index("head"), motion.skeleton.index("left_hand")
    at = forward(motion.skeleton, motion.translation, motion.rotations)[0].astype(float)
    assert at[275, hand, 1] > at[275, head, 1] + CROWN
    camera = director_camera([motion], width=1280, height=720, fps=30.0, timeline=timeline(bars=8, section=16.0))
    crowns, hands = (
        np.array(
            [project(point[None].astype(np.float32), camera, k, 1280, 720)[0, 1] for k, point in enumerate(points)]
        )
        for points in (at[:, head] + [0, CROWN, 0], at[:, hand])
    )
    whole = np.array(shown("director", motion, timeline(bars=8, section=16.0))) == "body"
    assert whole[up].all()
    assert 0.08 <= np.median(crowns[whole]) / 720 <= 0.15
    assert hands[up].min() / 720 > 0.04
