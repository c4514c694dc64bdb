"""Videos with dancers whose joints are known, and small films of plain pictures at any times."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
from motion_support import dance

from choreo import models, plugins
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES
from choreo.types import Bytes, Doubles
from choreo.video import build_scene, project
from choreo.video.bodies import load_body

FPS = 30.0
SIZE = (288, 320)
PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = [f"{side}_{part}" for part in PARTS for side in ("left", "right")]


@dataclass(frozen=True, eq=False)
class Danced:
    """Pictures of the built-in dancer, and where `JOINTS` are in them: ``(T, 12, 2)`` pixels."""

    pictures: tuple[Bytes, ...]
    joints: Doubles

    @property
    def height(self) -> float:
        """Pixels from the highest to the lowest joint, the mean over frames."""
        return float(np.ptp(self.joints[..., 1], axis=1).mean())


def wheel_of_nets() -> Path:
    """The wheel with the nets; tests skip without it, and fail with CHOREO_REQUIRE_POSE=1."""
    path = Path(os.environ.get("CHOREO_POSE_WHEEL", "no wheel"))
    if path.is_file():
        return path
    message = "the nets of poses are not here: set CHOREO_POSE_WHEEL to the wheel of mediapipe 0.10.21"
    if os.environ.get("CHOREO_REQUIRE_POSE") == "1":
        pytest.fail(message)
    pytest.skip(message)


def fetched_nets(place: Path, patch: pytest.MonkeyPatch) -> None:
    """Take the nets out of the wheel, as ``choreo models get pose --from`` does."""
    pytest.importorskip("ai_edge_litert")
    wheel = wheel_of_nets()
    patch.setenv("CHOREO_MODELS", str(place))
    models.get_model("pose", wheel)


@cache
def danced(seconds: float) -> Danced:
    """A dance in front of a fixed camera, by the default renderer."""
    width, height = SIZE
    scene = build_scene(dance(seconds), load_body(), fps=FPS, width=width, height=height, camera="fixed")
    ((_, motion),) = scene.performers
    positions, _ = forward(motion.skeleton, motion.translation, motion.rotations)
    rows = [NAMES.index(name) for name in JOINTS]
    seen = [project(at[rows], scene.camera, frame, width, height)[:, :2] for frame, at in enumerate(positions)]
    return Danced(tuple(plugins.load("renderers", "raster").frames(scene)), np.array(seen))


def write_film(path: Path, pictures: Iterable[Bytes], times: Sequence[float]) -> Path:
    """An mp4 with a picture at each of the `times`, in seconds."""
    clock = Fraction(1, 24_000)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "14", "bf": "0"})
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = clock
        for picture, time in zip(pictures, times, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            if not stream.codec_context.is_open:
                stream.width, stream.height = frame.width, frame.height
            frame.pts, frame.time_base = round(time / clock), clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_video_of_dance(folder: Path) -> Path:
    """A folder with a video of a dance."""
    folder.mkdir()
    found = danced(4.0)
    write_film(folder / "dance.mp4", found.pictures, list(np.arange(len(found.pictures)) / FPS))
    return folder
