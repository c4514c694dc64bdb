"""Read pickles of arrays without trusting them: only arrays, numbers and containers are made.

A pickle is a program for a small stack machine. Its instructions to import a name, call what is on the stack or set an
object's state are how a pickle runs code of its author's choice. Here none of them reaches anything but this module:

- every import goes through `ArrayUnpickler.find_class`, which looks the name up in a fixed table and never imports.
  What it returns stands for the wanted constructor and checks its arguments, so calling it makes an array, a number, a
  container or an `Inert` holder, or raises;
- setting a state stores values, or calls ``__setstate__`` of the classes here, which check them;
- instructions that get objects past `find_class` (extension codes, persistent ids, out-of-band buffers) are refused by
  `_survey`, which reads the whole list of instructions before the first one is executed.
"""

from __future__ import annotations

import math
import pickle
import pickletools
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError

LARGEST = 1 << 30
"""Bytes; SMPL-X models with pose correctives are the largest pickles in use, about 550 MB."""
REFUSED = ("BYTEARRAY8", "NEXT_BUFFER", "READONLY_BUFFER", "PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4")
"""Instructions that reach objects past `find_class`, or make buffers that can change after they were checked."""
MEMO_SLACK = 1000
"""How far a memo index may be above the number of instructions so far; writers count up from 0."""


class Inert:
    """Stands in for an object of a library that must not run: holds its state, has no methods."""

    state: dict[str, Any]

    def __new__(cls, *args: Any) -> Inert:
        """Make an empty holder, whatever arguments the pickle gives."""
        made = super().__new__(cls)
        made.state = {}
        return made

    def __setstate__(self, state: Any) -> None:
        """Store the state that the pickle gives, without looking into it."""
        parts = state if isinstance(state, tuple) else (state,)
        for part in parts:
            if isinstance(part, dict):
                self.state.update({str(key): value for key, value in part.items()})


class _ArrayType:
    """Stands for ``numpy.ndarray`` as an argument; it cannot be called."""


class _Array(np.ndarray):
    """An array that checks its state before numpy, which trusts it, takes it."""

    def __setstate__(self, state: Any) -> None:
        """Take ``(version, shape, dtype, fortran, bytes)`` that belong together; bytes that can change are refused."""
        if not isinstance(state, tuple) or len(state) != 5:
            raise pickle.UnpicklingError("an array in an unknown form")
        _, shape, dtype, fortran, raw = state
        if isinstance(raw, str):
            raw = raw.encode("latin1")
        plain = isinstance(raw, bytes) and isinstance(dtype, np.dtype) and not dtype.hasobject
        sizes = isinstance(shape, tuple) and all(isinstance(n, int) and 0 <= n <= LARGEST for n in shape)
        if not plain or not sizes or math.prod(shape) * dtype.itemsize != len(raw):
            raise pickle.UnpicklingError("an array whose form does not fit its bytes")
        checked: Any = (1, shape, dtype, int(bool(fortran)), raw)
        super().__setstate__(checked)


def _reconstruct(kind: Any, shape: Any, code: Any) -> np.ndarray:
    """Stand in for numpy's function: an empty array, to be filled by `_Array.__setstate__`."""
    if kind is not _ArrayType or shape != (0,):
        raise pickle.UnpicklingError("an array that is not a plain one")
    return np.ndarray.__new__(_Array, (0,), np.int8)


def _number(dtype: Any, raw: Any = None) -> Any:
    """Stand in for numpy's ``scalar``."""
    if not isinstance(dtype, np.dtype) or dtype.hasobject or not isinstance(raw, bytes | str):
        raise pickle.UnpicklingError("a number that is not a plain one")
    return np.frombuffer(raw.encode("latin1") if isinstance(raw, str) else raw, dtype, count=1)[0]


def _dtype(code: Any, *flags: Any) -> np.dtype[Any]:
    """Stand in for ``numpy.dtype``, for short codes such as ``f4`` only."""
    if not isinstance(code, str | bytes) or len(code) > 8:
        raise pickle.UnpicklingError(f"the number type {code!r}")
    return np.dtype(code if isinstance(code, str) else code.decode("ascii"))


def _encoded(text: str, encoding: str = "latin1") -> bytes:
    """Stand in for ``codecs.encode``, with which the old protocols write bytes; as ``latin1`` only."""
    if encoding != "latin1" or not isinstance(text, str):
        raise pickle.UnpicklingError(f"the encoding {encoding!r}")
    return text.encode("latin1")


def _rebuilt(kind: Any, base: Any = object, state: Any = None) -> Inert:
    """Stand in for ``copyreg``'s constructors of objects, which would call a class of the pickle's choice."""
    if kind is not Inert:
        raise pickle.UnpicklingError("an object of a class that is not allowed")
    return Inert()


_SAFE: dict[tuple[str, str], Callable[..., Any] | type] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.multiarray", "scalar"): _number,
    ("numpy._core.multiarray", "scalar"): _number,
    ("numpy", "ndarray"): _ArrayType,
    ("numpy", "dtype"): _dtype,
    ("_codecs", "encode"): _encoded,
    ("copy_reg", "_reconstructor"): _rebuilt,
    ("copyreg", "_reconstructor"): _rebuilt,
    ("copyreg", "__newobj__"): _rebuilt,
    ("__builtin__", "object"): object,
    ("builtins", "object"): object,
    ("collections", "OrderedDict"): dict,
    ("__builtin__", "set"): set,
    ("builtins", "set"): set,
}
_INERT = ("chumpy.", "scipy.sparse.")
"""Modules whose classes become `Inert`; published body models hold such objects."""


class ArrayUnpickler(pickle.Unpickler):
    """An unpickler that knows a fixed table of constructors and imports nothing.

    Objects of chumpy and scipy.sparse become `Inert` holders of their state.
    """

    def find_class(self, module: str, name: str) -> Any:
        """Look a name up in the table.

        Raises
        ------
        pickle.UnpicklingError
            For anything that is not in it.
        """
        if (module, name) in _SAFE:
            return _SAFE[module, name]
        if module.startswith(_INERT):
            return Inert
        raise pickle.UnpicklingError(f"{module}.{name}")


def _survey(stream: Any) -> None:
    """Read the instructions of a pickle before any is executed, and refuse those that are dangerous.

    The unpickler allocates its memo up to the highest index, so one instruction with a huge index would fill the
    memory. For the others see `REFUSED`.

    Raises
    ------
    pickle.UnpicklingError, ValueError
        When there is such an instruction, or the file is truncated.
    """
    for count, (opcode, value, _) in enumerate(pickletools.genops(stream)):
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(value or 0) > count + MEMO_SLACK:
            raise pickle.UnpicklingError("a memory number that makes no sense")
        if opcode.name in REFUSED:
            raise pickle.UnpicklingError(f"the instruction {opcode.name}")


def load_arrays(path: Path, *, largest: int = LARGEST) -> Any:
    """Read a pickle of arrays written by Python 2 or 3.

    Raises
    ------
    MotionError
        When the file is missing, too large, no pickle, or wants anything but arrays and containers.
    """
    try:
        size = path.stat().st_size
        if size > largest:
            raise MotionError(f"{path}: {size:,} bytes, expected at most {largest:,}. It is not a file of this kind.")
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in broken strings
            _survey(stream)
            stream.seek(0)
            return ArrayUnpickler(stream, encoding="latin1").load()
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from error
    except pickle.UnpicklingError as error:
        raise MotionError(
            f"{path}: holds something other than arrays ({error}), which choreo does not load because a pickle can "
            "run code. Use the file from its publisher, or save its arrays as .npz."
        ) from error
    except (EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, MemoryError, OverflowError) as error:
        raise MotionError(f"{path}: is not a readable pickle file ({type(error).__name__}: {error})") from error


def dense(value: Any) -> np.ndarray:
    """Numbers of an array, or of an inert chumpy or scipy.sparse object.

    Raises
    ------
    ValueError
        When there are no numbers in it, or a sparse matrix is inconsistent.
    """
    if not isinstance(value, Inert):
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise ValueError("expected numbers, found objects")
        return array
    state = value.state
    if {"data", "indices", "indptr"} <= state.keys():
        return _from_sparse(state)
    for key in ("x", "_x"):
        if key in state:
            return dense(state[key])
    raise ValueError(f"an object with {', '.join(sorted(state)) or 'nothing'} in it, expected numbers")


def _from_sparse(state: dict[str, Any]) -> np.ndarray:
    """Dense array of a compressed sparse matrix (CSR or CSC), checked because its indices come from the file."""
    rows, columns = (int(n) for n in (state.get("_shape") or state.get("shape") or (0, 0)))
    data, indices, indptr = (np.asarray(state[key]) for key in ("data", "indices", "indptr"))
    if not 0 < rows * columns <= LARGEST // 8:
        raise ValueError(f"a sparse matrix of {rows} x {columns}")
    by_column = len(indptr) == columns + 1
    lines, across = (columns, rows) if by_column else (rows, columns)
    steps = np.diff(indptr)
    good = len(indptr) == lines + 1 and len(data) == len(indices) and indptr[0] == 0 and indptr[-1] == len(data)
    if not (good and (steps >= 0).all() and (indices >= 0).all() and (indices < across).all()):
        raise ValueError("a sparse matrix that is inconsistent")
    out = np.zeros((lines, across))
    np.add.at(out, (np.repeat(np.arange(lines), steps), indices), data)
    return out.T if by_column else out


__all__ = ["ArrayUnpickler", "Inert", "dense", "load_arrays"]
