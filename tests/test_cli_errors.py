"""Whatever goes wrong is one line that helps, a code that says what, and nothing half-written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_support import write_clicks

from choreo.cli.app import EX_INTERRUPT, EX_SOFTWARE, run
from choreo.cli.options import Seconds, Size


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test in an empty folder, so that what is left behind is seen."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CHOREO_MOTION_DB", str(tmp_path / "db"))
    return folder


def failing(args: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(args) == code
    seen = capsys.readouterr()
    assert seen.out == ""
    assert "Traceback" not in seen.err
    assert "Error: " in seen.err
    return seen.err


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("command", [["generate"], ["analyze"], ["plan"]])
@pytest.mark.parametrize("kind", ["missing", "folder", "text", "empty"])
def test_songs_that_are_none(
    command: list[str], kind: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song = elsewhere / f"{kind}.wav"
    if kind == "folder":
        song.mkdir()
    elif kind == "text":
        song.write_text("la la la\n" * 50)
    elif kind == "empty":
        song.touch()
    before = left(elsewhere)
    assert str(song) in failing([*command, str(song)], 2, capsys)
    assert left(elsewhere) == before


@pytest.mark.parametrize(
    ("option", "name", "near"),
    [("--renderer", "rastr", "raster"), ("--body", "bulitin", "builtin"), ("--tracker", "tcm", "tcn")],
)
def test_unknown_plugins_are_found_at_once(
    option: str, name: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    message = failing(["generate", "nosuch.wav", option, name], 4, capsys)
    assert name in message
    assert f"Did you mean '{near}'" in message


def test_unknown_style(
    elsewhere: Path, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHOREO_MOTION_DB", database)
    song = write_clicks(elsewhere / "clicks.wav", seconds=6)
    assert "'hiphop'" in failing(["plan", str(song), "--style", "hip-hop", "--meter", "4"], 2, capsys)
    assert left(elsewhere) == ["clicks.wav"]


def test_unknown_format(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song = write_clicks(elsewhere / "clicks.wav", seconds=6)
    assert "'bvh'" in failing(["generate", str(song), "--formats", "bhv"], 2, capsys)
    assert "nothing to write" in failing(["generate", str(song), "--formats", "mp4", "--no-video"], 2, capsys)


def test_unknown_command_and_style_of_list(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean 'generate'" in failing(["genrate"], 2, capsys)
    assert "Did you mean 'waltz'" in failing(["db", "list", "--style", "walz", "--db", database], 2, capsys)


@pytest.mark.parametrize("command", ["generate", "plan"])
def test_a_file_where_the_output_folder_should_be(
    command: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    song = write_clicks(elsewhere / "clicks.wav", seconds=6)
    (elsewhere / "taken").write_text("mine")
    assert "taken" in failing([command, str(song), "-o", "taken/out"], 3, capsys)
    assert left(elsewhere) == ["clicks.wav", "taken"]
    assert (elsewhere / "taken").read_text() == "mine"


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"schema": 1}', '{"schema": 99}', "nonsense"])
def test_plans_that_are_none(text: str | None, elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = elsewhere / "broken.plan.json"
    if text is not None:
        plan.write_text(text)
    before = left(elsewhere)
    for command in ("show", "render"):
        assert "broken.plan.json" in failing([command, str(plan)], 2, capsys)
    assert left(elsewhere) == before


def test_plan_whose_clips_are_gone(
    elsewhere: Path, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHOREO_MOTION_DB", database)
    song = write_clicks(elsewhere / "clicks.wav", seconds=6)
    assert run(["plan", str(song), "-o", "a.json", "-q"]) == 0
    capsys.readouterr()
    data = json.loads(Path("a.json").read_text())
    data["steps"][0]["clip_id"] = "nowhere"
    Path("a.json").write_text(json.dumps(data))
    assert "not in the motion database" in failing(["render", "a.json"], 2, capsys)


def test_bvh_that_is_none(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (elsewhere / "walk.bvh").write_text("HIERARCHY\nnonsense\n")
    assert "walk.bvh" in failing(["render", "walk.bvh"], 2, capsys)
    assert "--formats" in failing(["render", "walk.bvh", "--formats", "plan"], 2, capsys)
    assert left(elsewhere) == ["walk.bvh"]


def test_database_that_is_none(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (elsewhere / "file").write_text("mine")
    assert "file" in failing(["db", "list", "--db", "file"], 1, capsys)
    assert (elsewhere / "file").read_text() == "mine"


def test_unexpected_errors(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from choreo import pipeline

    def broken(*args: object, **given: object) -> None:
        raise ZeroDivisionError("by zero\nand more")

    monkeypatch.setattr(pipeline, "generate", broken)
    message = failing(["generate", "song.wav"], EX_SOFTWARE, capsys)
    assert "unexpected ZeroDivisionError: by zero\n" in message
    assert "--debug" in message
    with pytest.raises(ZeroDivisionError):
        run(["--debug", "generate", "song.wav"])


def test_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from choreo import pipeline

    def stopped(*args: object, **given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "generate", stopped)
    assert run(["generate", "song.wav"]) == EX_INTERRUPT
    assert "Stopped" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1:30", 90), ("1:30.5", 90.5), ("-0.25", -0.25), ("1:00:01", 3601)]
)
def test_times(text: str, seconds: float) -> None:
    assert Seconds().convert(text, None, None) == seconds


@pytest.mark.parametrize(("text", "size"), [("1280x720", (1280, 720)), ("720p", (1280, 720)), ("64X48", (64, 48))])
def test_sizes(text: str, size: tuple[int, int]) -> None:
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize(
    "args", [["--size", "big"], ["--size", "0x0"], ["--size", "99999x9"], ["--start", "noon"], ["--start", "nan"]]
)
def test_values_that_make_no_sense(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert args[1] in failing(["generate", "song.wav", *args], 2, capsys)
