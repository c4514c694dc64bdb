"""Commands that look: what they print for people and for programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_support import write_clicks
from dataset_support import write_bvh
from motion_support import dance

from choreo.cli.app import run
from choreo.planfile.spoken import spoken
from choreo.plugins import KINDS


@pytest.fixture(scope="module")
def place(database: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(shutil.copytree(database, tmp_path_factory.mktemp("own") / "db"))


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav")


def output(args: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert run(args) == 0
    return capsys.readouterr().out


def test_plugins_list(capsys: pytest.CaptureFixture[str]) -> None:
    rows = json.loads(output(["plugins", "list", "--json"], capsys))
    found = {(row["kind"], row["name"]) for row in rows}
    assert {("renderers", "raster"), ("bodies", "builtin"), ("beats", "tcn"), ("exporters", "bvh")} <= found
    assert {row["kind"] for row in rows} == set(KINDS)
    only = output(["plugins", "list", "beats"], capsys)
    assert "tcn" in only
    assert "raster" not in only


def test_plugins_info(capsys: pytest.CaptureFixture[str]) -> None:
    facts = json.loads(output(["plugins", "info", "exporters", "bvh", "--json"], capsys))
    assert facts["suffix"] == ".bvh"
    assert facts["distribution"] == "choreo-dance"
    assert "choreo_bvh" in output(["plugins", "info", "exporters", "bvh"], capsys)


def test_db_commands_agree(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert output(["db", "path", "--db", place], capsys).strip() == place
    updated = output(["db", "update", "--db", place], capsys)
    stats = json.loads(output(["db", "stats", "--db", place, "--json"], capsys))
    rows = json.loads(output(["db", "list", "--db", place, "--json"], capsys))
    assert stats["clips"] == len(rows) >= 24
    assert updated == f"{len(rows)} clips in {place}.\n"
    table = output(["db", "list", "--db", place], capsys).splitlines()
    assert len(table) == len(rows) + 1
    style = rows[0]["styles"][0]
    chosen = json.loads(output(["db", "list", "--db", place, "--style", style, "--json"], capsys))
    assert chosen == [row for row in rows if style in row["styles"]]
    assert f"clips        {len(rows)}" in output(["db", "stats", "--db", place], capsys)


def test_analyze(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(output(["analyze", str(song), "--json"], capsys))
    assert data["tempo"] == pytest.approx(120, abs=1)
    assert "beats a minute" in output(["analyze", str(song), "--bpm", "120", "--meter", "3"], capsys)
    assert json.loads(output(["analyze", str(song), "--json", "--meter", "3"], capsys))["metre"] == 3


def test_plan_and_show(song: Path, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out" / "dance.json"
    args = ["plan", str(song), "--db", place, "--seed", "3", "-o", str(path), "-q"]
    assert output(args, capsys).strip() == str(path)
    table = output(["show", str(path)], capsys)
    data = json.loads(output(["show", str(path), "--json"], capsys))
    assert data["seed"] == 3
    assert data["steps"]
    assert all(spoken(step["name"]) in table for step in data["steps"])
    before = path.read_bytes()
    assert run(args) == 0
    assert path.read_bytes() == before


def test_plan_goes_to_a_folder_under_the_songs_name(song: Path, place: str, tmp_path: Path) -> None:
    assert run(["plan", str(song), "--db", place, "-o", str(tmp_path), "-q"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["clicks.plan.json"]


def test_json_summary_is_all_that_goes_to_stdout(
    song: Path, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = json.loads(output(["plan", str(song), "--db", place, "-o", str(tmp_path), "--json"], capsys))
    assert summary["files"] == {"plan": str(tmp_path / "clicks.plan.json")}
    assert summary["metre"] == 4
    assert set(summary["seconds"]) >= {"listening", "choreographing"}


def test_doctor_fails_when_the_main_job_is_impossible(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from choreo import doctor

    bad = doctor.Finding("video", "fail", "broken", "mend it")
    note = doctor.Finding("gpu", "note", "none")
    monkeypatch.setattr(doctor, "examine", lambda place: iter([note]))
    assert run(["doctor"]) == 0
    monkeypatch.setattr(doctor, "examine", lambda place: iter([bad, note]))
    assert run(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out.split("here.\n")[-1])["able"] is False


SCRIPT = "import sys; sys.path.pop(0); from choreo.cli import main; main(sys.argv[1:])"
"""What the script ``choreo`` does: the current folder is not in its path."""


@pytest.mark.slow
def test_modules_of_the_current_folder_are_not_run(tmp_path: Path) -> None:
    for name in ("click", "random", "struct", "multiprocessing", "numpy", "choreo"):
        (tmp_path / f"{name}.py").write_text("open('pwned', 'w')\nraise SystemExit('mine')\n")
    (tmp_path / "takes").mkdir()
    for number in range(2):
        write_bvh(dance(4.0, bpm=100 + number), tmp_path / "takes").rename(tmp_path / "takes" / f"{number}.bvh")
    env = {**os.environ, "CHOREO_MOTION_DB": str(tmp_path / "db"), "CHOREO_BLENDER_PYTHON": ""}
    env.pop("PYTHONSAFEPATH", None)
    for words in (["doctor"], ["db", "add", "bvh", "takes", "--jobs", "2"]):
        line = [sys.executable, "-c", SCRIPT, *words]
        done = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not (tmp_path / "pwned").exists(), words
