"""Joint positions of known motions, as the joint sets of public data have them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np

from choreo import plugins
from choreo.motion import rotations as rot
from choreo.motion.joint_sets import SETS
from choreo.motion.kinematics import forward
from choreo.motion.resample import resample
from choreo.motion.skeleton import NAMES
from choreo.types import Doubles, Motion

FIXED: dict[str, tuple[str, tuple[float, float, float]]] = {
    "nose": ("head", (0.0, 0.06, 0.12)),
    "head_top": ("head", (0.0, 0.19, 0.0)),
    "jaw": ("head", (0.0, 0.01, 0.06)),
}
"""Where points of the left side and the middle are: metres from a joint, in its frame."""
FIXED |= {
    f"left_{name}": (joint, at)
    for name, joint, at in (
        ("ear", "head", (0.075, 0.07, 0.0)), ("eye", "head", (0.03, 0.09, 0.1)),
        ("eye_inner", "head", (0.02, 0.09, 0.1)), ("eye_outer", "head", (0.04, 0.09, 0.1)),
        ("mouth", "head", (0.02, 0.02, 0.1)), ("heel", "left_ankle", (0.0, -0.07, -0.05)),
        ("big_toe", "left_foot", (-0.03, -0.005, 0.06)), ("small_toe", "left_foot", (0.04, -0.005, 0.03)),
        ("toe", "left_foot", (0.0, -0.005, 0.06)), ("index", "left_wrist", (0.09, 0.0, 0.03)),
        ("pinky", "left_wrist", (0.08, 0.0, -0.03)), ("thumb", "left_wrist", (0.06, 0.0, 0.05)),
    )
}  # fmt: skip


def joint_set_positions(motion: Motion, name: str) -> Doubles:
    """Positions ``(T, J, 3)`` of a motion on the canonical joints, in the order of a joint set, metres, +Y up."""
    at, world = (
        np.asarray(each, np.float64) for each in forward(motion.skeleton, motion.translation, motion.rotations)
    )
    columns = []
    for joint in SETS[name].joints:
        if joint in NAMES:
            columns.append(at[:, NAMES.index(joint)])
            continue
        mirrored = joint.startswith("right_")
        on, place = FIXED.get(joint.replace("right_", "left_"), ("left_wrist", (0.1, 0.0, 0.0)))
        on, offset = (
            (on.replace("left_", "right_"), np.array(place) * [-1, 1, 1]) if mirrored else (on, np.array(place))
        )
        columns.append(at[:, NAMES.index(on)] + rot.rotate(world[:, NAMES.index(on)], offset))
    if name == "h36m":  # the pelvis is the middle of the hips
        columns[0] = (columns[1] + columns[4]) / 2
    return np.stack(columns, axis=1)


def humanml3d_features(positions: Doubles) -> Doubles:
    """HumanML3D's numbers ``(T - 1, 263)`` of positions ``(T, 22, 3)``, rotations and contacts left at 0.

    As its authors make them: facing by hips and shoulders, half of its change a frame, the root's steps in the frame of
    the frame that they lead to, its height, and the other joints as the root sees them from the floor.
    """
    across = positions[:, 1] - positions[:, 2] + positions[:, 16] - positions[:, 17]
    angle = np.unwrap(np.arctan2(-across[:, 2], across[:, 0]))

    def seen(vectors: Doubles, angles: Doubles) -> Doubles:
        cosine, sine = np.cos(-angles), np.sin(-angles)
        x, y, z = np.moveaxis(vectors, -1, 0)
        return np.stack([cosine * x + sine * z, y, -sine * x + cosine * z], axis=-1)

    root = positions[:, 0]
    features = np.zeros((len(positions) - 1, 263))
    features[:, 0] = -np.diff(angle) / 2
    features[:, 1:3] = seen(np.diff(root, axis=0), angle[1:])[:, [0, 2]]
    features[:, 3] = root[:-1, 1]
    below = positions[:, 1:] - root[:, None] * [1, 0, 1]
    features[:, 4:67] = seen(below, angle[:, None])[:-1].reshape(len(features), -1)
    return features


def write_npy(motion: Motion, folder: Path) -> Path:
    """SMPL's 24, in centimetres."""
    path = folder / "dance.npy"
    np.save(path, (100 * joint_set_positions(motion, "smpl")).astype(np.float32))
    return path


def write_features(motion: Motion, folder: Path) -> Path:
    path = folder / "features.npy"
    np.save(path, humanml3d_features(joint_set_positions(resample(motion, 20.0), "humanml3d")).astype(np.float32))
    return path


def write_npz(motion: Motion, folder: Path) -> Path:
    path = folder / "dance.npz"
    at = joint_set_positions(motion, "h36m").astype(np.float32)
    np.savez(path, joints=at, fps=motion.fps, names=np.array(SETS["h36m"].joints))
    return path


def write_keypoints(motion: Motion, folder: Path) -> Path:
    """As AIST++ has them."""
    path = folder / "gLO_sBM_cAll_d13_mLO2_ch01.pkl"
    at = (100 * joint_set_positions(motion, "coco")).astype(np.float32)
    path.write_bytes(pickle.dumps({"keypoints3d": at + np.float32(500), "keypoints3d_optim": at}, protocol=4))
    return path


def write_csv(motion: Motion, folder: Path) -> Path:
    path = folder / "dance.csv"
    plugins.load("exporters", "csv").export(motion, path)
    return path


def write_trc(motion: Motion, folder: Path) -> Path:
    """BODY_25 in millimetres."""
    path, joints = folder / "dance.trc", SETS["body25"].joints
    rows = 1000 * joint_set_positions(motion, "body25").reshape(len(motion), -1)
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{motion.fps:.2f}\t{motion.fps:.2f}\t{len(motion)}\t{len(joints)}\tmm\t{motion.fps:.2f}\t1\t{len(motion)}",
        "Frame#\tTime\t" + "\t\t\t".join(joints),
        "\t\t" + "\t".join(f"{axis}{k + 1}" for k in range(len(joints)) for axis in "XYZ"),
        "",
        *(f"{k + 1}\t{k / motion.fps:.5f}\t" + "\t".join(f"{x:.3f}" for x in row) for k, row in enumerate(rows)),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_landmarks(motion: Motion, folder: Path) -> Path:
    """MediaPipe's world landmarks: about the hips, y down, beside those in the picture."""
    path = folder / "dance.json"
    at = joint_set_positions(motion, "mediapipe")
    at = (at - at[:, 23:25].mean(axis=1, keepdims=True)) * [1, -1, -1]
    frames = []
    for pose in at.round(5).tolist():
        world = [{"x": x, "y": y, "z": z, "visibility": 0.9} for x, y, z in pose]
        frames.append({"pose_landmarks": [{**each, "z": 0.0} for each in world], "pose_world_landmarks": world})
    path.write_text(json.dumps({"fps": motion.fps, "frames": frames}), encoding="utf-8")
    return path


def write_frames(motion: Motion, folder: Path, *, flat: bool = False) -> Path:
    """OpenPose's files, one for each frame; with `flat` without the third dimension."""
    at = joint_set_positions(motion, "body25").round(5)
    for number, pose in enumerate(at):
        seen = np.concatenate([pose, np.ones((25, 1))], axis=1)
        person = {"person_id": [-1], "pose_keypoints_2d": seen[:, [0, 1, 3]].ravel().tolist()}
        person["pose_keypoints_3d"] = [] if flat else seen.ravel().tolist()
        file = folder / f"dance_{number:012d}_keypoints.json"
        file.write_text(json.dumps({"version": 1.3, "people": [person]}), encoding="utf-8")
    return folder / f"dance_{0:012d}_keypoints.json"


POSITIONS: dict[str, Callable[[Motion, Path], Path]] = {
    "npy": write_npy, "features": write_features, "npz": write_npz, "pkl": write_keypoints, "csv": write_csv,
    "trc": write_trc, "json": write_landmarks, "frames": write_frames,
}  # fmt: skip
"""Writers by kind of file."""
