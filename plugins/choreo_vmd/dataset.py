"""Dataset plugin ``vmd``: dance motions made for MikuMikuDance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from choreo.datasets import Files, canonical_takes, naming, source_name
from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.families import FAMILIES
from choreo.motion.ik import solve_leg
from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.skeleton import NAMES
from choreo.types import Floats, Motion, Reading, Skeleton, Take
from choreo_vmd.format import FPS, Keys, read_keys, sampled, switched_on
from choreo_vmd.model import BONES, IK_PARENT, LEG_IK, PATH, model


def read_vmd(path: Path) -> Motion:
    """A VMD's motion on `model`, its leg IK solved.

    Raises
    ------
    MotionError
        When the file cannot be read or moves no body.
    """
    keys, switches = read_keys(path)
    known = [name for name in keys if name in BONES or name in LEG_IK.values() or name in (*PATH, "下半身")]
    if len(known) < 3:
        raise MotionError(
            f"{path}: moves {', '.join(list(keys)[:6])}, expected the bones of a body (センター, 上半身, ...)."
        )
    frames = np.arange(max(int(keys[name].frames[-1]) for name in known) + 1)
    skeleton = model()
    rotations = np.zeros((len(frames), len(NAMES), 4))
    rotations[..., 0] = 1
    for name, ours in BONES.items():
        if name in keys:
            rotations[:, NAMES.index(ours)] = sampled(keys[name], frames)[1]
    position, turn = _root_trajectory(keys, frames)
    if "下半身" in keys:
        # In MMD lower and upper body are siblings. Ours is a child of the pelvis, so what turns the pelvis is undone.
        lower = sampled(keys["下半身"], frames)[1]
        rotations[:, NAMES.index("spine1")] = rot.multiply(rot.conjugate(lower), rotations[:, NAMES.index("spine1")])
        turn = rot.multiply(turn, lower)
    rotations[:, 0] = turn
    rest = rest_positions(skeleton)
    translation = (position + rest[0]).astype(np.float32)
    turned = rot.continuous(rot.normalize(rotations)).astype(np.float32)
    for side, name in LEG_IK.items():
        if name not in keys or len(keys[name].frames) < 2:
            continue
        ankle, foot = _ik_target(keys, frames, side, rest[NAMES.index(f"{side}_ankle")])
        hinged = turned.copy()
        hinged[:, NAMES.index(f"{side}_knee")] = [1, 0, 0, 0]
        pole = knee_way(skeleton, translation, hinged, side, ankle)
        solved = solve_leg(skeleton, translation, hinged, side, ankle, foot, pole)
        on = switched_on(switches.get(name, ()), frames)
        turned = rot.continuous(np.where(on[:, None, None], solved, turned)).astype(np.float32)
    return Motion(skeleton, FPS, translation, turned)


def knee_way(skeleton: Skeleton, translation: Floats, rotations: Floats, side: str, ankle: Floats) -> Floats:
    """Where MMD's IK bends a knee to, ``(T, 3)``: its plane is the thigh's own, carried along with the straight leg.

    The knee is a hinge about the thigh's X, whatever keys it has; the thigh keeps its turn about itself.
    """
    hip, knee, foot = (skeleton.index(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
    positions, world = forward(skeleton, translation, rotations, [0, hip])
    straight = rot.rotate(world[:, 1], skeleton.offsets[knee] + skeleton.offsets[foot])
    swing = rot.between(straight, ankle - positions[:, 1])
    return np.asarray(rot.rotate(rot.multiply(swing, world[:, 1]), np.array([0.0, 0.0, 1.0])), np.float32)


def _ik_target(
    keys: Mapping[str, Keys], frames: np.ndarray, side: str, rest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where a leg's IK wants the ankle, ``(T, 3)``, and the foot's turn ``(T, 4)``: with what carries the IK's bone."""
    moved, turn = sampled(keys[LEG_IK[side]], frames)
    place = rest + moved
    for name, origin in ((IK_PARENT[side], rest * [1, 0, 1]), (PATH[0], 0 * rest)):
        if name in keys:
            moved, turned = sampled(keys[name], frames)
            place = origin + moved + rot.rotate(turned, place - origin)
            turn = rot.multiply(turned, turn)
    return place.astype(np.float32), turn.astype(np.float32)


def _root_trajectory(keys: Mapping[str, Keys], frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The root trajectory: position ``(T, 3)`` and orientation ``(T, 4)`` of the bones of `PATH`, one in the other."""
    position, turn = np.zeros((len(frames), 3)), np.tile([1.0, 0, 0, 0], (len(frames), 1))
    for name in PATH:
        if name in keys:
            moved, turned = sampled(keys[name], frames)
            position = position + rot.rotate(turn, moved)
            turn = rot.multiply(turn, turned)
    return position, turn


class VmdDataset(Files):
    """VMD dance motions, on a model of usual proportions."""

    name = "vmd"
    description = "A folder of MikuMikuDance motions (.vmd)"
    licence = "unknown (see each motion's readme; most forbid some uses)"
    citation = ""
    expected = "a folder with .vmd files, or one of them"
    skips = "camera and face motions, fingers, twist bones, and stretches that no body can do"
    suffixes = (".vmd",)

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's motion."""
        with naming(file):
            motion = read_vmd(file)
            base = Take(name=file.stem, motion=motion, source=source_name(file, root), licence=self.licence)
            yield from canonical_takes(base, motion, joints=FAMILIES["canonical"], reading=reading)
