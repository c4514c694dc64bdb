"""Blender in a process of its own: it needs another numpy than choreo, and a driver that crashes ends its process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import numpy as np

from choreo.errors import InputError, PluginError
from choreo.types import Bytes, Scene
from choreo.video.colours import linear_light
from choreo_blender.surfaces import save_surfaces
from choreo_raster import look
from choreo_raster.painter import Canvas, RasterScene

PYTHON, SAMPLES = "CHOREO_BLENDER_PYTHON", "CHOREO_BLENDER_SAMPLES"
"""Environment: a Python that has the package ``bpy``, and samples per pixel."""
ADVICE = (
    f"Make an environment of its own (python3.11 -m venv blender; blender/bin/pip install bpy) and set {PYTHON} to its "
    "python. Or use the renderer 'raster'."
)
REPLY = "choreo: "
"""How a line begins that answers; Blender prints others."""
TAIL = 400
"""Most letters of Blender's errors that are passed on."""


def blender_python() -> str:
    """Path of a Python that has Blender.

    Raises
    ------
    PluginError
        When none is named and this one has no ``bpy``.
    """
    named = os.environ.get(PYTHON)
    if named:
        return named
    if find_spec("bpy") is None:
        raise PluginError(f"the renderer 'blender' needs Blender as a Python module (bpy), which is not here. {ADVICE}")
    return sys.executable


def samples_wanted(default: int) -> int:
    """Samples per pixel.

    Raises
    ------
    InputError
        When the environment's word is no positive number.
    """
    word = os.environ.get(SAMPLES, str(default))
    if not (word.isdecimal() and int(word) > 0):
        raise InputError(f"{SAMPLES}={word!r}: want a number of samples per pixel, such as 64.")
    return int(word)


def draw_frames(scene: Scene, first: int, last: int, engine: str, samples: int) -> Iterator[Bytes]:
    """Yield frames `first` to `last` (not with it), ``(height, width, 3) uint8``.

    Raises
    ------
    PluginError
        When Blender is missing, does not start, or dies.
    """
    from PIL import Image

    raster = RasterScene(scene)
    canvas = Canvas(raster)
    python = blender_python()
    with tempfile.TemporaryDirectory(prefix="choreo-blender-") as name:
        folder = Path(name)
        _save_scene(folder / "scene.npz", raster, engine, samples)
        with _worker(python, folder) as worker:
            for frame in range(first, last):
                lights, _, backdrop, _ = look.frame_lights(scene, frame)
                canvas.skin(frame)
                np.savez(
                    folder / f"{frame}.npz", vertices=canvas.world, normals=canvas.normals, basis=raster.bases[frame],
                    target=raster.targets[frame], lights=lights, backdrop=backdrop,
                )  # fmt: skip
                _answer(worker, str(frame), folder, f"at frame {frame} of {len(scene)}")
                with Image.open(folder / f"{frame}.png") as image:
                    picture = np.array(image.convert("RGB"))
                for suffix in ("npz", "png"):
                    (folder / f"{frame}.{suffix}").unlink()
                yield picture


def _save_scene(path: Path, raster: RasterScene, engine: str, samples: int) -> None:
    encoded = np.concatenate([body.colours for body, _ in raster.scene.performers]) / 255
    _, floor, _, _ = look.frame_lights(raster.scene, 0)
    np.savez(
        path, faces=raster.faces, fov_y=raster.scene.camera.fov_y, size=(raster.width, raster.height), engine=engine,
        samples=samples, lights=look.LIGHTS, ambient=look.AMBIENT, floor=floor, pool=raster.pool, fade=raster.fade,
        line=look.LINE, colours=linear_light(encoded),
        **save_surfaces(raster.scene, path.parent),
    )  # fmt: skip


@contextmanager
def _worker(python: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start Blender with `folder`; it is gone at the end, whatever happens."""
    with (
        as_file(files("choreo_blender").joinpath("worker.py")) as script,
        (folder / "errors.txt").open("w", encoding="utf-8") as errors,
    ):
        try:
            worker = subprocess.Popen(
                [python, "-P", str(script), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                text=True, encoding="utf-8", errors="replace",
            )  # fmt: skip
        except OSError as error:
            raise PluginError(f"{PYTHON}={python}: {error.strerror}. {ADVICE}") from error
        try:
            _wait(worker, "ready", folder, "before the first frame")
            yield worker
        finally:
            worker.kill()
            with suppress(BrokenPipeError):
                worker.communicate()


def _answer(worker: subprocess.Popen[str], name: str, folder: Path, when: str) -> None:
    """Ask for a frame and wait for it."""
    with suppress(BrokenPipeError):  # it has died; reading its output tells that
        _pipe(worker.stdin).write(f"{name}\n")
        _pipe(worker.stdin).flush()
    _wait(worker, name, folder, when)


def _wait(worker: subprocess.Popen[str], name: str, folder: Path, when: str) -> None:
    for line in _pipe(worker.stdout):
        if line.strip() == REPLY + name:
            return
    code = worker.wait()
    said = " ".join((folder / "errors.txt").read_text(encoding="utf-8", errors="replace").split())[-TAIL:]
    raise PluginError(
        f"Blender ended with code {code} {when}: {said or 'it said nothing'}. The renderer 'raster' needs no Blender."
    )


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
