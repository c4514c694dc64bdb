"""Read npz files: every array's header is looked at before the array is unpacked, and objects are never made."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

import numpy as np

from choreo.errors import InputError
from choreo.foreign.files import size_of
from choreo.foreign.limits import ARRAYS_BYTES, ARRAYS_MEMBERS, MIB

KINDS = "biufcSU"
"""Of the dtypes that are read: numbers and text."""


def read_npz(
    path: Path,
    largest: int = ARRAYS_BYTES,
    kind: type[InputError] = InputError,
    *,
    names: Collection[str] | None = None,
    others: Literal["refused", "left out"] = "refused",
) -> dict[str, np.ndarray]:
    """Arrays of an npz file by name; of `names` only, when they are given, others are not unpacked.

    Parameters
    ----------
    largest
        Bytes that all of the arrays together may take.
    others
        What happens with arrays of objects and the like; they are never unpacked.

    Raises
    ------
    InputError
        Of `kind`, when it cannot be read, or promises more or other things than numbers and text.
    """
    size_of(path, ARRAYS_BYTES, kind)
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            return _arrays(archive, largest, names, others == "left out")
    except OSError as error:
        raise kind(f"{path}: cannot be read ({error.strerror or error}).") from error
    except MemoryError as error:
        raise kind(f"{path}: there is not enough memory for its arrays.") from error
    except Exception as error:  # zlib, lzma, zipfile and numpy raise whatever a broken file leads them to
        words = " ".join(str(error).split())[:200] or type(error).__name__
        raise kind(f"{path}: is not a readable npz file ({words}).") from error


def _arrays(
    archive: zipfile.ZipFile, largest: int, names: Collection[str] | None, left_out: bool
) -> dict[str, np.ndarray]:
    members = archive.infolist()
    if len(members) > ARRAYS_MEMBERS:
        raise ValueError(f"{len(members)} arrays, expected at most {ARRAYS_MEMBERS}")
    found: dict[str, np.ndarray] = {}
    left = largest
    for member in members:
        name = member.filename.removesuffix(".npy")
        if name == member.filename or (names is not None and name not in names):
            continue
        with archive.open(member) as stream:
            shape, fortran, dtype = _header(stream, name)
            if dtype.kind not in KINDS or dtype.itemsize == 0:
                if left_out:
                    continue
                raise ValueError(f"{name}: holds {dtype}, expected numbers or text")
            size = math.prod(shape) * dtype.itemsize
            left -= size
            if left < 0:
                raise ValueError(f"its arrays take more than {largest // MIB} MiB")
            data = bytearray(min(size, member.file_size))
            if _filled(stream, memoryview(data)) != size or stream.read(1):
                raise ValueError(f"{name}: an array of {shape} has {size:,} bytes, the file has others")
        found[name] = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    return found


def _filled(stream: Any, into: memoryview) -> int:
    """Read as many bytes as there is room for, at most; a MiB at a time, so that nothing is held twice."""
    done = 0
    while done < len(into) and (got := stream.readinto(into[done : done + MIB])):
        done += got
    return done


def _header(stream: Any, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"{name}: npy format {version}, expected 1.0 or 2.0")
    shape, fortran, dtype = read(stream)
    if len(shape) > 8 or any(length < 0 for length in shape):
        raise ValueError(f"{name}: has the shape {shape}")
    return shape, fortran, dtype


__all__ = ["KINDS", "read_npz"]
