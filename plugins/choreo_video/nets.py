"""BlazePose's nets, run by LiteRT: checked when they are loaded, and nothing but arrays to whoever asks them."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from choreo.errors import MotionError
from choreo.foreign.limits import TASK_BYTES
from choreo.inputs import file_size
from choreo.models import model_files
from choreo.plugins import require_extra
from choreo_video import detector, landmark_net
from choreo_video.hand_net import SIDE as HAND_SIDE
from choreo_video.hand_net import Hand, hand_of
from choreo_video.region import whole

if TYPE_CHECKING:
    from choreo.types import Bytes, Floats
    from choreo_video.detector import Detection
    from choreo_video.landmark_net import Pose
    from choreo_video.region import Region

MODEL = "pose"
"""Name of the nets in the table of `choreo.models`."""
LANDMARKS_IN_TASK = "pose_landmarks_detector.tflite"
"""Name of the landmark net in MediaPipe's ``.task`` files."""
THREADS = 2
"""More do not make nets of this size faster."""


class Nets:
    """The detector, the landmark net and, when asked for, the net of hands.

    Parameters
    ----------
    model
        A landmark net of the user's own: a ``.task`` or ``.tflite`` file.
    hands
        Whether hands are looked for.

    Raises
    ------
    MissingExtraError
        When LiteRT is not installed.
    ModelError
        When the nets are not there, or are not those that were published.
    MotionError
        When the user's own net is none of this form.
    """

    def __init__(self, model: str | Path | None = None, *, hands: bool = False) -> None:
        require_litert()
        files = model_files(MODEL)
        self._detector = _Net(files["detector"].read_bytes(), {"boxes": (2254, 12), "scores": (2254, 1)})
        forms = {"points": (1, 195), "score": (1, 1), "heat": (64, 64, 39), "world": (1, 117)}
        content = files["landmarks"].read_bytes() if model is None else own_net(Path(model))
        try:
            self._landmarks = _Net(content, forms)
        except (ValueError, RuntimeError) as error:
            raise MotionError(
                f"{model}: is no landmark net of BlazePose ({str(error).splitlines()[0]}). Take "
                "pose_landmarker_heavy.task or the net in it."
            ) from error
        hand_forms = {"points": (1, 63), "score": (1, 1), "right": (1, 1), "world": (1, 63)}
        self._hands = _Net(files["hands"].read_bytes(), hand_forms) if hands else None
        self._anchors = detector.anchors()

    def people(self, pixels: Bytes, seen: Region | None = None) -> list[Detection]:
        """People within a square of a picture ``(h, w, 3)``, of all of it when None, the surest first."""
        seen = seen or whole(pixels)
        said = self._detector(seen.crop(pixels, detector.SIDE, -1.0, 1.0))
        return detector.decode(said["boxes"], said["scores"][:, 0], self._anchors, seen)

    def pose(self, pixels: Bytes, seen: Region) -> Pose:
        """The person in a square of a picture; `Pose.score` says whether there is one."""
        said = self._landmarks(seen.crop(pixels, landmark_net.SIDE, 0.0, 1.0))
        points = said["points"].reshape(landmark_net.ALL_POINTS, 5)
        world = said["world"].reshape(landmark_net.ALL_POINTS, 3)
        return landmark_net.decode(points, float(said["score"][0, 0]), said["heat"], world, seen)

    def hand(self, pixels: Bytes, seen: Region) -> Hand:
        """The hand in a square of a picture.

        Raises
        ------
        ValueError
            When hands were not asked for.
        """
        if self._hands is None:
            raise ValueError("the net of hands was not asked for")
        said = self._hands(seen.crop(pixels, HAND_SIDE, 0.0, 1.0))
        return hand_of(said["points"].reshape(21, 3), float(said["score"][0, 0]), seen)


def require_litert() -> None:
    """Find out whether LiteRT is there.

    Raises
    ------
    MissingExtraError, PluginError
        When it is not, or does not load.
    """
    require_extra("the dataset video", "video", "ai_edge_litert.interpreter")


def own_net(path: Path) -> bytes:
    """The landmark net in a file of the user's: a ``.tflite``, or a ``.task`` that has it packed.

    Raises
    ------
    MotionError
        When it cannot be read, is too large, or has no such net.
    """
    try:
        if file_size(path) > TASK_BYTES:
            raise MotionError(f"{path}: has over {TASK_BYTES:,} bytes, more than any landmark net.")
        content = path.read_bytes()
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error}).") from error
    if zipfile.is_zipfile(io.BytesIO(content)) and content[4:8] != b"TFL3":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(LANDMARKS_IN_TASK) as stream:
                content = stream.read(TASK_BYTES + 1)
        except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise MotionError(f"{path}: has no {LANDMARKS_IN_TASK}, as MediaPipe's pose landmarkers do.") from error
    if len(content) > TASK_BYTES or content[4:8] != b"TFL3":
        raise MotionError(f"{path}: is no TensorFlow Lite net; take a .tflite or a .task file of a pose landmarker.")
    return content


class _Net:
    """A net whose outputs are known by their form, so that the order in which a file names them does not matter."""

    def __init__(self, content: bytes, forms: Mapping[str, tuple[int, ...]]) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with _silent():
            self._interpreter: Any = Interpreter(model_content=content, num_threads=min(THREADS, os.cpu_count() or 1))
            self._interpreter.allocate_tensors()
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._outputs: dict[str, int] = {}
        left = list(self._interpreter.get_output_details())
        for name, form in forms.items():
            found = next((each for each in left if _form(each["shape"]) == form), None)
            if found is None:
                raise ValueError(f"it has no output of the form {form}")
            left.remove(found)
            self._outputs[name] = found["index"]

    def __call__(self, picture: Floats) -> dict[str, Floats]:
        """Outputs by name for a picture ``(1, n, n, 3)``."""
        self._interpreter.set_tensor(self._input, picture)
        self._interpreter.invoke()
        return {name: _squeezed(self._interpreter.get_tensor(index)) for name, index in self._outputs.items()}


@contextmanager
def _silent() -> Iterator[None]:
    """Keep LiteRT from writing to standard error what it is made of; it has no switch for that."""
    try:
        kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # there is no standard error
        yield
        return
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _form(shape: Any) -> tuple[int, ...]:
    form = tuple(int(each) for each in shape)
    return form[1:] if len(form) > 2 else form


def _squeezed(values: Floats) -> Floats:
    return values[0] if values.ndim > 2 else np.asarray(values)


__all__ = ["MODEL", "Nets", "own_net", "require_litert"]
