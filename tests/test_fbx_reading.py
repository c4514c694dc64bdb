"""Dances and characters are read from FBX files, and files that are damaged or too large are refused."""

from __future__ import annotations

import struct
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fbx_support import on_a_rig, textured
from file_readers import Glb, Positions, of_motion
from motion_support import gap_mm, stepping_dance
from render_support import capsule_body

from choreo import plugins
from choreo.datasets import convert as conversion
from choreo.datasets.joint_maps import map_of
from choreo.errors import MissingExtraError, MotionError
from choreo.motion import rotations as rot
from choreo.types import Motion, Reading
from choreo.video.bodies import load_body
from choreo_fbx import FbxExporter, bones, curves, figure
from choreo_fbx.document import Document, ticks
from choreo_fbx.primitives import triangles_of, weights_of
from choreo_fbx.records import MAGIC, Record, write_records


@pytest.fixture(scope="module")
def known() -> Motion:
    return stepping_dance(2.0)


@pytest.fixture(scope="module")
def file(known: Motion, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fbx") / "dance.fbx"
    FbxExporter().export(known, path, body=textured(capsule_body()))
    return path


@pytest.mark.parametrize(("up", "unit"), [("y", 1.0), ("z", 0.01)])
def test_rigs_are_danced_as_they_are(up: str, unit: float, known: Motion, tmp_path: Path) -> None:
    path = tmp_path / "rig.fbx"
    FbxExporter().export_rig(on_a_rig(known, up=up, unit=unit), path)
    take = conversion.read_take(path)
    assert (take.name, take.source) == ("rig", "rig.fbx")
    assert len(take.motion) == len(known)
    assert gap_mm(known, take.motion) < 10  # knees turn with feet that are held


def test_what_was_written_at_another_rate_lasts_as_long(tmp_path: Path) -> None:
    path, slow = tmp_path / "slow.fbx", stepping_dance(2.0, fps=24.0)
    FbxExporter().export(slow, path, body=capsule_body())
    back = conversion.read_take(path).motion
    assert back.duration == pytest.approx(2.0)
    for time in (0.0, 1.0, 2.0):
        wanted = of_motion(slow, time)
        found = of_motion(back, time)
        for name, place in wanted.items():
            np.testing.assert_allclose(found[name], place, atol=1e-3, err_msg=name)


def test_map_of_names_the_joints(file: Path) -> None:
    assert 'left_knee = "left_knee"' in map_of(file)


def test_an_animation_is_chosen_of_a_file_with_several(
    known: Motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longest by default, as of GLB files."""
    path = tmp_path / "two.fbx"
    short, long = (figure.of_motion(stepping_dance(seconds, fps=30.0)) for seconds in (1.0, 3.0))
    document = Document(30.0, len(long.rotations), long.unit, long.up)
    numbers = bones.add_bones(document, long)
    bones.add_bind_pose(document, numbers, bones.rest_matrices(long))
    for name, each in (("idle", short), ("dance", long)):
        monkeypatch.setattr(curves, "NAME", name)
        document.end = np.int64(document.end * len(each.rotations) // len(long.rotations))
        curves.add_animation(document, each, numbers)
        document.end = ticks(np.array([3.0]))[0]
    document.save(path)
    reader = plugins.load("datasets", "fbx")
    assert [name for name, _ in reader.animations(path)] == ["idle", "dance"]
    assert conversion.read_take(path).motion.duration == pytest.approx(3.0, abs=0.1)
    chosen = conversion.read_take(path, reading=Reading(animation="idle")).motion
    assert chosen.duration == pytest.approx(1.0, abs=0.1)


def assert_danced(found: Positions, wanted: Positions) -> None:
    """But for the height: the capsules' soles are lower than the dancer's, and stand on the floor."""
    up = (found["pelvis"] - wanted["pelvis"]) * [0, 1, 0]
    assert 0 <= up[1] < 0.05
    for name, place in wanted.items():
        np.testing.assert_allclose(found[name] - up, place, atol=1e-3, err_msg=name)


def test_a_character_dances_with_its_textures(file: Path, known: Motion, tmp_path: Path) -> None:
    out = tmp_path / "out.glb"
    facts = conversion.character_writer(file).write(known, file, out)
    assert facts["leg_ratio"] == pytest.approx(1, abs=1e-4)
    glb = Glb.read(out)
    for time in (0.0, 1.0, 2.0):
        assert_danced(glb.positions(time), of_motion(known, time))
    assert [material["name"] for material in glb.document["materials"]] == ["cloth", "lips"]
    assert len(glb.document["images"]) == 1


def test_a_body_is_that_of_the_same_dancer_in_glb(file: Path, known: Motion, tmp_path: Path) -> None:
    plugins.load("exporters", "glb").export(known, tmp_path / "dance.glb", body=textured(capsule_body()))
    theirs, body = load_body("gltf", file=tmp_path / "dance.glb"), load_body("fbx", file=file)
    assert body.name == "dance.fbx"
    assert body.surface is not None
    assert theirs.surface is not None
    assert [material.name for material in body.surface.materials] == ["cloth", "lips"]
    np.testing.assert_array_equal(body.surface.textures[0], theirs.surface.textures[0])
    np.testing.assert_allclose(body.skeleton.offsets, theirs.skeleton.offsets, atol=1e-5)
    uvs = ((body.surface, body), (theirs.surface, theirs))
    corners, wanted = (np.sort(each.vertices[each.faces].reshape(-1, 3), axis=0) for each in (body, theirs))
    np.testing.assert_allclose(corners, wanted, atol=1e-5)
    corners, wanted = (np.sort(each.uv[of.faces].reshape(-1, 2), axis=0) for each, of in uvs)
    np.testing.assert_allclose(corners, wanted, atol=1e-6)


def test_a_pose_that_is_not_the_one_of_binding_is_not_rest(
    known: Motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nodes stand as in the middle of a dance; skin and pose of binding know better."""
    path, rigged = tmp_path / "rig.fbx", on_a_rig(known, up="y", unit=1.0)
    from choreo_fbx import exporter

    def in_mid_stride(document: Any, figure: Any) -> Any:
        return bones.add_bones(document, replace(figure, turns=rigged.rotations[40], places=rigged.translations[40]))

    monkeypatch.setattr(exporter, "add_bones", in_mid_stride)
    FbxExporter().export_rig(rigged, path, body=capsule_body())
    assert gap_mm(known, conversion.read_take(path).motion) < 10
    out = tmp_path / "out.glb"
    conversion.character_writer(path).write(known, path, out)
    found = Glb.read(out).positions(1.0)
    assert_danced({name.removeprefix("rig:"): place for name, place in found.items()}, of_motion(known, 1.0))


def test_pictures_beside_the_file_are_used_and_no_others(tmp_path: Path) -> None:
    from PIL import Image

    from choreo_fbx.pictures import pictures_of
    from choreo_fbx.scene import Contents

    folder = tmp_path / "in"
    folder.mkdir()
    Image.new("RGB", (3, 2), (10, 20, 30)).save(folder / "skin.bmp")
    Image.new("RGB", (3, 2)).save(tmp_path / "outside.png")
    names = ["skin.bmp", "C:\\me\\skin.bmp", "../outside.png", "../in/skin.bmp", "none.png", ""]
    contents = Contents({"textures": [{"name": name, "file": name} for name in names]}, {})
    found = pictures_of(contents, folder / "me.fbx")
    assert set(found) == {0, 1, 3}
    assert all(kind == "image/png" and raw.startswith(b"\x89PNG") for raw, kind, _ in found.values())


def test_polygons_become_triangles_and_corners_vertices() -> None:
    """A square and a triangle beside it, whose two common corners differ in what they have of uv."""
    arrays = {
        "mesh0_vertices": np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0, 0]]),
        "mesh0_vertex": np.array([0, 1, 2, 3, 1, 4, 2]),
        "mesh0_faces": np.array([[0, 4], [4, 3]]),
        "mesh0_material": np.array([1, 0]),
        "mesh0_uvs": np.array([[0.0, 0], [0.5, 0.5]]),
        "mesh0_uv": np.array([0, 0, 0, 0, 1, 1, 0]),
    }
    found = triangles_of(arrays, 0)
    assert found is not None
    assert len(found.vertices) == 6  # vertex 1 has two places on the picture
    assert found.source[found.faces].tolist() == [[0, 1, 2], [0, 2, 3], [1, 4, 2]]
    assert found.material_of.tolist() == [1, 1, 0]
    np.testing.assert_array_equal(found.layers["uv"][found.faces[2]], [[0.5, 0.5], [0.5, 0.5], [0, 0]])


def test_the_four_largest_weights_are_kept() -> None:
    weights = [0.1, 0.3, 0.05, 0.2, 0.35]
    arrays = {f"mesh0_bone{k}_vertices": np.array([0]) for k in range(5)}
    arrays |= {f"mesh0_bone{k}_weights": np.array([weight]) for k, weight in enumerate(weights)}
    bones_of, shares = weights_of(arrays, 0, 5, 2)
    assert bones_of[0].tolist() == [4, 1, 3, 0]
    np.testing.assert_allclose(shares[0], np.array([0.35, 0.3, 0.2, 0.1]) / 0.95)
    assert shares[1].tolist() == [1, 0, 0, 0]


def test_files_that_would_be_large_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess

    path = tmp_path / "bomb.fbx"
    objects = Record("Objects")
    objects.add("Vertices", np.zeros(1000))
    write_records([objects], path)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"d" + struct.pack("<II", 1000, 1), b"d" + struct.pack("<II", 1 << 31, 1)))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(MotionError, match=r"bomb.fbx: its arrays would take more than"):
        conversion.read_take(path, reader="fbx")


def wide(record: Record, start: int) -> bytes:
    """A record as versions from 7.5 on have it: places and lengths of 64 bits."""
    properties = b"".join(record.properties)
    head = 25 + len(record.name) + len(properties)
    inside = b""
    for child in record.inside:
        inside += wide(child, start + head + len(inside))
    inside += bytes(25) if record.closed else b""
    numbers = struct.pack(
        "<QQQB", start + head + len(inside), len(record.properties), len(properties), len(record.name)
    )
    return numbers + record.name + properties + inside


def test_newer_versions_are_read_too(known: Motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo_fbx import document

    def write_wide(records: list[Record], path: Path) -> None:
        raw = MAGIC + struct.pack("<I", 7700)
        for record in records:
            raw += wide(record, len(raw))
        path.write_bytes(raw + bytes(25))

    monkeypatch.setattr(document, "write_records", write_wide)
    path = tmp_path / "new.fbx"
    FbxExporter().export(known, path, body=capsule_body())
    assert gap_mm(known, conversion.read_take(path).motion) < 1
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(MotionError, match="cut off"):
        conversion.read_take(path)


@pytest.mark.parametrize(("share", "why"), [(0.5, "cut off"), (0.002, "cut off|no FBX")])
def test_cut_files_are_refused(share: float, why: str, file: Path, tmp_path: Path) -> None:
    raw, path = file.read_bytes(), tmp_path / "cut.fbx"
    path.write_bytes(raw[: int(share * len(raw))])
    with pytest.raises(MotionError, match=rf"cut.fbx.*({why})"):
        conversion.read_take(path, reader="fbx")


@pytest.mark.parametrize("raw", [b"", b"Kaydara", b"no FBX at all", MAGIC + struct.pack("<I", 7400) + bytes(13)])
def test_what_is_no_fbx_or_has_nothing_in_it(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd.fbx"
    path.write_bytes(raw)
    with pytest.raises(MotionError, match=r"odd\.fbx"):
        conversion.read_take(path, reader="fbx")
    with pytest.raises(MotionError, match=r"odd\.fbx"):
        conversion.character_writer(path)


def test_a_reader_that_crashes_is_a_refusal(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ufbx does on some damaged files: its process dies, ours goes on."""
    import subprocess

    from choreo_fbx import scene

    def dies(given: list[str], **more: Any) -> Any:
        return real([sys.executable, "-c", "import os, signal; os.abort()"], **more)

    real = subprocess.run
    monkeypatch.setattr(subprocess, "run", dies)
    scene._read.cache_clear()
    with pytest.raises(MotionError, match=r"dance.fbx: is no FBX file that can be read \(ufbx ended with code"):
        conversion.read_take(file, reader="fbx")


def test_without_ufbx_it_says_what_to_install(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ufbx", None)
    with pytest.raises(MissingExtraError, match=r"choreo-dance\[fbx\]"):
        conversion.read_take(file, reader="fbx")
    FbxExporter().export(stepping_dance(0.5), file.with_name("again.fbx"), body=capsule_body())


def test_rotations_of_the_reader_are_ours() -> None:
    """Its quaternions are xyzw; a matrix taken apart and put together is itself."""
    from choreo_fbx.rest import composed, decomposed

    turn = rot.normalize(np.array([0.3, -0.5, 0.2, 0.7]))
    matrix = composed(np.array([1.0, 2, 3]), turn, np.array([2.0, 2, 2]))
    np.testing.assert_allclose(composed(*decomposed(matrix)), matrix, atol=1e-12)
    np.testing.assert_allclose(matrix[:3, :3] @ [0, 0, 1], 2 * rot.rotate(turn[[3, 0, 1, 2]], np.array([0, 0, 1.0])))
