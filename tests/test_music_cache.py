"""Analyses are remembered by content, and memory never gets in the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks

from choreo.errors import AudioError
from choreo.music import analyze, analyze_cached, cache
from choreo.options import Listening
from choreo.types import MusicAnalysis


@pytest.fixture
def clicks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "cache"))
    return write_clicks(tmp_path / "clicks.wav", seconds=8)


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often somebody listens."""
    from choreo.music import analysis

    count: list[int] = []
    real = analysis.analyze

    def counting(*args: Any, **options: Any) -> MusicAnalysis:
        count.append(1)
        return real(*args, **options)

    monkeypatch.setattr(analysis, "analyze", counting)
    return count


def same(a: MusicAnalysis, b: MusicAnalysis) -> bool:
    arrays = all(np.array_equal(getattr(a, n), getattr(b, n)) for n in (*cache.ARRAYS, "beats", "confidences"))
    facts = (
        "path", "sha256", "duration", "sections", "style", "style_confidence", "styles", "style_reason", "moods",
        "warnings", "metre", "tempo",
    )  # fmt: skip
    return arrays and all(getattr(a, n) == getattr(b, n) for n in facts) and list(a.styles) == list(b.styles)


def test_the_second_time_is_from_memory_and_the_same(clicks: Path, deaf: list[int]) -> None:
    first, second = analyze_cached(clicks), analyze_cached(clicks)
    assert len(deaf) == 1
    assert same(first, second)
    assert same(first, analyze(clicks))


def test_the_content_counts_and_not_the_name(clicks: Path, tmp_path: Path, deaf: list[int]) -> None:
    analyze_cached(clicks)
    copy = tmp_path / "copy.wav"
    copy.write_bytes(clicks.read_bytes())
    assert analyze_cached(copy).path == str(copy)
    assert len(deaf) == 1
    write_clicks(clicks, seconds=9)
    assert analyze_cached(clicks).duration == pytest.approx(9, abs=0.1)
    assert len(deaf) == 2


def test_options_are_remembered_apart(clicks: Path, tmp_path: Path, deaf: list[int]) -> None:
    beats = tmp_path / "t.beats"
    for text in ("1\n2\n3\n", "1\n2\n3.5\n"):
        beats.write_text(text)
        assert analyze_cached(clicks, Listening(beats=beats)).beats[-1] == float(text.split()[-1])
    assert analyze_cached(clicks, Listening(bpm=60.0)).tempo == pytest.approx(60, rel=0.03)
    assert analyze_cached(clicks).tempo != pytest.approx(60, rel=0.03)
    assert len(deaf) == 4


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 broken", b"\x80\x04K\x01."])
def test_a_broken_memory_is_as_none(clicks: Path, damage: bytes, deaf: list[int]) -> None:
    first = analyze_cached(clicks)
    (path,) = cache.cache_folder().glob("*.npz")
    path.write_bytes(damage)
    assert same(analyze_cached(clicks), first)
    assert same(analyze_cached(clicks), first)
    assert len(deaf) == 2


def test_a_place_that_cannot_be_written_is_left_out(
    clicks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CHOREO_CACHE", str(tmp_path / "file"))
    assert len(analyze_cached(clicks).beats) > 10


def test_many_at_once(clicks: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: analyze_cached(clicks), range(8)))
    assert all(same(found[0], other) for other in found)
    assert len(list(cache.cache_folder().iterdir())) == 1


def test_the_longest_unused_go_first(clicks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    analyze_cached(clicks)
    (old,) = cache.cache_folder().glob("*.npz")
    os.utime(old, (1, 1))
    monkeypatch.setattr(cache, "LARGEST", 1.5 * old.stat().st_size)
    analyze_cached(write_clicks(tmp_path / "other.wav", seconds=7))
    assert not old.exists()
    assert len(list(cache.cache_folder().glob("*.npz"))) == 1


def test_errors_are_the_same() -> None:
    with pytest.raises(AudioError, match="no such file"):
        analyze_cached("missing.wav")


def test_any_damage_is_as_no_analysis(clicks: Path, tmp_path: Path) -> None:
    first = analyze_cached(clicks)
    (path,) = (tmp_path / "cache" / "analyses").glob("*.npz")
    whole = path.read_bytes()
    for place in range(0, len(whole), len(whole) // 60):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        found = cache._read(path)
        assert found is None or same(replace(found, path=first.path, sha256=first.sha256), first)
        path.write_bytes(whole[:place])
        assert cache._read(path) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beats", np.array([[1.0]])),
        ("energy", np.zeros(3, np.float32)),
        ("onsets", np.zeros((3, 3), np.float32)),
        ("chroma", np.array(["a"])),
        ("loudness", None),
        ("facts", np.frombuffer(b"[" * 9999, np.uint8)),
        ("facts", np.frombuffer(b'{"duration": NaN}', np.uint8)),
        ("timbre", np.float32(1)),
    ],
)
def test_analyses_of_another_form_are_as_none(name: str, value: Any, clicks: Path, tmp_path: Path) -> None:
    analyze_cached(clicks)
    (path,) = (tmp_path / "cache" / "analyses").glob("*.npz")
    arrays = dict(np.load(path))
    np.savez(path, **{**arrays, name: value} if value is not None else {k: v for k, v in arrays.items() if k != name})
    assert cache._read(path) is None


def test_options_that_are_written_otherwise_are_the_same(clicks: Path, deaf: list[int]) -> None:
    analyze_cached(clicks, Listening(start=1, duration=5, bpm=120))
    analyze_cached(clicks, Listening(start=1.0, duration=5.0000000001, bpm=120.0, max_hours=1))
    assert len(deaf) == 1
    analyze_cached(clicks, Listening(start=1.001, duration=5.0, bpm=120.0))
    assert len(deaf) == 2


@pytest.mark.parametrize("options", [[], ["--start", "1", "--duration", "6"], ["--bpm", "120"], ["--octave", "half"]])
def test_an_edit_after_generate_decodes_nothing(
    options: list[str], clicks: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from choreo.cli.app import run
    from choreo.music import audio

    plan = tmp_path / "song.plan.json"
    assert run(["plan", str(clicks), "--db", database, "-o", str(plan), "-q", *options]) == 0
    monkeypatch.setattr(audio, "decode", lambda *args: pytest.fail("it listens again"))
    monkeypatch.setattr("choreo.music.analysis.decode", lambda *args: pytest.fail("it listens again"))
    assert run(["edit", str(plan), "--db", database, "--swap", "0", "-q"]) == 0
