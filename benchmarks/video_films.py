"""Films of known dances, for measuring what becomes of a video: bodies, cameras, sizes, rates, blur, backgrounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from choreo import plugins
from choreo.datasets import read_take
from choreo.motion.kinematics import forward
from choreo.motion.repair import sliced
from choreo.types import Bytes, CameraPath, Doubles, Motion, Scene
from choreo.video import build_scene, project, write_video
from choreo.video.bodies import fit_motion, load_body, without_fingers
from choreo.video.finish import SHUTTER
from choreo.video.formats import FORMATS

SECONDS = 8.0
SHAKE = 0.02
"""Metres by which a camera in the hand wavers about where it is held; it is aimed as unsteadily."""


@dataclass(frozen=True)
class FilmSpec:
    """One film. ``file`` of the folder of real data holds the dance, from second ``start`` on.

    ``camera`` is fixed, follow, director or hand; ``behind`` the seed of a patchwork for a background, 0 for the
    renderer's stage; ``other`` a second dancer's file, who crosses before or behind; ``crf`` how hard it is compressed.
    """

    name: str
    file: str
    start: float
    camera: str = "fixed"
    size: tuple[int, int] = (640, 480)
    fps: float = 30.0
    look: str = "street"
    build: str = "average"
    body: str = ""
    renderer: str = "raster"
    blur: bool = False
    behind: int = 0
    other: str = ""
    crf: int = 23

    @property
    def style(self) -> str:
        """What is danced: what the name begins with, salsa of CMU apart from ChoreoNet's dances."""
        return self.name.split(",")[0] if not self.body else "stage dance"


_C3D = "choreonet/c3d"
FILMS = (
    FilmSpec("tango, fixed", f"{_C3D}/1.c3d", 8),
    FilmSpec("rumba, fixed, 720p", f"{_C3D}/ll_lb_05_1.c3d", 6, size=(1280, 720), look="stage", build="slim"),
    FilmSpec("cha-cha, fixed, 240p", f"{_C3D}/ll_qq_02_2.c3d", 5, size=(426, 240), look="sport", build="athletic"),
    FilmSpec("cha-cha, fixed, 60 fps, blur", f"{_C3D}/ll_qq_03_1.c3d", 5, fps=60, blur=True, look="studio"),
    FilmSpec("tango, fixed, 24 fps, picture behind", f"{_C3D}/mm_tg_02_1.c3d", 6, fps=24, behind=1, look="sport"),
    FilmSpec("rumba, fixed, portrait", f"{_C3D}/ll_lb_08_1.c3d", 6, size=(480, 854), build="curvy", look="gala"),
    FilmSpec("salsa, fixed, 50 fps", "cmu/60_01.bvh", 4, fps=50, build="broad", look="street"),
    FilmSpec("salsa, fixed, strong compression", "cmu/61_03.bvh", 4, size=(854, 480), look="stage", crf=36),
    FilmSpec("stage dance, fixed, 1080p", "bvh/perfume/A_test.bvh", 6, size=(1920, 1080), look="gala"),
    FilmSpec("stage dance, fixed, blur", "bvh/perfume/B_test.bvh", 12, blur=True, build="slim", look="studio"),
    FilmSpec("tango, follow", f"{_C3D}/14.c3d", 8, camera="follow"),
    FilmSpec("cha-cha, follow, 60 fps", f"{_C3D}/ll_qq_04_2.c3d", 5, camera="follow", fps=60, look="sport"),
    FilmSpec("stage dance, follow, slim", "bvh/perfume/A_test.bvh", 18, camera="follow", build="slim"),
    FilmSpec("rumba, director's cuts", f"{_C3D}/ll_lb_09_1.c3d", 6, camera="director", size=(854, 480), look="gala"),
    FilmSpec("salsa, director's cuts", "cmu/60_05.bvh", 4, camera="director", size=(854, 480), build="athletic"),
    FilmSpec("cha-cha, in the hand", f"{_C3D}/ll_qq_03_3.c3d", 5, camera="hand"),
    FilmSpec("tango, in the hand, 24 fps, blur", f"{_C3D}/mm_hez_02_1.c3d", 6, camera="hand", fps=24, blur=True),
    FilmSpec("rumba, two who cross", f"{_C3D}/ll_lb_11_1.c3d", 6, other=f"{_C3D}/ll_lb_12_1.c3d", size=(854, 480)),
    FilmSpec("knight with a large head", "bvh/perfume/B_test.bvh", 4, body="characters/Knight.glb"),
    FilmSpec("salsa, pyrender, 360p", "cmu/61_07.bvh", 4, size=(640, 360), renderer="pyrender", look="sport"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of a film: the motion on its body at the film's rate, and its joints in the picture and in space.

    ``pixels (T, 24, 3)`` as of `choreo.video.project`; ``camera`` as it was.
    """

    motion: Motion
    joints: Doubles
    pixels: Doubles
    camera: CameraPath


def dance_of(data: Path, spec: FilmSpec, file: str = "") -> Motion:
    """The stretch of a recording that is filmed, in the middle of the stage, on the canonical skeleton."""
    motion = read_take(data / (file or spec.file)).motion
    first = round(spec.start * motion.fps)
    last = min(first + round(SECONDS * motion.fps), len(motion))
    part = sliced(motion, max(0, min(first, last - round(SECONDS * motion.fps))), last)
    moved = part.translation - part.translation.mean(axis=0) * np.array([1, 0, 1], np.float32)
    return replace(part, translation=moved.astype(np.float32))


def made(data: Path, spec: FilmSpec) -> tuple[Scene, Truth]:
    """The scene of a film, and what is known of it."""
    body = load_body(str(data / spec.body)) if spec.body else load_body(look=spec.look, build=spec.build)
    motions = [fit_motion(dance_of(data, spec), body)]
    bodies = [body]
    if spec.other:
        other = load_body(look="stage", build="athletic")
        second = fit_motion(dance_of(data, spec, spec.other), other)
        ways = np.linspace(-2.2, 2.2, len(second))
        offset = np.stack([ways, 0 * ways, 0 * ways - 0.9], axis=1)
        motions.append(replace(second, translation=(second.translation + offset).astype(np.float32)))
        bodies.append(other)
    width, height = spec.size
    scene = build_scene(
        motions, bodies, fps=spec.fps, width=width, height=height, shutter=SHUTTER if spec.blur else 0.0,
        camera="fixed" if spec.camera == "hand" else spec.camera,
    )  # fmt: skip
    if spec.camera == "hand":
        scene = replace(scene, camera=shaken(scene.camera, spec.fps))
    motion = without_fingers(scene.performers[0][1])
    joints = forward(motion.skeleton, motion.translation, motion.rotations)[0].astype(np.float64)
    seen = [project(each.astype(np.float32), scene.camera, k, width, height) for k, each in enumerate(joints)]
    return scene, Truth(motion, joints, np.stack(seen), scene.camera)


def shaken(camera: CameraPath, fps: float, size: float = SHAKE) -> CameraPath:
    """The same camera in somebody's hand: slow wavering of a few centimetres, of the eye and of where it looks."""
    times = np.arange(len(camera.eye)) / fps
    rng = np.random.default_rng(7)

    def waver(far: float) -> Doubles:
        waves = [
            far / (1 + rate) * np.sin(2 * np.pi * rate * times[:, None] + rng.uniform(0, 6.3, 3))
            for rate in (0.31, 0.83, 1.7, 3.1)
        ]
        return np.asarray(np.sum(waves, axis=0))

    eye, target = camera.eye + waver(2 * size), camera.target + waver(size)
    return CameraPath(eye.astype(np.float32), target.astype(np.float32), camera.fov_y)


def patchwork(seed: int, width: int, height: int) -> Bytes:
    """A background of many colours: smooth fields with edges, as a room full of things has them."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    fields = [gaussian_filter(rng.normal(size=(height, width)), height / 14) for _ in range(4)]
    rooms = np.argmax(fields, axis=0)
    colours = rng.integers(40, 215, (4, 3))
    texture = gaussian_filter(rng.normal(size=(height, width)), 1.5)[..., None] * 60
    return np.asarray(np.clip(colours[rooms] + texture, 0, 255), np.uint8)


def write_film(path: Path, scene: Scene, spec: FilmSpec) -> None:
    """Draw and encode a film."""
    from choreo.video.background import lay_on

    renderer: Any = plugins.load("renderers", spec.renderer)
    frames: Iterator[Bytes]
    if spec.behind:
        frames = lay_on(renderer.part(scene, 0, len(scene), alpha=True), patchwork(spec.behind, *spec.size))
    else:
        frames = renderer.frames(scene)
    kind = replace(FORMATS["mp4"], options={**FORMATS["mp4"].options, "crf": str(spec.crf)})
    width, height = spec.size
    write_video(path, frames, fps=spec.fps, width=width, height=height, n_frames=len(scene), kind=kind)
