"""The page in a real browser: it loads, plays, moves, can be used from the keyboard, and complains of nothing."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from render_support import dancing
from show_support import plan, show
from test_web import write_tone
from web_support import Browser

from choreo.motion.kinematics import forward
from choreo.motion.rotations import from_axis_angle
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.types import Dance, Motion, Show
from choreo.video.bodies import load_body
from choreo.video.lights import stage_lights
from choreo.video.scene import poses_at
from choreo.video.timeline import timeline_of
from choreo_web import WebExporter

pytestmark = pytest.mark.slow
EVIL = "</script><script>window.evil = 1</script> & <b>"


def stepping(phase: float = 0.0) -> Motion:
    """Seven and a half seconds, travelling, arms swinging."""
    motion = dancing(226, 30.0, reach=1.0)
    turned = np.roll(motion.rotations, round(30 * phase), axis=0)
    return Motion(CANONICAL, 30.0, motion.translation, turned)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, puppet: dict[str, Any]) -> dict[str, Path]:
    """One dance with a song; two without one; a motion alone; a character with a texture."""
    folder = tmp_path_factory.mktemp("pages")
    song = write_tone(folder / "tone.mp3", 8.0)
    shows = {
        "song": show(stepping(), body=load_body(), song=str(song), title=EVIL, start=0.25),
        "pair": show(stepping(), stepping(0.5), body=load_body()),
        "alone": Show((Dance("a", (stepping(),)),), load_body()),
        "lit": Show((Dance("a", (stepping(),), timeline_of(plan())),), load_body(), lights=True),
        "group": Show((Dance("a", (stepping(), stepping(0.3)), timeline_of(plan())),), load_body()),
    }
    shows["textured"] = show(stepping(), body=load_body("gltf", **puppet))
    short = write_tone(folder / "short.mp3", 3.0)
    shows["short"] = show(stepping(), body=load_body(), song=str(short))
    still = Motion(CANONICAL, 30.0, CANONICAL.offsets[:1], stepping().rotations[:1])
    shows["still"] = Show((Dance("", (still,)),), load_body())
    for name, each in shows.items():
        WebExporter().export_show(each, folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in shows}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser"), 640, 480) as one:
        yield one


@pytest.fixture(autouse=True)
def _no_trouble(browser: Browser) -> Iterator[None]:
    browser.troubles.clear()
    browser.requests.clear()
    yield
    assert browser.troubles == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in browser.requests)


def picture(browser: Browser) -> np.ndarray:
    image = Image.open(BytesIO(browser.picture())).convert("RGB")
    top, bottom = browser.evaluate("(b => [b.top, b.bottom])(document.getElementById('stage').getBoundingClientRect())")
    return np.asarray(image)[round(top) : round(bottom)].astype(int)


def seconds(browser: Browser) -> float:
    return float(browser.evaluate("choreo.player.time()"))


def test_it_plays_and_the_body_moves(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["song"])
    assert browser.evaluate("document.title") == f"{EVIL} - choreo"
    assert browser.evaluate("window.evil") is None
    before, wrist = picture(browser), browser.evaluate("choreo.joint(0, 'left_wrist')")
    assert seconds(browser) == 0
    browser.press(" ", "Space")
    browser.wait("choreo.player.time() > 1")
    assert browser.evaluate("!choreo.player.sound.paused")
    ahead = browser.evaluate("choreo.player.time() + choreo.player.start - choreo.player.sound.currentTime")
    assert abs(ahead) < 0.15
    browser.press(" ", "Space")
    assert browser.evaluate("choreo.player.sound.paused && !choreo.player.playing")
    stopped = seconds(browser)
    after = picture(browser)
    assert seconds(browser) == stopped
    assert (np.abs(after - before).sum(axis=-1) > 60).mean() > 0.01
    assert np.linalg.norm(np.subtract(browser.evaluate("choreo.joint(0, 'left_wrist')"), wrist)) > 0.05
    assert browser.evaluate("document.getElementById('play').textContent") == "Play"


def test_joints_are_where_kinematics_puts_them(browser: Browser, pages: dict[str, Path]) -> None:
    motion = stepping()
    for when in (0.0, 2.4, 6.913):
        browser.open(pages["alone"], f"#t={when}")
        browser.drawn()
        posed = poses_at(motion, np.array([when]), 30.0)
        positions, _ = forward(CANONICAL, posed.translation, posed.rotations)
        for name in ("pelvis", "left_wrist", "right_foot", "head"):
            seen = browser.evaluate(f"choreo.joint(0, '{name}')")
            np.testing.assert_allclose(seen, positions[0, NAMES.index(name)], atol=2e-3)
        browser.call("Page.navigate", url="about:blank")


def test_the_skin_goes_with_the_bones(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["alone"], "#t=1")
    browser.drawn()
    away = browser.evaluate(
        """(() => {
          const dancer = choreo.stage.dances[0].dancers[0], { mesh } = dancer, at = mesh.position.clone();
          const indices = mesh.geometry.attributes.skinIndex, hand = dancer.names.indexOf("left_hand");
          const home = choreo.joint(0, "left_hand");
          let most = 0, count = 0;
          for (let k = 0; k < indices.count; k += 7) {
            if (indices.getX(k) !== hand || mesh.geometry.attributes.skinWeight.getX(k) < 0.9) continue;
            mesh.getVertexPosition(k, at);
            most = Math.max(most, Math.hypot(at.x - home[0], at.y - home[1], at.z - home[2]));
            count++;
          }
          return [most, count];
        })()"""
    )
    assert away[1] > 5
    assert away[0] < 0.25


def forearm(browser: Browser, page: Path) -> np.ndarray:
    """Thickness in pixels of the left forearm, column by column from the elbow to the wrist."""
    browser.open(page)
    browser.drawn()
    address = browser.evaluate(
        """(() => {
          const { renderer, scene, camera, canvas } = choreo.stage;
          const ends = ["left_elbow", "left_wrist"].map(name => choreo.joint(0, name));
          const at = [0, 1, 2].map(k => (ends[0][k] + ends[1][k]) / 2);
          camera.position.set(at[0], at[1], at[2] + 1.2);
          camera.lookAt(...at);
          choreo.stage.dances[0].group.visible = true;
          scene.background = scene.fog = null;
          renderer.setClearColor(0x0000ff);
          renderer.setViewport(0, 0, canvas.width, canvas.height);
          renderer.setScissor(0, 0, canvas.width, canvas.height);
          camera.aspect = canvas.width / canvas.height;
          camera.zoom = 2;
          camera.updateProjectionMatrix();
          renderer.render(scene, camera);
          return canvas.toDataURL();
        })()"""
    )
    image = np.asarray(Image.open(BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB"), int)
    skin = (image[..., 0] > image[..., 2] + 20) & (image[..., 0] > 60)
    middle = skin.shape[1] // 2
    reach = round(0.14 * 2 * 0.5 * image.shape[0] / np.tan(0.31) / 1.2)
    return np.asarray(skin[:, middle - reach : middle + reach].sum(axis=0))


def test_a_twisted_forearm_keeps_its_girth(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rotations = np.zeros((1, len(NAMES), 4), np.float32)
    rotations[..., 0] = 1
    rotations[0, NAMES.index("left_wrist")] = from_axis_angle(np.radians([90.0, 0.0, 0.0]))
    twisted = Show((Dance("", (Motion(CANONICAL, 30.0, CANONICAL.offsets[:1], rotations),)),), load_body())
    WebExporter().export_show(twisted, tmp_path / "round.html")
    monkeypatch.setattr("choreo.viewer.pack.roundness", lambda body: np.zeros(len(body.vertices), np.float32))
    WebExporter().export_show(twisted, tmp_path / "linear.html")
    kept, shrunk = (forearm(browser, tmp_path / f"{name}.html") for name in ("round", "linear"))
    assert shrunk.min() > 15
    assert (kept / shrunk).max() > 1.2
    assert (kept / shrunk).min() > 0.95


def test_keys(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["song"])
    browser.press("ArrowRight")
    assert seconds(browser) == pytest.approx(0.5, abs=0.01)
    browser.press("ArrowRight", shift=True)
    assert seconds(browser) == pytest.approx(1.5, abs=0.01)
    browser.press("ArrowRight", shift=True)
    assert seconds(browser) == pytest.approx(5.5, abs=0.01)
    browser.press("ArrowLeft")
    assert seconds(browser) == pytest.approx(5.0, abs=0.01)
    browser.press("ArrowDown")
    browser.press("ArrowDown")
    assert browser.evaluate("[choreo.player.rate, choreo.player.sound.playbackRate]") == [0.25, 0.25]
    browser.press("l", "KeyL")
    assert browser.evaluate("choreo.player.loop") == pytest.approx([1.5, 5.5])
    assert browser.evaluate("document.getElementById('loop').getAttribute('aria-pressed')") == "true"
    browser.press("End")
    assert seconds(browser) == pytest.approx(7.5, abs=0.01)
    browser.press("Home")
    assert seconds(browser) == 0
    before = picture(browser)
    browser.press("b", "KeyB")
    assert (np.abs(picture(browser) - before).sum(axis=-1) > 60).mean() > 0.01


def test_slow_motion_is_slow_and_a_clip_repeats(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["alone"])
    browser.evaluate("choreo.player.setRate(0.25)")
    browser.press(" ", "Space")
    moments = """(async () => {
      const { player } = choreo, now = () => [player.time(), player.since / 1000], first = now();
      await new Promise(done => setTimeout(done, 400));
      return [first, now()];
    })()"""
    (start, began), (end, ended) = browser.evaluate(moments)
    assert end - start == pytest.approx(0.25 * (ended - began), abs=1e-6)
    assert end > start
    browser.evaluate("choreo.player.seek(0), choreo.player.loop = [0, 0.3], choreo.player.setRate(1)")
    browser.wait("choreo.player.time() > 0.15")
    browser.wait("choreo.player.time() < 0.1")
    assert browser.evaluate("choreo.player.playing")


def test_it_stops_at_the_end_and_begins_anew(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["song"], "#t=7.3")
    browser.press(" ", "Space")
    browser.wait("!choreo.player.playing")
    assert seconds(browser) == pytest.approx(7.5, abs=1e-3)
    browser.press(" ", "Space")
    browser.wait("choreo.player.time() > 0.2")
    assert seconds(browser) < 5
    browser.press(" ", "Space")


def test_the_dance_goes_on_after_the_song(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["short"], "#t=2.2")
    browser.press(" ", "Space")
    browser.wait("choreo.player.time() > 3.8")
    assert browser.evaluate("choreo.player.playing && choreo.player.sound.paused")
    browser.evaluate("choreo.player.seek(1)")
    browser.wait("choreo.player.time() > 1.3")
    assert browser.evaluate("choreo.player.playing && !choreo.player.sound.paused")


def test_a_motion_of_one_frame(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["still"])
    browser.press(" ", "Space")
    browser.press("ArrowRight")
    assert seconds(browser) == 0
    assert np.ptp(picture(browser)) > 60


def test_dances_side_by_side(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["pair"], "#t=1")
    both = picture(browser)
    half = both.shape[1] // 2
    assert (np.abs(both[:, :half] - both[:, half : 2 * half]).sum(axis=-1) > 60).mean() > 0.01
    names = "[...document.querySelectorAll('#names b')].map(name => name.textContent)"
    assert browser.evaluate(names) == ["take 0", "take 1"]
    browser.press("1", "Digit1")
    assert browser.evaluate("choreo.stage.shown") == [1]
    one = picture(browser)  # higher by a row of the strip
    assert (np.abs(one[: len(both)] - both).sum(axis=-1) > 60).mean() > 0.01
    browser.press("2", "Digit2")
    assert browser.evaluate("choreo.stage.shown") == [1]  # one is always shown
    browser.press("1", "Digit1")
    assert browser.evaluate("choreo.stage.shown") == [0, 1]


def test_what_is_danced_is_written(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["song"], "#t=2.1")
    browser.drawn()
    words = browser.evaluate("[...document.querySelectorAll('#names div > *')].map(part => part.textContent)")
    assert words == ["", "turn (mirrored)  2/8", "then bow"]
    assert browser.evaluate("document.getElementById('clock').textContent") == "0:02.1 / 0:07.5"
    assert browser.evaluate("document.getElementById('tempo').textContent") == "120 beats a minute, 4 to the bar"


def test_a_click_on_the_strip_goes_there(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["song"])
    left, top, width = browser.evaluate(
        "(b => [b.left, b.top, b.width])(document.getElementById('timeline').getBoundingClientRect())"
    )
    for kind in ("mousePressed", "mouseReleased"):
        browser.call(
            "Input.dispatchMouseEvent", type=kind, x=left + width / 2, y=top + 5, button="left", buttons=1, clickCount=1
        )
    assert seconds(browser) == pytest.approx(3.75, abs=0.05)


def test_light_and_dark(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["group"])
    dark = picture(browser)
    browser.look("light")
    light = picture(browser)
    browser.look("dark")
    assert light[:40].mean() > 150 > 60 > dark[:40].mean()


def test_the_lights_are_those_of_the_videos(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["lit"])
    times = np.array([3.4, 5.9, 6.4])
    wanted = stage_lights(timeline_of(plan()), times)
    assert wanted is not None
    for time, rims in zip(times, wanted.rims, strict=True):
        browser.evaluate(f"choreo.player.seek({time})")
        browser.drawn()
        seen = np.array(browser.evaluate("choreo.stage.rims.map(rim => rim.color.toArray())"))
        np.testing.assert_allclose(seen / seen.max(), rims / rims.max(), atol=0.01)


def test_a_browser_without_webgl_is_told_so(browser: Browser, pages: dict[str, Path]) -> None:
    script = browser.call(
        "Page.addScriptToEvaluateOnNewDocument", source="HTMLCanvasElement.prototype.getContext = () => null"
    )
    browser.call("Page.navigate", url=pages["alone"].as_uri())
    browser.wait("!(document.getElementById('message')?.hidden ?? true)")
    assert "WebGL" in browser.evaluate("document.getElementById('message').textContent")
    browser.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script["identifier"])
    browser.troubles.clear()  # three.js says the same on the console


def test_a_character_has_its_texture_s_colours(pages: dict[str, Path], browser: Browser) -> None:
    browser.open(pages["textured"])
    browser.drawn()
    image = np.asarray(Image.open(BytesIO(browser.picture())).convert("RGB")).astype(int)
    red, green, blue = image[..., 0], image[..., 1], image[..., 2]
    reds, blues = (
        np.argwhere((red > 90) & (red > 2.5 * blue) & (red > 2.5 * green)),
        np.argwhere((blue > 90) & (blue > 2.5 * red)),
    )
    assert min(len(reds), len(blues)) > 50
    assert np.median(reds[:, 1]) > np.median(blues[:, 1])  # the dancer's left is on our right
