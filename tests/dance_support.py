"""Small clips and songs with known properties, for tests of planning and stitching."""

from __future__ import annotations

from typing import Any

import numpy as np
from motion_support import stepping_dance

from choreo.motion import rotations as rot
from choreo.motion.skeleton import CANONICAL
from choreo.music.phrasing import stretch
from choreo.retrieval.pairs import PairedSong, Pairs
from choreo.types import BeatTrack, Clip, Motion, MusicAnalysis, Section


def swaying_motion(seconds: float, hz: float, size: float, *, fps: float = 60.0) -> Motion:
    """Feet planted, arms swinging from rest to rest."""
    frames = round(seconds * fps) + 1
    angle = size * np.sin(2 * np.pi * hz * np.arange(frames) / fps)
    rotations = np.zeros((frames, 24, 4), np.float32)
    rotations[..., 0] = 1
    for name, side in (("left_shoulder", -1), ("right_shoulder", 1)):
        turn = np.stack([0 * angle, 0.3 * angle, side * (1.2 + angle)], axis=-1)
        rotations[:, CANONICAL.index(name)] = rot.from_axis_angle(turn)
    translation = np.tile(CANONICAL.offsets[0], (frames, 1)).astype(np.float32)
    return Motion(CANONICAL, fps, translation, rotations, np.ones((frames, 4), bool))


def sway_clip(
    name: str,
    *,
    counts: int = 8,
    metre: int = 4,
    bpm: float = 120.0,
    size: float = 0.4,
    energy: float = 0.4,
    styles: tuple[str, ...] = ("pop",),
    role: str = "move",
) -> Clip:
    """A clip of swaying arms, one swing every two counts."""
    beats = np.arange(counts + 1) * 60 / bpm
    return Clip(
        clip_id=f"test-{name}",
        name=name,
        dataset="test",
        source="",
        licence="CC0-1.0",
        motion=swaying_motion(float(beats[-1]), bpm / 120, size),
        beats=beats,
        metre=metre,
        styles=styles,
        energy=energy,
        rhythm=np.tile(np.array([1.0, 0.2], np.float32), counts),
        role=role,
    )


def step_clip(name: str, *, counts: int = 8, bpm: float = 120.0, turn: float = 1.0, **facts: Any) -> Clip:
    """A clip of `motion_support.stepping_dance`: it travels, turns and steps, and left and right differ."""
    beats = np.arange(counts + 1) * 60 / bpm
    made: dict[str, Any] = {
        "clip_id": f"test-{name}", "name": name, "dataset": "test", "source": "", "licence": "CC0-1.0",
        "motion": stepping_dance(float(beats[-1]), bpm=bpm, turn=turn), "beats": beats, "metre": 4,
        "styles": ("pop",), "energy": 0.5, "rhythm": np.tile(np.array([1.0, 0.2], np.float32), counts),
    }  # fmt: skip
    return Clip(**{**made, **facts})


def song(
    seconds: float = 32.0,
    *,
    bpm: float = 120.0,
    metre: int = 4,
    first: float = 0.0,
    energy: float = 0.5,
    form: str = "AA",
) -> MusicAnalysis:
    """An analysis of a steady song whose sections, of equal length, sound alike when they share a letter."""
    beats = np.arange(first, seconds - 1e-9, 60 / bpm)
    count = len(beats)
    edges = np.linspace(0, seconds, len(form) + 1)
    sections = tuple(Section(float(a), float(b), label) for a, b, label in zip(edges, edges[1:], form, strict=False))
    part = np.clip(np.searchsorted(edges, beats, side="right") - 1, 0, len(form) - 1)
    kinds = np.array([ord(form[k]) - 65 for k in part])
    chroma = np.eye(12, dtype=np.float32)[(3 * kinds + np.arange(count) % 8) % 12]
    timbre = np.random.default_rng(0).normal(size=(26, 13)).astype(np.float32)[kinds]
    return MusicAnalysis(
        path="song.wav",
        sha256="0" * 64,
        duration=seconds,
        track=BeatTrack(beats, np.arange(count) % metre + 1, metre, 1.0, "test"),
        energy=np.full(count, energy, np.float32),
        loudness=np.full(count, -12, np.float32),
        onsets=np.tile(np.array([[1, 1, 1], [0.2, 0.2, 0.2]], np.float32), (count, 1)),
        chroma=chroma,
        timbre=timbre,
        sections=sections,
    )


def two_kinds(songs: int = 12) -> Pairs:
    """Slow songs danced with slow wide clips, fast ones with fast narrow clips: there is something to learn."""
    clips = [sway_clip(f"slow-{k}", bpm=72 + k, size=0.9, counts=4, styles=("slow",)) for k in range(4)]
    clips += [sway_clip(f"fast-{k}", bpm=132 + k, size=0.2, counts=4, styles=("fast",)) for k in range(4)]
    found = []
    for number in range(songs):
        fast = number % 2
        analysis = song(24.0, bpm=(75 if not fast else 135) + number / 4, energy=0.3 + 0.4 * fast)
        parts = tuple(stretch(analysis, 4 * k, 4) for k in range(6))
        found.append(
            PairedSong(f"song-{number}", analysis, parts, tuple(4 * fast + (number // 2 + k) % 4 for k in range(6)))
        )
    return Pairs(tuple(clips), tuple(clip.name for clip in clips), tuple(found), "two kinds", "CC0-1.0")
