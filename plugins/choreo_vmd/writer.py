"""Exporter plugin ``vmd``: a dance for MikuMikuDance."""

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
from choreo_vmd.format import BONE, FPS, UNIT
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

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the motion; `body` is not used, MMD brings its own model."""
        motion = resample(motion, FPS)
        positions, world = forward(
            motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64)
        )
        target = model()
        rest = rest_positions(target).astype(np.float64)
        ideal = rest_orientations({name: rest[None, k] for k, name in enumerate(NAMES)})

        def turned(name: str) -> np.ndarray:
            return rot.multiply(world[:, NAMES.index(name)], rot.conjugate(ideal[name]))

        # Each bone's keys are computed when they are written: all of an hour at once would take a gigabyte.
        tracks: dict[str, tuple[np.ndarray, Callable[[], np.ndarray]]] = {}
        still = np.zeros((len(motion), 3))
        carried = np.tile([1.0, 0, 0, 0], (len(motion), 1))
        tracks["センター"] = (motion.translation - rest[0], lambda: carried)
        tracks["下半身"] = (still, partial(turned, "pelvis"))
        parents = {name: NAMES[int(target.parents[k])] if k else "" for k, name in enumerate(NAMES)}
        skipped = {"spine3": "spine2"}  # MMD's upper body has two joints
        for name, ours in BONES.items():
            if ours == "pelvis" or ours.endswith("_foot"):
                continue
            above = parents[ours]
            above = skipped.get(above, above)
            own = "spine3" if ours == "spine2" else ours
            if above == "pelvis" and ours == "spine1":
                above = ""
            elif above == "spine2":
                above = "spine3"

            def local(above: str = above, own: str = own) -> np.ndarray:
                return rot.multiply(rot.conjugate(turned(above) if above else carried), turned(own))

            tracks[name] = (still, local)
        for side, name in LEG_IK.items():
            ankle = NAMES.index(f"{side}_ankle")
            tracks[name] = (positions[:, ankle] - rest[ankle], partial(turned, f"{side}_ankle"))
        with path.open("wb") as file:
            file.write(b"Vocaloid Motion Data 0002".ljust(30, b"\0") + "choreo".encode("cp932").ljust(20, b"\0"))
            file.write(np.array(len(motion) * len(tracks), "<u4").tobytes())
            for name, (places, turns) in tracks.items():
                file.write(_keys(name, places, turns()))
            file.write(np.zeros(4, "<u4").tobytes())  # faces, cameras, lights, shadows


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
