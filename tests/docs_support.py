"""The folder that the documentation's pages talk about: a song, its dance, motion files, a move, a plugin."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
from dataset_support import write_bvh
from motion_support import dance
from sound_support import write_pcm

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)
RATE = 22_050
CHORDS = ((220.0, 277.2, 329.6), (293.7, 370.0, 440.0), (246.9, 311.1, 370.0), (329.6, 415.3, 493.9))
"""Hertz, one chord a bar."""


def blocks_of(page: Path, language: str) -> list[str]:
    """Every block of code of a page in one language, in order."""
    return [text for name, text in BLOCK.findall(page.read_text(encoding="utf-8")) if name == language]


def write_song(path: Path, *, seconds: float = 12.0, bpm: float = 120.0) -> Path:
    """Write drums on the beats and a chord a bar, louder from the middle on, as a wave file of any name."""
    time = np.arange(round(RATE * seconds)) / RATE
    bar = (np.maximum(time - 0.1, 0) * bpm / 240).astype(int)
    notes = np.array(CHORDS)[bar % len(CHORDS)]
    samples = 0.08 * np.sin(2 * np.pi * notes * time[:, None]).sum(axis=1)
    tick = np.exp(-np.arange(900) / 100) * np.sin(np.arange(900) * 0.4)
    for number, at in enumerate(np.arange(0.1, seconds - 0.1, 60 / bpm)):
        begin = round(at * RATE)
        samples[begin : begin + len(tick)] += tick[: len(samples) - begin] * (0.6 if number % 4 == 0 else 0.4)
    samples *= np.where(time < seconds / 2, 0.4, 0.9)
    return write_pcm(path, samples * 30_000, RATE)


def write_light_song(path: Path, *, seconds: float) -> Path:
    """As `write_song`, as AAC, which films take as it is: a file of any name."""
    import av

    wave = write_song(path.with_name(f"{path.name}.wav"), seconds=seconds)
    with av.open(str(wave)) as source, av.open(str(path), "w", format="mp4") as made:
        stream = made.add_stream("aac", rate=RATE, layout="stereo")
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
        for frame in source.decode(audio=0):
            for each in resampler.resample(frame):
                made.mux(stream.encode(each))
        made.mux(stream.encode(None))
    wave.unlink()
    return path


def fill_folder(folder: Path) -> None:
    """Make what the pages name: ``song.mp3`` and its dance, recordings, a move, a plugin package."""
    from choreo import generate
    from choreo.cli.skeleton import write_package

    generate(write_song(folder / "song.mp3"), output=folder / "renders", formats=("bvh", "plan"))
    (folder / "my_mocap").mkdir()
    taken = write_bvh(dance(6.0), folder / "my_mocap")
    shutil.copy(taken, folder / "dance.bvh")
    taken.rename(taken.with_name("slow.bvh"))
    write_bvh(dance(8.0, bpm=100), folder / "my_mocap").rename(folder / "my_mocap" / "quick.bvh")
    (folder / "my-moves").mkdir()
    (folder / "my-moves" / "side-step.yaml").write_text(blocks_of(ROOT / "docs/moves.md", "yaml")[0], encoding="utf-8")
    write_package("exporters", "tsv", folder)
