"""Bodies with textures, drawn by the rasteriser: pictures whose right look is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from card_support import (
    WHITE,
    card,
    cast_rays,
    checks,
    dressed,
    joined,
    one_colour,
    scene_of,
    still,
    white_capsules,
)
from render_support import SOLE, capsule_body, dancing

from choreo.types import Body, Bytes, Ints, Material, Scene
from choreo.video import build_scene
from choreo_raster import RasterRenderer
from choreo_raster.workers import draw_in_order

UNLIT = Material("card", shading="unlit")


def picture(scene: Scene) -> Ints:
    return next(RasterRenderer().frames(scene)).astype(int)


def cutout(scene: Scene) -> Ints:
    return next(RasterRenderer().part(scene, 0, 1, alpha=True)).astype(int)


def middle(frame: Ints) -> Ints:
    """The pixel in the middle."""
    return np.asarray(frame[frame.shape[0] // 2, frame.shape[1] // 2])


def near(found: Ints, *wanted: float, within: float = 2) -> bool:
    return bool(np.abs(np.asarray(found) - wanted).max() <= within)


@pytest.mark.parametrize(("turn", "lean"), [(0.0, 0.0), (1.1, 0.0), (-1.1, 0.0), (0.0, 1.1), (0.6, -0.7)])
def test_checks_are_where_perspective_puts_them(turn: float, lean: float) -> None:
    body = card(checks(8, 256), turn=turn, lean=lean, side=1.2)
    scene = scene_of(body, away=1.6)
    wanted, cover = cast_rays(body, scene)
    drawn = cutout(scene)
    whole = cover == 1
    assert whole.sum() > 1000
    assert np.abs(drawn[..., 3] / 255 - cover).max() <= 0.3  # four samples a pixel
    off = np.abs((drawn[..., 0] / 255.0) ** 2 - wanted)[whole]
    assert off.mean() < 0.02
    assert np.quantile(off, 0.99) < 0.3


def test_a_chessboard_too_fine_to_see_is_grey() -> None:
    for turn in (0.0, 0.5, 1.2):
        scene = scene_of(card(checks(256, 512), turn=turn, side=0.8))
        drawn = cutout(scene)
        inside = drawn[..., 3] == 255
        assert inside.sum() > 200
        grey = drawn[inside][:, :3]
        assert np.abs(grey - 255 * np.sqrt(0.5)).max() <= 3  # half of the light, not half of its encoding


def test_light_of_a_texture_is_its_own_where_nothing_lights_it() -> None:
    assert near(middle(picture(scene_of(card(one_colour(200, 90, 20, 255))))), 200, 90, 20)


def test_a_colour_is_linear_light_times_the_texture() -> None:
    half = replace(UNLIT, colour=(0.5, 1.0, 0.0, 1.0))
    assert near(middle(picture(scene_of(card(WHITE, half)))), 188, 255, 0)  # 188 is half of the light in sRGB


def test_emission_is_added() -> None:
    lamp = Material("lamp", colour=(0, 0, 0, 1), shading="unlit", emission=(0.5, 0.0, 1.0))
    assert near(middle(picture(scene_of(card(WHITE, lamp)))), 188, 0, 255)


def test_textures_repeat() -> None:
    once = cutout(scene_of(card(checks(4, 64))))
    twice = cutout(scene_of(card(checks(2, 32), repeat=2.0)))
    assert np.abs(once - twice).mean() < 1


def half_clear(alpha: int) -> Bytes:
    """Red; the right half has an alpha of its own."""
    texture = np.tile(one_colour(255, 0, 0, 255), (32, 32, 1))
    texture[:, 16:, 3] = alpha
    return texture


@pytest.mark.parametrize(("alpha", "shown"), [(100, False), (150, True)])
def test_a_mask_shows_what_reaches_its_cutoff(alpha: int, shown: bool) -> None:
    drawn = cutout(scene_of(card(half_clear(alpha), replace(UNLIT, alpha="mask", cutoff=0.5))))
    row = drawn[60, :, 3]
    assert row[70] == 255
    assert row[90] == (255 if shown else 0)


def test_opaque_materials_have_no_alpha() -> None:
    assert middle(cutout(scene_of(card(one_colour(9, 9, 9, 0), replace(UNLIT, colour=(1, 1, 1, 0.2))))))[3] == 255


def veil(red: int, green: int, near: float, alpha: float = 0.5) -> Body:
    return card(one_colour(red, green, 0, 255), replace(UNLIT, alpha="blend", colour=(1, 1, 1, alpha)), near=near)


def test_what_blends_is_laid_over_what_is_behind_it() -> None:
    behind = card(one_colour(0, 0, 255, 255), UNLIT, near=-0.2, side=1.4)
    for body in (joined(behind, veil(255, 0, 0.1)), joined(veil(255, 0, 0.1), behind)):
        assert near(middle(picture(scene_of(body))), 180, 0, 180)  # half of the light of each
    hidden = joined(replace(behind, vertices=behind.vertices + np.array([0, 0, 0.6], np.float32)), veil(255, 0, 0.1))
    assert near(middle(picture(scene_of(hidden))), 0, 0, 255)


def test_nearer_veils_are_over_farther_ones_in_whatever_order_they_come() -> None:
    red, green = veil(255, 0, 0.1), veil(0, 255, -0.1)
    frames = [picture(scene_of(joined(red, green))), picture(scene_of(joined(green, red))),
              picture(scene_of(red, green)), picture(scene_of(green, red))]  # fmt: skip
    for frame in frames[1:]:
        assert np.array_equal(frame, frames[0])
    backdrop = (middle(picture(scene_of(veil(255, 0, 0.1, alpha=0.0)))) / 255.0) ** 2
    light = 0.5 * np.array([1, 0, 0]) + 0.25 * np.array([0, 1, 0]) + 0.25 * backdrop
    assert near(middle(frames[0]), *(255 * np.sqrt(light)))


def test_cut_out_veils_keep_their_own_colour_and_alpha() -> None:
    assert near(middle(cutout(scene_of(veil(255, 0, 0.0)))), 255, 0, 0, 128, within=1)


def test_opaque_parts_of_what_blends_hide_each_other_in_whatever_order() -> None:
    """Hair: layers of one material through each other, each opaque in most places."""
    hair = replace(UNLIT, alpha="blend")
    locks = [card(one_colour(250, 10, 10, 255), hair, turn=0.5), card(one_colour(10, 10, 250, 255), hair, turn=-0.5)]
    frame = picture(scene_of(joined(*locks)))
    assert near(frame[60, 65], 250, 10, 10)
    assert near(frame[60, 95], 10, 10, 250)
    assert np.array_equal(frame, picture(scene_of(joined(*reversed(locks)))))


def test_backs_are_seen_only_of_what_has_two_sides() -> None:
    for two in (False, True):
        body = card(one_colour(20, 200, 20, 255), replace(UNLIT, double_sided=two))
        assert near(middle(cutout(scene_of(body, behind=True))), 20 * two, 200 * two, 20 * two, 255 * two)


def test_the_back_of_a_card_is_lit_as_a_front_that_is_turned_the_same_way() -> None:
    both = Material("cloth", double_sided=True)
    front = middle(picture(scene_of(card(WHITE, both, turn=np.pi))))  # from its back
    turned = middle(picture(scene_of(card(WHITE, Material("cloth")))))
    assert near(front, *turned)


def test_toons_have_two_tones() -> None:
    material = Material("toon", shading="toon", colour=(0.8, 0.4, 0.4, 1), shade=(0.2, 0.05, 0.3))
    drawn = cutout(scene_of(dressed(capsule_body(48, 48), material), away=5.0, size=(640, 480)))
    found, count = np.unique(drawn[drawn[..., 3] == 255][:, :3], axis=0, return_counts=True)
    order = count.argsort()[::-1]
    assert count[order[:2]].sum() > 0.8 * count.sum()
    bright, dark = sorted(found[order[:2]].tolist(), key=sum, reverse=True)
    # Both tones are under the same light, so that their ratio is the material's own.
    assert bright[0] / dark[0] == pytest.approx(np.sqrt(encoded(0.8) / encoded(0.2)), rel=0.02)
    assert bright[2] / dark[2] == pytest.approx(np.sqrt(encoded(0.4) / encoded(0.3)), rel=0.02)
    between = (found >= np.array(dark) - 1).all(axis=1) & (found <= np.array(bright) + 1).all(axis=1)
    assert between.all()


def encoded(light: float) -> float:
    return float((1.055 * light ** (1 / 2.4) - 0.055) ** 2)


def test_the_bright_side_of_a_toon_is_towards_the_key() -> None:
    toon = Material("toon", shading="toon", colour=(1, 1, 1, 1), shade=(0.1, 0.1, 0.1), double_sided=True)
    body = card(WHITE, toon)
    assert middle(picture(scene_of(body)))[1] > 200
    assert middle(picture(scene_of(body, behind=True)))[1] < 120


def alike(first: Ints, second: Ints) -> bool:
    """Within two levels, but for one number in 5000, on the edge of a triangle or of a shadow, that is rounded."""
    return bool((np.abs(first - second) > 2).mean() < 2e-4)


@pytest.mark.parametrize("form", ["rgb", "alpha", "planes"])
def test_a_white_texture_looks_like_white_vertices(form: str) -> None:
    pictures = []
    for body in (white_capsules(), dressed(white_capsules(), Material("white"))):
        scene = build_scene([dancing(40)], body, fps=30.0, width=320, height=180)
        pictures.append(next(draw_in_order(scene, first=25, last=26, form=form)).astype(int))  # type: ignore[arg-type]
    assert alike(*pictures)


def test_a_scene_may_have_bodies_of_both_kinds() -> None:
    def moved(x: float, body: Body) -> Body:
        return replace(body, vertices=body.vertices + np.array([x, 0, 0], np.float32))

    plain = [moved(x, white_capsules()) for x in (-1.0, 1.0)]
    scene = scene_of(*plain, away=8.0, size=(640, 360))
    wanted = cutout(scene)
    for first in (False, True):
        bodies = [dressed(body, Material("white")) if (number == 0) is first else body
                  for number, body in enumerate(plain)]  # fmt: skip
        assert alike(cutout(scene_of(*bodies, away=8.0, size=(640, 360))), wanted)


def test_frames_do_not_depend_on_the_number_of_threads() -> None:
    body = dressed(capsule_body(), Material("hair", alpha="blend", colour=(1, 0.5, 0.2, 0.6), double_sided=True))
    scene = build_scene([dancing(12)], body, fps=30.0, width=160, height=90)
    one, three = (np.stack([frame.copy() for frame in draw_in_order(scene, workers)]) for workers in (1, 3))
    assert np.array_equal(one, three)


def floor_shade(body: Body) -> int:
    """How dark the darkest part of a card's shadow is, 0 to 255, seen from above it."""
    scene = scene_of(body)
    camera = replace(scene.camera, eye=np.array([[0, 2.5, 3]], np.float32), target=np.array([[0, 0, -0.8]], np.float32))
    drawn = cutout(replace(scene, camera=camera))
    return int(drawn[drawn[..., :3].sum(axis=-1) == 0][:, 3].max())


def test_what_a_mask_leaves_out_throws_no_shadow() -> None:
    mask = replace(UNLIT, alpha="mask")
    card_of = {alpha: card(one_colour(255, 255, 255, alpha), mask, up=1.0) for alpha in (0, 255)}
    assert floor_shade(card_of[255]) > 60
    assert floor_shade(card_of[0]) < 3


def test_the_floor_mirrors_textures() -> None:
    red, blue = (card(one_colour(*rgb, 255), UNLIT, up=0.55) for rgb in ((255, 0, 0), (0, 0, 255)))
    frames = []
    for body in (red, blue):
        scene = scene_of(body)
        camera = replace(
            scene.camera, eye=np.array([[0, 0.5, 3]], np.float32), target=np.array([[0, 0.2, 0]], np.float32)
        )
        frames.append(picture(replace(scene, camera=camera)))
    more_red = (frames[0] - frames[1])[..., 0]
    body_rows = np.flatnonzero((more_red > 200).any(axis=1))
    below = more_red[body_rows.max() + 3 :, 80]
    assert below.max() > 15


def test_odd_numbers_in_files_do_no_harm() -> None:
    body = card(checks(4, 8), Material("blend", alpha="blend", double_sided=True))
    surface = body.surface
    assert surface is not None
    for value in (np.nan, np.inf, -1e30, 3e9):
        uv = surface.uv.copy()
        uv[1:3] = value
        frame = picture(scene_of(replace(body, surface=replace(surface, uv=uv))))
        assert middle(frame).max() <= 255


def test_a_body_stands_where_its_sole_is() -> None:
    """The cards' scenes leave bodies in their rest pose."""
    body = capsule_body()
    assert still(body).translation[0] == pytest.approx(body.skeleton.offsets[0])
    assert float(body.vertices[:, 1].min()) < SOLE
