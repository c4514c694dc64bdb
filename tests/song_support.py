"""Analyses of songs that are not sound: beats, accents and energy as a test wants them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo.types import BeatTrack, MusicAnalysis, Section


def song_like(
    name: str,
    *,
    bpm: float = 120.0,
    metre: int = 4,
    bars: int = 16,
    style: str = "house",
    energy: np.ndarray | None = None,
    seed: int = 0,
) -> MusicAnalysis:
    """A song of `bars` whole bars; accents are random but for the seed, energy ``(bars,)`` a slope by default."""
    rng = np.random.default_rng(seed)
    count = bars * metre
    course = np.linspace(0.2, 0.9, bars) if energy is None else energy
    beats = 0.5 + np.arange(count) * 60 / bpm
    track = BeatTrack(beats, np.arange(count) % metre + 1, metre, 1.0, "made")
    end = float(beats[-1]) + 60 / bpm
    return MusicAnalysis(
        path=name,
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        duration=end,
        track=track,
        energy=np.repeat(course, metre).astype(np.float32),
        loudness=np.full(count, -12, np.float32),
        onsets=rng.random((2 * count, 3)).astype(np.float32),
        chroma=rng.random((count, 12)).astype(np.float32),
        timbre=rng.normal(size=(count, 13)).astype(np.float32),
        sections=(Section(0.0, end, "A"),),
        style=style,
        style_confidence=0.9,
        styles={style: 0.9, "any": 0.1},
    )


def analysis_of(path: Path) -> MusicAnalysis:
    """What is heard in a file whose content is text like ``bpm=124 style=tango``; its SHA-256 is the content's."""
    data = Path(path).read_bytes()
    words = dict(word.split("=") for word in data.decode().split())
    made = song_like(
        str(path),
        bpm=float(words.get("bpm", 120)),
        metre=int(words.get("metre", 4)),
        bars=int(words.get("bars", 16)),
        style=words.get("style", "house"),
        seed=int(words.get("seed", 0)),
    )
    return replace(made, sha256=hashlib.sha256(data).hexdigest())


__all__ = ["analysis_of", "song_like"]
