"""Names made of foreign text are safe everywhere; a stated output means what its ending says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathvalidate import is_valid_filename

from choreo.errors import InputError, OutputError
from choreo.names import MAX_STEM, output_file, output_target, require_name, safe_name, safe_names, stem_of

ENDINGS = [".mp4", ".webm", ".plan.json", ".bvh"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My song", "My song"),
        ("Ärger über 日本", "Ärger über 日本"),
        ("Artist: Title", "Artist_ Title"),
        ("CON", "CON_"),
        ("aux.live", "aux_.live"),
        ("com1", "com1_"),
        ("a/b\\c", "a_b_c"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("the end. . ", "the end"),
        ("x\x1b[31m\x00y", "x_[31m_y"),
        ("cod\u202e3pm", "cod_3pm"),
        ("Caf\udce9", "Caf\ufffd"),
        ("...", "dance"),
        ("", "dance"),
    ],
)
def test_safe_names(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.text(max_size=300))
def test_every_text_becomes_a_name_for_every_system(text: str) -> None:
    name = safe_name(text)
    assert is_valid_filename(name, platform="universal")
    assert Path(name).name == name
    assert not name.startswith(".")
    assert len(name.encode()) <= MAX_STEM
    assert safe_name(name) == name


def test_names_that_become_one_are_told_apart() -> None:
    assert safe_names(["a?", "A:", "a*", "b"]) == ["a_", "A_-2", "a_-3", "b"]


def test_stems_of_sources() -> None:
    assert [stem_of(Path(name)) for name in ("a/b.mp3", "b.plan.json", "..mp3", "NUL.wav", ".mp3", "no ending")] == [
        "b", "b", "dance", "NUL_", "mp3", "no ending",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("output", "ending", "file"),
    [
        (None, ".mp4", "renders/song.mp4"),
        ("out/k.webm", ".webm", "out/k.webm"),
        ("out/k.webm", ".bvh", "out/k.bvh"),
        ("out/K.WebM", ".webm", "out/K.WebM"),
        ("k.plan.json", ".plan.json", "k.plan.json"),
        ("k.plan.json", ".mp4", "k.mp4"),
        ("new.dir/", ".mp4", "new.dir/song.mp4"),
        ("new", ".mp4", "new/song.mp4"),
        ("Mr. Jones", ".mp4", "Mr. Jones/song.mp4"),
        ("there.mp4", ".mp4", "there.mp4/song.mp4"),
        ("a: b.mp4", ".mp4", "a: b.mp4"),
    ],
)
def test_what_is_meant_by_an_output(
    output: str | None, ending: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.mp4").mkdir()
    assert output_target(Path("in/song.mp3"), output, ENDINGS).named(ending).as_posix() == file


def test_an_ending_that_nothing_has_is_refused() -> None:
    with pytest.raises(InputError, match=r"k\.avi: ends with \.avi; want \.bvh, \.mp4"):
        output_target(Path("song.mp3"), "out/k.avi", ENDINGS)


def test_one_file(tmp_path: Path) -> None:
    plan = Path("song.plan.json")
    assert output_file(plan, tmp_path / "x.htm", (".html", ".htm"), ".plan.html") == tmp_path / "x.htm"
    assert output_file(plan, tmp_path, (".html", ".htm"), ".plan.html") == tmp_path / "song.plan.html"
    with pytest.raises(InputError, match=r"\.png"):
        output_file(plan, "x.png", (".html", ".htm"), ".plan.html")


def test_names_that_the_system_cannot_have(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("x" * 300 + ".mp4", "file/below.mp4", "nul\0.mp4"):
        with pytest.raises(OutputError, match="cannot be a name"):
            require_name(tmp_path / name)
    require_name(tmp_path / "new" / "a.mp4")


@pytest.mark.parametrize("name", ["a: b.mp4", "con.mp4", "out?/a.mp4", "what /a.mp4"])
def test_names_that_windows_cannot_have(name: str) -> None:
    with pytest.raises(OutputError, match="Windows has no name like"):
        require_name(Path("out", name), windows=True)
    require_name(Path(os.curdir, os.pardir, ".hidden", "fine.plan.json"), windows=True)
