"""Accuracy of beats, bars, form, style and doubt, beside librosa in the same run.

    python benchmarks/music.py [--data DIR] [--every N] [--held DIR] [--write]

Reads ``beats/``, ``choreonet/music/`` and ``songs/`` of the folder of real data (``--data`` or CHOREO_SHARED); needs
mir_eval, and librosa for the comparison. ``--held`` is a folder for composed music that no net was trained on: what is
missing of it is rendered (extra ``train``, about a second a piece). ``--write`` puts the tables into
``docs/benchmarks/music.md``.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from music_scores import Row, plain, score_doubt, score_form, score_track, table
from music_sounds import BANDS, CODEC, coded, low_passed

from choreo import plugins
from choreo.music import analyze, load_audio
from choreo.types import Audio, BeatTrack, MusicAnalysis

TRACKERS = ("tcn", "librosa")
HELD = 100
"""Composed pieces that are heard; seeds below this were used for no training."""
DANCES = {"C": "cha-cha", "R": "rumba", "T": "tango", "W": "waltz"}
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "music.md"
TRAINING = Path(__file__).parents[1] / "plugins" / "choreo_beats" / "train"

HEAD = """\
# How well choreo hears music

<!-- Made by `python benchmarks/music.py --write`; change that script, not this page. -->

Beats count as found within 70 ms, the first five seconds left out (mir_eval). CMLt: continuously right at the metrical
level of the truth; AMLt: at that, half, double or the off-beat. Metre: 2 and 4 beats in a bar count as one. The
librosa rows are its `beat_track` with bars by low-band energy (`--tracker librosa`), in the same run. The nets were
trained on none of these pieces, and nearly all settings chosen on none: they come from music that the project
composes and renders itself (`plugins/choreo_beats/train`). Chosen with these pieces in view were two settings of the
tempo (how much its prior pulls, and which metrical level wins), how a stated downbeat is counted on, and the rules
for the ends of a form, so the figures of beats are not quite untouched, and those of form are those of a development
set.

The pieces are the folder of real data's: `mma` accompaniments in many styles and metres, `freedoom` and `msx` game
music, `lmms` electronic music, `classical` scores with slight rubato, `fof` real metal at 135 to 190 beats a minute.
"""
WORDS = {
    "held": """\
## Music that teaches, held out

Composed and rendered as the training music is, by other seeds, then spoilt at random: bands, codecs, rooms, noise.
""",
    "bands": """\
## Old, compressed and phone recordings

The 70 pieces and the 33 ballroom songs again, without what lies above a frequency, and through a codec. Same style:
share of the pieces for which the same style, or none, is named as at full band.
""",
    "styles": """\
## Styles

Ballroom songs by their dance. Named: the style that `choreo analyze` prints. Danced: the style that leads among the
moves of the plan. A linear model learnt from these songs what dancers dance these dances to, so that here it hears what
it knows. Tried on each song after learning from the others only, it names 86 % of the cha-chas, 25 % of the rumbas,
80 % of the tangos and all waltzes, and one of the four in 14 % of 70 pieces that are none of them:
`python plugins/choreo_beats/train/ballroom.py ../shared/data/choreonet/music ../shared/data/beats/audio`.
""",
    "doubt": """\
## Doubt

Wrong: F under 0.75. AUC: how often a wrong piece is doubted more than a right one. A warning comes below a certainty of
0.5. Where certainty is calibrated, its mean is the share that is right.
""",
    "form": "## Form\n\nSections of the `mma` pieces, found on the beats that were heard.\n",
    "cost": "## What it costs\n\n`choreo analyze --no-cache` of a whole song in a fresh process.\n",
}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    here = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", here)))
    parser.add_argument("--every", type=int, default=1, help="use each Nth piece only")
    parser.add_argument("--held", type=Path, help="folder of composed music that no net was trained on")
    parser.add_argument("--write", action="store_true", help="write the page of the documentation")
    return parser.parse_args()


def score_ballroom(path: Path, track: BeatTrack) -> Row:
    """Whether metre and, of a waltz, tempo are right; the first letter of a song's name is its dance."""
    waltz = path.stem.startswith("W")
    tempo = 60 / float(np.median(np.diff(track.beats)))
    row = {"metre": float((track.metre == 3) == waltz)}
    return {**row, "80-100 beats/min": float(80 <= tempo <= 100)} if waltz else row


def timed(tracker: Any, audio: Audio) -> tuple[BeatTrack, float]:
    """Track one piece; seconds per minute of sound."""
    begun = time.perf_counter()
    track = tracker.track(Audio(audio.samples, audio.sample_rate))
    return track, 60 * (time.perf_counter() - begun) / audio.duration


def certainties(analysis: MusicAnalysis) -> Row:
    """How sure the analysis is of its parts; of none where the tracker cannot tell."""
    sure = analysis.track.certainty
    if sure is None:
        return {}
    return {f"sure of {part}": float(getattr(sure, part)) for part in ("music", "beats", "downbeat")}


def spoilt(audio: Audio, folder: str) -> dict[str, Audio]:
    """The sound in narrower bands and through a codec."""
    return {**{name: low_passed(audio, hertz) for name, hertz in BANDS.items()}, CODEC: coded(audio, folder)}


def held_pieces(folder: Path, first: int, count: int) -> list[dict[str, Any]]:
    """Composed pieces by seed; what is missing in the folder is rendered."""
    sys.path.insert(0, str(TRAINING))
    return list(import_module("pieces").read(folder, first, count))


def danced(path: Path) -> str:
    """The style that most moves of the song's dance have first."""
    from choreo.pipeline.song_to_plan import make_plan

    _, plan, clips = make_plan(path)
    moves = [clips[step.clip_id] for step in plan.steps if clips[step.clip_id].role == "move"]
    return Counter(move.styles[0] for move in moves for _ in range(move.counts)).most_common(1)[0][0] if moves else ""


def cost(songs: list[Path]) -> str:
    """Wall time, processor time and most memory of `choreo analyze`, cold, after the files were read once."""
    code = (
        "import resource,sys,time\nbegun=time.perf_counter()\nfrom choreo.music import load_audio, analyze\n"
        "audio=load_audio(sys.argv[1])\nfound=analyze(audio)\nwall=time.perf_counter()-begun\n"
        "use=resource.getrusage(resource.RUSAGE_SELF)\n"
        "most=next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1]\n"
        "print(audio.duration, wall, use.ru_utime+use.ru_stime, int(most)/1024)"
    )
    rows = []
    for song in songs:
        runs = []
        for _ in range(3):
            done = subprocess.run([sys.executable, "-c", code, str(song)], capture_output=True, text=True, check=True)
            runs.append([float(word) for word in done.stdout.split()])
        best = min(runs, key=lambda run: run[1])
        rows.append((song.name, *(f"{value:.1f}" for value in best)))
    return plain(("song", "seconds", "wall s", "CPU s", "MiB"), rows)


def main() -> None:
    """Run over the pieces and print the tables."""
    warnings.simplefilter("ignore")
    options = arguments()
    folder = options.data / "beats"
    with (folder / "manifest.csv").open() as stream:
        pieces = list(csv.DictReader(stream))[:: options.every]
    songs = sorted((options.data / "choreonet" / "music").glob("*.ogg"))[:: options.every]
    trackers = {name: plugins.load("beats", name) for name in TRACKERS}
    beats: dict[str, dict[str, list[Row]]] = {name: defaultdict(list) for name in trackers}
    ballroom: dict[str, dict[str, list[Row]]] = {name: defaultdict(list) for name in trackers}
    form: dict[str, list[Row]] = defaultdict(list)
    scored: dict[str, list[Row]] = defaultdict(list)
    bands: dict[str, list[Row]] = defaultdict(list)
    named: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as temporary:
        for piece in pieces:
            audio = load_audio(folder / "audio" / f"{piece['id']}.ogg")
            truth = np.loadtxt(folder / "beats" / f"{piece['id']}.beats", ndmin=2)
            for name, tracker in trackers.items():
                track, seconds = timed(tracker, audio)
                beats[name][piece["set"]].append({**score_track(truth, track), "s/min": seconds})
            heard = analyze(audio)
            sections = folder / "beats" / f"{piece['id']}.sections.json"
            if sections.exists():
                form[piece["set"]].append(score_form(sections, heard))
            versions = {"full band": heard} | {n: analyze(a) for n, a in spoilt(audio, temporary).items()}
            for name, found in versions.items():
                row = {**score_track(truth, found.track), **certainties(found)}
                scored["as they are" if name == "full band" else "narrow bands, codec"].append(row)
                same = {"same style": float(found.style == heard.style)}
                bands[name].append({"beat F": row["beat F"], "downbeat F": row["downbeat F"], **same})
        for path in songs:
            audio = load_audio(path)
            for name, tracker in trackers.items():
                kind = "waltzes" if path.stem.startswith("W") else "other dances"
                ballroom[name][kind].append(score_ballroom(path, timed(tracker, audio)[0]))
            heard = analyze(audio)
            named[DANCES[path.stem[0]]].append((heard.style, danced(path)))
            versions = {"full band": heard} | {n: analyze(a) for n, a in spoilt(audio, temporary).items()}
            for name, found in versions.items():
                bands[name].append({"same style": float(found.style == heard.style)})
    parts = [HEAD, "## Beats and bars\n", *(table(name, beats[name]) for name in trackers)]
    if options.held is not None:
        text, rows = held_out(options.held)
        parts += [WORDS["held"], text]
        scored |= rows
    parts += ["## Ballroom songs\n", *(table(name, ballroom[name]) for name in trackers)]
    parts += [WORDS["bands"], table("sound", bands, overall=False)]
    dances = [
        (dance, len(found), np.mean([s == dance for s, _ in found]), np.mean([dance in pair for pair in found]),
         _counted([s for s, _ in found]), _counted([s for _, s in found]))
        for dance, found in named.items()
    ]  # fmt: skip
    parts += [WORDS["styles"], plain(("dance", "n", "named", "named or danced", "names", "danced"), dances)]
    doubts = {name: [score_doubt(part)] for name, part in scored.items() if "sure of beats" in part[0]}
    parts += [WORDS["doubt"], *(_transposed(doubts),)]
    if form:
        parts += [WORDS["form"], table("form", form)]
    parts += [WORDS["cost"], cost(sorted((options.data / "songs").glob("*.mp3")))]
    text = "\n".join(parts)
    print(text)
    if options.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8", newline="\n")


def held_out(folder: Path) -> tuple[str, dict[str, list[Row]]]:
    """Scores on composed music that is spoilt at random, and what is no music."""
    pieces = held_pieces(folder, 0, HELD)
    degrade = import_module("sounds").degrade
    rows: dict[str, list[Row]] = defaultdict(list)
    noises = []
    for piece in pieces:
        rng = np.random.default_rng(int(piece["seed"]))
        sound = np.asarray(piece["audio"], np.float32) / 32_768
        found = analyze(Audio(np.asarray(degrade(sound, rng), np.float32), 22_050))
        if str(piece["label"]) == "none":
            noises.append(certainties(found))
            continue
        truth = np.stack([piece["beats"], piece["positions"]], axis=1)
        rows[f"in {int(piece['metre'])}"].append({**score_track(truth, found.track), **certainties(found)})
    everything = [row for part in rows.values() for row in part]
    text = table("tcn", {name: rows[name] for name in sorted(rows)})
    if noises:
        text += "\n" + table("no music", {"noise, speech": noises, "music": [
            {name: value for name, value in row.items() if name.startswith("sure")} for row in everything
        ]}, overall=False)  # fmt: skip
    return text, {"held out": everything}


def _counted(names: list[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(names).most_common())


def _transposed(rows: dict[str, list[Row]]) -> str:
    """Scores of doubt, one line each, a column for each kind of pieces."""
    names = list(dict.fromkeys(name for (row,) in rows.values() for name in row))
    return plain(
        ("doubt", *rows), [(name, *(row.get(name, float("nan")) for (row,) in rows.values())) for name in names]
    )


if __name__ == "__main__":
    main()
