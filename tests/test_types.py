from __future__ import annotations

import numpy as np
import pytest

from choreo.errors import ChoreoError, ShapeError
from choreo.motion.skeleton import CANONICAL, MIRROR, NAMES
from choreo.types import BeatTrack, Motion, Skeleton


def still(frames: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rotations = np.zeros((frames, 24, 4), np.float32)
    rotations[..., 0] = 1
    return np.zeros((frames, 3), np.float32), rotations


def test_canonical_skeleton_mirrors_onto_itself() -> None:
    flipped = CANONICAL.offsets[MIRROR] * np.array([-1, 1, 1], np.float32)
    np.testing.assert_array_equal(flipped, CANONICAL.offsets)
    assert [NAMES[j] for j in MIRROR[[1, 2, 15]]] == ["right_hip", "left_hip", "head"]


def test_parent_after_child_is_refused() -> None:
    with pytest.raises(ShapeError, match="after its parent"):
        Skeleton(("a", "b", "c"), np.array([-1, 2, 0]), np.zeros((3, 3), np.float32))


@pytest.mark.parametrize("spoil", ["nan", "norm", "joints", "contacts", "empty"])
def test_a_motion_out_of_form_is_refused(spoil: str) -> None:
    translation, rotations = still()
    contacts = None
    if spoil == "nan":
        translation[1, 0] = np.nan
    elif spoil == "norm":
        rotations[0, 3] *= 2
    elif spoil == "joints":
        rotations = rotations[:, :20]
    elif spoil == "contacts":
        contacts = np.zeros((2, 4), bool)
    else:
        translation, rotations = translation[:0], rotations[:0]
    with pytest.raises(ShapeError):
        Motion(CANONICAL, 60.0, translation, rotations, contacts)


def test_shape_errors_belong_to_the_family() -> None:
    assert issubclass(ShapeError, ChoreoError)
    assert issubclass(ShapeError, ValueError)


def test_duration_counts_intervals() -> None:
    assert Motion(CANONICAL, 2.0, *still(3)).duration == 1.0


def test_beats_must_increase_and_positions_fit_the_metre() -> None:
    with pytest.raises(ShapeError, match="increase"):
        BeatTrack(np.array([0.0, 0.0]), np.array([1, 2]), 4, 1.0, "x")
    with pytest.raises(ShapeError, match=r"1\.\.3"):
        BeatTrack(np.array([0.0, 1.0]), np.array([1, 4]), 3, 1.0, "x")
