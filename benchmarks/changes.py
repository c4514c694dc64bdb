"""Songs that change: what is heard of them, and how they are danced.

    python benchmarks/changes.py [--data DIR] [--minutes N] [--write]

Songs of the folder of real data (``--data`` or CHOREO_SHARED, ``songs/``) are joined: a medley, a waltz inside of a
song, speech before the music, a song with a silence in it; and one song again and again for half an hour. Speech is
synthesised: voiced syllables with the formants of vowels, in irregular time. ``--write`` puts the table into
``docs/choreography.md``.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from choreo.music import load_audio
from choreo.options import Choosing
from choreo.pipeline import make_plan
from choreo.types import ChoreographyPlan, Clip, Floats, MusicAnalysis

DOC = Path(__file__).parents[1] / "docs" / "choreography.md"
BEGIN = "<!-- Made by `python benchmarks/changes.py --write`; change that script, not this table. -->\n\n"
END = "\n<!-- End of what the script made. -->"
RATE = 22_050
MINUTES = 30.0
"""Length of the song that goes on and on."""
Span = tuple[float, float, str, int]
"""Seconds from and to, the style that is right there ("" where nobody plays), and beats in a bar."""


def speech(seconds: float, seed: int = 0) -> Floats:
    """Syllables of a voice that no one understands: harmonics under three formants, and breath."""
    rng, parts, count = np.random.default_rng(seed), [], 0
    while count < seconds * RATE:
        long = int(RATE * rng.uniform(0.08, 0.3))
        gap = int(RATE * (rng.uniform(0.02, 0.08) if rng.random() < 0.8 else rng.uniform(0.2, 0.7)))
        time = np.arange(long) / RATE
        pitch = 110 * 2 ** rng.uniform(-0.3, 0.4)
        phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.05 * np.sin(2 * np.pi * 3 * time + rng.uniform(0, 6)))) / RATE
        formants = (rng.uniform(300, 800), rng.uniform(900, 2200), rng.uniform(2300, 3000))
        voice = 0.1 * rng.standard_normal(long)
        for k in range(1, 30):
            voice += np.sin(k * phase) * sum(np.exp(-0.5 * ((k * pitch - f) / 120) ** 2) for f in formants)
        parts += [0.12 * voice * np.hanning(long) * rng.uniform(0.5, 1), np.zeros(gap)]
        count += long + gap
    return np.concatenate(parts)[: int(seconds * RATE)].astype(np.float32)


def part(song: Path, start: float, end: float) -> Floats:
    """A part of a song, faded in and out for half a second."""
    sound = load_audio(song).samples[int(start * RATE) : int(end * RATE)].copy()
    ramp = np.linspace(0, 1, RATE // 2, dtype=np.float32)
    sound[: len(ramp)] *= ramp
    sound[-len(ramp) :] *= ramp[::-1]
    return sound


def made(data: Path) -> dict[str, tuple[Floats, list[Span]]]:
    """Sounds by name, each with what is right."""
    cha, waltz, tango, other = (data / "songs" / f"{name}.mp3" for name in ("C_1", "W_1", "T_2", "C_5"))
    silence = np.zeros(12 * RATE, np.float32)
    return {
        "a medley of four": (
            np.concatenate([part(cha, 5, 65), part(waltz, 5, 65), part(tango, 5, 65), part(other, 10, 70)]),
            [(0, 60, "cha-cha", 4), (60, 120, "waltz", 3), (120, 180, "tango", 4), (180, 240, "cha-cha", 4)],
        ),
        "a waltz inside": (
            np.concatenate([part(cha, 5, 65), part(waltz, 5, 50), part(cha, 65, 130)]),
            [(0, 60, "cha-cha", 4), (60, 105, "waltz", 3), (105, 170, "cha-cha", 4)],
        ),
        "speech before it": (
            np.concatenate([speech(25), np.zeros(RATE, np.float32), part(cha, 0, 70)]),
            [(0, 26, "", 4), (26, 96, "cha-cha", 4)],
        ),
        "a silence in it": (
            np.concatenate([part(cha, 5, 60), silence, part(cha, 60, 110)]),
            [(0, 55, "cha-cha", 4), (55, 67, "", 4), (67, 117, "cha-cha", 4)],
        ),
    }


def kept(folder: Path, name: str, sound: Floats) -> Path:
    """Write a sound as a WAV file."""
    path = folder / f"{name.replace(' ', '-')}.wav"
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(RATE)
        stream.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def style_at(plan: ChoreographyPlan, second: float) -> str:
    """The style that a plan says is danced at a second."""
    changes = [(0.0, plan.options["style"]), *plan.options.get("styles", ())]
    return str([name for time, name in changes if time <= max(second, 0.0)][-1])


def row(
    name: str, plan: ChoreographyPlan, analysis: MusicAnalysis, clips: dict[str, Clip], truth: Sequence[Span]
) -> str:  # fmt: skip
    """One line of the table: shares of the beats that are right, and of the rests that are stood through."""
    style, metre, moves, idle = [], [], [], []
    for step in plan.steps:
        clip = clips[step.clip_id]
        for beat in step.beats[:-1]:
            found = [each for each in truth if each[0] <= beat < each[1]]
            if not found:
                continue
            _, _, wanted, beats = found[0]
            if not wanted:
                idle.append(clip.role == "idle")
                continue
            style.append(style_at(plan, beat) == wanted)
            metre.append((step.metre or plan.metre) == beats)
            if clip.role == "move":
                moves.append(wanted in clip.styles)
    shares = [f"{100 * np.mean(each):.0f} %" if each else "" for each in (style, metre, moves, idle)]
    return f"| {name} | {' | '.join(shares)} |"


def distinct(plan: ChoreographyPlan, clips: dict[str, Clip], minutes: float = 10.0) -> list[tuple[int, int]]:
    """How many moves are danced in every ten minutes, and how many of them were not danced before."""
    seen: set[str] = set()
    out = []
    for first in np.arange(0, plan.end, 60 * minutes).tolist():
        inside = [step for step in plan.steps if first <= step.beats[0] < first + 60 * minutes]
        own = {clips[step.clip_id].family for step in inside if clips[step.clip_id].role == "move"}
        out.append((len(own), len(own - seen)))
        seen |= own
    return out


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", "shared/data")))
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of the song that goes on and on")
    parser.add_argument("--write", action="store_true", help="put the table into docs/choreography.md")
    args = parser.parse_args()
    lines = [
        "| song | style right | metre right | moves of the style | rests stood through |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, (sound, truth) in made(args.data).items():
            analysis, plan, clips = make_plan(kept(Path(folder), name, sound), choosing=Choosing(seed=0))
            lines.append(row(name, plan, analysis, clips, truth))
            print(lines[-1], flush=True)
        whole = part(args.data / "songs" / "C_1.mp3", 0, 211)
        sound = np.tile(whole, int(np.ceil(60 * args.minutes * RATE / len(whole))))
        _, plan, clips = make_plan(kept(Path(folder), "on and on", sound), choosing=Choosing(seed=0))
        found = distinct(plan, clips)
    told = ", ".join(f"{count} ({new} new)" for count, new in found)
    lines += ["", f"The same song for {args.minutes:.0f} minutes: moves in every ten minutes {told}."]
    text = "\n".join(lines) + "\n"
    print(text)
    if args.write:
        page = DOC.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        DOC.write_text(before + BEGIN + text + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
