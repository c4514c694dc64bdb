"""A user's character as a body: the same whatever its file's rest pose and units, with its textures and fingers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from character_support import BLUE, RED, SIDE, Puppet, png, two_tone
from PIL import Image

from choreo.errors import InputError, MotionError, OutputError
from choreo.motion import rotations as rot
from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.pipeline import render_motion
from choreo.pipeline.outputs import resolve_outputs
from choreo.testing import check_bodies, sample_motion
from choreo.types import Body, Material
from choreo.video.bodies import body_source, load_body
from choreo.video.look import Look
from choreo_bvh import BvhExporter
from choreo_gltf import GltfBody
from choreo_gltf.build import Builder
from choreo_gltf.images import LARGE, SMALL, decoded, sampled
from choreo_gltf.mesh import smooth_normals

LYING = tuple(rot.from_axis_angle(np.array([-np.pi / 2, 0, 0])))


def loaded(tmp_path: Path, puppet: Puppet, name: str = "me.glb") -> Body:
    return load_body(str(puppet.save(tmp_path / name)))


def of_joint(body: Body, name: str) -> slice:
    """Vertices of a puppet's box."""
    assert len(body.vertices) == 8 * len(NAMES)
    return slice(8 * NAMES.index(name), 8 * NAMES.index(name) + 8)


def the_material(body: Body) -> Material:
    assert body.surface is not None
    (material,) = body.surface.materials
    return material


@pytest.mark.parametrize(
    "puppet",
    [
        Puppet(),
        Puppet(arms_down=0.8),
        Puppet(arms_down=1.3, unit=0.01),
        Puppet(arms_down=0.4, unit=0.01, turn=LYING),
    ],
    ids=["T-pose", "A-pose", "centimetres", "turned root"],
)
def test_one_character_is_one_body_whatever_its_file_s_rest_pose(puppet: Puppet, tmp_path: Path) -> None:
    body = loaded(tmp_path, puppet)
    shown = puppet.vertices - [0, puppet.vertices[:, 1].min(), puppet.places[1, 2]]
    np.testing.assert_allclose(body.vertices, shown, atol=1e-5)
    np.testing.assert_array_equal(body.faces, puppet.faces)
    np.testing.assert_allclose(body.skeleton.offsets[1:], CANONICAL.offsets[1:], atol=1e-5)
    assert body.vertices[:, 1].min() == pytest.approx(0, abs=1e-6)
    carriers = [NAMES.index(name.replace("_hand", "_wrist")) for name in NAMES]  # Mixamo's hands have no other joint
    np.testing.assert_array_equal(body.joint_indices[:, 0], np.repeat(carriers, 8))


def test_a_character_keeps_the_contract_of_bodies(tmp_path: Path) -> None:
    check_bodies(GltfBody(), file=Puppet(arms_down=0.5).save(tmp_path / "me.glb"))


def test_textures_are_where_the_file_has_them(tmp_path: Path) -> None:
    body = loaded(tmp_path, Puppet(arms_down=0.5))
    assert body.surface is not None
    (texture,) = body.surface.textures
    np.testing.assert_array_equal(texture, two_tone())
    np.testing.assert_array_equal(body.colours[of_joint(body, "left_elbow")], np.tile(RED, (8, 1)))
    np.testing.assert_array_equal(body.colours[of_joint(body, "right_elbow")], np.tile(BLUE, (8, 1)))
    assert the_material(body) == Material("cloth", texture=0)


def test_a_texture_s_transform_moves_its_coordinates(tmp_path: Path) -> None:
    def moved(builder: Builder) -> None:
        info = builder.document.materials[0].pbrMetallicRoughness.baseColorTexture
        info.extensions = {"KHR_texture_transform": {"offset": [0.5, 0.0], "rotation": 0.0, "scale": [1.0, 1.0]}}

    body = loaded(tmp_path, Puppet(change=moved))
    np.testing.assert_array_equal(body.colours[of_joint(body, "left_elbow")], np.tile(BLUE, (8, 1)))


def test_a_quarter_turn_of_a_texture_is_glTF_s(tmp_path: Path) -> None:
    def moved(builder: Builder) -> None:
        info = builder.document.materials[0].pbrMetallicRoughness.baseColorTexture
        info.extensions = {"KHR_texture_transform": {"rotation": float(np.pi / 2)}}

    plain, turned = loaded(tmp_path, Puppet()), loaded(tmp_path, Puppet(change=moved), "turned.glb")
    assert plain.surface is not None
    assert turned.surface is not None
    u, v = plain.surface.uv.T
    # The extension's matrix: columns (cos, -sin) and (sin, cos).
    np.testing.assert_allclose(turned.surface.uv, np.stack([v, -u], axis=1), atol=1e-6)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"alphaMode": "MASK", "alphaCutoff": 0.25}, {"alpha": "mask", "cutoff": 0.25}),
        ({"alphaMode": "BLEND", "doubleSided": True}, {"alpha": "blend", "double_sided": True}),
        ({"extensions": {"KHR_materials_unlit": {}}}, {"shading": "unlit"}),
        ({"emissiveFactor": [0.5, 0.25, 0.0]}, {"emission": (0.5, 0.25, 0.0)}),
        ({"baseColorFactor": [0.5, 1.0, 1.0, 0.5]}, {"colour": (0.5, 1.0, 1.0, 0.5)}),
    ],
)
def test_materials_are_taken_over(told: dict[str, Any], wanted: dict[str, Any], tmp_path: Path) -> None:
    found = the_material(loaded(tmp_path, Puppet(material=told)))
    assert {name: getattr(found, name) for name in wanted} == wanted


def test_toon_of_vrm_1_has_its_dark_tone(tmp_path: Path) -> None:
    grey = np.full((4, 4, 4), 255, np.uint8)
    toon = {"VRMC_materials_mtoon": {"specVersion": "1.0", "shadeColorFactor": [0.5, 0.25, 0.125]}}
    found = the_material(loaded(tmp_path, Puppet(texture=png(grey), material={"extensions": toon})))
    assert found.shading == "toon"
    np.testing.assert_allclose(found.shade, [0.5, 0.25, 0.125], atol=1e-6)


def test_toon_of_vrm_0_is_read_in_its_own_words(tmp_path: Path) -> None:
    def told(builder: Builder) -> None:
        properties = {
            "name": "cloth", "shader": "VRM/MToon",
            "vectorProperties": {"_Color": [0.5, 1, 1, 1], "_ShadeColor": [1, 0.5, 0, 1]},
            "floatProperties": {"_BlendMode": 1, "_Cutoff": 0.3, "_CullMode": 0},
            "textureProperties": {"_MainTex": 0, "_ShadeTexture": 0},
        }  # fmt: skip
        builder.document.extensions["VRM"] = {"materialProperties": [properties], "meta": {"author": "Ann"}}

    found = the_material(loaded(tmp_path, Puppet(change=told), "me.vrm"))
    assert (found.shading, found.alpha, found.cutoff, found.double_sided) == ("toon", "mask", 0.3, True)
    np.testing.assert_allclose(found.colour, [0.5**2.2, 1, 1, 1], atol=1e-6)
    np.testing.assert_allclose(found.shade, [1, 0.5**2.2, 0], atol=1e-6)  # its texture is that of the light tone


def test_colours_of_vertices_are_multiplied_in(tmp_path: Path) -> None:
    def tinted(builder: Builder, count: int) -> dict[str, int]:
        return {"COLOR_0": builder.add(np.tile(np.array([0.25, 1.0, 0.5, 1.0], np.float32), (count, 1)))}

    white = np.full((4, 4, 4), 255, np.uint8)
    body = loaded(tmp_path, Puppet(texture=png(white), attributes=tinted))
    np.testing.assert_allclose(the_material(body).colour, [0.25, 1.0, 0.5, 1.0], atol=1e-6)
    np.testing.assert_array_equal(body.colours, np.tile([137, 255, 188], (len(body.colours), 1)))


def test_colours_of_vertices_without_a_texture_become_one(tmp_path: Path) -> None:
    def painted(builder: Builder, count: int) -> dict[str, int]:
        colours = np.zeros((count, 4), np.float32)
        colours[: count // 2], colours[count // 2 :] = (1, 0, 0, 1), (0, 0, 1, 1)
        return {"COLOR_0": builder.add(colours)}

    body = loaded(tmp_path, Puppet(texture=None, attributes=painted))
    assert body.surface is not None
    (texture,) = body.surface.textures
    seen = sampled(texture, body.surface.uv)
    np.testing.assert_allclose(seen[: len(seen) // 2], np.tile([1, 0, 0], (len(seen) // 2, 1)), atol=1e-6)
    np.testing.assert_allclose(seen[len(seen) // 2 :], np.tile([0, 0, 1], (len(seen) // 2, 1)), atol=1e-6)


def test_more_than_four_joints_of_a_vertex_are_reduced(tmp_path: Path) -> None:
    shares = np.array([0.3, 0.25, 0.2, 0.12, 0.08, 0.05, 0, 0], np.float32)

    def many(builder: Builder, count: int) -> dict[str, int]:
        joints = np.tile(np.arange(8, dtype=np.uint8), (count, 1))
        weights = np.tile(shares, (count, 1))
        return {
            "JOINTS_0": builder.add(joints[:, :4]), "JOINTS_1": builder.add(joints[:, 4:]),
            "WEIGHTS_0": builder.add(weights[:, :4]), "WEIGHTS_1": builder.add(weights[:, 4:]),
        }  # fmt: skip

    body = loaded(tmp_path, Puppet(attributes=many))
    np.testing.assert_array_equal(body.joint_indices[0], [0, 1, 2, 3])
    np.testing.assert_allclose(body.weights[0], shares[:4] / shares[:4].sum(), atol=1e-6)


def test_twist_and_hair_go_with_the_joint_above_them(tmp_path: Path) -> None:
    def twisted(builder: Builder, count: int) -> dict[str, int]:
        joints = np.zeros((count, 4), np.uint8)
        joints[: count // 2, 0], joints[count // 2 :, 0] = len(NAMES), len(NAMES) + 1
        return {"JOINTS_0": builder.add(joints)}

    puppet = Puppet(more_joints={"ArmTwist": "LeftArm", "HairTip": "Head"}, attributes=twisted)
    body = loaded(tmp_path, puppet)
    half = len(body.vertices) // 2
    assert set(body.joint_indices[:half, 0]) == {NAMES.index("left_shoulder")}
    assert set(body.joint_indices[half:, 0]) == {NAMES.index("head")}


def test_shapes_stand_as_the_file_s_weights_have_them(tmp_path: Path) -> None:
    def shaped(builder: Builder) -> None:
        moved = np.zeros((8 * len(NAMES), 3), np.float32)
        moved[:8] = (0, 0, 0.1)
        mesh = builder.document.meshes[0]
        mesh.primitives[0].targets = [{"POSITION": builder.add(moved)}]
        mesh.weights = [0.5]

    plain, body = loaded(tmp_path, Puppet()), loaded(tmp_path, Puppet(change=shaped), "shaped.glb")
    np.testing.assert_allclose((body.vertices - plain.vertices)[:8], np.tile([0, 0, 0.05], (8, 1)), atol=1e-6)
    np.testing.assert_array_equal(body.vertices[8:], plain.vertices[8:])


def test_a_mesh_that_hangs_on_a_hand_goes_with_it(tmp_path: Path) -> None:
    def armed(builder: Builder) -> None:
        document, lib = builder.document, builder.lib
        document.nodes.append(lib.Node(name="Sword", mesh=1, translation=[0.1, 0.0, 0.0]))
        hand = next(node for node in document.nodes if node.name == "LeftHand")
        hand.children.append(len(document.nodes) - 1)
        points = np.array([[0, 0, 0], [0.2, 0, 0], [0, 0.2, 0]], np.float32)
        attributes = lib.Attributes(POSITION=builder.add(points, bounds=True))
        document.meshes.append(lib.Mesh(primitives=[lib.Primitive(attributes=attributes)]))

    puppet = Puppet(arms_down=0.9, change=armed)
    body = loaded(tmp_path, puppet)
    wrist = rest_positions(body.skeleton)[NAMES.index("left_wrist")]
    sword = body.joint_indices[:, 0] == NAMES.index("left_wrist")
    np.testing.assert_allclose(body.vertices[sword][-3:] - wrist, [[0.1, 0, 0], [0.3, 0, 0], [0.1, 0.2, 0]], atol=1e-5)


def test_a_ground_that_lies_beside_is_left_out(tmp_path: Path) -> None:
    def grounded(builder: Builder) -> None:
        document, lib = builder.document, builder.lib
        points = np.array([[-5, 0, -5], [5, 0, -5], [0, 0, 5]], np.float32)
        attributes = lib.Attributes(POSITION=builder.add(points, bounds=True))
        document.meshes.append(lib.Mesh(primitives=[lib.Primitive(attributes=attributes)]))
        document.nodes.append(lib.Node(name="Ground", mesh=1))
        document.scenes[0].nodes.append(len(document.nodes) - 1)

    assert len(loaded(tmp_path, Puppet(change=grounded)).vertices) == 8 * len(NAMES)


def test_joints_that_the_rig_lacks_do_not_bend_its_bones(tmp_path: Path) -> None:
    def shortened(builder: Builder) -> None:
        for node in builder.document.nodes:
            node.name = {"Spine1": "helper", "Neck": "helper2", "LeftToeBase": "x1", "RightToeBase": "x2"}.get(
                node.name, node.name
            )

    body = loaded(tmp_path, Puppet(change=shortened))
    rest, own = rest_positions(CANONICAL), rest_positions(body.skeleton)
    shift = own[0] - rest[0]
    for name in ("spine3", "head", "left_shoulder", "left_ankle"):
        np.testing.assert_allclose(own[NAMES.index(name)] - shift, rest[NAMES.index(name)], atol=1e-5)
    assert np.linalg.norm(body.skeleton.offsets[1:], axis=1).min() > 1e-4


@pytest.mark.parametrize("size", [(300, 200), (4096, 16), (SMALL, SMALL)])
def test_pictures_are_made_small_and_keep_their_colour(size: tuple[int, int]) -> None:
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    pixels[...] = (10, 200, 90, 255)
    found = decoded(png(pixels), 0, LARGE)
    assert max(found.shape[:2]) == min(max(size), LARGE)
    np.testing.assert_array_equal(found, np.broadcast_to(pixels[0, 0], found.shape))


def test_normals_that_a_file_lacks_point_outwards(tmp_path: Path) -> None:
    body = loaded(tmp_path, Puppet())
    outwards = np.tile(Puppet().vertices[:8] - Puppet().places[0], (len(NAMES), 1)) / SIDE
    assert (np.sum(body.normals * outwards, axis=1) > 0.9).all()
    square = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    found = smooth_normals(square, np.array([[0, 1, 2], [0, 2, 3]]))
    np.testing.assert_allclose(found / np.linalg.norm(found, axis=1, keepdims=True), np.tile([0, 0, 1.0], (4, 1)))


def no_mesh(builder: Builder) -> None:
    builder.document.nodes[-1].mesh = None


def far_faces(builder: Builder) -> None:
    primitive = builder.document.meshes[0].primitives[0]
    primitive.indices = builder.add(np.array([0, 1, 9999], np.uint16))


def far_picture(builder: Builder) -> None:
    image = builder.document.images[0]
    image.bufferView, image.uri = None, "../secret.png"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"change": no_mesh}, "no mesh"),
        ({"change": far_faces}, "not there"),
        ({"change": far_picture}, "image 0"),
        ({"texture": b"no picture"}, "image 0"),
        ({"texture": png(two_tone())[:60]}, "image 0"),
    ],
)
def test_files_that_cannot_be_drawn_are_refused(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = Puppet(**change).save(tmp_path / "me.glb")
    with pytest.raises(MotionError, match=words) as caught:
        load_body(str(path))
    assert "me.glb" in caught.value.message


def vrm0(builder: Builder) -> None:
    meta = {"title": "Mia", "author": "Ann", "commercialUssageName": "Disallow", "licenseName": "CC_BY_NC"}
    builder.document.extensions["VRM"] = {"meta": meta}


def vrm1(builder: Builder) -> None:
    meta = {"name": "Mia", "authors": ["Ann", "Bob"], "avatarPermission": "everyone", "commercialUsage": "corporation",
            "modification": "prohibited", "licenseUrl": "https://vrm.dev/licenses/1.0/"}  # fmt: skip
    builder.document.extensions["VRMC_vrm"] = {"meta": meta}


def plain(builder: Builder) -> None:
    builder.document.asset.copyright = "2024 Ann, CC BY 4.0"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (vrm0, "Mia; by Ann; CC_BY_NC; terms: no commercial use"),
        (vrm1, "Mia; by Ann, Bob; https://vrm.dev/licenses/1.0/; terms: not to be changed"),
        (plain, "2024 Ann, CC BY 4.0"),
        (None, ""),
    ],
)
def test_who_made_it_and_its_terms_are_read(
    change: Callable[[Builder], None] | None, words: str, tmp_path: Path
) -> None:
    assert loaded(tmp_path, Puppet(change=change)).licence == words


def test_a_body_is_a_name_or_a_file() -> None:
    assert body_source("stick") == ("stick", {})
    assert body_source(None) == ("builtin", {})
    assert body_source("a/me.VRM") == ("gltf", {"file": str(Path("a/me.VRM"))})
    assert body_source(None, Path("me.glb")) == ("gltf", {"file": "me.glb"})
    assert body_source("stick", Path("me.glb")) == ("stick", {})
    assert body_source(None, Path("me.pmx")) == ("builtin", {})


@pytest.mark.parametrize("options", [{}, {"file": "a.glb", "shirt": "red"}, {"file": "a.glb", "look": "stage"}])
def test_options_that_a_character_does_not_have_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        load_body("gltf", **options)


def test_what_a_licence_forbids_is_said(tmp_path: Path) -> None:
    path = Puppet(change=vrm0).save(tmp_path / "mia.vrm")
    outputs = resolve_outputs(tmp_path / "song.mp3", tmp_path, ("bvh",), character=path)
    assert outputs.body.name == "mia.vrm"
    assert outputs.terms == ["mia.vrm: its file says: no commercial use"]
    assert resolve_outputs(tmp_path / "song.mp3", tmp_path, ("bvh",)).terms == []


def test_the_file_of_a_body_is_not_written_over(tmp_path: Path) -> None:
    path = Puppet().save(tmp_path / "me.glb")
    outputs = resolve_outputs(tmp_path / "song.mp3", path, None, Look(body=str(path)))
    with pytest.raises(OutputError, match=r"me\.glb"):
        outputs.require_apart()


def test_a_skeleton_without_a_mesh_dances_in_its_file_and_the_built_in_dancer_in_the_video(tmp_path: Path) -> None:
    path = Puppet(change=no_mesh).save(tmp_path / "bones.glb")
    outputs = resolve_outputs(tmp_path / "song.mp3", tmp_path, ("bvh",), character=path)
    assert outputs.body.name.startswith("builtin")
    assert outputs.character_writer is not None
    (said,) = outputs.terms
    assert "no mesh" in said
    assert "built-in" in said
    with pytest.raises(MotionError, match="no mesh"):
        resolve_outputs(tmp_path / "song.mp3", tmp_path, ("bvh",), Look(body=str(path)))


def test_no_humanoid_is_refused_whatever_is_shown(tmp_path: Path) -> None:
    def nameless(builder: Builder) -> None:
        for number, node in enumerate(builder.document.nodes):
            node.name = f"n{number}"
        builder.document.nodes[1].children = builder.document.nodes[1].children[:1]

    path = Puppet(change=nameless).save(tmp_path / "thing.glb")
    with pytest.raises(MotionError, match=r"thing\.glb"):
        resolve_outputs(tmp_path / "song.mp3", tmp_path, ("bvh",), character=path)


@pytest.mark.slow
def test_sheet_and_loop_show_the_character(tmp_path: Path) -> None:
    path = Puppet(arms_down=0.4).save(tmp_path / "me.glb")
    BvhExporter().export(sample_motion(1.0), tmp_path / "walk.bvh")
    look = Look(body=str(path), width=160, height=120, fps=5, sheet=(2, 1))
    made = render_motion(tmp_path / "walk.bvh", formats=("gif",), look=look, output=tmp_path)
    for name in ("sheet", "gif"):
        with Image.open(made.files[name]) as picture:
            red, green, blue = np.moveaxis(np.asarray(picture.convert("RGB")).astype(int), -1, 0)
        assert ((red > 90) & (red > 2 * blue) & (red > 2 * green)).sum() > 10
        assert ((blue > 90) & (blue > 2 * red)).sum() > 10
