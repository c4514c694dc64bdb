"""Textures and materials, as OpenGL and Blender draw them; sheets face the camera, so that colours are known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from render_support import capsule_body
from surface_support import checker, plain_texture, quarters, sheet

from choreo import plugins
from choreo.types import Body, Bytes, CameraPath, Material, Scene
from choreo.video.bodies import load_body, standing
from choreo_blender.surfaces import save_surfaces
from choreo_pyrender.parts import premultiplied

WIDTH, HEIGHT = 160, 120
UNLIT = Material("unlit", texture=0, shading="unlit")


@pytest.fixture(
    params=["raster", "pyrender", pytest.param("blender", marks=[pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def renderer(request: pytest.FixtureRequest) -> Any:
    needs = {"pyrender": "gl", "blender": "blender"}.get(request.param)
    if needs:
        request.getfixturevalue(needs)
    return plugins.load("renderers", request.param)


def scene_of(body: Body, away: float = 3.0) -> Scene:
    """One frame from the front, the camera level with the first sheet's middle and `away` metres from it."""
    motion = standing()
    motion = replace(motion, translation=motion.translation[:1], rotations=motion.rotations[:1])
    eye, target = np.array([[0, 1, away]], np.float32), np.array([[0, 1, 0]], np.float32)
    return Scene(((body, motion),), CameraPath(eye, target, 0.62), 30, WIDTH, HEIGHT)


def drawn(renderer: Any, body: Body, away: float = 3.0) -> Bytes:
    return np.array(next(iter(renderer.frames(scene_of(body, away)))))


def around(picture: Bytes, right: float, up: float) -> np.ndarray:
    """Mean colour at a place of the first sheet, metres from its middle."""
    pixels = HEIGHT / 2 / np.tan(0.31) / 3
    x, y = int(WIDTH / 2 + right * pixels), int(HEIGHT / 2 - up * pixels)
    return np.asarray(picture[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(axis=0))


def test_a_texture_is_the_right_way_round(renderer: Any) -> None:
    picture = drawn(renderer, sheet(UNLIT, textures=(quarters(),)))
    for right, up, colour in ((-0.25, 0.25, (230, 30, 30)), (0.25, 0.25, (30, 200, 30)), (-0.25, -0.25, (30, 30, 230)),
                              (0.25, -0.25, (255, 255, 255))):  # fmt: skip
        np.testing.assert_allclose(around(picture, right, up), colour, atol=6)


def test_colour_is_times_the_texture_and_textures_repeat(renderer: Any) -> None:
    body = sheet(replace(UNLIT, colour=(0.25, 1, 0, 1)), textures=(quarters(),))
    assert body.surface is not None
    body = replace(body, surface=replace(body.surface, uv=body.surface.uv + np.float32(1.5)))
    picture = drawn(renderer, body)
    np.testing.assert_allclose(around(picture, -0.25, 0.25), (137, 255, 0), atol=6)  # white, which lay below right
    np.testing.assert_allclose(around(picture, 0.25, -0.25), (122, 30, 0), atol=6)  # red


def test_a_mask_has_holes_and_what_is_whole_hides_what_is_behind(renderer: Any) -> None:
    holes = plain_texture(250, 250, 250, 255)
    holes[:2, :, 3] = 100
    behind = Material("behind", (0.0, 0.0, 1.0, 1.0), shading="unlit")
    picture = drawn(renderer, sheet(replace(UNLIT, alpha="mask", cutoff=0.5), behind, textures=(holes,)))
    np.testing.assert_allclose(around(picture, 0, 0.3), (0, 0, 255), atol=6)
    np.testing.assert_allclose(around(picture, 0, -0.3), (250, 250, 250), atol=6)
    lower = drawn(renderer, sheet(replace(UNLIT, alpha="mask", cutoff=0.3), behind, textures=(holes,)))
    np.testing.assert_allclose(around(lower, 0, 0.3), (250, 250, 250), atol=6)
    opaque = drawn(renderer, sheet(UNLIT, behind, textures=(holes,)))
    np.testing.assert_allclose(around(opaque, 0, 0.3), (250, 250, 250), atol=6)


def test_what_blends_lets_what_is_behind_through(renderer: Any) -> None:
    glass = Material("glass", (1.0, 0.0, 0.0, 0.5), shading="unlit", alpha="blend")
    behind = Material("behind", (0.0, 0.0, 1.0, 1.0), shading="unlit")
    for order in ((glass, behind), (glass, glass, behind)):
        r, g, b = around(drawn(renderer, sheet(*order)), 0, 0)
        share = 0.5 ** (len(order) - 1)  # of blue; mixed as light, or as the picture has it
        assert g < 10
        assert 255 * share - 8 < b < 255 * share ** (1 / 2.2) + 8
        assert 255 * (1 - share) - 8 < r < 255 * (1 - share) ** (1 / 2.2) + 8
    np.testing.assert_allclose(around(drawn(renderer, sheet(behind, glass)), 0, 0), (0, 0, 255), atol=6)


def test_backs_are_seen_of_what_is_double_sided_alone(renderer: Any) -> None:
    green = Material("green", (0.0, 1.0, 0.0, 1.0), shading="unlit")
    single = around(drawn(renderer, sheet(green, turned=True)), 0, 0)
    assert single.max() < 120
    both = around(drawn(renderer, sheet(replace(green, double_sided=True), turned=True)), 0, 0)
    np.testing.assert_allclose(both, (0, 255, 0), atol=6)


def test_a_back_is_lit_as_a_front(renderer: Any) -> None:
    matt = Material("matt", (0.3, 0.3, 0.3, 1.0), double_sided=True)
    front, back = (around(drawn(renderer, sheet(matt, turned=turned)), 0, 0.2) for turned in (False, True))
    assert front.min() > 60
    np.testing.assert_allclose(back, front, atol=12)


def test_toon_has_two_tones(renderer: Any) -> None:
    """The lamp hangs in front: what looks at the camera is bright, what looks away is dark."""
    toon = Material("toon", (0.6, 0.1, 0.1, 1.0), shading="toon", shade=(0.02, 0.1, 0.3))
    bright = around(drawn(renderer, sheet(toon)), 0, 0)
    np.testing.assert_allclose(bright, 255 * np.array([0.6, 0.1, 0.1]) ** (1 / 2.2), atol=12)
    body = sheet(toon)
    dark = around(drawn(renderer, replace(body, normals=-body.normals)), 0, 0)
    np.testing.assert_allclose(dark, 255 * np.array([0.02, 0.1, 0.3]) ** (1 / 2.2), atol=12)


def test_emission_is_light_of_its_own(renderer: Any) -> None:
    for shading in ("lit", "unlit", "toon"):
        black = Material("lamp", (0.0, 0.0, 0.0, 1.0), shading=shading, shade=(0.0, 0.0, 0.0), emission=(0.0, 0.5, 0.0))
        r, g, b = around(drawn(renderer, sheet(black)), 0, 0)
        assert g > 175, shading
        assert max(r, b) < 70, shading


def test_a_fine_pattern_from_afar_is_its_mean(gl: dict[str, Any]) -> None:
    renderer = plugins.load("renderers", "pyrender")
    pattern = np.full((512, 512, 4), 255, np.uint8)
    pattern[::2, :, :3] = 0
    picture = drawn(renderer, sheet(UNLIT, textures=(pattern,)), away=10)
    middle = picture[HEIGHT // 2 - 4 : HEIGHT // 2 + 5, WIDTH // 2 - 4 : WIDTH // 2 + 5, 0].astype(float)
    assert middle.std() < 12
    assert 175 < middle.mean() < 200  # half the light is 188 in sRGB


def test_a_dark_hole_leaves_no_dark_edge(gl: dict[str, Any]) -> None:
    """Texels that are not there are black; from afar they are mixed with their white neighbours."""
    renderer = plugins.load("renderers", "pyrender")
    dots = np.zeros((256, 256, 4), np.uint8)
    dots[::2] = 255
    picture = drawn(renderer, sheet(replace(UNLIT, alpha="mask", cutoff=0.2), textures=(dots,)), away=10)
    assert picture[HEIGHT // 2 - 3 : HEIGHT // 2 + 4, WIDTH // 2 - 3 : WIDTH // 2 + 4].min() > 240


def test_colours_times_alpha() -> None:
    texture = np.array([[[255, 188, 0, 128], [200, 100, 50, 255], [200, 100, 50, 0]]], np.uint8)
    found = premultiplied(texture)
    assert found.tolist() == [[[188, 138, 0, 128], [200, 100, 50, 255], [0, 0, 0, 0]]]
    assert texture[0, 0, 0] == 255


def test_blender_is_told_which_face_has_which_material(tmp_path: Path) -> None:
    textured, plain = sheet(UNLIT, Material("other"), textures=(quarters(),)), capsule_body(4, 4)
    scene = scene_of(textured)
    motion = scene.performers[0][1]
    told = save_surfaces(replace(scene, performers=((plain, motion), (textured, motion), (textured, motion))), tmp_path)
    count = len(plain.faces)
    np.testing.assert_array_equal(told["material_of"], [0] * count + 2 * [1, 1, 2, 2])
    np.testing.assert_array_equal(told["uv"][len(plain.vertices) :][:4], [[0, 1], [1, 1], [1, 0], [0, 0]])
    looks = json.loads(told["materials"])
    assert [(each["name"], each["image"] is not None) for each in looks] == [("unlit", True), ("other", False)]
    with Image.open(tmp_path / looks[0]["image"]) as image:
        np.testing.assert_array_equal(np.asarray(image), quarters())


@pytest.mark.slow
def test_dancers_with_and_without_surface_look_as_they_do_alone(gl: dict[str, Any]) -> None:
    renderer = plugins.load("renderers", "pyrender")
    plain = load_body(fingers=False)
    with_sheet = sheet(UNLIT, textures=(checker(),))
    one = scene_of(with_sheet)
    far = replace(one.performers[0][1], translation=one.performers[0][1].translation + np.array([2, 0, 0], np.float32))
    alone = np.array(next(iter(renderer.frames(one))))
    both = replace(one, performers=((plain, far), *one.performers))
    beside = np.array(next(iter(renderer.frames(both))))
    middle = np.s_[HEIGHT // 2 - 15 : HEIGHT // 2 + 15, WIDTH // 2 - 15 : WIDTH // 2 + 15]
    np.testing.assert_allclose(beside[middle].astype(int), alone[middle].astype(int), atol=2)
