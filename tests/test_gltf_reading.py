"""Numbers of glTF files come back whatever they lie in or are packed by; what is not known is refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from gltf_support import Rig

from choreo.errors import MotionError
from choreo_gltf.meshopt import decoded
from choreo_gltf.reader import open_gltf, values

ROWS = np.arange(12, dtype=np.float32).reshape(4, 3)
TRIANGLES = [0, 1, 2, 2, 1, 3, 2, 3, 4, 4, 3, 5, 9, 8, 7, 7, 8, 300, 300, 8, 10, 0, 9, 4, 4, 9, 11, 12, 13, 14]
PACKED = {
    "TRIANGLES": "4fAQABD/Hx//H///EgEBygTDBFcTFv8CAgIAdodWZ3iphmWJaJgBaQAA",
    "INDICES": "0QAEBAACCAIEBAACCBACAgAEsQkBAAgmJBIAFAgEBAQAAAAA",
    "QUATERNION": "oAE8AAAA+/wBPAAAALSzAT8AAAD7/McBPwAAALSz2AE8AAAA+/wBPAAAALSzATMAAAAFBgAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD/fw==",
    "OCTAHEDRAL": "oAE/AAAAa2yRATMAAAD+cAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAH8AfwA=",
    "EXPONENTIAL": "oAEPAAAA/4oBPwAAAI/MOwEYAAAAAS8AAAAQJQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIADz",
}
"""Made by the encoder of meshoptimizer 0.22 for JavaScript."""


def rig() -> Rig:
    made = Rig()
    made.node("a")
    return made


def test_buffers_lie_in_the_file_beside_it_or_in_the_text(tmp_path: Path) -> None:
    made = rig()
    number = made.add(ROWS)
    beside = made.save(tmp_path / "my%20me.gltf")
    found = json.loads(beside.read_text())
    found["buffers"][0]["uri"] = "my%20me.bin"
    (tmp_path / "my%20me.bin").rename(tmp_path / "my me.bin")
    beside.write_text(json.dumps(found))
    np.testing.assert_array_equal(values(open_gltf(beside), number), ROWS)
    found["buffers"].append(
        {"byteLength": 8, "uri": "data:;base64," + base64.b64encode(bytes([0, 0, 128, 63] * 2)).decode()}
    )
    found["bufferViews"].append({"buffer": 1, "byteLength": 8})
    found["accessors"].append({"bufferView": 1, "componentType": 5126, "count": 2, "type": "SCALAR"})
    beside.write_text(json.dumps(found))
    document = open_gltf(beside)
    np.testing.assert_array_equal(values(document, number), ROWS)
    np.testing.assert_array_equal(values(document, number + 1), [[1], [1]])
    assert len(document.buffers) == 1


@pytest.mark.parametrize(
    "uri", ["../a.bin", "sub/../../a.bin", "/etc/hostname", "..%2fa.bin", "file:a.bin", "c:\\a.bin", "..", "link/a.bin"]
)
def test_files_elsewhere_are_not_opened(uri: str, tmp_path: Path) -> None:
    made = rig()
    made.add(ROWS)
    (tmp_path / "in").mkdir()
    path = made.save(tmp_path / "in/a.gltf")
    (tmp_path / "a.bin").write_bytes(bytes(made.blob))
    (tmp_path / "in/sub").mkdir()
    (tmp_path / "in/link").symlink_to(tmp_path)
    found = json.loads(path.read_text())
    found["buffers"][0]["uri"] = uri
    path.write_text(json.dumps(found))
    with pytest.raises(MotionError, match=r"in another file.*same folder"):
        open_gltf(path)


def test_pictures_beside_the_file_are_taken_in(tmp_path: Path) -> None:
    made = rig()
    made.add(ROWS)
    picture = b"\x89PNG\r\n\x1a\n and so on"
    names = ["skin.png", "secret.txt", "../skin.png", "gone.png", "textures/my%20skin.png"]
    made.json["images"] = [{"uri": name} for name in names]
    (tmp_path / "in/textures").mkdir(parents=True)
    for place in (tmp_path / "in/skin.png", tmp_path / "skin.png", tmp_path / "in/textures/my skin.png"):
        place.write_bytes(picture)
    (tmp_path / "in/secret.txt").write_text("no picture")
    document = open_gltf(made.save(tmp_path / "in/a.gltf"))
    for image in (document.images[0], document.images[4]):
        view = document.bufferViews[image.bufferView]
        assert document.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength] == picture
        assert (image.mimeType, image.uri) == ("image/png", None)
    assert [image.uri for image in document.images[1:4]] == names[1:4]


def test_a_link_beside_the_file_is_not_followed(tmp_path: Path) -> None:
    made = rig()
    made.add(ROWS)
    path = made.save(tmp_path / "a.gltf")
    (tmp_path / "a.bin").rename(tmp_path / "other")
    (tmp_path / "a.bin").symlink_to(tmp_path / "other")
    with pytest.raises(MotionError, match="in another file"):
        open_gltf(path)


def test_a_buffer_that_is_missing_is_named(tmp_path: Path) -> None:
    made = rig()
    made.add(ROWS)
    path = made.save(tmp_path / "a.gltf")
    (tmp_path / "a.bin").unlink()
    with pytest.raises(MotionError, match=r"a\.bin: no such file"):
        open_gltf(path)


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("int8", -127, 127), ("uint16", 0, 65535), ("int16", -32767, 32767)]
)
def test_normalised_integers_are_shares(kind: str, least: int, most: int, tmp_path: Path) -> None:
    made = rig()
    rows = np.array([[least, most, 0, np.iinfo(kind).min]], kind)
    number = made.add(rows, normalized=True)
    found = values(open_gltf(made.save(tmp_path / "a.glb")), number)
    low = -1.0 if least else 0.0
    assert np.abs(found - np.array([[low, 1.0, 0.0, low]])).max() < 1e-12


@pytest.mark.parametrize("base", [True, False])
def test_sparse_accessors_replace_rows(base: bool, tmp_path: Path) -> None:
    made = rig()
    number = made.add(ROWS)
    places = made.add(np.array([1, 3], np.uint16))
    given = made.add(np.array([[7, 8, 9], [-1, -2, -3]], np.float32))
    accessors = made.json["accessors"]
    accessors[number]["sparse"] = {
        "count": 2,
        "indices": {"bufferView": accessors[places]["bufferView"], "componentType": 5123},
        "values": {"bufferView": accessors[given]["bufferView"]},
    }
    if not base:
        del accessors[number]["bufferView"]
    wanted = ROWS.copy() if base else np.zeros_like(ROWS)
    wanted[[1, 3]] = [[7, 8, 9], [-1, -2, -3]]
    np.testing.assert_array_equal(values(open_gltf(made.save(tmp_path / "a.glb")), number), wanted)
    accessors[number]["count"] = 3
    with pytest.raises(ValueError, match="out of order or outside"):
        values(open_gltf(made.save(tmp_path / "a.glb")), number)


def test_an_accessor_without_numbers_is_zero_and_bounded(tmp_path: Path) -> None:
    made = rig()
    made.json["accessors"] = [
        {"componentType": 5126, "count": count, "type": "VEC3"} for count in (2, 10**12, 4_000_000)
    ]
    document = open_gltf(made.save(tmp_path / "a.glb"))
    np.testing.assert_array_equal(values(document, 0), np.zeros((2, 3)))
    for number in (1, 2):
        with pytest.raises(ValueError, match="elements"):
            values(document, number)


def test_an_accessor_ends_within_its_view(tmp_path: Path) -> None:
    made = rig()
    number = made.add(ROWS)
    made.add(ROWS)
    made.json["accessors"][number]["count"] = 5
    with pytest.raises(ValueError, match="outside of its bufferView"):
        values(open_gltf(made.save(tmp_path / "a.glb")), number)


@pytest.mark.parametrize("mode", ["TRIANGLES", "INDICES"])
def test_meshopt_indices(mode: str) -> None:
    data = decoded(base64.b64decode(PACKED[mode]), len(TRIANGLES), 2, mode)
    assert np.frombuffer(data, "<u2").tolist() == TRIANGLES


def test_meshopt_elements_that_are_all_alike_take_two_bits_a_group() -> None:
    last = bytes(range(1, 9))
    whole = b"\xa0" + bytes(8 * 3) + bytes(24) + last  # 8 bytes an element, 140 elements: 9 groups, 3 bytes of headers
    assert decoded(whole, 140, 8, "ATTRIBUTES") == last * 140
    with pytest.raises(ValueError, match="cut short"):
        decoded(b"\xa0" + bytes(8 * 3 - 1) + bytes(24) + last, 140, 8, "ATTRIBUTES")


def test_meshopt_filters() -> None:
    def rows(name: str, stride: int, kind: str) -> np.ndarray:
        data = decoded(base64.b64decode(PACKED[name]), 4, stride, "ATTRIBUTES", name)
        return np.frombuffer(data, kind).reshape(4, -1).astype(np.float64)

    turns = rows("QUATERNION", 8, "<i2") / 32767
    wanted = np.array([[0, 0, 0, 1], [0.5, 0.5, 0.5, 0.5], [1, 0, 0, 0], [0, 0.6, 0, 0.8]])
    np.testing.assert_allclose(np.abs(np.sum(turns * wanted, axis=1)), 1, atol=1e-3)
    ways = rows("OCTAHEDRAL", 4, "i1")[:, :3] / 127
    assert np.abs(ways - np.array([[1, 0, 0], [0, 0.6, -0.8], [0, 0, -1], [0.6, -0.8, 0]])).max() < 0.02
    numbers = rows("EXPONENTIAL", 4, "<f4")[:, 0]
    np.testing.assert_allclose(numbers, [1, -2.5, 1000, 0.001], rtol=1e-3)


@pytest.mark.parametrize("mode", ["TRIANGLES", "INDICES", "ATTRIBUTES"])
def test_what_is_cut_short_is_refused(mode: str) -> None:
    data = base64.b64decode(PACKED.get(mode, PACKED["QUATERNION"]))
    for size in range(0, 24, 3):
        with pytest.raises((ValueError, IndexError)):
            decoded(data[:size], 30, 8 if mode == "ATTRIBUTES" else 2, mode)


def test_a_compressed_view_is_read_and_one_that_nobody_uses_is_left(tmp_path: Path) -> None:
    made = rig()
    data = base64.b64decode(PACKED["TRIANGLES"])
    view = made.view(data)
    said = {"buffer": 0, "byteOffset": made.json["bufferViews"][view]["byteOffset"], "byteLength": len(data),
            "byteStride": 2, "count": 30, "mode": "TRIANGLES"}  # fmt: skip
    views = made.json["bufferViews"]
    views.append({"buffer": 1, "byteLength": 60, "extensions": {"EXT_meshopt_compression": said}})
    views.append({"buffer": 1, "byteLength": 60, "extensions": {"EXT_meshopt_compression": said | {"byteLength": 3}}})
    made.json["accessors"].append({"bufferView": 1, "componentType": 5123, "count": 30, "type": "SCALAR"})
    made.json["extensionsUsed"] = made.json["extensionsRequired"] = ["EXT_meshopt_compression"]
    made.more = [{"byteLength": 120, "extensions": {"EXT_meshopt_compression": {"fallback": True}}}]
    path = made.save(tmp_path / "a.glb")
    document = open_gltf(path)
    assert values(document, 0)[:, 0].astype(int).tolist() == TRIANGLES
    assert not document.extensionsRequired
    assert not document.extensionsUsed
    views[1]["extensions"]["EXT_meshopt_compression"] = said | {"byteLength": 20}
    with pytest.raises(MotionError, match=r"a\.glb: its bufferView 1, compressed by meshopt"):
        open_gltf(made.save(path))
    views[1]["extensions"]["EXT_meshopt_compression"] = said | {"count": 10**9}
    with pytest.raises(MotionError, match="too large"):
        open_gltf(made.save(path))


def test_draco_is_decoded(tmp_path: Path) -> None:
    pytest.importorskip("DracoPy")
    made = rig()
    places, corners = made.draco_triangle(ROWS[:3])
    path = made.save(tmp_path / "a.glb")
    document = open_gltf(path)
    found = values(document, places)[values(document, corners)[:, 0].astype(int)]
    np.testing.assert_allclose(found, ROWS[:3], atol=1e-3)
    assert not document.extensionsRequired
    assert not document.meshes[0].primitives[0].extensions


def test_without_dracopy_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("DracoPy")
    made = rig()
    made.draco_triangle(ROWS[:3])
    path = made.save(tmp_path / "a.glb")
    monkeypatch.setitem(__import__("sys").modules, "DracoPy", None)
    with pytest.raises(MotionError, match=r"a\.glb: its meshes are compressed with Draco.*\[draco\]"):
        open_gltf(path)


def test_what_is_required_must_be_known(tmp_path: Path) -> None:
    made = rig()
    made.json["extensionsRequired"] = ["KHR_materials_unlit", "KHR_texture_transform"]
    assert open_gltf(made.save(tmp_path / "a.glb")).nodes[0].name == "a"
    made.json["extensionsRequired"].append("ACME_secret_bones")
    with pytest.raises(MotionError, match=r"a\.glb: needs the extension 'ACME_secret_bones'"):
        open_gltf(made.save(tmp_path / "a.glb"))
