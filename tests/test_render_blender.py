"""Blender as a renderer; what needs Blender itself skips without ``CHOREO_BLENDER_PYTHON`` or the package bpy."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from render_support import capsule_body, dancing, standing

from choreo import plugins
from choreo.errors import InputError, PluginError
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.types import Scene
from choreo.video import build_scene, project
from choreo_blender import BlenderRenderer, studio

WIDTH, HEIGHT = 320, 180


def scene(count: int = 1) -> Scene:
    return build_scene(standing(count), capsule_body(), fps=30, width=WIDTH, height=HEIGHT)


@pytest.mark.slow
def test_body_and_shadow_are_where_raster_has_them(blender: dict[str, Any]) -> None:
    from choreo_raster import look

    still = scene()
    body, motion = still.performers[0]
    picture = next(BlenderRenderer().frames(still))
    away = Scene(((body, standing(x=60.0, z=-60.0)),), still.camera, 30.0, WIDTH, HEIGHT)
    empty = next(BlenderRenderer().frames(away))
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    for name, red in (("spine2", True), ("left_knee", False), ("right_knee", False)):
        x, y, _ = project(positions[0, [NAMES.index(name)]], still.camera, 0, WIDTH, HEIGHT)[0]
        r, _, b = (int(v) for v in picture[int(y), int(x)])
        assert (r > b + 40) if red else (b > r + 20), name
    top = np.array([motion.translation[0, 0], 1.3, motion.translation[0, 2]])
    ground = top - look.KEY_DIRECTION * (top[1] / look.KEY_DIRECTION[1])
    x, y, _ = project(ground[None], still.camera, 0, WIDTH, HEIGHT)[0]
    assert picture[int(y), int(x)].mean() < 0.9 * empty[int(y), int(x)].mean()


def test_without_blender_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(studio.PYTHON, raising=False)
    monkeypatch.setattr(studio, "find_spec", lambda name: None)
    with pytest.raises(PluginError, match=r"pip install bpy.*CHOREO_BLENDER_PYTHON.*raster"):
        next(BlenderRenderer().frames(scene()))


def test_a_python_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(studio.PYTHON, str(tmp_path / "python"))
    with pytest.raises(PluginError, match=r"CHOREO_BLENDER_PYTHON=.*No such file"):
        next(BlenderRenderer().frames(scene()))


def stand_in(path: Path, code: str) -> str:
    """Something that is started like a Python with Blender."""
    path.write_text(f"#!{sys.executable}\nimport sys\nfolder = sys.argv[-1]\n{code}")
    path.chmod(0o755)
    return str(path)


def test_a_python_without_blender_tells_what_it_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(studio.PYTHON, stand_in(tmp_path / "python", "import no_such_bpy"))
    with pytest.raises(PluginError, match=r"code 1 before the first frame: .*No module named 'no_such_bpy'.*raster"):
        next(BlenderRenderer().frames(scene()))


DRAWS = """
from PIL import Image
print("Blender 9.9 says something")
print("choreo: ready", flush=True)
for line in sys.stdin:
    if line.strip() == "2":
        sys.exit("the driver went away")
    Image.new("RGB", (320, 180), (10 * int(line), 0, 0)).save(f"{folder}/{line.strip()}.png")
    print(f"choreo: {line.strip()}", flush=True)
"""


def test_when_blender_dies_the_frame_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(studio.PYTHON, stand_in(tmp_path / "python", DRAWS))
    frames = BlenderRenderer().frames(build_scene(dancing(4), capsule_body(4, 4), fps=30, width=WIDTH, height=HEIGHT))
    assert next(frames)[0, 0, 0] == 0
    assert next(frames)[0, 0, 0] == 10
    with pytest.raises(PluginError, match="code 1 at frame 2 of 4: the driver went away"):
        next(frames)


def test_closing_ends_blender(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import subprocess

    started: list[subprocess.Popen[str]] = []
    real = subprocess.Popen

    def popen(*given: Any, **options: Any) -> subprocess.Popen[str]:
        started.append(real(*given, **options))
        return started[-1]

    monkeypatch.setattr("choreo_blender.studio.subprocess.Popen", popen)
    monkeypatch.setenv(studio.PYTHON, stand_in(tmp_path / "python", DRAWS))
    frames = BlenderRenderer().frames(scene(3))
    assert isinstance(frames, Generator)
    next(frames)
    frames.close()
    assert started[0].poll() is not None


@pytest.mark.parametrize("word", ["0", "-3", "many", ""])
def test_samples_that_are_none(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(studio.SAMPLES, word)
    with pytest.raises(InputError, match="CHOREO_BLENDER_SAMPLES"):
        next(BlenderRenderer().frames(scene()))


def test_there_is_no_alpha() -> None:
    with pytest.raises(InputError, match="raster"):
        next(BlenderRenderer().part(scene(), 0, 1, alpha=True))


@pytest.mark.parametrize("name", ["blender", "blender-eevee"])
def test_they_are_registered_and_import_nothing_heavy(name: str) -> None:
    assert plugins.load("renderers", name).name == name
    assert "bpy" not in sys.modules
