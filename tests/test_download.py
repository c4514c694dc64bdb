"""Downloads go on where they ended, and no page, pointer or other version passes for the file."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetch_support import Site, serving

from choreo.datasets import download
from choreo.datasets.download import FetchError, Resuming

PIECE = download.PIECE
CONTENT = random.Random(1).randbytes(300_000)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(download, "PAUSE", 0.0)
    with serving() as made:
        made.files["take"] = CONTENT
        yield made


def get(site: Site, folder: Path, size: int | None = None) -> bytes:
    target = folder / "whole"
    Resuming(folder / "take.part", size)(f"{site.address}take", str(target))
    assert sorted(path.name for path in folder.iterdir()) == ["whole"]
    return target.read_bytes()


def test_a_file_comes_whole_and_is_told(site: Site, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    Resuming(tmp_path / "part", None, lambda done, total: told.append((done, total)))(
        f"{site.address}take", str(tmp_path / "whole")
    )
    assert (tmp_path / "whole").read_bytes() == CONTENT
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert told == sorted(told)


def test_what_was_cut_off_goes_on_where_it_ended(site: Site, tmp_path: Path) -> None:
    site.cuts = [12 * PIECE, 6 * PIECE]
    assert get(site, tmp_path) == CONTENT
    assert site.asked == [("take", ""), ("take", f"bytes={12 * PIECE}-"), ("take", f"bytes={18 * PIECE}-")]


def test_another_run_goes_on(site: Site, tmp_path: Path) -> None:
    site.cuts = [8 * PIECE, *[0] * (download.TRIES - 1)]
    with pytest.raises(FetchError, match=r"lost 5 times.*run the same command again"):
        get(site, tmp_path)
    assert (tmp_path / "take.part").read_bytes() == CONTENT[: 8 * PIECE]
    site.asked.clear()
    assert get(site, tmp_path) == CONTENT
    assert site.asked == [("take", f"bytes={8 * PIECE}-")]


def test_another_version_is_begun_anew(site: Site, tmp_path: Path) -> None:
    site.cuts = [8 * PIECE, *[0] * (download.TRIES - 1)]
    with pytest.raises(FetchError):
        get(site, tmp_path)
    site.files["take"] = CONTENT[::-1]
    assert get(site, tmp_path) == CONTENT[::-1]


def test_a_whole_part_is_not_asked_for_again(site: Site, tmp_path: Path) -> None:
    site.cuts = [8 * PIECE, *[0] * (download.TRIES - 1)]
    with pytest.raises(FetchError):
        get(site, tmp_path)
    with (tmp_path / "take.part").open("ab") as stream:
        stream.write(CONTENT[8 * PIECE :])
    site.cuts = [0] * download.TRIES  # an answer with anything in it would fail
    assert get(site, tmp_path) == CONTENT


@pytest.mark.parametrize(("ranges", "tags"), [(False, True), (True, False)])
def test_without_ranges_or_marks_all_of_it_comes_again(site: Site, tmp_path: Path, ranges: bool, tags: bool) -> None:
    site.ranges, site.tags, site.cuts = ranges, tags, [100_000]
    assert get(site, tmp_path) == CONTENT


def test_a_busy_server_is_asked_again(site: Site, tmp_path: Path) -> None:
    site.refusals = [503, 429]
    assert get(site, tmp_path) == CONTENT


def test_what_is_not_there_is_said_at_once(site: Site, tmp_path: Path) -> None:
    del site.files["take"]
    with pytest.raises(FetchError, match=r"take: is not there \(404"):
        get(site, tmp_path)
    assert len(site.asked) == 1


def test_nothing_longer_than_published_is_kept(site: Site, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="longer than the 299,999 bytes"):
        get(site, tmp_path, len(CONTENT) - 1)
    assert not list(tmp_path.iterdir())
    assert get(site, tmp_path, len(CONTENT)) == CONTENT


def test_nobody_there_is_an_error_that_says_so(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FetchError, match=r"lost 5 times.*refused"):
        Resuming(tmp_path / "part")("http://127.0.0.1:9/take", str(tmp_path / "whole"))


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 144051503\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (POINTER, "pointer of Git LFS, not the file of 144,051,503 bytes"),
        (b"<!DOCTYPE html><title>Sign in</title>", "web page.*--from"),
        (b"\n <html><body>virus scan warning", "web page.*--from"),
    ],
)
def test_what_stands_in_for_a_file_is_refused(site: Site, tmp_path: Path, content: bytes, told: str) -> None:
    site.files["take"] = content
    with pytest.raises(FetchError, match=told):
        get(site, tmp_path)
    assert not list(tmp_path.iterdir())
