from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from choreo.errors import OutputError
from choreo.output import atomic, output_base, require_writable, write_text


def test_default_base_is_renders_and_the_song_name() -> None:
    assert output_base(Path("music/My song.mp3"), None) == Path("renders/My song")


def test_plan_suffix_is_not_part_of_the_stem() -> None:
    assert output_base(Path("renders/a.plan.json"), None) == Path("renders/a")


def test_output_file_gives_the_stem_and_a_folder_keeps_the_songs(tmp_path: Path) -> None:
    assert output_base(Path("a.wav"), tmp_path / "dance.mp4") == tmp_path / "dance"
    assert output_base(Path("a.wav"), tmp_path) == tmp_path / "a"
    assert output_base(Path("a.wav"), tmp_path / "new") == tmp_path / "new" / "a"


def test_very_long_names_still_fit_a_file_system(tmp_path: Path) -> None:
    base = output_base(Path("ü" * 120 + ".mp3"), tmp_path)
    write_text(base.with_name(base.name + ".credits.txt"), "x")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["x"]


def test_atomic_leaves_nothing_behind_on_failure(tmp_path: Path) -> None:
    target = tmp_path / "a.bvh"
    target.write_text("old")

    def interrupted() -> None:
        with atomic(target) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [p.name for p in tmp_path.iterdir()] == ["a.bvh"]
    assert target.read_text() == "old"


def test_full_disk_is_an_output_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.bvh.*No space left"), atomic(tmp_path / "a.bvh"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_found_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="taken"):
        require_writable(tmp_path / "taken" / "below")
