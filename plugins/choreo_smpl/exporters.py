"""Exporter plugins ``smpl`` (AIST++'s conventions) and ``amass``: npz files of SMPL parameters."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.blocks import blocks
from choreo.types import Body, Motion

DATE = (1980, 1, 1, 0, 0, 0)


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an npz whose bytes depend on the arrays alone: numpy's own has the time of day in it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            stream = io.BytesIO()
            np.save(stream, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", DATE), stream.getvalue(), zipfile.ZIP_DEFLATED)


class AistppExporter:
    """``smpl_poses (T, 72)``, ``smpl_trans (T, 3)``, ``smpl_scaling (1,)``, Y up, as AIST++ has them."""

    name = "smpl"
    description = "SMPL poses as .npz in AIST++'s conventions, Y up"
    suffix = ".npz"

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the poses; SMPL's own body shape is not part of it."""
        poses = np.empty((len(motion), 3 * len(motion.skeleton)), np.float32)
        for block in blocks(len(motion)):
            rotations = motion.rotations[block].astype(np.float64)
            poses[block] = rot.to_axis_angle(rotations).reshape(len(rotations), -1)
        write_npz(
            path,
            {
                "smpl_poses": poses,
                "smpl_trans": motion.translation,
                "smpl_scaling": np.ones(1, np.float32),
                "fps": np.array(motion.fps),
            },
        )


class AmassExporter:
    """``poses (T, 156)`` of SMPL-H with flat hands, ``trans``, ``betas``, ``mocap_framerate``, Z up, as in AMASS."""

    name = "amass"
    description = "SMPL-H poses as .npz in AMASS's conventions, Z up"
    suffix = ".amass.npz"

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the poses; SMPL's own body shape is not part of it."""
        turn = rot.between(np.array([0.0, 1, 0]), np.array([0.0, 0, 1]))
        poses = np.zeros((len(motion), 156), np.float32)
        for block in blocks(len(motion)):
            rotations = motion.rotations[block].astype(np.float64)
            rotations[:, 0] = rot.multiply(turn, rotations[:, 0])
            poses[block, :66] = rot.to_axis_angle(rotations[:, :22]).reshape(len(rotations), -1)
        write_npz(
            path,
            {
                "poses": poses,
                "trans": rot.rotate(turn, motion.translation.astype(np.float64)).astype(np.float32),
                "betas": np.zeros(16, np.float32),
                "dmpls": np.zeros((len(motion), 8), np.float32),
                "gender": np.array("neutral"),
                "mocap_framerate": np.array(motion.fps),
            },
        )
