"""Dances on bodies of other proportions: soles on the floor, no slide, in the picture, and as in the written file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from character_support import Puppet
from file_readers import Glb, skinned
from motion_support import dance

from choreo.motion import rotations as rot
from choreo.motion.contacts import contacts_of, sole_points
from choreo.motion.ik import SLACK, solve_leg
from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.skeleton import CANONICAL, NAMES, PARENTS
from choreo.types import Body, Doubles, Motion
from choreo.video import build_scene, project
from choreo.video.bodies import fit_motion, load_body, standing
from choreo.video.soles import standing_headings
from choreo_gltf.build import Builder
from choreo_gltf.character import dance_on


def proportioned(
    legs: float = 1.0, hips: float = 1.0, arms: float = 1.0, size: float = 1.0, sole: float = 0.0
) -> Puppet:
    """A puppet with limbs of other lengths; its ankles `sole` metres higher over its soles."""
    offsets = CANONICAL.offsets.astype(np.float64)
    for joint, name in enumerate(NAMES):
        part = name.removeprefix("left_").removeprefix("right_")
        factor = {"knee": legs, "ankle": legs, "elbow": arms, "wrist": arms}.get(part, 1.0)
        offsets[joint] *= size * factor
        if part == "hip":
            offsets[joint, 0] *= hips
        if part == "foot":
            offsets[joint, 1] -= sole
    places = np.zeros_like(offsets)
    for joint in range(len(NAMES)):
        places[joint] = offsets[joint] + (places[PARENTS[joint]] if joint else 0)
    return Puppet(places=places, arms_down=0.6)


BODIES = {
    "child": proportioned(legs=0.7, size=0.6),
    "giant": proportioned(size=1.4),
    "long arms": proportioned(arms=1.5),
    "wide hips": proportioned(hips=1.8),
    "thick soles": proportioned(sole=0.08),
}


@pytest.fixture(scope="module")
def known() -> Motion:
    return dance(6.0)


@pytest.fixture(params=BODIES, scope="module")
def body(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Body:
    path = BODIES[request.param].save(tmp_path_factory.mktemp("bodies") / "me.glb")
    return load_body(str(path))


def leg(body: Body) -> float:
    rest = rest_positions(body.skeleton)
    return float(rest[NAMES.index("left_hip"), 1] - rest[NAMES.index("left_ankle"), 1])


def lowest(body: Body, motion: Motion, side: str) -> Doubles:
    """Height ``(T,)`` of a foot's lowest vertex."""
    rest = rest_positions(body.skeleton)
    positions, world = forward(motion.skeleton, motion.translation, motion.rotations)
    heights = []
    for name in (f"{side}_ankle", f"{side}_foot"):
        joint = NAMES.index(name)
        mine = body.vertices[body.joint_indices[:, 0] == joint] - rest[joint]
        heights.append(positions[:, joint, 1:2] + rot.rotate(world[:, joint, None], mine)[..., 1])
    return np.asarray(np.concatenate(heights, axis=1).min(axis=1), np.float64)


def test_soles_are_as_high_as_the_dance_has_them(body: Body, known: Motion) -> None:
    fitted = fit_motion(known, body)
    scale = leg(body) / leg(replace(body, skeleton=CANONICAL))
    source = sole_points(known)[..., 1]
    for number, side in enumerate(("left", "right")):
        wanted = scale * source[:, 2 * number : 2 * number + 2].min(axis=1)
        # A leg that would have to be longer than it is stays in the air; standing legs are not.
        gap = lowest(body, fitted, side) - wanted
        stands = contacts_of(known)[:, 2 * number : 2 * number + 2].any(axis=1)
        assert np.abs(gap[stands]).max() < 0.01


def test_standing_balls_do_not_slide(body: Body, known: Motion) -> None:
    fitted = fit_motion(known, body)
    rest = rest_positions(body.skeleton)
    positions, world = forward(fitted.skeleton, fitted.translation, fitted.rotations)
    for number, side in enumerate(("left", "right")):
        joint = NAMES.index(f"{side}_foot")
        ball = positions[:, joint] + rot.rotate(world[:, joint], np.array([0, -rest[joint, 1], 0], np.float32))
        stands = contacts_of(known)[:, 2 * number + 1]
        both = stands[1:] & stands[:-1]
        ours = sole_points(known)[:, 2 * number + 1]
        speeds, source = (np.linalg.norm(np.diff(each[:, [0, 2]], axis=0), axis=1)[both] * known.fps
                          for each in (ball, ours))  # fmt: skip
        assert speeds.mean() < source.mean() + 0.01


def rolling() -> Motion:
    """The canonical dancer who lifts both heels over balls that stay where they are, toes flat."""
    lift = np.radians(40) * np.sin(np.linspace(0, np.pi, 31))
    rotations = np.zeros((len(lift), len(NAMES), 4), np.float32)
    rotations[..., 0] = 1
    translation = np.repeat(CANONICAL.offsets[:1], len(lift), axis=0) - np.array([0, 0.12, 0], np.float32)
    pitch = rot.from_axis_angle(np.stack([lift, 0 * lift, 0 * lift], axis=1)).astype(np.float32)
    rest = rest_positions(CANONICAL)
    for side in ("left", "right"):
        ankle, foot = NAMES.index(f"{side}_ankle"), NAMES.index(f"{side}_foot")
        goal = rest[foot] - rot.rotate(pitch, rest[foot] - rest[ankle])
        rotations = solve_leg(CANONICAL, translation, rotations, side, goal.astype(np.float32), pitch)
        rotations[:, foot] = rot.conjugate(pitch)
    return Motion(CANONICAL, 30.0, translation, rotations)


def test_a_foot_that_rolls_over_its_ball_keeps_it_there(body: Body) -> None:
    motion = rolling()
    fitted = fit_motion(motion, body)
    positions, _ = forward(fitted.skeleton, fitted.translation, fitted.rotations)
    source, _ = forward(CANONICAL, motion.translation, motion.rotations)
    for side in ("left", "right"):
        joint = NAMES.index(f"{side}_foot")
        assert np.ptp(source[:, joint], axis=0).max() < 1e-3
        assert np.ptp(positions[:, joint], axis=0).max() < 0.004
        assert np.abs(lowest(body, fitted, side)).max() < 0.01


def test_at_rest_nothing_but_the_knees_moves(body: Body) -> None:
    fitted = fit_motion(standing(), body)
    positions, _ = forward(fitted.skeleton, fitted.translation, fitted.rotations)
    moved = positions[0] - rest_positions(body.skeleton)
    moved = np.delete(moved, [NAMES.index(f"{side}_knee") for side in ("left", "right")], axis=0)
    # A leg is never quite straight: knees would snap.
    np.testing.assert_allclose(moved, np.broadcast_to(moved[0] * [0, 0, 1], moved.shape), atol=SLACK * leg(body) + 1e-4)


def test_the_whole_mesh_is_in_the_picture(body: Body, known: Motion) -> None:
    fitted = fit_motion(known, body)
    for camera in ("follow", "fixed", "director"):
        scene = build_scene(fitted, body, fps=10.0, width=320, height=180, camera=camera)
        for frame in range(0, len(scene), 7):
            points = skinned(body, fitted, frame / 10.0)
            pixels = project(points.astype(np.float32), scene.camera, frame, 320, 180)
            assert ((pixels[:, :2] > 0) & (pixels[:, :2] < [320, 180])).all()


def hat(builder: Builder) -> None:
    document, lib = builder.document, builder.lib
    document.nodes.append(lib.Node(name="Hat", mesh=1))
    next(node for node in document.nodes if node.name == "Head").children.append(len(document.nodes) - 1)
    points = np.array([[-1.5, 0.1, 0], [1.5, 0.1, 0], [0, 0.2, 0]], np.float32)
    attributes = lib.Attributes(POSITION=builder.add(points, bounds=True))
    document.meshes.append(lib.Mesh(primitives=[lib.Primitive(attributes=attributes)]))


@pytest.mark.parametrize("camera", ["follow", "fixed", "director"])
def test_a_wide_hat_is_in_the_picture(camera: str, tmp_path: Path) -> None:
    body = load_body(str(replace(BODIES["wide hips"], change=hat).save(tmp_path / "me.glb")))
    scene = build_scene(fit_motion(standing(), body), body, fps=30.0, width=180, height=180, camera=camera)
    pixels = project(body.vertices, scene.camera, 0, 180, 180)
    assert ((pixels[:, :2] > 0) & (pixels[:, :2] < [180, 180])).all()


def test_small_and_tall_bodies_fill_the_same_part_of_the_picture(tmp_path: Path) -> None:
    heights = []
    for size in (0.5, 1.0, 1.4):
        body = load_body(str(proportioned(size=size, hips=1.01).save(tmp_path / f"{size}.glb")))
        scene = build_scene(fit_motion(standing(), body), body, fps=30.0, width=320, height=320)
        pixels = project(body.vertices, scene.camera, 0, 320, 320)
        heights.append(float(np.ptp(pixels[:, 1])) / 320)
    assert max(heights) < 1.35 * min(heights)


@pytest.mark.parametrize("name", BODIES)
def test_the_written_file_dances_as_the_video_does(name: str, known: Motion, tmp_path: Path) -> None:
    path = BODIES[name].save(tmp_path / "me.glb")
    body = load_body(str(path))
    dance_on(known, path, tmp_path / "danced.glb")
    file, fitted = Glb.read(tmp_path / "danced.glb"), fit_motion(known, body)
    for time in (0.0, 1.3, 2.7, 4.9):
        # The file's own height is set once more, by all vertices of both soles.
        np.testing.assert_allclose(file.vertices(time), skinned(body, fitted, time), atol=0.012)


def test_feet_that_stand_have_one_direction() -> None:
    turns = rot.yaw(np.linspace(0, 1, 50))
    stands = np.zeros(50, bool)
    stands[10:20] = stands[40:50] = True
    found = standing_headings(turns.astype(np.float32), stands)
    assert np.ptp(found[10:20]) == 0
    assert found[15] == pytest.approx(np.linspace(0, 1, 50)[10:20].mean(), abs=1e-5)
    assert (np.diff(found[19:41]) > 0).all()
    assert found[0] == found[10]
