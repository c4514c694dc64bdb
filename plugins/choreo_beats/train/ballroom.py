"""Learn cha-cha, rumba, tango and waltz from recordings: ``python plugins/choreo_beats/train/ballroom.py SONGS OTHERS``.

Ballroom dancers dance to pop arrangements, which sound like other pop to a net that was taught by composed music. SONGS
is a folder of recordings whose names begin with C, R, T or W, for the four dances (ChoreoNet's ``music``); OTHERS one of
music that is none of them. A ridge regression on the inputs of the style net tells them apart; it is tried on each song
after learning from the others only, and learns from all of them what it writes to ``choreo/music/ballroom.npz``.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from music_sounds import low_passed

from choreo.music import load_audio
from choreo.music.style import FAR_RECORDED, WAYS, name_of, recorded, weighted_styles
from choreo.music.style_features import beat_patterns, profile
from choreo_beats import barnet, bars
from choreo_beats.beats import peak_near
from choreo_beats.hearing import at_frames, hear
from choreo_beats.tracker import hear_beats

TARGET = Path(__file__).parents[3] / "choreo" / "music" / "ballroom.npz"
DANCES = {"C": "cha-cha", "R": "rumba", "T": "tango", "W": "waltz"}
BANDS = (22_050.0, 8000.0, 4000.0)
"""Hz: each song is heard with its top, and without, as from old files."""
DECAY = 3.0
"""Ridge's penalty as a share of the number of examples; as many inputs as there are want much of it."""
Rows = np.ndarray


def heard(path: Path) -> list[Rows]:
    """Inputs ``(199,)`` of the style net, of each band in which beats are found."""
    found = []
    for hertz in BANDS:
        audio = low_passed(load_audio(path), hertz)
        beats, confidences = hear_beats(audio)
        if len(beats) < 2:
            continue
        sound, activations = hear(audio)
        frames = np.clip(np.round(beats * sound.fps).astype(int), 0, len(sound.mel) - 1)
        peaks = peak_near(at_frames(activations.downbeats, sound), frames)
        predicted = barnet.predict(barnet.measure(sound, beats, confidences, peaks))
        count = bars.find_bars(predicted)
        patterns = beat_patterns(sound, beats)
        found.append(profile(patterns, count.positions, count.metre, compound=predicted.compound > 0.8))
    return found


def fitted(x: Rows, y: Rows) -> dict[str, Rows]:
    """Ridge regression of +1 and -1 for each dance and for none of them, rare ones weighing more."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    share = np.bincount(y, minlength=len(WAYS)) / len(y)
    weight = share[y] ** -0.5
    z = np.column_stack([np.clip((x - mean) / scale, -FAR_RECORDED, FAR_RECORDED), np.ones(len(x))]) * weight[:, None]
    wanted = (2.0 * (y[:, None] == np.arange(len(WAYS))) - 1) * weight[:, None]
    solved = np.linalg.solve(z.T @ z + DECAY * len(z) * np.eye(z.shape[1]), z.T @ wanted)
    return {"mean": mean, "scale": scale, "weights": solved}


def main() -> None:
    """Hear all songs, try, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("songs", type=Path)
    parser.add_argument("others", type=Path)
    chosen = parser.parse_args()
    songs = {path: DANCES[path.stem[0]] for path in sorted(chosen.songs.glob("*.*")) if path.stem[0] in DANCES}
    songs |= dict.fromkeys(sorted(chosen.others.glob("*.*")), WAYS[-1])
    views = {path: heard(path) for path in songs}
    x = np.concatenate([views[path] for path in songs])
    y = np.array([WAYS.index(songs[path]) for path in songs for _ in views[path]])
    of = np.array([k for k, path in enumerate(songs) for _ in views[path]])
    right = defaultdict(list)
    for k, path in enumerate(songs):
        without = fitted(x[of != k], y[of != k])
        name = name_of(weighted_styles(views[path][0], recorded(views[path][0], without)))[0]
        right[songs[path]].append(name == songs[path] if songs[path] != WAYS[-1] else name in WAYS)
    for dance, hits in right.items():
        print(
            f"{dance}: {len(hits)} songs, {np.mean(hits):.0%} named {'one of the four' if dance == WAYS[-1] else 'so'}"
        )
    arrays = {name: values.astype(np.float32) for name, values in fitted(x, y).items()}
    np.savez(TARGET, **arrays)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
