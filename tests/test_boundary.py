from __future__ import annotations

from pathlib import Path

import numpy as np
from dance_support import step_clip, sway_clip
from motion_support import stepping_dance

from choreo.db import MotionDB, fetch_motions
from choreo.db.ids import as_clip_stored
from choreo.db.stored import StoredClip
from choreo.motion.boundary import FIELDS, WIDTH, boundaries_of, boundary_part, measure_boundaries, mirrored_boundaries
from choreo.motion.kinematics import mirror
from choreo.motion.placement import displaced, next_start, placed
from choreo.planning import Weights
from choreo.planning.graph import build_graph


def test_the_boundary_of_the_mirror_is_the_mirrored_boundary() -> None:
    motion = stepping_dance(4.0)
    np.testing.assert_allclose(
        measure_boundaries([mirror(motion)]), mirrored_boundaries(measure_boundaries([motion])), atol=2e-5
    )


def test_a_boundary_does_not_depend_on_the_position_on_the_stage() -> None:
    motion = stepping_dance(4.0)
    moved = placed(motion, np.array([2.0, -1.0], np.float32), 1.3)
    a, b = measure_boundaries([motion]), measure_boundaries([moved])
    np.testing.assert_allclose(a, b, atol=1e-4)
    assert a.shape == (1, WIDTH) == (1, sum(FIELDS.values()))


def test_the_displacement_says_where_a_placed_clip_ends() -> None:
    motion = stepping_dance(4.0)
    displacement = boundary_part(measure_boundaries([motion]), "displacement")[0].astype(np.float64)
    for ground, facing in ((np.zeros(2), 0.0), (np.array([1.0, -2.0]), 2.0)):
        danced = placed(motion, ground.astype(np.float32), facing)
        here, _ = displaced(ground, np.array(facing), displacement)
        np.testing.assert_allclose(here, danced.translation[-1, [0, 2]], atol=1e-3)


def test_clips_that_must_not_be_mirrored_are_planned_as_they_are() -> None:
    """A database of nothing else has no mirrors at all."""
    assert mirrored_boundaries(np.zeros((0, WIDTH), np.float32)).shape == (0, WIDTH)
    graph = build_graph([step_clip("a", mirrorable=False), step_clip("b", mirrorable=False)], Weights())
    assert graph.clip.tolist() == [0, 1]
    assert not graph.mirrored.any()


def test_seams_lead_back_to_the_middle_and_to_the_audience() -> None:
    ground, facing = next_start(np.array([3.0, 0.0]), np.array(0.3))
    np.testing.assert_allclose(ground, [2.88, 0.0])
    assert abs(float(facing)) < 0.3
    _, away = next_start(np.zeros(2), np.array(3.0))
    assert float(away) == 3.0


def test_stored_clips_read_their_motion_late_and_keep_their_boundary(tmp_path: Path) -> None:
    clips = [as_clip_stored(sway_clip(f"m{k}", size=0.2 + 0.1 * k)) for k in range(3)]
    db = MotionDB.open(tmp_path, create=True)
    db.add(clips)
    stored = db.clips()
    assert all(isinstance(clip, StoredClip) and "motion" not in vars(clip) for clip in stored)
    by_id = {clip.clip_id: clip for clip in clips}
    np.testing.assert_array_equal(boundaries_of(stored), boundaries_of([by_id[clip.clip_id] for clip in stored]))
    assert all("motion" not in vars(clip) for clip in stored)
    fetch_motions(stored[:2])
    assert ["motion" in vars(clip) for clip in stored] == [True, True, False]
    for clip in stored:
        np.testing.assert_array_equal(clip.motion.rotations, by_id[clip.clip_id].motion.rotations)
    assert [clip.clip_id for clip in db.clips(ids=[clips[1].clip_id, "unknown"])] == [clips[1].clip_id]
    assert db.clips(ids=[]) == []
