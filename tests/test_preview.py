from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from cli_support import write_clicks
from video_support import boxes

from choreo import plugins
from choreo.cli.app import run
from choreo.errors import PlanError, PluginError
from choreo.options import Choosing, Listening
from choreo.pipeline.preview import preview
from choreo.types import Bytes, Scene
from choreo.video.look import Look
from choreo.video.media_facts import probe

TINY = Look(body="stick", width=64, height=36, fps=10)


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=14, bpm=120)


def test_it_can_be_watched_before_it_is_finished(song: Path, database: str, tmp_path: Path) -> None:
    seen: list[tuple[int, float]] = []
    shares: list[float] = []

    def watch(path: Path) -> None:
        with av.open(str(path)) as container:
            seen.append((len(list(container.decode(video=0))), shares[-1]))

    made = preview(
        song,
        output=tmp_path,
        look=TINY,
        begun=watch,
        progress=lambda stage, done: shares.append(done),
        choosing=Choosing(db=database),
    )
    assert sorted(place.name for place in tmp_path.iterdir()) == ["clicks.preview.mp4", "clicks.preview.plan.json"]
    assert len(seen) == 1
    frames, share = seen[0]
    assert frames >= 10
    assert share < 0.9
    facts = probe(made.files["mp4"])
    assert facts["video"]["frames"] == 141
    assert facts["video"]["fps"] == 10
    assert facts["audio"]["codec"] == "aac"
    kinds = [kind for kind, _ in boxes(made.files["mp4"].read_bytes())]
    assert kinds.index(b"moov") < kinds.index(b"moof") < kinds.index(b"mdat")
    assert kinds.count(b"moof") > 10, "a fragment a second"


def test_a_plan_dances_the_same(song: Path, database: str, tmp_path: Path) -> None:
    first = preview(song, output=tmp_path, look=TINY, choosing=Choosing(db=database))
    again = preview(first.files["plan"], output=tmp_path / "b.mp4", look=TINY, choosing=Choosing(db=database))
    assert again.files == {"mp4": tmp_path / "b.mp4"}
    assert again.files["mp4"].read_bytes() == first.files["mp4"].read_bytes()
    beside = preview(first.files["plan"], output=tmp_path, look=TINY, choosing=Choosing(db=database))
    assert beside.files["mp4"] == first.files["mp4"]


def test_a_plan_without_its_song(song: Path, database: str, tmp_path: Path) -> None:
    made = preview(song, output=tmp_path, look=TINY, listening=Listening(duration=5), choosing=Choosing(db=database))
    text = made.files["plan"].read_text().replace(str(song), "gone.wav")
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(PlanError, match=r"gone\.wav"):
        preview(tmp_path / "p.json", output=tmp_path, look=TINY, choosing=Choosing(db=database))


class Broken:
    name, description = "broken", "breaks"

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        raise RuntimeError("no light")
        yield


def test_a_preview_that_fails_leaves_nothing(
    song: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = plugins.load
    monkeypatch.setattr(plugins, "load", lambda kind, name: Broken() if kind == "renderers" else load(kind, name))
    with pytest.raises(PluginError, match="no light"):
        preview(song, output=tmp_path, look=TINY, listening=Listening(duration=5), choosing=Choosing(db=database))
    assert not list(tmp_path.glob("*.mp4"))


def test_the_command(
    song: Path, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    small = ["--body", "stick", "--size", "64x36", "--fps", "10", "--db", database]
    assert run(["preview", str(song), "-o", str(tmp_path / "a.mp4"), "--duration", "6", "--open", *small]) == 0
    said = capsys.readouterr()
    assert str(tmp_path / "a.mp4") in said.out
    assert "no player" in said.err
    assert run(["preview", str(tmp_path / "a.plan.json"), "--style", "hiphop", *small]) == 2
    assert "--style" in capsys.readouterr().err


def test_players_that_follow_a_growing_file_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import click

    from choreo.cli.player import following_player, open_player

    opened: list[str] = []
    answers = iter([0, 1])

    def launch(name: str) -> int:
        opened.append(name)
        return next(answers)

    monkeypatch.setattr(click, "launch", launch)
    monkeypatch.setattr("shutil.which", lambda name: None)
    video = tmp_path / "a.mp4"
    assert following_player(video) is None
    assert not open_player(video, whole=False)
    assert opened == []
    assert open_player(video, whole=True)
    assert opened == [str(video.resolve())]
    assert not open_player(video, whole=True)
    monkeypatch.setattr("shutil.which", {"mpv": "/programs/mpv", "ffplay": "/programs/ffplay"}.get)
    assert following_player(video) == ["/programs/mpv", "--really-quiet", f"appending://{video.resolve()}"]
