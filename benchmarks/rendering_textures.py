"""How fast bodies with textures are drawn beside the built-in one: ``python benchmarks/rendering_textures.py``.

The built-in body is drawn as it is and with a painted surface: opaque, seen from both sides, as a toon, as a mask with
holes and half transparent, each by raster to an mp4 with sound. They take turns, ROUNDS times, and the best run of each
counts. Options: ``--seconds`` of dance, ``--size WxH``, ``--song`` for the sound (a tone otherwise); ``--write`` puts
the table at the end of ``docs/benchmarks/rendering.md``, whose other tables are those of ``rendering.py``.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
from rendering import PAGE, TEXTURES, end_to_end, fitted, load_body

from choreo.types import Body, Bytes, Material, Surface
from choreo.video import build_scene

SIDE, SQUARES, ROUNDS = 1024, 32, 3
PLAIN = "built-in, no textures"
MATERIALS = {
    "opaque": Material("opaque", texture=0),
    "opaque, seen from both sides": Material("both", texture=0, double_sided=True),
    "toon": Material("toon", texture=0, shading="toon"),
    "mask, a quarter of it holes, both sides": Material("mask", texture=0, alpha="mask", double_sided=True),
    "all of it half transparent": Material("veil", texture=0, alpha="blend", colour=(1.0, 1.0, 1.0, 0.5)),
}


def painting(holes: bool) -> Bytes:
    """Squares in colours that run across the texture; with `holes`, every other one of every other row has no alpha."""
    row, column = np.mgrid[0:SIDE, 0:SIDE]
    square = (row * SQUARES // SIDE) % 2, (column * SQUARES // SIDE) % 2
    texture = np.full((SIDE, SIDE, 4), 255, np.uint8)
    texture[..., 0] = np.where(square[0] == square[1], 230, 60)
    texture[..., 1], texture[..., 2] = column * 255 // SIDE, row * 255 // SIDE
    if holes:
        texture[(square[0] == 0) & (square[1] == 0), 3] = 0
    return texture


def painted(body: Body, material: Material) -> Body:
    """A body with a texture of 1024 texels a side laid over it from the front."""
    uv = np.stack([body.vertices[:, 0] / 2 + 0.5, 1 - body.vertices[:, 1] / 1.8], axis=1).astype(np.float32)
    texture = painting(holes=material.alpha == "mask")
    return replace(body, surface=Surface(uv, np.zeros(len(body.faces), np.int32), (material,), (texture,)))


def tone(path: Path, seconds: float) -> Path:
    """A sound file of one tone."""
    at = np.arange(round(44100 * seconds)) / 44100
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 44100, 0, "NONE", ""))
        file.writeframes((8000 * np.sin(2 * np.pi * 220 * at)).astype("<i2").tobytes())
    return path


def measured(body: Body, seconds: float, size: tuple[int, int], song: Path) -> dict[str, tuple[float, float]]:
    """Frames a second and processor milliseconds a frame of each, from its best run."""
    motion = fitted(body, seconds, 30.0)
    bodies = {PLAIN: body} | {name: painted(body, material) for name, material in MATERIALS.items()}
    scenes = {name: build_scene(motion, each, fps=30.0, width=size[0], height=size[1]) for name, each in bodies.items()}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in scenes}
    for number in range(ROUNDS + 1):
        for name, scene in scenes.items():
            figures = end_to_end(scene, "raster", song)
            if number:  # the first round compiles and fills caches
                found[name].append(figures)
    return {name: (max(rate for rate, _ in runs), min(spent for _, spent in runs)) for name, runs in found.items()}


def main() -> None:
    """Print the table, or put it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--song", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    body, (width, height) = load_body("builtin"), (int(side) for side in chosen.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        song = chosen.song or tone(Path(folder) / "tone.wav", chosen.seconds)
        found = measured(body, chosen.seconds, (width, height), song)
    plain_rate, plain_spent = found[PLAIN]
    lines = [
        TEXTURES,
        "",
        f"raster, {chosen.size}, to an mp4 with sound; {len(body.faces)} triangles, a texture of {SIDE} texels a side,",
        f"{os.cpu_count()} processors, load at the end {os.getloadavg()[0]:.1f}. Made by",
        f"`python benchmarks/rendering_textures.py --write`: the bodies take turns, the best of {ROUNDS} runs counts.",
        "",
        "| body | to mp4 a second | of the one without textures | processor ms a frame | times the one without |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {rate:.1f} | {rate / plain_rate:.0%} | {spent:.1f} | {spent / plain_spent:.2f} |"
            for name, (rate, spent) in found.items()
        ),
        "",
    ]
    if chosen.write:
        page = PAGE.read_text(encoding="utf-8").split(f"\n{TEXTURES}")[0].rstrip("\n")
        PAGE.write_text(page + "\n\n" + "\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
