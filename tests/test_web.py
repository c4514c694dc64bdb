"""The page without a browser: what is in it, that it is true, small, whole and safe."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from cli_support import write_clicks
from PIL import Image
from render_support import capsule_body, dancing, standing
from show_support import show

from choreo.cli.app import run
from choreo.errors import AudioError
from choreo.motion.resample import resample
from choreo.motion.rotations import xyzw
from choreo.types import Motion
from choreo.video.bodies import fit_motion, load_body
from choreo.video.soundtrack import AUDIO_RATE
from choreo.viewer.blob import Pack
from choreo.viewer.pack import FPS, pack_motion
from choreo.viewer.song import sound_of
from choreo_bvh import BvhExporter
from choreo_web import WebExporter
from choreo_web.page import page_of

VIEWER = Path(__file__).parents[1] / "choreo" / "viewer"
"""In the repository: an installed choreo has the built viewer, not its sources."""
BODY = capsule_body(4, 4)
ENOUGH = 6 * 2**20


def part(page: str, name: str) -> str:
    return str(re.findall(rf'id="{name}">(.*?)</script>', page, re.S)[0])


def unpacked(page: str) -> tuple[dict[str, Any], Callable[[list[Any]], np.ndarray]]:
    facts, blob = json.loads(part(page, "facts")), zlib.decompress(base64.b64decode(part(page, "data")))
    return facts, lambda place: np.frombuffer(blob, f"<{place[0]}", place[2], place[1])


def rotations(changes: np.ndarray, frames: int) -> np.ndarray:
    tracks = np.cumsum(changes.reshape(-1, frames).astype(np.int64), axis=1).astype(np.int16)
    return tracks.reshape(24, 4, frames).transpose(2, 0, 1) / 32767


def write_tone(path: Path, seconds: float = 8.0, codec: str = "libmp3lame", silent_until: float = 0.0) -> Path:
    """A tone of 330 Hz, left and right the same."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=44_100, layout="stereo")
        time = np.arange(round(seconds * 44_100)) / 44_100
        wave = (0.4 * np.sin(2 * np.pi * 330 * time) * (time >= silent_until)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.tile(wave, (2, 1)), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 44_100, 0, Fraction(1, 44_100)
        fitting = av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=44_100)
        for each in fitting.resample(frame):
            container.mux(stream.encode(each))
        container.mux(stream.encode(None))
    return path


def heard(data: bytes) -> np.ndarray:
    with av.open(BytesIO(data)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=AUDIO_RATE)
        blocks = [each.to_ndarray()[0] for frame in container.decode(audio=0) for each in resampler.resample(frame)]
    return np.concatenate(blocks)


def test_the_page_has_the_dance_in_it() -> None:
    motion = dancing(200, 60.0)
    facts, array = unpacked(page_of(show(motion, body=BODY)))
    (dance,), body = facts["dances"], facts["body"]
    want = resample(motion, FPS)
    frames = dance["dancers"][0]["frames"]
    assert (frames, dance["fps"]) == (len(want), FPS)
    np.testing.assert_allclose(
        rotations(array(dance["dancers"][0]["rotations"]), frames), xyzw(want.rotations), atol=2e-5
    )
    np.testing.assert_array_equal(array(dance["dancers"][0]["translation"]).reshape(-1, 3), want.translation)
    low, step = np.array(body["low"]), np.array(body["step"])
    np.testing.assert_allclose(low + array(body["positions"]).reshape(-1, 3) * step, BODY.vertices, atol=1e-4)
    np.testing.assert_array_equal(array(body["faces"]).reshape(-1, 3), BODY.faces)
    assert facts["duration"] == pytest.approx(motion.duration)


def test_rotations_that_jump_come_back() -> None:
    motion = standing(4)
    motion.rotations[:, 3] = [[1, 0, 0, 0], [-1, 0, 0, 0], [0, 1, 0, 0], [0, -1, 0, 0]]
    pack = Pack()
    place = pack_motion(pack, motion)["rotations"]
    changes = np.frombuffer(bytes(pack.blob), "<i2", place[2], place[1])
    np.testing.assert_allclose(rotations(changes, 4), xyzw(motion.rotations), atol=2e-5)


def test_weights_of_the_built_in_body_sum_to_one() -> None:
    facts, array = unpacked(page_of(show(standing(2), body=load_body())))
    weights = array(facts["body"]["weights"]).reshape(-1, 4).astype(int)
    assert (weights.sum(axis=1) == 255).all()
    np.testing.assert_allclose(weights / 255, load_body().weights, atol=0.008)
    assert array(facts["body"]["indices"]).max() == 50


def test_textures_of_a_body_are_in_the_page(puppet: dict[str, Any]) -> None:
    body = load_body("gltf", **puppet)
    assert body.surface is not None
    other = replace(body.surface.materials[0], name="other", alpha="mask", colour=(0.5, 1.0, 1.0, 1.0))
    last = np.zeros(len(body.faces), np.int32)
    last[::3] = 1
    surface = replace(body.surface, materials=(*body.surface.materials, other), material_of=last)
    facts, array = unpacked(page_of(show(fit_motion(standing(2), body), body=replace(body, surface=surface))))
    packed = facts["body"]["surface"]
    assert packed["counts"] == [3 * int((last == 0).sum()), 3 * int((last == 1).sum())]
    faces = array(facts["body"]["faces"]).reshape(-1, 3)
    np.testing.assert_array_equal(faces, np.concatenate([body.faces[last == 0], body.faces[last == 1]]))
    assert [each["alpha"] for each in packed["materials"]] == ["opaque", "mask"]
    uv = np.array(packed["low"]) + array(packed["uv"]).reshape(-1, 2) * np.array(packed["step"])
    np.testing.assert_allclose(uv, body.surface.uv, atol=1e-4)
    (address,) = packed["textures"]
    with Image.open(BytesIO(base64.b64decode(address.removeprefix("data:image/webp;base64,")))) as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("RGBA")), body.surface.textures[0])


def test_what_happens_when_is_told() -> None:
    facts, _ = unpacked(page_of(show(standing(2), standing(2, x=1.0), body=BODY)))
    assert [dance["name"] for dance in facts["dances"]] == ["take 0", "take 1"]
    timeline = facts["dances"][0]["timeline"]
    assert timeline["steps"] == [[-0.5, 1.5, "walk"], [1.5, 5.5, "turn (mirrored)"], [5.5, 7.5, "bow"]]
    assert timeline["beats"][:3] == [-0.5, 0.0, 0.5]
    assert (timeline["metre"], timeline["tempo"]) == (4, 120.0)


@pytest.mark.parametrize("evil", ["</script><script>alert(1)</script>", "<!--<script>", "@@DATA@@ \\g<1> & \"'", "é漢"])
def test_names_do_not_become_markup(evil: str) -> None:
    plain, page = page_of(show(standing(2), body=BODY)), page_of(show(standing(2), body=BODY, title=evil))
    assert page.count("<script") == plain.count("<script")
    assert page.count("</script>") == plain.count("</script>")
    assert page.count("<!--") == 0
    assert json.loads(part(page, "facts"))["title"] == evil
    assert len(part(page, "data")) == len(part(plain, "data"))


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = page_of(show(standing(2), body=BODY))
    own = page.replace((VIEWER / "viewer.min.js").read_text(encoding="utf-8"), "").replace(part(page, "data"), "")
    assert not re.findall(r"(?:https?:)?//[a-z]|@import|<link(?! rel=\"icon\" href=\"data:)|src=\"(?!data:)", own)
    assert not re.search(r"\{[{%#]", own)


def test_four_minutes_stay_small_and_the_same() -> None:
    rng = np.random.default_rng(0)
    frames = 60 * 240
    noise = np.cumsum(rng.normal(0, 0.01, (frames, 24, 3)), axis=0).astype(np.float32)
    from choreo.motion import rotations as rot

    restless = Motion(BODY.skeleton, 60.0, np.cumsum(rng.normal(0, 0.01, (frames, 3)), 0).astype(np.float32),
                      rot.from_axis_angle(noise).astype(np.float32))  # fmt: skip
    page = page_of(show(restless, body=load_body()))
    assert len(page) < ENOUGH


def test_the_same_show_is_the_same_page(tmp_path: Path) -> None:
    song = str(write_tone(tmp_path / "a.wav", 2.0, "pcm_s16le"))
    pages = [page_of(show(standing(31), body=BODY, song=song)) for _ in range(2)]
    assert pages[0] == pages[1]
    WebExporter().export_show(show(standing(31), body=BODY, song=song), tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == pages[0]


@pytest.mark.parametrize(
    ("name", "codec", "kind"), [("a.mp3", "libmp3lame", "audio/mpeg"), ("a.m4a", "aac", "audio/mp4")]
)
def test_what_browsers_play_is_copied(name: str, codec: str, kind: str, tmp_path: Path) -> None:
    song = write_tone(tmp_path / name, 8.0, codec)
    assert sound_of(song, 0.5, 7.0) == (kind, song.read_bytes(), 0.5)


def test_other_sound_is_encoded_from_where_the_dance_begins(tmp_path: Path) -> None:
    song = write_tone(tmp_path / "a.flac", 8.0, "flac", silent_until=3.0)
    kind, data, start = sound_of(song, 2.0, 4.0)
    assert (kind, start) == ("audio/mp4", 0.0)
    samples = heard(data)
    assert len(samples) / AUDIO_RATE == pytest.approx(4.0, abs=0.05)
    assert np.abs(samples[: round(0.95 * AUDIO_RATE)]).max() < 0.02
    assert np.abs(samples[round(1.05 * AUDIO_RATE) : round(1.2 * AUDIO_RATE)]).max() > 0.3


def test_a_part_of_a_song_is_only_that_part(tmp_path: Path) -> None:
    song = write_tone(tmp_path / "a.mp3", 20.0)
    kind, data, start = sound_of(song, 5.0, 4.0)
    assert (kind, start) == ("audio/mp4", 0.0)
    assert len(heard(data)) / AUDIO_RATE == pytest.approx(4.0, abs=0.05)


def test_songs_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"nonsense")
    with pytest.raises(AudioError, match=r"a\.mp3"):
        sound_of(tmp_path / "a.mp3", 0, 1)
    with pytest.raises(AudioError, match=r"b\.mp3"):
        sound_of(tmp_path / "b.mp3", 0, 1)


def test_plans_and_motion_files_beside_each_other(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    song, place = write_clicks(tmp_path / "clicks.wav", seconds=6), ["--db", database, "-q"]
    for seed in "12":
        assert run(["plan", str(song), "--seed", seed, "-o", str(tmp_path / f"{seed}.plan.json"), *place]) == 0
    assert run(["plan", str(song), "--start", "2", "-o", str(tmp_path / "late.plan.json"), *place]) == 0
    BvhExporter().export(dancing(60), tmp_path / "walk.bvh")
    first, second, late, walk = (
        str(tmp_path / name) for name in ("1.plan.json", "2.plan.json", "late.plan.json", "walk.bvh")
    )
    page = ["render", first, "-o", str(tmp_path / "out"), "--formats", "web", "--body", "stick", *place]
    assert run([*page, "--beside", second, "--beside", walk]) == 0
    facts, _ = unpacked((tmp_path / "out" / "1.html").read_text(encoding="utf-8"))
    assert [dance["name"] for dance in facts["dances"]] == ["1", "2", "walk"]
    assert [dance["timeline"] is None for dance in facts["dances"]] == [False, False, True]
    assert [len(dance["dancers"]) for dance in facts["dances"]] == [1, 1, 1]
    capsys.readouterr()
    assert run([*page, "--beside", late]) == 2
    assert "2 s" in capsys.readouterr().err
    assert run([*page, "--formats", "mp4", "--beside", second]) == 2
    assert "--formats web" in capsys.readouterr().err
    assert run([*page, "--beside", str(tmp_path / "none.bvh")]) == 2


def test_a_real_song_is_copied(shared: Path) -> None:
    song = sorted((shared / "songs").glob("*.mp3"))[0]
    with av.open(str(song)) as container:
        length = container.duration / av.time_base
    kind, data, start = sound_of(song, 0.0, length)
    assert (kind, data, start) == ("audio/mpeg", song.read_bytes(), 0.0)


def test_the_viewer_was_built_from_its_sources() -> None:
    source = VIEWER / "src"
    names = sorted(path.name for path in source.iterdir() if path.suffix == ".js" or path.name == "package.json")
    digest = hashlib.sha256(b"".join((source / name).read_bytes() for name in names)).hexdigest()[:16]
    viewer = (VIEWER / "viewer.min.js").read_text(encoding="utf-8")
    assert f"sources {digest};" in viewer, "run npm ci && npm run build in choreo/viewer/src"
    assert "</script" not in viewer
    assert "<!--" not in viewer
    assert "@license" in viewer
    assert "MIT License" in (VIEWER / "three.LICENSE.txt").read_text(encoding="utf-8")
