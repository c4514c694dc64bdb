"""Exporter plugins ``vmd`` and ``vmd-folded``: a dance for MikuMikuDance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward, rest_positions
from choreo.motion.resample import resample
from choreo.motion.retarget import rest_orientations
from choreo.motion.skeleton import NAMES
from choreo.types import Body, Motion
from choreo_vmd.format import BONE, FPS, UNIT, head
from choreo_vmd.model import BONES, LEG_IK, model

LINEAR = np.array([20] * 8 + [107] * 8, np.uint8)


def curve() -> np.ndarray:
    """Interpolation of a key, straight: 64 bytes, each row the first shifted by one."""
    rows = [np.concatenate([LINEAR[k:], np.array([1] + [0] * (k - 1), np.uint8)[:k]]) for k in range(4)]
    return np.concatenate(rows)


class VmdExporter:
    """Bone keys at 30 frames a second; the legs as IK targets, as MMD's models have them."""

    name = "vmd"
    description = "MikuMikuDance motion (.vmd), 30 frames a second"
    suffix = ".vmd"
    folded = False

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the motion; `body` is not used, MMD brings its own model."""
        tracks, count = _tracks(resample(motion, FPS), self.folded)
        with path.open("wb") as file:
            file.write(head("choreo"))
            file.write(np.array(count * len(tracks), "<u4").tobytes())
            for name, (places, turns) in tracks.items():
                file.write(_keys(name, places, turns()))
            file.write(np.zeros(4, "<u4").tobytes())  # faces, cameras, lights, shadows


class FoldedVmdExporter(VmdExporter):
    """The same for models whose upper body is one bone: what its second bone would turn, the first turns."""

    name = "vmd-folded"
    description = "MikuMikuDance motion (.vmd) for models without the second bone of the upper body (上半身2)"
    suffix = ".folded.vmd"
    folded = True


Track = tuple[np.ndarray, Callable[[], np.ndarray]]
"""Places ``(T, 3)`` of a bone, and its turns ``(T, 4)``, computed when they are written: all of an hour at once would
take a gigabyte."""


def _tracks(motion: Motion, folded: bool) -> tuple[dict[str, Track], int]:
    """The bones' tracks by MMD's names, and how many frames they have."""
    positions, world = forward(
        motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64)
    )
    target = model()
    rest = rest_positions(target).astype(np.float64)
    ideal = rest_orientations({name: rest[None, k] for k, name in enumerate(NAMES)})
    still = np.zeros((len(motion), 3))
    carried = np.tile([1.0, 0, 0, 0], (len(motion), 1))

    def turned(name: str) -> np.ndarray:
        turn = rot.multiply(world[:, NAMES.index(name)], rot.conjugate(ideal[name]))
        if name in ("left_hip", "right_hip"):
            hip, knee, ankle = (positions[:, NAMES.index(name.replace("hip", part))] for part in LEG)
            turn = rot.multiply(_hinged(turn, hip, knee, ankle), turn)
        return turn

    tracks: dict[str, Track] = {}
    tracks["センター"] = (motion.translation - rest[0], lambda: carried)
    tracks["下半身"] = (still, partial(turned, "pelvis"))
    parents = {name: NAMES[int(target.parents[k])] if k else "" for k, name in enumerate(NAMES)}
    # MMD's upper body has two joints, the upper one turned as our third is; where it is folded, one.
    upper = {"spine3": "spine3", "spine2": "spine3"} | ({"spine1": "spine3"} if folded else {})
    for name, ours in BONES.items():
        if ours == "pelvis" or ours.endswith("_foot") or (folded and ours == "spine2"):
            continue
        # In MMD lower and upper body are siblings.
        above = "" if ours == "spine1" else upper.get(parents[ours], parents[ours])

        def local(above: str = above, own: str = upper.get(ours, ours)) -> np.ndarray:
            return rot.multiply(rot.conjugate(turned(above) if above else carried), turned(own))

        tracks[name] = (still, local)
    for side, name in LEG_IK.items():
        ankle = NAMES.index(f"{side}_ankle")
        tracks[name] = (positions[:, ankle] - rest[ankle], partial(turned, f"{side}_ankle"))
    return tracks, len(motion)


LEG = ("hip", "knee", "ankle")
STRAIGHT = 0.02
"""Metres that a knee is off the line from hip to ankle below which the thigh's own front begins to count."""


def _hinged(thigh: np.ndarray, hip: np.ndarray, knee: np.ndarray, ankle: np.ndarray) -> np.ndarray:
    """The turn about itself that gives a thigh the knee's plane: MMD's IK bends a knee about the thigh's X alone.

    All in the world: ``thigh (T, 4)``, places ``(T, 3)``.
    """
    along = _unit(knee - hip)
    line = _unit(ankle - hip)
    bend = (knee - hip) - ((knee - hip) * line).sum(axis=1, keepdims=True) * line
    front = rot.rotate(thigh, np.array([0.0, 0.0, 1.0]))
    wanted = bend / STRAIGHT + front / 10

    def across(way: np.ndarray) -> np.ndarray:
        return _unit(way - (way * along).sum(axis=1, keepdims=True) * along)

    return np.asarray(rot.between(across(front), across(wanted)))


def _unit(way: np.ndarray) -> np.ndarray:
    return np.asarray(way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9))


def _keys(name: str, positions: np.ndarray, turns: np.ndarray) -> bytes:
    """Keys of a bone: positions ``(T, 3)`` metres and rotations ``(T, 4)``."""
    keys = np.zeros(len(positions), BONE)
    keys["name"] = name.encode("cp932")
    keys["frame"] = np.arange(len(positions))
    keys["position"] = positions / UNIT * [1, 1, -1]
    w, x, y, z = np.moveaxis(rot.continuous(rot.normalize(turns)), -1, 0)
    keys["turn"] = np.stack([-x, -y, z, w], axis=-1)
    keys["curve"] = curve()
    return keys.tobytes()
