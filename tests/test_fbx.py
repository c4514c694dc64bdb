"""FBX files have the dance in them, as ufbx, assimp and Blender read them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fbx_support import Fbx, corners, on_a_rig, textured
from file_readers import of_motion, skinned
from motion_support import stepping_dance
from render_support import capsule_body

from choreo.motion.kinematics import forward, rest_positions
from choreo.types import Body, Doubles, Material, Motion
from choreo.video.bodies import fit_motion, load_body
from choreo_fbx import FbxExporter
from choreo_fbx.curves import angles

CLOSE = 5e-6
"""Metres: coordinates and angles are kept as single floats."""


@pytest.fixture(scope="module")
def known() -> Motion:
    return stepping_dance(2.0, fps=30.0)


@pytest.fixture(scope="module")
def body() -> Body:
    return load_body()


def written(motion: Motion, folder: Path, body: Body | None = None) -> Path:
    path = folder / "dance.fbx"
    FbxExporter().export(motion, path, body=body)
    return path


def test_joints_and_skin_of_all_frames(known: Motion, body: Body, tmp_path: Path) -> None:
    fbx, fitted = Fbx(written(known, tmp_path)), fit_motion(known, body)
    assert sorted(fbx.names) == sorted([*fitted.skeleton.names, body.name])
    for frame in range(len(known)):
        found = fbx.positions(frame / known.fps)
        for name, wanted in of_motion(fitted, frame / known.fps).items():
            np.testing.assert_allclose(found[name], wanted, atol=CLOSE, err_msg=f"{name} {frame}")
    for time in (0.0, 1.0, 1.9):
        np.testing.assert_allclose(fbx.vertices(time), skinned(body, fitted, time), atol=CLOSE)


@pytest.mark.parametrize("fps", [24.0, 50.0, 29.97])
def test_rate_and_length(fps: float, tmp_path: Path) -> None:
    motion = stepping_dance(1.0, fps=fps)
    fbx = Fbx(written(motion, tmp_path, capsule_body()))
    (stack,) = fbx.told["stacks"]
    assert stack["name"] == "dance"
    assert stack["seconds"] == pytest.approx(motion.duration, abs=1e-6)
    assert fbx.told["fps"] == pytest.approx(fps)
    keys = fbx.arrays["stack0_node0_places"][:, 0]
    np.testing.assert_allclose(keys, np.arange(len(motion)) / fps, atol=1e-9)


@pytest.mark.parametrize(("up", "unit"), [("y", 1.0), ("y", 0.01), ("z", 0.01)])
def test_rigs_have_their_axes_units_and_names(up: str, unit: float, known: Motion, tmp_path: Path) -> None:
    path, rigged, body = tmp_path / "rig.fbx", on_a_rig(known, up=up, unit=unit), capsule_body()
    FbxExporter().export_rig(rigged, path, body=body)
    fbx = Fbx(path)
    assert set(fbx.names) == {*rigged.names, body.name}
    assert (fbx.told["up"], fbx.told["unit"]) == (up, pytest.approx(unit))
    for time in (0.0, 1.0, 2.0):
        found, wanted = fbx.positions(time), of_motion(known, time)
        np.testing.assert_allclose([found[f"rig:{name}"] for name in wanted], list(wanted.values()), atol=CLOSE)
        np.testing.assert_allclose(found["root"], wanted["pelvis"] * [1, 0, 1], atol=CLOSE)
        np.testing.assert_allclose(fbx.vertices(time), skinned(body, known, time), atol=CLOSE)


def test_a_rig_alone_has_a_skeleton_at_rest(known: Motion, tmp_path: Path) -> None:
    path = tmp_path / "rig.fbx"
    FbxExporter().export_rig(on_a_rig(known, up="z", unit=0.01), path)
    fbx = Fbx(path)
    assert not fbx.told["meshes"]
    rest = dict(zip(known.skeleton.names, rest_positions(known.skeleton), strict=True))
    posed = {
        fbx.names[node]: matrix[:3, 3] for node, matrix in zip(fbx.arrays["posed"], fbx.arrays["poses"], strict=True)
    }
    for name, place in rest.items():
        np.testing.assert_allclose(posed[f"rig:{name}"], place, atol=CLOSE)


def test_a_body_of_other_lengths_is_moved_onto_the_rig(known: Motion, tmp_path: Path) -> None:
    """A vertex that hangs on one joint keeps its place from that joint."""
    body, path = capsule_body(), tmp_path / "rig.fbx"
    longer = replace(body.skeleton, offsets=body.skeleton.offsets * np.float32(1.1))
    FbxExporter().export_rig(on_a_rig(known, up="y", unit=1.0), path, body=replace(body, skeleton=longer))
    away = rest_positions(known.skeleton) - rest_positions(longer)
    wanted = body.vertices + np.einsum("vk,vkc->vc", body.weights, away[body.joint_indices])
    np.testing.assert_allclose(Fbx(path).arrays["mesh0_vertices"], wanted, atol=CLOSE)


def test_normals_and_faces(known: Motion, body: Body, tmp_path: Path) -> None:
    arrays: Any = Fbx(written(known, tmp_path)).arrays
    faces = arrays["mesh0_vertex"].reshape(-1, 3)
    np.testing.assert_array_equal(faces, body.faces)
    np.testing.assert_allclose(corners(arrays, "normal"), body.normals[body.faces.ravel()], atol=1e-6)


def test_colours_are_a_picture(known: Motion, body: Body, tmp_path: Path) -> None:
    """What is seen in the middle of each face is the colour of its first corner."""
    fbx = Fbx(written(known, tmp_path))
    picture = picture_in(fbx)
    u, v = corners(dict(fbx.arrays), "uv").reshape(-1, 3, 2).mean(axis=1).T
    seen = picture[((1 - v) * len(picture)).astype(int), (u * picture.shape[1]).astype(int), :3]
    np.testing.assert_array_equal(seen, body.colours[body.faces[:, 0]])
    assert [material["name"] for material in fbx.told["materials"]] == ["dancer"]


def test_more_colours_than_a_picture_has_stay_at_the_vertices(known: Motion, tmp_path: Path) -> None:
    body = capsule_body()
    colours = np.random.default_rng(1).integers(0, 256, body.colours.shape, dtype=np.uint8)
    fbx = Fbx(written(known, tmp_path, replace(body, colours=colours)))
    found = corners(dict(fbx.arrays), "colour")[:, :3]
    np.testing.assert_allclose(found, colours[body.faces.ravel()] / 255, atol=1e-6)
    assert not fbx.told["textures"]


def picture_in(fbx: Fbx, number: int = 0) -> Doubles:
    from PIL import Image

    with Image.open(io.BytesIO(fbx.arrays[f"texture{number}"].tobytes())) as picture:
        return np.array(picture)


def test_a_tinted_material_has_a_tinted_picture(known: Motion, tmp_path: Path) -> None:
    """A linear half is 188 of 255 in a picture."""
    body = textured(capsule_body())
    assert body.surface is not None
    white = np.full((2, 2, 4), 255, np.uint8)
    materials = (Material("plain", texture=0), Material("tinted", (0.5, 0.0, 1.0, 1.0), texture=0))
    fbx = Fbx(
        written(known, tmp_path, replace(body, surface=replace(body.surface, textures=(white,), materials=materials)))
    )
    plain, tinted = (picture_in(fbx, material["texture"])[0, 0] for material in fbx.told["materials"])
    assert plain.tolist() == [255, 255, 255]
    assert tinted.tolist() == [188, 0, 255]
    assert [material["colour"] for material in fbx.told["materials"]] == [[1, 1, 1], [1, 1, 1]]


def test_textures_lie_in_the_file(known: Motion, tmp_path: Path) -> None:
    body = textured(capsule_body())
    fbx = Fbx(written(known, tmp_path, body))
    assert body.surface is not None
    cloth, lips = fbx.told["materials"]
    assert (cloth["name"], cloth["texture"], cloth["clear"]) == ("cloth", 0, True)
    assert (lips["name"], lips["texture"]) == ("lips", -1)
    np.testing.assert_allclose(lips["colour"], (0.8, 0.1, 0.2))
    np.testing.assert_array_equal(picture_in(fbx), body.surface.textures[0])
    np.testing.assert_array_equal(fbx.arrays["mesh0_material"], body.surface.material_of)
    uv = corners(dict(fbx.arrays), "uv")
    wanted = body.surface.uv[body.faces.ravel()] * [1, -1] + [0, 1]
    np.testing.assert_allclose(uv, wanted, atol=1e-6)


def test_the_same_dance_gives_the_same_bytes(known: Motion, tmp_path: Path) -> None:
    body = textured(capsule_body())
    first = written(known, tmp_path, body).read_bytes()
    assert written(known, tmp_path, body).read_bytes() == first


def test_angles_run_on_through_turns() -> None:
    """Three turns about one axis at a time: an angle that grows, or, about y, triples that stay near each other."""
    turn, none = np.linspace(0, 6 * np.pi, 361), np.zeros(361)
    about_z = angles(np.stack([np.cos(turn / 2), none, none, np.sin(turn / 2)], axis=1))
    np.testing.assert_allclose(about_z, np.stack([none, none, np.rad2deg(turn)], axis=1), atol=1e-9)
    about_y = angles(np.stack([np.cos(turn / 2), none, np.sin(turn / 2), none], axis=1))
    np.testing.assert_allclose(about_y, np.stack([none, np.rad2deg(turn), none], axis=1), atol=1e-5)


ASSIMP = """
import assimp_py, json, sys
def told(node):
    return [node.name, [list(row) for row in node.transformation], [told(child) for child in node.children]]
scene = assimp_py.import_file(sys.argv[1], 0)
print(json.dumps(told(scene.root_node)))
"""


def tree(path: Path) -> dict[str, Doubles]:
    """World matrices of the nodes of a file at rest, as assimp reads it, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", ASSIMP, str(path)], capture_output=True, text=True, check=True)
    found: dict[str, Doubles] = {}

    def walk(node: list[Any], above: Doubles) -> None:
        name, matrix, children = node
        found[name] = above @ np.array(matrix)
        for child in children:
            walk(child, found[name])

    walk(json.loads(done.stdout), np.eye(4))
    return found


@pytest.mark.parametrize("up", ["y", "z"])
def test_assimp_finds_the_skeleton_at_rest(up: str, known: Motion, tmp_path: Path) -> None:
    """Its Python package shows nodes and meshes, no animations; it turns what has Z up, and keeps centimetres."""
    path = tmp_path / "rig.fbx"
    FbxExporter().export_rig(on_a_rig(known, up=up, unit=0.01), path, body=capsule_body())
    found = tree(path)
    for name, place in zip(known.skeleton.names, rest_positions(known.skeleton), strict=True):
        np.testing.assert_allclose(0.01 * found[f"rig:{name}"][:3, 3], place, atol=CLOSE)


BLENDER = """
import bpy, json, sys
import numpy as np
bpy.ops.wm.read_factory_settings(use_empty=True)
if sys.argv[2] == "new":
    bpy.ops.wm.fbx_import(filepath=sys.argv[1])
else:
    import addon_utils
    addon_utils.enable("io_scene_fbx")
    bpy.ops.import_scene.fbx(filepath=sys.argv[1])
scene = bpy.context.scene
figure = next(thing for thing in bpy.data.objects if thing.type == "ARMATURE")
mesh = next(thing for thing in bpy.data.objects if thing.type == "MESH")
first, last = (round(frame) for frame in bpy.data.actions[0].frame_range)
out = {"names": [bone.name for bone in figure.pose.bones], "fps": scene.render.fps / scene.render.fps_base}
out["frames"] = last - first + 1
joints, skins = [], []
for frame in range(first, last + 1):
    scene.frame_set(frame)
    world = np.array(figure.matrix_world)
    joints.append([(world @ [*bone.head, 1])[:3].tolist() for bone in figure.pose.bones])
    if frame % 20 == 0:
        posed = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
        world = np.array(posed.matrix_world)
        skins.append((frame - first, [(world @ [*corner.co, 1])[:3].tolist() for corner in posed.data.vertices]))
out |= {"joints": joints, "skins": skins}
open(sys.argv[3], "w").write(json.dumps(out))
"""


@pytest.mark.slow
@pytest.mark.parametrize("importer", ["new", "old"])
@pytest.mark.parametrize("kind", ["own", "rig"])
def test_blender_poses_it_alike(
    kind: str, importer: str, blender: dict[str, Any], known: Motion, tmp_path: Path
) -> None:
    import json

    from choreo_blender.studio import blender_python

    path, body = tmp_path / "dance.fbx", capsule_body()
    if kind == "own":
        FbxExporter().export(known, path, body=body)
    else:
        FbxExporter().export_rig(on_a_rig(known, up="z", unit=0.01), path, body=body)
    script, out = tmp_path / "script.py", tmp_path / "out.json"
    script.write_text(BLENDER, encoding="utf-8")
    subprocess.run(
        [blender_python(), "-P", str(script), str(path), importer, str(out)], check=True, capture_output=True
    )
    found = json.loads(out.read_text(encoding="utf-8"))
    assert (found["fps"], found["frames"]) == (known.fps, len(known))
    prefix = "" if kind == "own" else "rig:"
    at = [found["names"].index(prefix + name) for name in known.skeleton.names]
    positions, _ = forward(known.skeleton, known.translation.astype(float), known.rotations.astype(float))
    np.testing.assert_allclose(turned(np.array(found["joints"])[:, at]), positions, atol=1e-4)
    for frame, vertices in found["skins"]:
        np.testing.assert_allclose(turned(np.array(vertices)), skinned(body, known, frame / known.fps), atol=1e-4)


def turned(points: Doubles) -> Doubles:
    """Blender's Z up as Y up."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)
