"""Read pickles of arrays without trusting them: see `choreo.datasets.pickle_grammar`."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from choreo.datasets.pickle_grammar import Bounded, Inert, Machine
from choreo.errors import MotionError
from choreo.inputs import file_size

LARGEST = 1 << 30
"""Bytes; SMPL-X models with pose correctives are the largest pickles in use, about 550 MB."""
CHAIN = 8
"""How many objects of chumpy may stand one behind the other before the array that they are of."""


def load_arrays(path: Path, *, largest: int = LARGEST) -> Any:
    """Read a pickle of arrays written by Python 2 or 3.

    Raises
    ------
    MotionError
        When the file is missing, too large, no pickle, or wants anything but arrays and containers.
    """
    try:
        size = file_size(path)
        if size > largest:
            raise MotionError(f"{path}: {size:,} bytes, expected at most {largest:,}. It is not a file of this kind.")
        with path.open("rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in broken strings
            return Machine().run(Bounded(stream, size))
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from error
    except pickle.UnpicklingError as error:
        raise MotionError(
            f"{path}: holds something other than arrays ({error}), which choreo does not load because a pickle can "
            "run code. Use the file from its publisher, or save its arrays as .npz."
        ) from error
    except (ArithmeticError, LookupError, MemoryError, RecursionError, TypeError, ValueError) as error:
        raise MotionError(f"{path}: is not a readable pickle file ({type(error).__name__}: {error})") from error


def dense(value: Any) -> np.ndarray:
    """Numbers of an array, or of an inert chumpy or scipy.sparse object.

    Raises
    ------
    ValueError
        When there are no numbers in it, or a sparse matrix is inconsistent.
    """
    for _ in range(CHAIN):
        if not isinstance(value, Inert) or not {"x", "_x"} & value.state.keys() or "indptr" in value.state:
            break
        value = value.state.get("x", value.state.get("_x"))
    if not isinstance(value, Inert):
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise ValueError("expected numbers, found objects")
        return array
    state = value.state
    if {"data", "indices", "indptr"} <= state.keys():
        return _from_sparse(state)
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


__all__ = ["Inert", "dense", "load_arrays"]
