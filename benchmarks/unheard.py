"""Retrieval without training, by an ear that knows the songs, one that does not, and one that knows no recordings.

    python benchmarks/unheard.py [--data DIR]

The ear's linear model learnt ballroom from ChoreoNet's songs (``plugins/choreo_beats/train/ballroom.py``), on which
the embedder `zeroshot` is then measured. Here each song is heard by a model that learnt from the others only, and by
the net alone, which learnt from composed music. Reads ``choreonet/`` and ``beats/`` of the folder of real data
(``--data`` or CHOREO_SHARED).
"""

from __future__ import annotations

import argparse
import os
import runpy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from retrieval import choreonet

from choreo.music.style import WAYS, recorded, weighted_styles
from choreo.retrieval.bench import DIRECTIONS, benchmark
from choreo.retrieval.models import load_embedder
from choreo.retrieval.pairs import Pairs

TRAINING = Path(__file__).parents[1] / "plugins" / "choreo_beats" / "train" / "ballroom.py"
METRICS = ("R@1", "R@5", "R@10", "MedR/gallery", "MAP tag", "MAP style")
Heard = Mapping[str, Mapping[str, float]]
"""Probability of each style by the name of the song."""


def heard_anew(data: Path) -> tuple[Heard, Heard]:
    """Styles of ChoreoNet's songs, by models that learnt from the others only, and by none."""
    train: dict[str, Any] = runpy.run_path(str(TRAINING))
    songs = {path: train["DANCES"][path.stem[0]] for path in sorted((data / "choreonet" / "music").glob("*.ogg"))}
    others = dict.fromkeys(sorted((data / "beats" / "audio").glob("*.*")), WAYS[-1])
    views = {path: train["heard"](path) for path in [*songs, *others]}
    x = np.concatenate([rows for rows in views.values() if rows])
    of = np.array([path.stem for path, rows in views.items() for _ in rows])
    y = np.array([WAYS.index({**songs, **others}[path]) for path, rows in views.items() for _ in rows])
    unheard, net = {}, {}
    for path in songs:
        mine, without = views[path][0], of != path.stem
        unheard[path.stem] = weighted_styles(mine, recorded(mine, train["fitted"](x[without], y[without])))
        net[path.stem] = weighted_styles(mine, np.zeros(len(WAYS) - 1))
    return unheard, net


def with_ear(pairs: Pairs, heard: Heard) -> Pairs:
    """The same pairs, their songs heard otherwise."""
    songs = (replace(song, analysis=replace(song.analysis, styles=heard[song.name])) for song in pairs.songs)
    return replace(pairs, songs=tuple(songs))


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("CHOREO_SHARED"))
    given = parser.parse_args()
    if given.data is None:
        parser.error("name the folder of real data with --data or CHOREO_SHARED")
    pairs = choreonet(Path(given.data))
    unheard, net = heard_anew(Path(given.data))
    print("| ear | " + " | ".join(METRICS) + " |\n|" + "---|" * (1 + len(METRICS)))
    for name, mine in (
        ("that heard the songs", pairs),
        ("that heard the others only", with_ear(pairs, unheard)),
        ("without recordings", with_ear(pairs, net)),
    ):
        found = benchmark(mine, lambda: load_embedder("zeroshot"))
        both = [" / ".join(f"{found.mean(way, metric):.2f}" for way in DIRECTIONS) for metric in METRICS]
        print(f"| {name} | " + " | ".join(both) + " |")


if __name__ == "__main__":
    main()
