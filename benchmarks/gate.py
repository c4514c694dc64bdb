"""Short pieces danced and measured against what the documentation promises; seconds, for CI.

    python benchmarks/gate.py [--data DIR]

The pieces are a drum machine with known beats at two tempos, and the first seconds of two real songs where the folder
of real data (``--data`` or CHOREO_SHARED) is. What is wanted stands in the row *wanted* of
``docs/benchmarks/choreography.md`` and is held, as there, by the mean over the pieces; the drum machine's beats must
all be found, within 70 ms. Ends with 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from choreo.metrics import evaluate
from choreo.metrics.beats import match
from choreo.music import analyze_cached
from choreo.options import Choosing, Listening
from choreo.pipeline import make_plan
from choreo.synthesis import guarantees, perform

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "choreography.md"
MEASURES = ("beat F1, 70 ms", "median lag, ms", "slide p95, cm/s")
SECONDS = 24.0
RATE = 22_050
DRUMS = (88.0, 96.0, 104.0, 112.0, 120.0, 126.0, 134.0)
"""Tempi of the pieces of a drum machine: a dance of 24 s has some forty steps of motion, so one or two say little."""
SONGS = ("C_1.mp3", "C_5.mp3", "R_10.mp3", "R_4.mp3", "T_2.mp3", "W_1.mp3")
"""All songs of the real data: of two, one unusual excerpt decided."""


@dataclass(frozen=True)
class Promise:
    """What a measure has to be: at least, at most, or within so much of nothing."""

    measure: str
    relation: str
    bound: float

    def holds(self, value: float) -> bool:
        """Whether a value keeps the promise."""
        if self.relation == "within":
            return abs(value) <= self.bound
        return value >= self.bound if self.relation == ">=" else value <= self.bound


def promises(page: Path = PAGE) -> list[Promise]:
    """The promises of the page for `MEASURES`.

    Raises
    ------
    ValueError
        When the page has no row of what is wanted, or not these columns.
    """
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    wanted = next((k for k, row in enumerate(rows) if row[0] == "*wanted*"), None)
    if wanted is None:
        raise ValueError(f"{page}: has no row of what is wanted")
    head = next(row for row in reversed(rows[:wanted]) if not set("".join(row)) <= set("-: ") and row[0] != "*wanted*")
    found = []
    for measure in MEASURES:
        told = re.fullmatch(r"(>=|<=|within) ([\d.]+)", rows[wanted][head.index(measure)])
        if told is None:
            raise ValueError(f"{page}: {rows[wanted][head.index(measure)]!r} is no promise for {measure}")
        found.append(Promise(measure, told[1], float(told[2])))
    return found


def write_drums(path: Path, bpm: float, seconds: float = SECONDS + 2) -> Path:
    """A drum machine: bass drum on 1 and 3, snare on 2 and 4, hats between, a chord each bar."""
    rng = np.random.default_rng(0)
    samples = np.zeros(round(RATE * seconds))
    long = np.arange(round(0.25 * RATE)) / RATE
    bass = np.exp(-long / 0.08) * np.sin(2 * np.pi * 60 * long)
    snare = np.exp(-long / 0.05) * rng.normal(size=len(long)) * 0.5
    hat = np.exp(-long / 0.015) * rng.normal(size=len(long)) * 0.15
    for number, time in enumerate(drum_beats(bpm, seconds)):
        for sound, at in (((bass, snare)[number % 2], time), (hat, time), (hat, time + 30 / bpm)):
            begin = round(at * RATE)
            end = min(begin + len(sound), len(samples))
            samples[begin:end] += sound[: end - begin]
    time = np.arange(len(samples)) / RATE
    bar = ((time - 0.2) * bpm / 240).astype(int)
    samples += 0.08 * np.sin(2 * np.pi * np.choose(bar % 4, [220.0, 174.6, 261.6, 196.0]) * time)
    whole = np.clip(samples / np.abs(samples).max() * 30_000, -32_768, 32_767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(whole.tobytes())
    return path


def drum_beats(bpm: float, seconds: float = SECONDS + 2) -> np.ndarray:
    """Seconds of the beats of `write_drums`."""
    return np.arange(0.2, seconds - 0.2, 60 / bpm)


def measured(song: Path, *, db: str | None = None) -> dict[str, float]:
    """`MEASURES` of the dance to a song's first seconds, with the starter moves."""
    listening = Listening(duration=SECONDS)
    analysis, plan, clips = make_plan(song, listening=listening, choosing=Choosing(db=db, datasets=("starter",)))
    motion = perform(plan, clips)
    report = evaluate(motion, analysis, plan=plan)
    slide = guarantees(motion, plan, clips)["contact_slide_p95"]
    values = [report["beat_f1_70ms"], report["beat_lag"], 100 * slide]
    return dict(zip(MEASURES, (float(value or 0) for value in values), strict=True))


def heard(song: Path, bpm: float) -> float:
    """F1 within 70 ms of the beats that are heard of a drum machine."""
    beats = drum_beats(bpm)
    beats = beats[(beats > 1) & (beats < SECONDS - 1)]
    found = analyze_cached(song, Listening(duration=SECONDS)).beats
    return match(found[(found > beats[0] - 0.07) & (found < beats[-1] + 0.07)], beats, 0.07).f1


def means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Mean of each measure over pieces."""
    return {name: float(np.mean([row[name] for row in rows])) for name in MEASURES}


def main() -> None:
    """Measure all pieces and say which promises are kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.environ.get("CHOREO_SHARED", str(Path(__file__).parents[2] / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(shared))
    told = parser.parse_args()
    broken = 0
    with tempfile.TemporaryDirectory() as folder:
        db = str(Path(folder) / "db")
        pieces = [write_drums(Path(folder) / f"drums-{bpm:g}.wav", bpm) for bpm in DRUMS]
        for path, bpm in zip(pieces, DRUMS, strict=True):
            found = heard(path, bpm)
            broken += found < 1
            print(f"{path.stem}: beats heard, F1 {found:.2f} (wanted 1.00)")
        songs = [told.data / "songs" / name for name in SONGS]
        pieces += [path for path in songs if path.is_file()]
        rows = [measured(path, db=db) for path in pieces]
        for path, row in zip(pieces, rows, strict=True):
            print(f"{path.stem}: " + ", ".join(f"{name} {value:.2f}" for name, value in row.items()))
        for promise in promises():
            value = means(rows)[promise.measure]
            broken += not promise.holds(value)
            kept = "kept" if promise.holds(value) else "BROKEN"
            print(f"mean {promise.measure} {value:.2f}, wanted {promise.relation} {promise.bound:g}: {kept}")
    sys.exit(broken > 0)


if __name__ == "__main__":
    main()
