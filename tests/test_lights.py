from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from render_support import capsule_body, standing
from show_support import plan
from test_director import timeline

from choreo.planfile import read_plan, write_plan
from choreo.protocols import Renderer
from choreo.types import Section, StageLights, Timeline
from choreo.video import build_scene
from choreo.video.lights import APART, FADE, PALETTES, cues, hits, pulse, stage_lights
from choreo.video.look import SETS
from choreo.video.scene import some_frames
from choreo.video.timeline import timeline_of
from choreo_raster import RasterRenderer


def lit(line: Timeline, *times: float) -> StageLights:
    lights = stage_lights(line, np.array(times))
    assert lights is not None
    return lights


def hue(colour: np.ndarray) -> np.ndarray:
    return np.asarray(colour / np.linalg.norm(colour, axis=-1, keepdims=True))


def test_a_section_that_comes_back_has_its_colours_again() -> None:
    lights = lit(timeline(), 7.4, 15.4, 23.4, 31.4)
    np.testing.assert_allclose(lights.rims[0], lights.rims[2], atol=1e-6)
    np.testing.assert_allclose(lights.rims[1], lights.rims[3], atol=1e-6)
    for section, row in ((0, 0), (1, 1)):
        np.testing.assert_allclose(hue(lights.rims[section]), hue(np.array(PALETTES[row][:2])), atol=1e-6)


def test_more_energy_is_more_light() -> None:
    line = replace(timeline(), energies=tuple(np.linspace(0, 1, 16)))
    times = np.array([2 * k + 1.4 for k in range(0, 4)])  # one section, after the fade, the same time after a beat
    lights = lit(line, *times)
    assert (np.diff(lights.rims.sum(axis=(1, 2))) > 0).all()
    assert (np.diff(lights.key) > 0).all()
    assert lights.key.min() > 0.8


def test_colours_go_over_when_a_section_begins_and_never_jump() -> None:
    line = timeline()
    times = np.arange(0, 32, 1 / 60)
    lights = lit(line, *times)
    quiet = lights.glow / (1 + pulse(line, times) * 0.5)[:, None]
    assert np.abs(np.diff(quiet, axis=0)).max() < 0.03 * np.abs(quiet).max()
    before, at, after = lit(line, 7.99, 8.0 + FADE / 2, 8.0 + FADE).rims
    assert np.abs(hue(before) - hue(np.array(PALETTES[0][:2]))).max() < 1e-6
    assert np.abs(hue(after) - hue(np.array(PALETTES[1][:2]))).max() < 1e-6
    assert np.abs(hue(at) - hue(before)).max() > 0.05


def test_beats_pulse_faintly_and_downbeats_more() -> None:
    line = timeline()
    share = pulse(line, np.array([0.0, 0.4, 0.5, 2.0, 31.9]))
    assert share[0] == share[3] == max(share) < 0.2
    assert share[1] < share[2] < share[0]
    assert pulse(line, np.array([-0.5]))[0] == 0


def test_lights_hit_where_sections_and_strong_steps_begin() -> None:
    line = replace(timeline(), energies=tuple(0.9 if k == 6 else 0.3 for k in range(16)))
    assert hits(line).tolist() == [0.0, 8.0, 12.0, 16.0, 24.0]
    quiet, hit = lit(line, 11.99, 12.0).rims.sum(axis=(1, 2))
    assert hit > 1.5 * quiet
    fast = timeline(bars=20, step=0.4, section=1.6)
    assert (np.diff(hits(replace(fast, energies=(1.0,) * 20))) >= APART).all()


def test_it_gets_dark_at_the_end() -> None:
    line = timeline()
    lights = stage_lights(line, np.array([0.0, 31.4, 31.75, 32.0]), end=32.0)
    assert lights is not None
    np.testing.assert_allclose(lights.level, [1, 1, 0.5, 0], atol=1e-6)
    still = stage_lights(line, np.array([32.0]))
    assert still is not None
    assert still.level[0] == 1
    scene = build_scene(standing(60), capsule_body(), fps=30, width=64, height=36, timeline=line, lights=True)
    before, after = RasterRenderer().frames(some_frames(scene, np.array([20, 59])))
    assert before.mean() > 20
    assert after.mean() < 3


def test_flashes_hit_on_every_beat_with_the_backdrop() -> None:
    times = np.arange(8, dtype=np.float64) * 0.5
    calm, wild = (stage_lights(timeline(), times, flashes=on) for on in (False, True))
    assert calm is not None
    assert wild is not None
    assert (wild.glow[1:] > 1.5 * calm.glow[1:]).all()
    assert (wild.rims[1:] > 1.2 * calm.rims[1:]).all()


def test_sets_differ_and_the_club_mirrors() -> None:
    places = {}
    for place in SETS:
        scene = build_scene(standing(), capsule_body(), fps=30, width=160, height=90, place=place, floor="plain")
        places[place] = next(RasterRenderer().frames(scene)).astype(float)
    assert places["studio"].mean() > 2 * places["stage"].mean() > 2 * places["club"].mean()
    # Of the red upper body and the blue legs the mirror shows the legs, below the feet in the middle.
    below = {place: picture[78:88, 70:90] - picture[78:88, :20] for place, picture in places.items()}
    assert np.abs(below["club"]).max() > np.abs(below["studio"]).max()


def test_a_dance_without_steps_is_not_lit() -> None:
    nothing = Timeline("t", 4, 120.0, np.zeros(0), np.zeros(0, int), (), ())
    assert stage_lights(nothing, np.arange(3.0)) is None
    assert cues(replace(nothing, steps=(Section(0, 2, "a"),)))[0].energy == 0.5


def test_a_plan_remembers_the_music_s_energy(tmp_path: Path) -> None:
    sheet = plan()
    sheet = replace(sheet, steps=tuple(replace(s, energy=0.25 * k) for k, s in enumerate(sheet.steps)))
    write_plan(sheet, tmp_path / "p.json")
    assert timeline_of(read_plan(tmp_path / "p.json")).energies == (0.0, 0.25, 0.5)
    text = (tmp_path / "p.json").read_text().replace('   "energy": 0.25,\n', "")
    (tmp_path / "old.json").write_text(text)
    assert timeline_of(read_plan(tmp_path / "old.json")).energies == (0.0, 0.5, 0.5)


def pictures(renderer: Renderer, **kind: Any) -> list[np.ndarray]:
    line = replace(timeline(), energies=(0.8,) * 16)
    scene = build_scene(
        standing(481),
        capsule_body(),
        fps=30,
        width=160,
        height=90,
        timeline=line,
        lights=kind.pop("lights", True),
        **kind,
    )
    return [frame.astype(int) for frame in renderer.frames(some_frames(scene, np.array([200, 440])))]


def corner(picture: np.ndarray) -> np.ndarray:
    return np.asarray(picture[:20, :].mean(axis=(0, 1)))


def check_lights(renderer: Renderer) -> None:
    blue, teal = pictures(renderer)
    plain, same = pictures(renderer, lights=False)
    assert np.abs(corner(plain) - corner(same)).max() < 0.5
    assert corner(teal)[1] > corner(teal)[0] + 5
    assert corner(blue)[2] > corner(blue)[1] + 2
    lines, smooth = (pictures(renderer, floor=floor)[0][50:] for floor in ("lines", "plain"))
    assert (np.abs(lines - smooth).max(axis=-1) > 6).mean() > 0.02


def test_raster_shows_lights_and_floor() -> None:
    check_lights(RasterRenderer())


def test_pyrender_shows_lights_and_floor(gl: dict[str, Any]) -> None:
    from choreo_pyrender import PyrenderRenderer

    check_lights(PyrenderRenderer())


@pytest.mark.parametrize("lights", [False, True])
def test_pages_have_the_lights_that_were_asked_for(lights: bool) -> None:
    from choreo.types import Dance, Show
    from choreo.viewer.blob import Pack
    from choreo.viewer.pack import pack_dance
    from choreo_web.page import page_of

    dance, body = Dance("a", (standing(30),), timeline()), capsule_body(4, 4)
    packed = pack_dance(Pack(), dance, body, lights)["lights"]
    assert (packed is not None) == lights
    assert ('"pulse"' in page_of(Show((dance,), body, lights=lights))) == lights
    if lights:
        assert [cue[0] for cue in packed["cues"]] == [step.start for step in timeline().steps]
        assert all(len(cue[1]) == 9 for cue in packed["cues"])
