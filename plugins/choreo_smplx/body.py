"""From a model file to a body on the canonical joints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import InputError
from choreo.motion.skeleton import NAMES, PARENTS
from choreo.plugins import require_extra
from choreo.types import Body, Doubles, Ints, Skeleton
from choreo_smplx.model import SmplModel, read_model

BODY_JOINTS = 22
"""The first 22 joints, pelvis to wrists, are the same in the whole family."""
HANDS = {"SMPL-H": (22, 37), "SMPL-X": (25, 40)}
"""First finger joint of the left and of the right hand."""
FINGERS = 15
KNUCKLES = (0, 3, 6, 9)
"""First joints of index, middle, little and ring finger; the thumb's base is nearer to the wrist."""
COLOUR = (196, 172, 160)
LICENCE = "the user's own body model; see the licence of its publisher"


def shaped(model: SmplModel, betas: Doubles) -> tuple[Doubles, Doubles]:
    """Vertices ``(V, 3)`` and joints ``(J, 3)`` of a body shape, by smplx's own functions.

    Raises
    ------
    PluginError
        When smplx is not installed.
    """
    SmplxBody().ready()
    import torch
    from smplx.lbs import blend_shapes, vertices2joints

    with torch.no_grad():
        directions = torch.from_numpy(model.shapes[:, :, : len(betas)].copy())
        vertices = torch.from_numpy(model.template)[None]
        if len(betas):
            vertices = vertices + blend_shapes(torch.from_numpy(betas)[None], directions)
        joints = vertices2joints(torch.from_numpy(model.regressor), vertices)
    return vertices[0].numpy(), joints[0].numpy()


def canonical_owner(model: SmplModel) -> Ints:
    """Which canonical joint carries the skin of each of the model's joints, ``(J,)``.

    Fingers move with the hand, jaw and eyes with the head.
    """
    owner = np.arange(len(model.parents))
    if model.family in HANDS:
        left, right = HANDS[model.family]
        owner[BODY_JOINTS:left] = NAMES.index("head")
        owner[left : left + FINGERS] = NAMES.index("left_hand")
        owner[right : right + FINGERS] = NAMES.index("right_hand")
    return owner


def canonical_joints(model: SmplModel, joints: Doubles) -> Doubles:
    """``(24, 3)``: the body's joints, the hands' at the middle of the knuckles."""
    if model.family not in HANDS:
        return joints
    hands = [joints[[first + k for k in KNUCKLES]].mean(axis=0) for first in HANDS[model.family]]
    return np.concatenate([joints[:BODY_JOINTS], np.stack(hands)])


def _betas(given: Any, most: int) -> Doubles:
    if given is None:
        return np.zeros(0)
    try:
        numbers = given.replace(",", " ").split() if isinstance(given, str) else given
        betas = np.asarray([float(number) for number in numbers], np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"betas {given!r}: expected numbers, as in 0.5,-1,2") from error
    if len(betas) > most or not np.all(np.abs(betas) <= 10):
        raise InputError(f"betas: got {len(betas)} numbers, expected at most {most} between -10 and 10.")
    return betas


class SmplxBody:
    """A body of the SMPL family, skinned linearly; pose correctives are left out."""

    name = "smplx"
    description = "your own SMPL, SMPL-H or SMPL-X model file (--model-path FILE)"

    def ready(self) -> None:
        """Find out whether smplx and torch are installed.

        Raises
        ------
        PluginError
        """
        require_extra("the body 'smplx'", "smplx", "torch", "smplx.lbs")

    def load(self, **options: Any) -> Body:
        """Load a model file.

        SMPL (Loper et al., 2015), SMPL-H (Romero et al., 2017), SMPL-X (Pavlakos et al., 2019).

        Parameters
        ----------
        options
            `model_path`: the file (``.npz`` or ``.pkl``); `betas`: shape coefficients, numbers or a
            string of them.

        Raises
        ------
        InputError, MotionError
            When an option is unknown, or the file cannot be used.
        PluginError
            When smplx is not installed.
        """
        path, betas = options.pop("model_path", None), options.pop("betas", None)
        if options:
            raise InputError(f"the smplx body has no option {sorted(options)[0]!r}. It knows: model_path, betas.")
        if path is None:
            raise InputError("the smplx body needs your model file: --model-path SMPL_NEUTRAL.npz (or .pkl).")
        model = read_model(Path(path))
        vertices, joints = shaped(model, _betas(betas, model.shapes.shape[2]))
        floor = np.array([0.0, vertices[:, 1].min(), 0.0])
        vertices, joints = vertices - floor, canonical_joints(model, joints) - floor
        offsets = joints.copy()
        offsets[1:] -= joints[PARENTS[1:]]
        skeleton = Skeleton(NAMES, PARENTS, offsets.astype(np.float32))
        indices, weights = _strongest_joints(model)
        return Body(
            name=f"{model.family} ({Path(path).stem})",
            skeleton=skeleton,
            vertices=vertices.astype(np.float32),
            normals=_normals(vertices, model.faces).astype(np.float32),
            faces=model.faces.astype(np.int32),
            joint_indices=indices,
            weights=weights,
            colours=np.tile(np.array(COLOUR, np.uint8), (len(vertices), 1)),
            licence=LICENCE,
        )


def _strongest_joints(model: SmplModel) -> tuple[np.ndarray, np.ndarray]:
    """The four strongest canonical joints of each vertex, and their shares."""
    merged = model.weights @ np.eye(len(NAMES))[canonical_owner(model)]
    indices = np.argsort(-merged, axis=1, kind="stable")[:, :4]
    shares = np.take_along_axis(merged, indices, axis=1)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-9)
    return indices.astype(np.uint8), shares.astype(np.float32)


def _normals(vertices: Doubles, faces: Ints) -> Doubles:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(normals, faces[:, k], across)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.where(lengths > 1e-12, normals / np.maximum(lengths, 1e-12), [0.0, 1.0, 0.0])
    return np.asarray(normals)
