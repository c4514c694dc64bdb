"""A terminal whose code page lacks letters and signs gets their numbers, and programs get valid JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_support import write_clicks

from choreo.names import path_text, text_path


def choreo(args: list[str], folder: Path, encoding: str) -> tuple[int, bytes, bytes]:
    """Run choreo where Python's streams have another encoding, and names of files that of the C locale."""
    outside = {
        **os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C", "CHOREO_CACHE": str(folder / "c"),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-P", "-m", "choreo", *args], cwd=folder, env=outside, capture_output=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_code_pages_that_lack_letters(encoding: str, tmp_path: Path) -> None:
    song = write_clicks(tmp_path / "naïve ☃.wav", seconds=8)
    code, out, _ = choreo(["analyze", song.name], tmp_path, encoding)
    assert code == 0
    assert b"energy per bar" in out
    code, out, _ = choreo(["analyze", song.name, "--json", "--html", "new/"], tmp_path, encoding)
    assert code == 0
    assert json.loads(out)["song"]["path"] == song.name
    assert (tmp_path / "new" / "naïve ☃.analysis.html").is_file()
    code, _, told = choreo(["analyze", "☃ gone.wav"], tmp_path, encoding)
    assert code == 2
    assert b"gone.wav: no such file" in told


def test_paths_as_text() -> None:
    for name in ("a/b.mp3", "naïve ☃.mp3"):
        assert path_text(Path(name)) == str(Path(name))
        assert text_path(path_text(name)) == Path(name)


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text(tmp_path: Path) -> None:
    from choreo.music import analysis_to_dict, analyze_cached

    song = write_clicks(tmp_path / "ok.wav", seconds=4).rename(tmp_path / "Caf\udce9.wav")
    told = analysis_to_dict(analyze_cached(song))
    assert json.dumps(told, ensure_ascii=False).encode("utf-8")
    assert told["song"]["path"].endswith("Caf\ufffd.wav")
