"""Music for a video and a video for music, on films of known dances: what the pictures alone tell of the music.

    python benchmarks/video_music.py [--data DIR] [--seeds N] [--keep DIR] [--write]

Reads ``choreonet/`` of the folder of real data (``--data`` or CHOREO_SHARED). Each movement unit is drawn and
encoded as a small film, of which choreo sees the pictures alone; ``--keep`` keeps what it saw of them, and takes what
is there. ``--write`` writes ``docs/benchmarks/video_music.md``.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.retrieval.bench import DIRECTIONS, BenchmarkResult, benchmark
from choreo.retrieval.models import untrained
from choreo.retrieval.pairs import Pairs
from choreo.retrieval.picture_side import Looks, PictureClip, picture_clip
from choreo.types import Clip
from choreo.video import build_scene, write_video
from choreo.video.bodies import fit_motion, load_body
from choreo_video.looks import looks_of

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "video_music.md"
SIZE, FPS = (160, 90), 24
METRICS = ("R@1", "R@5", "R@10", "MedR/gallery", "MAP style")
TITLES = ("R@1", "R@5", "R@10", "median rank / gallery", "MAP style")
HEAD = """\
# Music for a video

<!-- Made by `python benchmarks/video_music.py --write`; change that script, not this page. -->

Movement units of ChoreoNet, each drawn as a film of {width}x{height} pixels, {fps} pictures a second, the camera at
rest, encoded and read again. Of these films the pictures alone are known (movement by optical flow, cuts, light and
colour, on the beats), not the body. VM-Net learns from them and the music that the units were danced to; beside it it
learns from the true motion of the same units. {songs} songs, {clips} units; five folds by song, so no song was learnt
from, means of {seeds}. Lengths are not told. Right is a unit of the same movement, and for MAP style of the same dance.
"""
TAIL = """
All films have one stage, one dancer, one camera and no cut, so light and colour tell little here, and what is learnt is
movement on the beat. A film of a real music video has more to go by.
"""


def seen(clip: Clip, folder: Path) -> PictureClip:
    """What the pictures of a film of a clip say, on its beats."""
    kept = folder / f"{clip.clip_id}.npz"
    if not kept.is_file():
        body = load_body(look="studio")
        width, height = SIZE
        scene = build_scene(fit_motion(clip.motion, body), body, fps=FPS, width=width, height=height, camera="fixed")
        film = folder / "film.mp4"
        frames = plugins.load("renderers", "raster").frames(scene)
        write_video(film, frames, fps=FPS, width=width, height=height, n_frames=len(scene))
        looks = looks_of(film)
        np.savez(kept, times=looks.times, values=looks.values)
    with np.load(kept) as data:
        looks = Looks(data["times"], data["values"])
    found = picture_clip(looks, clip.beats, name=clip.name, source=clip.name, metre=clip.metre)
    return replace(found, styles=clip.styles, labels=clip.labels)


def rows_of(name: str, result: BenchmarkResult) -> list[str]:
    """A row for each direction."""
    return [
        f"| {name} | {direction} | " + " | ".join(f"{result.mean(direction, each):.2f}" for each in METRICS) + " |"
        for direction in DIRECTIONS
    ]


def page(pairs: Pairs, pictured: Pairs, seeds: int) -> str:
    """Measure and say it."""
    found = {}
    for name, data in (("pictures", pictured), ("true motion", pairs)):
        found[name] = benchmark(data, lambda: untrained("vmnet", lengths=False), seeds=range(seeds))
        print(*rows_of(name, found[name]), sep="\n", flush=True)
    width, height = SIZE
    many = f"{seeds} splits" if seeds > 1 else "one split"
    head = HEAD.format(width=width, height=height, fps=FPS, songs=len(pairs.songs), clips=len(pairs.clips), seeds=many)
    lines = [head, "| known of the dance | direction | " + " | ".join(TITLES) + " |", "|---" * 7 + "|"]
    for name, result in found.items():
        lines += rows_of(name, result)
    by_chance = found["pictures"]
    for direction in DIRECTIONS:
        cells = [f"{by_chance.mean(direction, f'chance {each}'):.2f}" for each in METRICS]
        lines.append(f"| *chance* | {direction} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n" + TAIL


def main() -> None:
    """Measure, and write the page where that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", "../shared/data")))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    pairs: Pairs = plugins.load("datasets", "choreonet").pairs(asked.data / "choreonet")
    print(f"{len(pairs.songs)} songs, {len(pairs.clips)} units, {len(pairs)} pairs", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        films = tuple(seen(clip, folder) for clip in pairs.clips)
    print("films are seen", flush=True)
    text = page(pairs, replace(pairs, clips=films), asked.seeds)
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
