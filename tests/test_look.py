"""What is asked for on the command line, and what becomes of it in videos."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks
from PIL import Image
from render_support import capsule_body, standing
from test_director import timeline

from choreo.cli.app import run
from choreo.errors import InputError
from choreo.music.song_names import SongNames, song_names
from choreo.options import Choosing
from choreo.pipeline import generate, render_motion, render_plan
from choreo.pipeline.result import Result
from choreo.types import Scene
from choreo.video import build_scene
from choreo.video.background import backdrop
from choreo.video.film import Film
from choreo.video.formats import video_format
from choreo.video.look import Look, colour_of
from choreo.video.titles import TitleCard

SMALL = Look(body="stick", width=96, height=64, fps=10)


@pytest.fixture(scope="module")
def made(database: str, tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("made")
    song = write_clicks(folder / "clicks.wav", seconds=14, bpm=120)
    return generate(
        song,
        output=folder,
        formats=("plan",),
        look=replace(SMALL, captions=True, caption_form="counts"),
        choosing=Choosing(db=database),
    )


def scene(**kind: Any) -> Scene:
    return build_scene(
        standing(241), capsule_body(4, 4), fps=30, width=64, height=36, timeline=timeline(bars=4), **kind
    )


def test_what_decides_the_pictures_decides_whether_a_render_may_go_on() -> None:
    film = Film(scene(), "raster", video_format("mp4"))
    others = [Film(scene(**kind), "raster", film.kind) for kind in (
        {"camera": "fixed"}, {"camera": "director"}, {"lights": True}, {"floor": "plain"},
    )]  # fmt: skip
    others += [
        replace(film, cards=(TitleCard("a", 0, 4, 0.1),)),
        replace(film, cards=(TitleCard("b", 0, 4, 0.1),)),
        replace(film, behind=backdrop("green", 64, 36)),
        replace(film, behind=backdrop("white", 64, 36)),
    ]
    assert len({film.key(), *(other.key() for other in others)}) == 1 + len(others)
    assert Film(scene(camera="director"), "raster", film.kind).key() == others[1].key()


def test_captions_lie_beside_the_video(made: Result) -> None:
    assert made.files["srt"].name == "clicks.srt"
    cues = made.files["srt"].read_text().split("\n\n")
    counts = [int(cue.splitlines()[2].split()[0]) for cue in cues]
    assert set(counts) == set(range(1, 9))
    assert "00:00:13,900" < cues[-1].splitlines()[1].split(" --> ")[1] <= "00:00:14,100"


def test_captions_want_a_plan(tmp_path: Path) -> None:
    from choreo_bvh import BvhExporter

    BvhExporter().export(standing(30), tmp_path / "a.bvh")
    with pytest.raises(InputError, match="captions"):
        render_motion(tmp_path / "a.bvh", output=tmp_path / "o", look=replace(SMALL, captions=True))


def test_titles_are_over_the_beginning_and_the_end(made: Result, tmp_path: Path, database: str) -> None:
    films = []
    larger = replace(SMALL, width=384, height=216)
    for name, look in (("bare", larger), ("titled", replace(larger, titles=True))):
        done = render_plan(made.files["plan"], output=tmp_path / name, look=look, formats=("png",), db=database)
        films.append([np.asarray(Image.open(still)).astype(int) for still in sorted(done.files["png"].iterdir())])
    change = np.array([np.abs(a - b).mean() for a, b in zip(*films, strict=True)])
    seconds = np.arange(len(change)) / 10
    assert change[(seconds > 1) & (seconds < 3)].min() > 0.3
    assert change[(seconds > 10) & (seconds < 13)].min() > 10
    assert change[(seconds > 4.5) & (seconds < 8.5)].max() == 0


def test_the_background_is_behind_the_dancer_and_nowhere_else(tmp_path: Path) -> None:
    film = Film(scene(), "raster", video_format("mp4"))
    picture = tmp_path / "p.png"
    Image.new("RGB", (200, 100), (250, 200, 10)).save(picture)
    for name, want in (("#0a64c8", (10, 100, 200)), (str(picture), (250, 200, 10))):
        frame = next(replace(film, behind=backdrop(name, 64, 36)).draw(0, 3))
        assert frame.shape == (36, 64, 3)
        assert frame[0, 0].tolist() == list(want)
        assert np.abs(frame.astype(int) - want).max() > 60


def test_alpha_stays_alpha_with_a_background() -> None:
    film = Film(scene(), "raster", video_format("mov"), behind=backdrop("green", 64, 36))
    frame = next(film.draw(0, 1))
    assert frame.shape[2] == 4
    assert frame[0, 0, 3] == 0


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"camera": "drone"}, "camera: found 'drone', expected one of follow"),
        ({"lights": "disco"}, "lights"),
        ({"floor": "lava"}, "floor"),
        ({"background": "#12345"}, "--background"),
        ({"background": "nowhere.png"}, "--background"),
        ({"width": 0}, "width: found 0, expected a whole number from 16 to 8192 pixels"),
        ({"fps": 0}, "fps: found 0, expected 1 to 240 frames a second"),
    ],
)
def test_looks_that_are_none(wish: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Look(**wish).check()


def test_a_background_that_is_no_picture_is_found_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_text("no picture")
    assert run(["generate", str(write_clicks(tmp_path / "a.wav")), "--background", str(tmp_path / "a.png")]) == 2
    assert "no picture" in capsys.readouterr().err
    assert run(["render", "a.bvh", "--background", "green", "--renderer", "stick"]) == 2
    assert "--renderer raster" in capsys.readouterr().err


def test_colours() -> None:
    assert colour_of("#FF8000") == (255, 128, 0)
    assert colour_of("green") == (0, 177, 64)
    assert colour_of("beige") is None


def test_cameras_that_are_none() -> None:
    with pytest.raises(InputError, match="follow"):
        scene(camera="drone")


def test_a_song_is_called_what_its_tags_say(tmp_path: Path) -> None:
    import av

    from choreo.video.soundtrack import AUDIO_RATE

    with av.open(str(tmp_path / "a.mp3"), "w") as container:
        container.metadata.update(title="Été", artist="Ännchen")
        stream = container.add_stream("mp3", rate=AUDIO_RATE)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 4800), np.float32), format="fltp", layout="stereo")
        frame.sample_rate = AUDIO_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert song_names(tmp_path / "a.mp3", "a.mp3") == SongNames("Été", "Ännchen")
    assert song_names(write_clicks(tmp_path / "b.wav"), "b.wav") == SongNames("b")
    assert song_names(tmp_path / "gone.mp3", "my song.mp3").line == "My Song"
