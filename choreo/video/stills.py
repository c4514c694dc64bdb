"""A folder of numbered pictures with alpha, for programs that put films together."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from choreo.errors import ShapeError
from choreo.leftovers import partial_name
from choreo.types import Bytes
from choreo.video.encode import disk_errors
from choreo.video.formats import VideoSpec

PATTERN = "frame-*.png"
LEVEL = 1
"""Of zlib: large even areas are small at any level, and the lowest is four times as fast as the usual one."""


def still_name(frame: int) -> str:
    """Name of a picture; numbers have five digits, from 0 on."""
    return f"frame-{frame:05d}.png"


def write_stills(
    path: Path,
    folder: Path,
    frames: Iterator[Bytes],
    first: int,
    spec: VideoSpec,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write pictures ``(h, w, 4) uint8``, numbered from `first`, into `folder`, which appears when all are there.

    Raises
    ------
    OutputError
        When they cannot be written; names `path`.
    ShapeError
        When a frame has another size or there are too few.
    """
    from PIL import Image

    partial = partial_name(folder)
    try:
        with disk_errors(path):
            partial.mkdir(parents=True)
        written = 0
        for picture in frames:
            if picture.shape != spec.shape:
                raise ShapeError(f"frame {first + written}: got {picture.shape}, want {spec.shape}")
            with disk_errors(path):
                Image.fromarray(picture).save(partial / still_name(first + written), compress_level=LEVEL)
            written += 1
            if progress is not None:
                progress(written / spec.count)
        if written != spec.count:
            raise ShapeError(f"got {written} frames, want {spec.count}")
        with disk_errors(path):
            os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def place_stills(folder: Path, pictures: Mapping[str, bytes]) -> None:
    """Write pictures that were encoded elsewhere, by their names, into `folder`, which appears when all are there.

    Raises
    ------
    OutputError
    """
    partial = partial_name(folder)
    try:
        with disk_errors(folder):
            partial.mkdir(parents=True)
            for name, data in pictures.items():
                (partial / name).write_bytes(data)
            os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def gather_stills(path: Path, folders: Sequence[Path]) -> None:
    """Move the pictures of all `folders` into the folder `path`. Pictures of an earlier film go away, other files stay.

    Raises
    ------
    OutputError
    """
    with disk_errors(path):
        path.mkdir(exist_ok=True)
        for old in path.glob(PATTERN):
            old.unlink()
        for folder in folders:
            for still in folder.iterdir():
                os.replace(still, path / still.name)


__all__ = ["gather_stills", "place_stills", "still_name", "write_stills"]
