"""Many songs in one call."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli_support import write_clicks

from choreo import Listening, generate, generate_all
from choreo.cli.app import run
from choreo.errors import AudioError, InputError
from choreo.pipeline import many
from choreo.pipeline.songs import Song, find_songs, several


@pytest.fixture
def songs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str) -> Path:
    """A folder with two songs, one of them in a folder of it, and a file that is no song."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHOREO_MOTION_DB", database)
    (tmp_path / "songs" / "more").mkdir(parents=True)
    write_clicks(tmp_path / "songs" / "b.wav", seconds=8)
    write_clicks(tmp_path / "songs" / "more" / "c.wav", seconds=8, bpm=100)
    (tmp_path / "songs" / "a.mp3").write_text("no song", encoding="utf-8")
    return Path("songs")


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def found(*given: str, output: str | None = None) -> list[tuple[str, str]]:
    return [(song.path.as_posix(), song.folder.as_posix()) for song in find_songs(given, output)]


def test_folders_are_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    touch("m/b.mp3", "m/A.FLAC", "m/z/a.ogg", "m/.hidden.mp3", "m/.git/x.mp3", "m/notes.txt", "m/list.m3u8")
    assert found("m", output="out") == [("m/A.FLAC", "out"), ("m/b.mp3", "out"), ("m/z/a.ogg", "out/z")]
    assert found("m/b.mp3", "m", "m/b.mp3") == [
        ("m/b.mp3", "renders"), ("m/A.FLAC", "renders"), ("m/z/a.ogg", "renders/z"),
    ]  # fmt: skip


def test_what_choreo_made_is_no_song(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    touch("m/b.mp3", "m/b.mp4", "m/b-2.webm", "m/b.preview.mp4", "m/b.credits.txt", "m/film.mp4", "m/out/x.mp4")
    assert found("m", output="m/out") == [("m/b.mp3", "m/out"), ("m/film.mp4", "m/out")]


def test_patterns_stand_for_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    touch("m/b.mp3", "m/a.mp3", "m/[live].mp3", "m/sub.mp3/x")
    assert found("m/*.mp3") == [("m/[live].mp3", "renders"), ("m/a.mp3", "renders"), ("m/b.mp3", "renders")]
    assert found("m/[live].mp3") == [("m/[live].mp3", "renders")]
    assert not several(["m/[live].mp3"])
    assert not several(["gone.mp3"])
    assert several(["m/*.mp3"])
    assert several(["m"])
    assert several(["m/a.mp3", "m/b.mp3"])
    with pytest.raises(InputError, match="no file fits this pattern"):
        find_songs(["m/*.flac"])
    with pytest.raises(InputError, match="no songs in it"):
        find_songs(["m/sub.mp3"])


def test_two_songs_of_one_name_are_refused_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    touch("a/x.mp3", "b/X.flac", "both/y.mp3", "both/y.mp4")
    with pytest.raises(InputError, match=r"would both be written as"):
        find_songs(["a/x.mp3", "b/X.flac"])
    with pytest.raises(InputError, match=r"would both be written as"):
        find_songs(["both"])
    with pytest.raises(InputError, match=r"could be written over it"):
        find_songs(["both/y.mp4", "a/x.mp3"], "both")


def test_each_dance_is_that_of_a_single_run(songs: Path) -> None:
    made = list(generate_all([songs], output="all", formats=("bvh", "plan"), listening=Listening(cache=False)))
    assert [one.song.name for one in made] == ["a.mp3", "b.wav", "c.wav"]
    assert isinstance(made[0].error, AudioError)
    assert made[0].result is None
    generate(songs / "more" / "c.wav", output="one/", formats=("bvh", "plan"))
    for name in ("c.bvh", "c.plan.json"):
        assert (Path("all/more") / name).read_bytes() == (Path("one") / name).read_bytes()


def test_a_mistake_with_one_song_leaves_the_others(songs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(song: Path, **_: object) -> None:
        raise ZeroDivisionError("by zero\nand more")

    monkeypatch.setattr(many, "generate", broken)
    made = list(generate_all([songs], formats=("bvh",)))
    assert [one.error.message for one in made if one.error] == [
        f"{one.song}: unexpected ZeroDivisionError: by zero (a mistake in choreo)" for one in made
    ]


def test_what_fails_for_all_is_told_before(songs: Path) -> None:
    with pytest.raises(InputError, match="unknown format"):
        generate_all([songs], formats=("mp5",))


def test_the_command_tells_of_each_and_of_all(songs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["generate", str(songs), "--formats", "bvh", "-o", "out"]
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out.split() == [str(Path("out/b.bvh")), str(Path("out/more/c.bvh"))]
    lines = err.splitlines()
    assert lines[0].startswith(f"[1/3] not made: {songs / 'a.mp3'}: ")
    assert lines[1].startswith(f"[2/3] {songs / 'b.wav'}: 120 bpm in 4")
    assert "2 of 3 songs made." in lines
    assert lines[-1].startswith(f"  not made: {songs / 'a.mp3'}")
    assert run([*arguments, "--json", "-q"]) == 2
    out, err = capsys.readouterr()
    told = json.loads(out)["songs"]
    assert [(Path(one["song"]).name, one["error"] is None) for one in told] == [
        ("a.mp3", False), ("b.wav", True), ("c.wav", True),
    ]  # fmt: skip
    assert told[1]["files"]["bvh"] == str(Path("out/b.bvh"))
    assert err == ""


@pytest.mark.parametrize(
    ("more", "words"),
    [(["--beats", "x.txt"], "--beats is a file for one song"), (["-o", "out/a.mp4"], "is a file; several songs go")],
)
def test_options_for_one_song_are_refused(
    more: list[str], words: str, songs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["generate", str(songs), *more]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.slow
def test_several_at_once_make_the_same(songs: Path) -> None:
    apart = {one.song: one for one in generate_all([songs], output="two", formats=("bvh",), jobs=2)}
    assert len(apart) == 3
    assert isinstance(apart[songs / "a.mp3"].error, AudioError)
    list(generate_all([songs], output="one", formats=("bvh",)))
    for name in ("b.bvh", "more/c.bvh", "b.credits.txt"):
        assert (Path("one") / name).read_bytes() == (Path("two") / name).read_bytes()


def die(song: Song, options: dict[str, Any]) -> None:
    os._exit(3)


def test_a_process_that_dies_costs_one_song(songs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "make_apart", die)
    made = list(generate_all([songs / "b.wav", songs / "more" / "c.wav"], formats=("bvh",), jobs=2))
    assert {one.song.name for one in made} == {"b.wav", "c.wav"}
    assert all("the process that made its dance died (EXIT(3))" in one.error.message for one in made if one.error)
    assert all(one.error for one in made)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to consoles only")
def test_ctrl_c_keeps_what_is_done(songs: Path) -> None:
    command = [sys.executable, "-m", "choreo", "generate", str(songs / "b.wav"), str(songs / "more" / "c.wav")]
    command += ["-o", "out", "--size", "320x180", "--jobs", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert Path(process.stdout.readline().strip()).name == "b.mp4"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "songs made" in err
    assert Path("out/b.mp4").is_file()
    assert not [path for path in Path("out").rglob("*") if ".part" in path.name]
