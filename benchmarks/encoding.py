"""Settings of the mp4 encoder: processor time, size and quality: ``python benchmarks/encoding.py SONG [--write]``.

Eight seconds of the song's dance are drawn once for each kind of film and encoded with each setting. Quality is
measured on luma, of the decoded film beside what was drawn: PSNR, and SSIM (Wang et al., 2004) over windows of 8x8
pixels. ``--write`` puts the tables into ``docs/benchmarks/encoding.md``.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import av
import numpy as np

from choreo import Choosing, Listening, plugins
from choreo.pipeline.dance_to_files import look_film, look_scene
from choreo.pipeline.plan_to_dance import perform_plan
from choreo.pipeline.song_to_plan import make_plan
from choreo.planfile.troupe import Troupe
from choreo.synthesis.ensemble import cast_plan
from choreo.types import Bytes, Floats
from choreo.video import write_video
from choreo.video.bodies import fit_motion
from choreo.video.film import Film
from choreo.video.formats import X264, video_format
from choreo.video.look import Look
from choreo.video.placing import placed_cards
from choreo.video.scene import part_of_scene
from choreo.video.titles import title_cards

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "encoding.md"
FPS, SECONDS, FIRST = 30, 8, 16
SETTINGS = {
    "the preset `veryfast`": {"preset": "veryfast", "x264-params": ""},
    f"**`veryfast`, {X264}**": {"preset": "veryfast", "x264-params": X264},
    "the same, subme=0": {"preset": "veryfast", "x264-params": "subme=0"},
    "`superfast`": {"preset": "superfast", "x264-params": ""},
    "`superfast`, mbtree=1, rc-lookahead=10": {"preset": "superfast", "x264-params": "mbtree=1:rc-lookahead=10"},
    "`faster`": {"preset": "faster", "x264-params": ""},
}
HEAD = f"""\
# How videos are encoded

<!-- Made by `python benchmarks/encoding.py SONG --write`; change that script, not this page. -->

{SECONDS} seconds of each kind of film, drawn once and encoded by x264 with constant quality (`crf` 20) and other
settings. Milliseconds are of the processor, for each frame; KiB are for each second; PSNR (dB) and SSIM are of luma
beside what was drawn, SSIM also of the worst frame. The line in bold is what choreo uses.
"""


def films(song: Path) -> dict[str, Film]:
    """Films of one dance by what they show."""
    _, plan, clips = make_plan(song, listening=Listening(duration=FIRST + SECONDS + 2.0), choosing=Choosing(seed=1))
    body = plugins.load("bodies", "builtin").load()
    wide, full = Look(width=1280, height=720), Look(width=1920, height=1080)
    kinds = {
        "1280x720": (wide, 1), "1280x720, director's cuts": (replace(wide, camera="director"), 1),
        "1280x720, five dancers": (wide, 5), "1280x720, titles": (wide, 1), "1920x1080": (full, 1),
    }  # fmt: skip
    found = {}
    for name, (look, dancers) in kinds.items():
        performance = perform_plan(cast_plan(plan, Troupe(dancers)), clips, measured=False)
        motions = [fit_motion(motion, body) for motion in performance.motions]
        scene = look_scene(motions, body, look, performance.timeline, fps=FPS)
        film = look_film(part_of_scene(scene, FIRST * FPS, (FIRST + SECONDS) * FPS), look, "mp4")
        if "titles" in name:
            film = replace(
                film, cards=placed_cards(title_cards(film.duration, "A song with a name", "Credits"), film.scene)[0]
            )
        found[name] = film
    return found


def ssim(one: Floats, other: Floats) -> float:
    """Structural similarity of two pictures, over windows of 8x8 pixels beside each other."""
    height, width = (side // 8 * 8 for side in one.shape)

    def windows(picture: Floats) -> Floats:
        return picture[:height, :width].reshape(height // 8, 8, width // 8, 8).transpose(0, 2, 1, 3).reshape(-1, 64)

    a, b = windows(one), windows(other)
    mean_a, mean_b = a.mean(axis=1), b.mean(axis=1)
    shared = (a * b).mean(axis=1) - mean_a * mean_b
    spread = a.var(axis=1) + b.var(axis=1)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(
        ((2 * mean_a * mean_b + c1) * (2 * shared + c2) / ((mean_a**2 + mean_b**2 + c1) * (spread + c2))).mean()
    )


def measured(film: Film, frames: list[Bytes], settings: dict[str, str], path: Path) -> list[str]:
    """Cells of one row: milliseconds, KiB a second, PSNR, SSIM, the worst frame's SSIM."""
    scene, spent = film.scene, []
    kind = replace(video_format("mp4"), options={**video_format("mp4").options, **settings})
    for _ in range(3):
        begun = time.process_time()
        write_video(
            path, iter(frames), fps=FPS, width=scene.width, height=scene.height, n_frames=len(frames), kind=kind
        )
        spent.append(time.process_time() - begun)
    errors, alike = [], []
    with av.open(str(path)) as video:
        for decoded, drawn in zip(video.decode(video=0), frames, strict=True):
            one, other = (each[: scene.height].astype(np.float32) for each in (decoded.to_ndarray(), drawn))
            errors.append(((one - other) ** 2).mean())
            alike.append(ssim(one, other))
    return [
        f"{1e3 * min(spent) / len(frames):.1f}", f"{os.path.getsize(path) / 1024 / SECONDS:.0f}",
        f"{10 * np.log10(255**2 / np.mean(errors)):.2f}", f"{np.mean(alike):.4f}", f"{min(alike):.4f}",
    ]  # fmt: skip


def main() -> None:
    """Print the tables, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("song", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    lines = [HEAD, f"{chosen.song.stem}, {os.cpu_count()} processors."]
    with tempfile.TemporaryDirectory() as folder:
        for name, film in films(chosen.song).items():
            frames = [frame.copy() for frame in film.draw(0, len(film.scene))]
            lines += [
                "",
                f"## {name}",
                "",
                "| settings | ms | KiB | PSNR | SSIM | worst |",
                "|---|---|---|---|---|---|",
            ]
            for words, settings in SETTINGS.items():
                cells = measured(film, frames, settings, Path(folder) / "film.mp4")
                lines.append("| " + " | ".join([words, *cells]) + " |")
    lines.append("")
    if chosen.write:
        PAGE.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
