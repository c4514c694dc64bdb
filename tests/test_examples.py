"""Every program of ``examples/`` runs as its first line says, from its own folder, on a song and a dance made here."""

from __future__ import annotations

import csv
import itertools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from docs_support import RATE, ROOT, write_song
from sound_support import write_pcm
from test_exporters import character

EXAMPLES = ROOT / "examples"
PROGRAMS = sorted(EXAMPLES.glob("*.py"))
CALL = re.compile(r"``python (\S+\.py)((?: \S+)*)``")


def write_verse_and_chorus(path: Path) -> None:
    """Eight bars of soft fifths, eight of loud chords with hats, and the first eight again, at 120 beats a minute."""
    time = np.arange(RATE * 48) / RATE
    chorus = (time // 16) == 1
    roots = np.where(chorus, np.array([261.6, 349.2, 392.0, 220.0])[(time // 2).astype(int) % 4], 110.0)
    tones = np.where(chorus[:, None], (1.0, 1.26, 1.5), (1.0, 1.5, 2.0)) * roots[:, None]
    samples = np.sin(2 * np.pi * np.cumsum(tones, axis=0) / RATE).sum(axis=1) * np.where(chorus, 0.12, 0.04)
    since = time % 0.5
    samples += np.where(time % 2 < 0.5, 0.9, 0.3) * np.exp(-since * 40) * np.sin(2 * np.pi * 60 * since)
    hats = np.random.default_rng(0).standard_normal(len(time)) * np.exp(-(time % 0.25) * 60)
    samples += 0.3 * hats * chorus
    write_pcm(path, samples * 20_000, RATE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, database: str) -> Path:
    """A song, a folder of songs, a dance, a character."""
    from choreo import generate

    made = tmp_path_factory.mktemp("examples")
    write_verse_and_chorus(made / "song.mp3")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHOREO_MOTION_DB", database)
        danced = generate(made / "song.mp3", output=made / "dance", formats=("bvh",))
    danced.files["bvh"].rename(made / "dance.bvh")
    (made / "songs").mkdir()
    write_song(made / "songs" / "slow.wav", bpm=84)
    shutil.copy(made / "song.mp3", made / "songs" / "its own.wav")
    character(made / "me.glb", size=1.1, arms_down=0.3)
    return made


def call(program: str, arguments: list[str], folder: Path, database: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the examples in a folder, as a user does."""
    return subprocess.run(
        [sys.executable, str(EXAMPLES / program), *arguments], cwd=folder, capture_output=True, text=True,
        encoding="utf-8", env={**os.environ, "CHOREO_MOTION_DB": database, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


def run_as_told(program: Path, folder: Path, database: str) -> str:
    """What a program prints when it is called as its docstring says."""
    found = CALL.search(program.read_text(encoding="utf-8"))
    assert found is not None, "the docstring says how it is called"
    assert found[1] == program.name
    done = call(program.name, found[2].split(), folder, database)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return done.stdout


def test_the_page_names_every_program() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\S+\.py)\)", page) == [*dict.fromkeys(re.findall(r"`(\S+\.py)`", page))]
    assert sorted(re.findall(r"\]\((\S+\.py)\)", page)) == [path.name for path in PROGRAMS]


def test_a_character_dances(folder: Path, database: str) -> None:
    printed = run_as_told(EXAMPLES / "my_character.py", folder, database)
    made = folder / printed.splitlines()[-1]
    assert made.read_bytes()[:4] == b"glTF"
    assert made.stat().st_size > 2 * (folder / "me.glb").stat().st_size


def test_only_the_chorus_changes(folder: Path, database: str) -> None:
    from choreo import read_plan

    run_as_told(EXAMPLES / "another_chorus.py", folder, database)
    before, after = (read_plan(folder / f"{name}.plan.json") for name in ("before", "after"))
    assert any("moonwalk" in step.name for step in after.steps)
    kept = [(step.first_beat, step.name, step.mirror) for step in before.steps if step.section != "B"]
    assert kept == [(step.first_beat, step.name, step.mirror) for step in after.steps if step.section != "B"]


def test_cues_are_bars_of_the_dance(folder: Path, database: str) -> None:
    assert "cues" in run_as_told(EXAMPLES / "stage_cues.py", folder, database)
    with (folder / "cues.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seconds = [float(row["seconds"]) for row in rows]
    assert len(rows) >= 10
    assert {round(later - sooner, 1) for sooner, later in itertools.pairwise(seconds)} == {2.0}
    assert {row["section"] for row in rows if row["new"] == "section"} == {row["section"] for row in rows} - {""}


def test_a_dance_is_measured(folder: Path, database: str) -> None:
    printed = run_as_told(EXAMPLES / "measure_dance.py", folder, database)
    assert "BEATS" in printed
    score = re.search(r"F1 at 70 ms +(\S+)", printed)
    assert score is not None
    assert float(score[1]) > 0.5


def test_the_song_of_a_dance_is_found(folder: Path, database: str) -> None:
    printed = run_as_told(EXAMPLES / "songs_for_dance.py", folder, database)
    assert printed.splitlines()[0].split("  ")[-2].strip() == "its own.wav"


def test_an_error_is_one_line(folder: Path, database: str) -> None:
    done = call("measure_dance.py", ["missing.bvh", "song.mp3"], folder, database)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "missing.bvh" in done.stderr
