"""Read markers from C3D, in metres, +Y up, with gaps marked; the c3d library reads the format."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from choreo.errors import MotionError
from choreo.inputs import file_size
from choreo.motion import rotations as rot
from choreo.types import Doubles

MAX_BYTES = 1 << 30
MAX_FRAMES = 2_000_000
UNITS = {"mm": 0.001, "cm": 0.01, "m": 1.0, "in": 0.0254, "inch": 0.0254}


@dataclass(frozen=True, eq=False)
class Markers:
    """``points : (T, M, 3) float64`` metres, NaN where a marker was not seen; `labels` without the subject's name."""

    labels: tuple[str, ...]
    points: Doubles
    fps: float


def read_c3d(path: Path, up: str | None = None) -> Markers:
    """Read a C3D file; `up` is its axis that points up, found by the markers' extent when None.

    Raises
    ------
    MotionError
        When it cannot be read, is no C3D file or has no points.
    """
    try:
        size = file_size(path)
        if size > MAX_BYTES:
            raise MotionError(f"{path}: {size:,} bytes, expected at most {MAX_BYTES:,}.")
        with path.open("rb") as stream:
            head = stream.read(512)
            if len(head) < 512 or head[1] != 0x50:
                raise MotionError(f"{path}: is not a C3D file (no parameter block where one must be).")
            stream.seek(0)
            return _markers(path, stream, size, up)
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error}).") from error


def _markers(path: Path, stream: object, size: int, up: str | None) -> Markers:
    import c3d

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = c3d.Reader(stream)
            used, rate = int(reader.point_used), float(reader.header.frame_rate)
            frames = int(reader.last_frame) - int(reader.first_frame) + 1
            labels = tuple(str(label).split(":")[-1].strip().upper() for label in reader.point_labels)[:used]
            if not 0 < used <= 2000 or not 0 < frames <= MAX_FRAMES or used * frames * 8 > 4 * size:
                raise MotionError(
                    f"{path}: promises {frames} frames of {used} points, more than its {size} bytes hold."
                )
            if not 1 <= rate <= 2000:
                raise MotionError(f"{path}: {rate:g} frames a second, expected 1 to 2000.")
            unit = _unit(reader)
            raw = np.stack([points[:used, :4] for _, points, _ in reader.read_frames()]).astype(np.float64)
    except MotionError:
        raise
    except Exception as error:
        raise MotionError(f"{path}: is not a readable C3D file ({type(error).__name__}: {error}).") from error
    points = raw[..., :3] * unit
    unseen = (raw[..., 3] < 0) | ~np.isfinite(points).all(axis=-1) | (np.abs(raw[..., :3]) < 1e-6).all(axis=-1)
    points[unseen] = np.nan
    points[np.abs(points) > 1e4] = np.nan
    return Markers(labels, _up(points) if up is None else rot.rotate(rot.up_turn(up), points), rate)


def _unit(reader: object) -> float:
    try:
        text = reader.get("POINT").get("UNITS").string_value.strip().lower()  # type: ignore[attr-defined]
    except (AttributeError, KeyError):
        return 0.001
    return UNITS.get(text, 0.001)


def _up(points: Doubles) -> Doubles:
    """Laboratories have Z up: turn about X so that Y is. A file that is Y up already has its extent there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spread = np.nanmedian(np.nanmax(points, axis=1) - np.nanmin(points, axis=1), axis=0)
    if np.isfinite(spread).all() and spread[1] > spread[2]:
        return points
    return np.asarray(np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1))
