"""Analyses are remembered by content, and memory never gets in the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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
    facts = ("path", "sha256", "duration", "sections", "style", "style_confidence", "warnings", "metre", "tempo")
    return arrays and all(getattr(a, n) == getattr(b, n) for n in facts)


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
