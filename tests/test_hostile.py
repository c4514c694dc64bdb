"""No input of a user's ends as a mistake of choreo's: every command answers with a result or a clear refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_support import write_clicks

from choreo.cli.app import run

SECRET = "root:x:0:0:a line that is nobody's business"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, database: str) -> tuple[Path, Path]:
    """A song and a plan of it."""
    folder = tmp_path_factory.mktemp("made")
    song = write_clicks(folder / "song.wav", seconds=8)
    assert run(["plan", str(song), "--db", database, "-o", str(folder / "song.plan.json"), "-q"]) == 0
    return song, folder / "song.plan.json"


@pytest.fixture
def answer(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Run a command in an empty folder; what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHOREO_MOTION_DB", database)

    def call(*args: str) -> str:
        code = run(list(args))
        out, err = capsys.readouterr()
        assert code in (0, 1, 2, 3, 4), err
        assert code == 0 or "Error: " in err
        assert "Traceback" not in err
        return str(out + err)

    return call


LONG = "x" * 5000
NAMES = ["", " ", LONG, "a/" * 3000, "\0", "\x1b[2J", "/dev/null", "/dev/zero", "/", "http://127.0.0.1:1/a.mp3",
         "concat:a|b", "pipe:0", "-", "..", "a\nb", "\udcff.mp3"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "command",
    [
        ["analyze"], ["plan"], ["show"], ["edit", "--swap", "0"], ["render", "--formats", "bvh"], ["moves", "check"],
        ["search"], ["search", "--for", "music", "--library", "."], ["eval"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_names_that_name_nothing(command: list[str], name: str, answer: Callable[..., str]) -> None:
    answer(*command, "--", name)


OPTIONS = {
    "--start": ["nan", "1e308", "99:99:99:99", "-1"],
    "--duration": ["0", "1e-300", "inf"],
    "--bpm": ["nan", "1e308"],
    "--variety": ["nan"],
    "--max-hours": ["nan", "0"],
    "--seed": ["9" * 40, "-1"],
    "--energy": ["nan", "9" * 5000, "," * 5000, "0:00=", "1:1:1:1=0.5"],
    "--pin": ["9" * 30 + "=moonwalk", "0=" + LONG, "0=\x1b[2J"],
    "--ban": ["*", LONG],
    "--style": ["", LONG],
    "--db": ["\0", LONG, "/dev/null", "http://127.0.0.1:1/x"],
    "--lyrics": ["\0", "/dev/zero"],
    "--beats": ["\0", LONG, "/dev/zero", "/"],
    "--dataset": ["x' OR 1=1 --", "\0"],
    "--embedder": ["../../x"],
}


@pytest.mark.parametrize("option", OPTIONS)
def test_options_that_are_none(option: str, made: tuple[Path, Path], answer: Callable[..., str]) -> None:
    for value in OPTIONS[option]:
        answer("plan", str(made[0]), option, value)


def planned(folder: Path, plan: Path, change: Callable[[dict[str, Any]], object]) -> str:
    data = json.loads(plan.read_text())
    change(data)
    path = folder / "odd.plan.json"
    path.write_text(json.dumps(data))
    return str(path)


ODD: dict[str, Callable[[dict[str, Any]], object]] = {
    "song is a folder": lambda plan: plan["song"].update(path="/"),
    "song is a device": lambda plan: plan["song"].update(path="/dev/zero"),
    "song is long": lambda plan: plan["song"].update(path=LONG),
    "song has a NUL": lambda plan: plan["song"].update(path="\0"),
    "song is a number": lambda plan: plan["song"].update(path=5),
    "no song": lambda plan: plan.update(song={}),
    "ends at once": lambda plan: plan.update(end=1e-300),
    "ends late": lambda plan: plan.update(end=1e7),
    "huge seed": lambda plan: plan.update(seed=10**30),
    "many dancers": lambda plan: plan["options"].update(dancers=10**9),
    "long canon": lambda plan: plan["options"].update(dancers=2, unison="canon:999999999"),
    "unknown clip": lambda plan: plan["steps"][0].update(clip_id="../../x"),
    "far beat": lambda plan: plan["steps"][0].update(first_beat=10**12),
    "energy": lambda plan: plan["steps"][0].update(energy=1e308),
    "warp": lambda plan: plan["steps"][0].update(warp=-1e308),
    "lyrics": lambda plan: plan["options"].update(lyrics="\0", embedder="text-bridge"),
    "energy curve": lambda plan: plan["options"].update(energy="9" * 999),
    "embedder": lambda plan: plan["options"].update(embedder="../x"),
    "tracker": lambda plan: plan["options"]["listening"].update(tracker="../x"),
    "start": lambda plan: plan["options"]["listening"].update(start=1e308),
    "metre": lambda plan: plan["options"]["listening"].update(metre=7),
    "beats": lambda plan: plan["options"]["listening"].update(beats="\0"),
}


@pytest.mark.parametrize("name", ODD)
def test_plans_with_odd_values(name: str, made: tuple[Path, Path], tmp_path: Path, answer: Callable[..., str]) -> None:
    path = planned(tmp_path, made[1], ODD[name])
    answer("show", path)
    answer("edit", path, "--swap", "0", "-o", str(tmp_path / "changed.plan.json"))
    answer("render", path, "--formats", "bvh", "-o", str(tmp_path / "out"))


@pytest.mark.parametrize("field", ["song", "beats", "lyrics"])
def test_nothing_of_a_file_that_a_plan_merely_names_is_printed(
    field: str, made: tuple[Path, Path], tmp_path: Path, answer: Callable[..., str]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{SECRET}\n" * 9)

    def change(plan: dict[str, Any]) -> None:
        if field == "song":
            plan["song"]["path"] = str(secret)
        elif field == "beats":
            plan["options"]["listening"]["beats"] = str(secret)
        else:
            plan["options"].update(lyrics=str(secret), embedder="text-bridge")

    path = planned(tmp_path, made[1], change)
    for command in (
        ["edit", path, "--swap", "0"],
        ["render", path, "--formats", "bvh", "-o", str(tmp_path / "o")],
        ["show", path],
    ):
        said = answer(*command)
        assert "root:x" not in said
        assert "business" not in said


def test_over_long_queries(answer: Callable[..., str]) -> None:
    assert "100,000 characters" in answer("search", "dance " * 16_666 + "abcd")
