"""Read SMPL family model files (``.npz`` or ``.pkl``) without running anything that is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from choreo.datasets.unpickle import dense, load_arrays
from choreo.errors import MotionError
from choreo.foreign import read_npz, size_of
from choreo.foreign.limits import ARRAYS_BYTES
from choreo.types import Doubles, Ints

KEYS = ("v_template", "f", "weights", "J_regressor", "kintree_table", "shapedirs")
FAMILIES = {24: "SMPL", 52: "SMPL-H", 55: "SMPL-X"}
MOST_VERTICES = 200_000


@dataclass(frozen=True, eq=False)
class SmplModel:
    """What a model file says of the body at rest.

    ``template : (V, 3)`` metres; ``faces : (F, 3)``; ``weights : (V, J)``; ``regressor : (J, V)``;
    ``parents : (J,)``; ``shapes : (V, 3, B)``.
    """

    family: str
    template: Doubles
    faces: Ints
    weights: Doubles
    regressor: Doubles
    parents: Ints
    shapes: Doubles


def read_model(path: Path) -> SmplModel:
    """Read a model.

    Raises
    ------
    MotionError
        When the file is missing, unreadable, unsafe, or not an SMPL, SMPL-H or SMPL-X model.
    """
    size_of(path, ARRAYS_BYTES, MotionError)
    if path.suffix not in (".npz", ".pkl"):
        raise MotionError(f"{path}: a {path.suffix or 'nameless'} file, expected a model as .npz or .pkl.")
    found = read_npz(path, kind=MotionError, names=KEYS) if path.suffix == ".npz" else load_arrays(path)
    if not isinstance(found, Mapping):
        raise MotionError(f"{path}: holds a {type(found).__name__}, expected the named arrays of a model.")
    missing = [key for key in KEYS if key not in found]
    if missing:
        raise MotionError(f"{path}: lacks {', '.join(missing)}, which every SMPL family model has.")
    try:
        arrays = {key: dense(found[key]) for key in KEYS}
        return _checked(arrays)
    except (ValueError, TypeError, OverflowError) as error:
        raise MotionError(f"{path}: is not an SMPL family model: {error}") from error


def _checked(arrays: Mapping[str, np.ndarray]) -> SmplModel:
    template = arrays["v_template"].astype(np.float64)
    vertices = len(template)
    joints = arrays["weights"].shape[-1]
    if joints not in FAMILIES:
        known = ", ".join(f"{count} ({name})" for count, name in FAMILIES.items())
        raise ValueError(f"{joints} joints, expected {known}")
    if template.shape != (vertices, 3) or not 0 < vertices <= MOST_VERTICES:
        raise ValueError(f"v_template has shape {template.shape}, expected (V, 3)")
    shapes = {
        "weights": (vertices, joints),
        "J_regressor": (joints, vertices),
        "kintree_table": (2, joints),
    }
    for key, shape in shapes.items():
        if arrays[key].shape != shape:
            raise ValueError(f"{key} has shape {arrays[key].shape}, expected {shape}")
    faces, directions = arrays["f"].astype(np.int64), arrays["shapedirs"].astype(np.float64)
    if faces.ndim != 2 or faces.shape[1] != 3 or faces.min() < 0 or faces.max() >= vertices:
        raise ValueError("f does not index the vertices in threes")
    if directions.ndim != 3 or directions.shape[:2] != (vertices, 3):
        raise ValueError(f"shapedirs has shape {directions.shape}, expected ({vertices}, 3, B)")
    parents = arrays["kintree_table"][0].astype(np.int64)
    parents[0] = -1
    if not bool(np.all((parents[1:] >= 0) & (parents[1:] < np.arange(1, joints)))):
        raise ValueError("kintree_table is no tree")
    weights = arrays["weights"].astype(np.float64)
    regressor = arrays["J_regressor"].astype(np.float64)
    for key, array in (("v_template", template), ("weights", weights), ("J_regressor", regressor)):
        if not np.isfinite(array).all():
            raise ValueError(f"{key} holds NaN or infinity")
    return SmplModel(FAMILIES[joints], template, faces, weights, regressor, parents, directions)
