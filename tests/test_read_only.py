"""Folders of choreo's own that cannot be written cost time, not the dance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import write_clicks

from choreo.db import starter
from choreo.errors import DatabaseError
from choreo.options import Choosing, Listening
from choreo.pipeline import generate, render_plan


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user whose folders for data and caches cannot be made: a file is in their place."""
    (tmp_path / "file").touch()
    monkeypatch.delenv("CHOREO_MOTION_DB", raising=False)
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: str(tmp_path / "file" / name))
    starter._passing_folder.cache_clear()
    yield tmp_path
    starter._passing_folder.cache_clear()


@pytest.mark.slow
def test_dancing_without_a_data_folder(nowhere: Path, caplog: pytest.LogCaptureFixture) -> None:
    clicks = write_clicks(nowhere / "clicks.wav", seconds=9, bpm=110)
    made = generate(clicks, output=nowhere / "out", formats=("plan", "bvh"), listening=Listening(duration=6))
    again = render_plan(made.files["plan"], output=nowhere / "again", formats=("bvh",))
    assert again.files["bvh"].read_bytes() == made.files["bvh"].read_bytes()
    assert "Choose another place with --db" in caplog.text
    assert (nowhere / "file").read_bytes() == b""


def test_a_place_that_was_named_is_not_passed_over(nowhere: Path) -> None:
    clicks = write_clicks(nowhere / "clicks.wav", seconds=9, bpm=110)
    with pytest.raises(DatabaseError, match="--db"):
        generate(
            clicks, output=nowhere / "out", formats=("plan",), listening=Listening(duration=6),
            choosing=Choosing(db=str(nowhere / "file" / "db")),
        )  # fmt: skip
