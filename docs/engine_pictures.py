"""Draw the pictures of "Into your engine": ``python docs/engine_pictures.py`` writes them to ``docs/pictures``.

Blender opens a file that choreo wrote (``CHOREO_BLENDER_PYTHON`` names a Python with ``bpy``), and three.js shows the
page of ``--formats web`` in a headless Chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from choreo.motion.repair import sliced
from choreo.motion.rigs import put_on_rig
from choreo.moves import compile_move, load_moves
from choreo.plugins import load
from choreo.types import Dance, Motion, Show
from choreo.video.bodies import fit_motion, load_body

HERE = Path(__file__).parent
TARGET = HERE / "pictures"
MOVE, COUNT = "disco-point", 1.0
QUALITY = 72


def move() -> tuple[Motion, int]:
    """What is danced, and the frame that the pictures show."""
    found = load_moves()[MOVE]
    motion = compile_move(found, found.tempo)
    return motion, round(COUNT * 60 / found.tempo * motion.fps)


def kept(picture: Path, name: str) -> None:
    """Keep a picture small."""
    TARGET.mkdir(exist_ok=True)
    Image.open(picture).convert("RGB").save(TARGET / f"{name}.webp", quality=QUALITY, method=6)


def blender(motion: Motion, frame: int, folder: Path) -> None:
    """Rigify's bones and the dancer, as Blender has them after File, Import, glTF."""
    body = load_body()
    file, picture = folder / "dance.glb", folder / "blender.png"
    load("exporters", "glb").export_rig(put_on_rig(fit_motion(motion, body), "rigify", up="y"), file, body=body)
    python = os.environ.get("CHOREO_BLENDER_PYTHON", sys.executable)
    number = round(frame / motion.fps * 24)  # Blender's scene runs at 24 frames a second
    subprocess.run([python, str(HERE / "engine_blender.py"), str(file), str(number), str(picture)], check=True)
    kept(picture, "engine-blender")


def three(motion: Motion, frame: int, folder: Path) -> None:
    """The web page at the same moment."""
    page, picture = folder / "dance.html", folder / "three.png"
    moment = Dance("dance", (sliced(motion, frame, len(motion)),))
    load("exporters", "web").export_show(Show((moment,), load_body("builtin")), page)
    program = os.environ.get("CHOREO_CHROMIUM") or shutil.which("chromium") or "chromium-browser"
    flags = ["--headless=new", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    flags += ["--window-size=720,450", "--virtual-time-budget=4000", f"--screenshot={picture}"]
    subprocess.run([program, *flags, page.as_uri()], check=True, timeout=120)
    kept(picture, "engine-three")


def main() -> None:
    """Draw both."""
    motion, frame = move()
    with tempfile.TemporaryDirectory() as name:
        blender(motion, frame, Path(name))
        three(motion, frame, Path(name))


if __name__ == "__main__":
    main()
