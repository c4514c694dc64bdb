"""Machine code that was kept is used when it is whole, and counts as none when it is damaged or not the user's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from choreo_raster.kept_code import KeptCode, keep, own


@pytest.fixture
def kept(tmp_path: Path) -> KeptCode:
    files = KeptCode(str(tmp_path), "kernel", ("stamp", 1))
    files.save("key", {"code": b"machine code" * 100})
    return files


def test_what_was_kept_comes_back(kept: KeptCode) -> None:
    assert kept.load("key") == {"code": b"machine code" * 100}
    assert kept.load("another") is None


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:40], lambda data: b"", lambda data: data[:-5] + bytes([data[-5] ^ 1]) + data[-4:]],
    ids=["cut", "empty", "flipped"],
)
def test_damaged_files_are_as_none_and_are_written_anew(
    kept: KeptCode, suffix: str, damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    (path,) = tmp_path.glob(f"*{suffix}")
    path.write_bytes(damage(path.read_bytes()))
    assert kept.load("key") is None
    kept.save("key", {"code": b"new"})
    assert kept.load("key") == {"code": b"new"}


def test_code_of_another_source_is_not_used(kept: KeptCode, tmp_path: Path) -> None:
    assert KeptCode(str(tmp_path), "kernel", ("stamp", 2)).load("key") is None


def test_what_cannot_be_written_is_not_kept(tmp_path: Path) -> None:
    files = KeptCode(str(tmp_path / "gone"), "kernel", ("stamp", 1))
    files.save("key", 1)
    assert files.load("key") is None


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are POSIX's")
def test_a_folder_that_others_write_to_is_not_used(tmp_path: Path) -> None:
    numba = pytest.importorskip("numba")

    def twice(x: float) -> float:
        return 2 * x

    source = Path(__file__)
    assert own(tmp_path, source)
    assert own(tmp_path / "new", source)
    tmp_path.chmod(0o777)
    assert not own(tmp_path, source)
    compiled = numba.njit(cache=True)(twice)
    compiled._cache._cache_path = str(tmp_path)
    keep(compiled, source)
    assert not compiled._cache._enabled
    assert compiled(2.0) == 4.0
    assert not list(tmp_path.iterdir())
