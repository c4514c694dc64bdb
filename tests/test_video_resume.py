from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from test_video_encode import heard, song
from video_support import Painter, film_of, pixels, tracks

from choreo import plugins
from choreo.engines import open_engine
from choreo.errors import OutputError, PluginError
from choreo.types import Bytes, Scene
from choreo.video import encode, segments
from choreo.video.segments import write_film

KILLED = """
import sys, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from choreo import plugins
from choreo.video.segments import write_film
from video_support import Painter, film_of

class Slow(Painter):
    def part(self, scene, first, last, *, alpha=False):
        for frame, picture in enumerate(super().part(scene, first, last, alpha=alpha), first):
            if frame == {stop}:
                print("there", flush=True)
                time.sleep(600)
            yield picture
    def frames(self, scene):
        yield from self.part(scene, 0, len(scene))

plugins.load = lambda kind, name: Slow()
write_film(film_of({count}, {kind!r}), Path({target!r}))
"""


@pytest.fixture(autouse=True)
def _painter(monkeypatch: pytest.MonkeyPatch) -> None:
    load = plugins.load
    monkeypatch.setattr(
        plugins, "load", lambda kind, name: Painter() if (kind, name) == ("renderers", "painter") else load(kind, name)
    )


class Counting(Painter):
    """Notes which frames it drew; breaks at one of them."""

    def __init__(self, breaks: int | None = None, error: BaseException | None = None) -> None:
        self.drawn: list[int] = []
        self.breaks, self.error = breaks, error or RuntimeError("context lost")

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        for frame, picture in enumerate(super().part(scene, first, last, alpha=alpha), first):
            if frame == self.breaks:
                raise self.error
            self.drawn.append(frame)
            yield picture


Drawing = TypeVar("Drawing", bound=Painter)


def use(monkeypatch: pytest.MonkeyPatch, renderer: Drawing) -> Drawing:
    monkeypatch.setattr(plugins, "load", lambda kind, name: renderer)
    return renderer


def left(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.iterdir() if place.name.startswith("."))


@pytest.mark.parametrize("kind", ["mp4", "webm", "mov"])
def test_a_killed_render_goes_on_and_nobody_sees_it(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(240, kind)
    assert len(film.scene) > 2 * film.step
    whole = tmp_path / f"whole.{kind}"
    write_film(film, whole)
    target = tmp_path / f"v.{kind}"
    stop = film.step + 20
    code = KILLED.format(tests=str(Path(__file__).parent), stop=stop, count=240, kind=kind, target=str(target))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.send_signal(signal.SIGKILL)
    assert not target.exists()
    assert len(left(tmp_path)) == 1
    renderer = use(monkeypatch, Counting())
    write_film(film, target, resume=True)
    assert min(renderer.drawn) == film.step, "what was finished is not drawn again"
    np.testing.assert_array_equal(pixels(target), pixels(whole))
    assert left(tmp_path) == []


def test_parts_are_joined_with_sound_as_if_there_were_none(tmp_path: Path) -> None:
    film = film_of(240)
    path = song(tmp_path / "s.wav", 40.0, rate=8000)
    write_film(film, tmp_path / "v.mp4", audio=path, audio_start=0.5)
    n = len(film.scene)
    frames = Painter().frames(film.scene)
    encode.write_video(
        tmp_path / "one.mp4", frames, fps=10, width=48, height=32, n_frames=n, audio=path, audio_start=0.5
    )
    np.testing.assert_array_equal(heard(tmp_path / "v.mp4"), heard(tmp_path / "one.mp4"))
    facts, other = tracks(tmp_path / "v.mp4"), tracks(tmp_path / "one.mp4")
    assert facts == other
    assert facts["vide"]["samples"] == n
    difference = np.abs(np.array(pixels(tmp_path / "v.mp4"), int) - np.array(pixels(tmp_path / "one.mp4"), int))
    assert difference.mean() < 4


@pytest.mark.parametrize("count", [1, 99, 100, 101, 103])
def test_lengths_around_a_part(tmp_path: Path, count: int) -> None:
    write_film(film_of(count), tmp_path / "v.mp4")
    assert tracks(tmp_path / "v.mp4")["vide"]["samples"] == count
    assert tracks(tmp_path / "v.mp4")["vide"]["seconds"] == pytest.approx(count / 10, abs=0.002)
    assert len(pixels(tmp_path / "v.mp4")) == count


def test_without_resume_everything_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(240)
    use(monkeypatch, Counting(breaks=film.step + 5))
    with pytest.raises(PluginError):
        write_film(film, tmp_path / "v.mp4")
    renderer = use(monkeypatch, Counting())
    write_film(film, tmp_path / "v.mp4")
    assert renderer.drawn == list(range(len(film.scene)))
    assert left(tmp_path) == []


def test_parts_of_another_look_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(240)
    use(monkeypatch, Counting(breaks=film.step + 5))
    with pytest.raises(PluginError):
        write_film(film, tmp_path / "v.mp4")
    renderer = use(monkeypatch, Counting())
    wider = film_of(240, width=50)
    write_film(wider, tmp_path / "v.mp4", resume=True)
    assert renderer.drawn[0] == 0
    assert left(tmp_path) == [], "parts of any look go when the video is there"
    assert film.key() != wider.key()
    assert film.key() == film_of(240).key()


def test_a_damaged_part_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(240)
    use(monkeypatch, Counting(breaks=2 * film.step + 5))
    with pytest.raises(PluginError, match=r"2 of 3 parts.*--resume"):
        write_film(film, tmp_path / "v.mp4")
    folder = tmp_path / left(tmp_path)[0]
    sorted(folder.iterdir())[0].write_bytes(b"half")
    renderer = use(monkeypatch, Counting())
    write_film(film, tmp_path / "v.mp4", resume=True)
    assert renderer.drawn == [*range(film.step), *range(2 * film.step, len(film.scene))]
    assert len(pixels(tmp_path / "v.mp4")) == len(film.scene)


def test_a_context_that_dies_keeps_what_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(240)
    use(monkeypatch, Counting(breaks=film.step + 7))
    with pytest.raises(PluginError, match=rf"frame {film.step + 7} of.*context lost.*raster.*1 of 3 parts.*--resume"):
        write_film(film, tmp_path / "v.mp4")
    assert not (tmp_path / "v.mp4").exists()
    renderer = use(monkeypatch, Counting())
    write_film(film, tmp_path / "v.mp4", resume=True)
    assert renderer.drawn[0] == film.step


def test_ctrl_c_in_the_first_part_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Counting(breaks=5, error=KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        write_film(film_of(240), tmp_path / "v.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_while_joining_keeps_the_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(240)
    join = encode.join_parts

    def full(path: Path, *rest: object) -> None:
        with encode.disk_errors(path):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(segments, "join_parts", full)
    with pytest.raises(OutputError, match=r"v\.mp4.*No space left.*3 of 3 parts"):
        write_film(film, tmp_path / "v.mp4")
    monkeypatch.setattr(segments, "join_parts", join)
    renderer = use(monkeypatch, Counting())
    write_film(film, tmp_path / "v.mp4", resume=True)
    assert renderer.drawn == []
    assert len(pixels(tmp_path / "v.mp4")) == len(film.scene)


def test_stills_go_on_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = film_of(240, "png")
    use(monkeypatch, Counting(breaks=film.step + 5))
    with pytest.raises(PluginError, match="1 of 3 parts"):
        write_film(film, tmp_path / "v.frames")
    renderer = use(monkeypatch, Counting())
    write_film(film, tmp_path / "v.frames", resume=True)
    assert renderer.drawn[0] == film.step
    assert len(list((tmp_path / "v.frames").iterdir())) == len(film.scene)
    assert left(tmp_path) == []


def test_several_processes_make_the_same_film(tmp_path: Path) -> None:
    film = film_of(240, renderer="stick")
    seen: list[float] = []
    write_film(film, tmp_path / "one.mp4")
    with open_engine("local", jobs=2) as workers:
        write_film(film, tmp_path / "two.mp4", workers=workers, progress=seen.append)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert left(tmp_path) == []


def test_progress_rises_over_parts(tmp_path: Path) -> None:
    seen: list[float] = []
    write_film(film_of(240), tmp_path / "v.mp4", progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
