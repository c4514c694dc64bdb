"""Smoothing as a beam that is stiff where it must be, and dances of recordings of which no joint snaps at a seam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dance_support import step_clip

from choreo import plugins
from choreo.datasets.cut import cut_take
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL, MIRROR, NAMES
from choreo.motion.snaps import joint_accelerations, worst_snap
from choreo.synthesis import perform
from choreo.synthesis.beside_source import Recordings
from choreo.synthesis.checks import SLIDE, SLIDE_RATIO, SNAPPED, guarantees, strained
from choreo.synthesis.stiffness import body_parts, smoothed, smoothers, stiffer
from choreo.types import Bools, ChoreographyPlan, Clip, Floats, PlanStep

FRAMES = 40


def held(*frames: int) -> Bools:
    return np.isin(np.arange(FRAMES) % FRAMES, frames)[None]


def test_steady_motion_and_what_is_not_stiff_stay_and_so_do_frames_that_are_held() -> None:
    rng = np.random.default_rng(0)
    line = np.arange(FRAMES, dtype=np.float32)[:, None] * np.array([1, -2, 0.5], np.float32)
    noise = rng.normal(size=(FRAMES, 3)).astype(np.float32)
    (soft,), (stiff,) = (smoothers(np.full((1, FRAMES), k, np.float32), held(0, 1, 38, 39)) for k in (0, 1e4))
    np.testing.assert_allclose(smoothed(soft, noise)[0], noise, atol=1e-6)
    kept, calm = smoothed(stiff, line, noise)
    np.testing.assert_allclose(kept, line, atol=1e-3)
    np.testing.assert_allclose(calm[[0, 1, 38, 39]], noise[[0, 1, 38, 39]], atol=1e-6)
    assert np.abs(np.diff(calm[4:36], 2, axis=0)).max() < 0.1 * np.abs(np.diff(noise[4:36], 2, axis=0)).max()


def test_the_least_of_what_is_minimised_is_found() -> None:
    rng = np.random.default_rng(1)
    path, stiffness = rng.normal(size=(FRAMES, 1)).astype(np.float32), rng.uniform(0, 50, FRAMES).astype(np.float32)

    def cost(values: Floats) -> float:
        bent = np.diff(values[:, 0].astype(np.float64), 2)
        return float(((values - path) ** 2).sum() + (stiffness[1:-1] * bent**2).sum())

    (matrix,) = smoothers(stiffness[None], held(0, 39))
    (best,) = smoothed(matrix, path)
    for frame in range(1, FRAMES - 1):
        for step in (0.01, -0.01):
            other = best.copy()
            other[frame] += step
            assert cost(other) > cost(best)


def test_what_exceeds_makes_its_part_of_the_body_stiffer_and_a_knee_over_a_standing_foot_the_trunk() -> None:
    parts = body_parts(CANONICAL)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(NAMES)))
    ratios = np.zeros((FRAMES, len(NAMES)), np.float32)
    ratios[20, NAMES.index("left_wrist")] = 3
    none, air = np.zeros((5, FRAMES), np.float32), np.zeros((FRAMES, 2), bool)
    arm = stiffer(none, ratios, air, parts, 2)
    assert arm.any(axis=1).tolist() == [False, True, False, False, False]
    assert np.flatnonzero(arm[1]).tolist() == [18, 19, 20, 21, 22]
    assert stiffer(arm, ratios, air, parts, 2)[1, 20] == pytest.approx(9 * arm[1, 20])
    for carried, part in (("right_shoulder", 2), ("left_hip", 3)):
        ratios[:] = 0
        ratios[20, NAMES.index(carried)] = 3
        stiff = stiffer(none, ratios, air, parts, 2).any(axis=1)
        assert np.flatnonzero(stiff).tolist() == [0, part]
    ratios[:] = 0
    ratios[20, NAMES.index("right_knee")] = 3
    assert stiffer(none, ratios, air, parts, 2).any(axis=1).tolist() == [False, False, False, False, True]
    air[20, 1] = True
    assert stiffer(none, ratios, air, parts, 2).any(axis=1).tolist() == [True, False, False, False, True]


def plan_of(clips: list[Clip], *, pace: float = 1.0, mirror: bool = False) -> ChoreographyPlan:
    steps, at = list[PlanStep](), 1.0
    for clip in clips:
        beats = at + (clip.beats - clip.beats[0]) / pace
        at = float(beats[-1])
        line = tuple(beats.tolist())
        steps.append(PlanStep(clip.clip_id, clip.name, clip.dataset, clip.licence, mirror, 0, line, "A", pace, {}))
    return ChoreographyPlan({}, 4, 120.0, 1.0, at, 0, tuple(steps))


@pytest.mark.parametrize(("pace", "mirror"), [(1.0, False), (1.25, True)])
def test_a_snap_of_the_recording_is_the_recordings(pace: float, mirror: bool) -> None:
    clip = step_clip("recorded")
    positions, _ = forward(clip.motion.skeleton, clip.motion.translation, clip.motion.rotations)
    most = joint_accelerations(positions, clip.motion.fps).max(axis=0)
    plan = plan_of([clip], pace=pace, mirror=mirror)
    times = 1.0 + np.arange(0, 4 / pace, 1 / 240)
    found = Recordings(plan, {clip.clip_id: clip}).accelerations(times, np.ones(len(times), bool))
    wanted = most[MIRROR] if mirror else most
    # The pace swings by a tenth about a beat's.
    assert (found.max(axis=0) > 0.8 * pace**2 * wanted).all()
    assert (found.max(axis=0) < 1.22 * pace**2 * wanted).all()
    assert not Recordings(plan, {clip.clip_id: clip}).accelerations(times, np.zeros(len(times), bool)).any()
    still = np.ones((600, len(NAMES)))
    still[300, 20] = 6
    own, at = np.zeros_like(still), np.array([5.0])
    assert worst_snap(still, np.arange(600) / 60, at, own=own).ratio == 3
    own[300, 20] = 5
    assert worst_snap(still, np.arange(600) / 60, at, own=own).ratio == pytest.approx(1.2)


def test_a_joint_that_snaps_at_a_seam_is_told() -> None:
    plan = plan_of([step_clip("a"), step_clip("b")])
    assert strained({"joint_seam": SNAPPED, "joint_seam_bar": 3.0}, plan) == []
    (told,) = strained({"joint_seam": 1.5, "joint_seam_bar": 3.0}, plan)
    assert told.startswith("bar 3: a joint snaps at the seam, 1.50 times")


def recorded_clips(root: Path) -> list[Clip]:
    reader = plugins.load("datasets", "choreonet")
    takes = [take for name in ("14", "15") for take in reader.takes(root / "c3d" / f"{name}.c3d", root=root)]
    return [clip for take in takes for clip in cut_take(take, "choreonet") if clip.counts >= 6]


@pytest.mark.slow
def test_no_joint_snaps_where_real_recordings_are_joined_in_any_order(shared: Path) -> None:
    clips = recorded_clips(shared / "choreonet")
    assert len(clips) >= 10
    by_id = {clip.clip_id: clip for clip in clips}
    for seed in range(3):
        plan = plan_of([clips[k] for k in np.random.default_rng(seed).permutation(len(clips))])
        values = guarantees(perform(plan, by_id), plan, by_id)
        assert values["joint_seam"] <= SNAPPED
        assert not strained(values, plan)
        assert values["contact_slide_p95"] <= max(SLIDE, SLIDE_RATIO * values["source_slide_p95"])
