"""Lifting landmarks to motion: exact ones give the dance back, trembling goes, feet stand, what is unseen is cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from motion_support import stepping_dance

from choreo.errors import MotionError
from choreo.motion.contacts import contact_slide
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.types import Doubles, Motion, Take
from choreo_video.landmarks import NAMES as LANDMARKS
from choreo_video.landmarks import Landmarks
from choreo_video.lifting import Lifted, lift, lifted_takes
from choreo_video.lifting_body import POINTS, joints_of
from choreo_video.lifting_camera import floor_of, placed, to_world, up_of_camera

FPS, WIDTH, HEIGHT, FOCAL = 30.0, 640, 480, 720.0
PITCH, UP = 0.12, 1.4
BODY = tuple(f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "knee", "ankle") for side in ("left", "right"))
"""Joints that BlazePose has where we have them."""


def landmark_places(motion: Motion) -> Doubles:
    """The 33 landmarks ``(T, 33, 3)`` in space that a motion's body has."""
    from choreo.motion import rotations as rot

    places, turns = forward(motion.skeleton, motion.translation.astype(float), motion.rotations.astype(float))
    at: dict[str, Doubles] = {name: places[:, k].astype(np.float64) for k, name in enumerate(NAMES)}

    def beside(joint: str, *offset: float) -> Doubles:
        return np.asarray(at[joint] + rot.rotate(turns[:, NAMES.index(joint)], np.array(offset)))

    for side, way in (("left", 1.0), ("right", -1.0)):
        at[f"{side}_heel"] = beside(f"{side}_ankle", 0, -0.07, -0.05)
        at[f"{side}_foot_index"] = beside(f"{side}_foot", 0, -0.01, 0.06)
        at[f"{side}_ear"] = beside("head", way * 0.075, 0.05, 0)
        for name, along in (("index", 0.02), ("pinky", -0.04), ("thumb", 0.04)):
            at[f"{side}_{name}"] = beside(f"{side}_hand", 0, 0, along)
        at[f"{side}_hip"] = at[f"{side}_hip"] + rot.rotate(turns[:, 0], np.array([-0.017 * way, -0.028, 0.0]))
    at["nose"] = beside("head", 0, 0.04, 0.11)
    return np.stack([at.get(name, at["nose"]) for name in LANDMARKS], axis=1)


def filmed(motion: Motion, *, trembling: float = 0.0, slow: float = 0.0) -> tuple[Landmarks, Doubles]:
    """Landmarks of a motion seen by a camera that stands before it, and where they are in the camera's coordinates.

    They tremble by so many metres from frame to frame, and are off by `slow` metres in depth for half a second each.
    """
    from scipy.ndimage import gaussian_filter1d

    rng = np.random.default_rng(3)
    places = landmark_places(motion)
    sine, cosine = np.sin(PITCH), np.cos(PITCH)
    x, y, z = np.moveaxis(places - (0, UP, 4.5), -1, 0)
    seen = np.stack([x, cosine * y - sine * z, sine * y + cosine * z], axis=-1)
    guess = seen - seen[:, [23, 24]].mean(axis=1, keepdims=True)
    shaken = seen + rng.normal(0, trembling, seen.shape)
    image = np.stack(
        [
            WIDTH / 2 - FOCAL * shaken[..., 0] / shaken[..., 2],
            HEIGHT / 2 + FOCAL * shaken[..., 1] / shaken[..., 2],
            0 * x,
        ],
        axis=-1,
    )
    wrong = gaussian_filter1d(rng.normal(0, 1, guess.shape[:2]), 0.25 * FPS, axis=0)
    guess[..., 2] += slow * wrong / wrong.std()
    world = (guess + rng.normal(0, trembling, guess.shape)) * (1, -1, -1)
    sure = np.ones(world.shape[:2], np.float32)
    times = np.arange(len(motion)) / FPS
    kept = image.astype(np.float32), world.astype(np.float32)
    return Landmarks(times, *kept, sure, sure, sure[:, 0], (WIDTH, HEIGHT)), seen


@pytest.fixture(scope="module")
def dance() -> Motion:
    from choreo.motion.resample import resample

    return resample(stepping_dance(), FPS)


@pytest.fixture(scope="module")
def exact(dance: Motion) -> Lifted:
    return lift(filmed(dance)[0])


@pytest.fixture(scope="module")
def trembling(dance: Motion) -> Lifted:
    return lift(filmed(dance, trembling=0.005, slow=0.08)[0])


def relative(points: Doubles, names: tuple[str, ...], wanted: tuple[str, ...] = BODY) -> Doubles:
    hips = points[:, [names.index("left_hip"), names.index("right_hip")]].mean(axis=1, keepdims=True)
    return np.asarray(points[:, [names.index(name) for name in wanted]] - hips)


def joints_in_space(motion: Motion) -> Doubles:
    return forward(motion.skeleton, motion.translation, motion.rotations)[0].astype(np.float64)


def error(lifted: Lifted, dance: Motion) -> float:
    """Millimetres of the joints from the truth, from the hips, after one turn and scale."""
    true = joints_in_space(dance)
    a, b = relative(lifted.positions, lifted.names), relative(true, NAMES)
    u, s, v = np.linalg.svd(a.reshape(-1, 3).T @ b.reshape(-1, 3))
    scale = s.sum() / (a**2).sum()
    return float(1000 * np.linalg.norm(scale * a @ (u @ v) - b, axis=-1).mean())


def test_exact_landmarks_give_the_dance_back(exact: Lifted, dance: Motion) -> None:
    assert error(exact, dance) < 25


def test_the_way_over_the_floor_comes_back(exact: Lifted, dance: Motion) -> None:
    hips = [exact.names.index("left_hip"), exact.names.index("right_hip")]
    found = exact.positions[:, hips].mean(axis=1)[:, [0, 2]]
    true = dance.translation[:, [0, 2]].astype(float)
    off = (found - found.mean(axis=0)) - (true - true.mean(axis=0))
    assert np.sqrt((off**2).sum(axis=1).mean()) < 0.1 * np.linalg.norm(np.diff(true, axis=0), axis=1).sum()


def test_left_stays_left_and_the_dancer_is_upright(exact: Lifted) -> None:
    at = {name: exact.positions[:, k] for k, name in enumerate(exact.names)}
    assert (at["left_hip"][0] - at["right_hip"][0])[0] > 0.1
    assert (at["nose"][:, 1] > at["left_knee"][:, 1] + 0.5).all()


def test_trembling_becomes_less_and_joints_come_nearer(trembling: Lifted, dance: Motion) -> None:
    def sharp(points: Doubles) -> float:
        return float(np.linalg.norm(np.diff(points, 2, axis=0), axis=-1).mean())

    landmarks = filmed(dance, trembling=0.005, slow=0.08)[0]
    raw = replace(trembling, positions=landmarks.world.astype(float) * (1, -1, -1), names=LANDMARKS)
    true = relative(joints_in_space(dance), NAMES)
    assert sharp(relative(raw.positions, LANDMARKS)) > 2.5 * sharp(true)
    assert sharp(relative(trembling.positions, trembling.names)) < 1.5 * sharp(true)
    assert error(trembling, dance) < 0.9 * error(raw, dance)


def test_bones_of_limbs_keep_their_lengths(trembling: Lifted, dance: Motion) -> None:
    raw = filmed(dance, trembling=0.005, slow=0.08)[0].world
    limbs = (("left_knee", "left_ankle"), ("right_shoulder", "right_elbow"), ("left_elbow", "left_wrist"))
    for names in limbs:
        a, b = (trembling.names.index(name) for name in names)
        long = np.linalg.norm(trembling.positions[:, a] - trembling.positions[:, b], axis=1)
        a, b = (LANDMARKS.index(name) for name in names)
        assert long.std() < 0.5 * np.linalg.norm(raw[:, a] - raw[:, b], axis=1).std(), names


def test_standing_feet_do_not_slide(exact: Lifted, dance: Motion) -> None:
    (take,) = lifted_takes(Take("film", dance, "film", "none"), exact)
    assert take.motion.skeleton.names == CANONICAL.names
    assert take.motion.contacts is not None
    assert take.motion.contacts.any(axis=1).mean() > 0.5
    assert contact_slide(take.motion).mean() < 0.02
    assert take.facts["confidence"] == pytest.approx(1.0)


def test_a_stretch_without_legs_is_cut_and_told(dance: Motion) -> None:
    landmarks = filmed(dance)[0]
    sure = landmarks.visibility.copy()
    sure[60:, [LANDMARKS.index(f"{side}_{part}") for side in ("left", "right") for part in ("knee", "ankle")]] = 0
    lifted = lift(replace(landmarks, visibility=sure))
    assert lifted.known[:60].all()
    assert not lifted.known[60 + round(0.5 * FPS) + 1 :].any()
    (take,) = lifted_takes(Take("film", dance, "film", "none"), lifted)
    assert len(take.motion) < 60 + 0.6 * FPS
    assert "not seen well enough" in take.flags[1]


def test_a_hidden_wrist_is_no_reason_to_cut_for_a_moment(dance: Motion) -> None:
    landmarks = filmed(dance)[0]
    sure = landmarks.visibility.copy()
    sure[40:50, LANDMARKS.index("left_wrist")] = 0
    lifted = lift(replace(landmarks, visibility=sure))
    assert lifted.known.all()
    assert lifted.confidence[44, POINTS.index("left_wrist")] == 0


def test_half_a_person_is_refused(dance: Motion) -> None:
    landmarks = filmed(dance)[0]
    sure = landmarks.visibility.copy()
    sure[:, LANDMARKS.index("left_ankle")] = 0
    with pytest.raises(MotionError, match="whole person is seen; least seen are left_ankle"):
        lift(replace(landmarks, visibility=sure))


def test_a_few_frames_are_refused(dance: Motion) -> None:
    whole = filmed(dance)[0]
    few = {name: getattr(whole, name)[:5] for name in ("times", "image", "world", "visibility", "presence", "score")}
    with pytest.raises(MotionError, match="a second of dance or more"):
        lift(replace(whole, **few))


def test_times_of_their_own_become_equal_steps(dance: Motion, exact: Lifted) -> None:
    landmarks = filmed(dance)[0]
    keep = np.delete(np.arange(len(landmarks.times)), [20, 21, 50])
    some = {name: getattr(landmarks, name)[keep] for name in ("image", "world", "visibility", "presence", "score")}
    lifted = lift(replace(landmarks, times=landmarks.times[keep] + 2.0, **some))
    assert len(lifted.positions) == len(exact.positions)
    assert lifted.fps == pytest.approx(FPS)
    assert lifted.start == 2.0
    assert np.abs(lifted.positions - exact.positions).max() < 0.1


def test_lifting_twice_gives_the_same_bits(exact: Lifted, dance: Motion) -> None:
    again = lift(filmed(dance)[0])
    assert np.array_equal(again.positions, exact.positions)


def test_a_person_is_placed_where_the_picture_shows_them(dance: Motion) -> None:
    _, seen = filmed(dance)
    hips = seen[:, [23, 24]].mean(axis=1)
    rays = seen[..., :2] / -seen[..., 2:]
    found = placed(seen - hips[:, None], rays, np.ones(rays.shape[:2]))
    assert np.allclose(found, hips, atol=1e-6)


def test_the_floor_is_found_where_feet_stand_apart() -> None:
    rng = np.random.default_rng(1)
    ground = np.stack([rng.uniform(-1, 1, 400), np.zeros(400), rng.uniform(-6, -3, 400)], axis=1)
    away = ground - (0, 1.2, 0)
    pitch = 0.3
    y, z = (
        np.cos(pitch) * away[:, 1] - np.sin(pitch) * away[:, 2],
        np.sin(pitch) * away[:, 1] + np.cos(pitch) * away[:, 2],
    )
    points = np.zeros((100, len(POINTS), 3))
    points[:, [POINTS.index(f"{s}_{p}") for s in ("left", "right") for p in ("heel", "foot_index")]] = np.stack(
        [away[:, 0], y, z], axis=1
    ).reshape(100, 4, 3)
    found, height = floor_of(points, np.ones((100, 4), bool), lean=0.1)
    assert found == pytest.approx(pitch, abs=0.03)
    assert height == pytest.approx(1.2, abs=0.1)
    assert np.allclose(to_world(points[:, 8], pitch, 1.2)[:, 1], 0, atol=1e-9)
    assert up_of_camera(pitch) @ points[0, 8] == pytest.approx(-1.2)


def test_hip_joints_lie_above_and_outside_of_their_landmarks() -> None:
    points = np.zeros((1, len(POINTS), 3))
    for name, at in (("left_hip", (0.1, 0.9, 0)), ("right_hip", (-0.1, 0.9, 0)), ("left_shoulder", (0.2, 1.4, 0)),
                     ("right_shoulder", (-0.2, 1.4, 0))):  # fmt: skip
        points[0, POINTS.index(name)] = at
    moved = joints_of(points)[0, POINTS.index("left_hip")]
    assert moved[0] > 0.1
    assert moved[1] > 0.9


def test_windows_go_over_into_each_other(dance: Motion, exact: Lifted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("choreo_video.lifting.WINDOW", 1.5)
    monkeypatch.setattr("choreo_video.lifting.OVERLAP", 0.5)
    parts = lift(filmed(dance)[0])
    assert np.linalg.norm(parts.positions - exact.positions, axis=-1).mean() < 0.03
    steps = [np.linalg.norm(np.diff(each.positions, axis=0), axis=-1).max() for each in (parts, exact)]
    assert steps[0] < 1.5 * steps[1]
