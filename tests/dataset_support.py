"""Small files in the true formats of the datasets, written from a known dance."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from acclaim_support import write_acclaim
from motion_support import on_other_skeleton
from positions_support import write_npz

from choreo import plugins
from choreo.motion import rotations as rot
from choreo.motion.families import FAMILIES
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.types import Motion

Writer = Callable[[Motion, Path], Path]


def write_bvh(motion: Motion, folder: Path) -> Path:
    """LAFAN1's names, centimetres."""
    path = folder / "dance.bvh"
    plugins.load("exporters", "bvh").export(on_other_skeleton(motion, FAMILIES["lafan1"]), path)
    return path


def write_amc(motion: Motion, folder: Path) -> Path:
    """Acclaim's names, CMU's unit and rate."""
    from choreo.motion.resample import resample

    path = folder / "05_02.amc"
    motion = on_other_skeleton(resample(motion, 120.0), FAMILIES["acclaim"])
    write_acclaim(motion, folder / "05.asf", path, decimals=".6g")
    return path


def write_motorica(motion: Motion, folder: Path) -> Path:
    path = folder / "kthstreet_gLO_sFM_cAll_d02_mLO_ch01_song_001_00.bvh"
    plugins.load("exporters", "bvh").export(on_other_skeleton(motion, FAMILIES["mixamo"]), path)
    return path


def axis_angles(motion: Motion, joints: int) -> np.ndarray:
    poses = np.zeros((len(motion), joints, 3), np.float32)
    poses[:, :22] = rot.to_axis_angle(motion.rotations[:, :22])
    return poses.reshape(len(motion), -1)


def write_aistpp(motion: Motion, folder: Path) -> Path:
    """Translation divided by the scaling, as AIST++ has it."""
    path = folder / "gLO_sBM_cAll_d13_mLO2_ch01.pkl"
    found = {
        "smpl_poses": axis_angles(motion, 24),
        "smpl_scaling": np.array([92.5], np.float32),
        "smpl_trans": motion.translation * np.float32(92.5),
    }
    with path.open("wb") as stream:
        pickle.dump(found, stream, protocol=4)
    return path


def write_amass(motion: Motion, folder: Path) -> Path:
    path = folder / "dance_poses.npz"
    turned = z_up(motion)
    np.savez(
        path, poses=axis_angles(turned, 52), trans=turned.translation.astype(np.float64),
        betas=np.zeros(16), dmpls=np.zeros((len(motion), 8)), gender=np.array("female"), mocap_framerate=motion.fps,
    )  # fmt: skip
    return path


def write_smpl(motion: Motion, folder: Path) -> Path:
    path = folder / "take.npz"
    poses = axis_angles(motion, 55)
    np.savez(path, global_orient=poses[:, :3], body_pose=poses[:, 3:66], transl=motion.translation, fps=motion.fps)
    return path


def six_numbers(motion: Motion, joints: int) -> np.ndarray:
    """Translation and the first two rows of each joint's matrix, ``(T, 3 + 6 * joints)``."""
    turns = np.zeros((len(motion), joints, 4))
    turns[..., 0] = 1
    turns[:, :22] = motion.rotations[:, :22]
    rows = [motion.translation, rot.to_matrix(turns)[..., :2, :].reshape(len(motion), -1)]
    return np.concatenate(rows, axis=1).astype(np.float32)


def at_30(motion: Motion) -> Motion:
    from choreo.motion.resample import resample

    return resample(motion, 30.0)


def write_finedance(motion: Motion, folder: Path) -> Path:
    """Rows of 3 + 52 x 6 numbers at 30 frames a second, the first two rows of each matrix."""
    (folder / "motion").mkdir(exist_ok=True)
    (folder / "label_json").mkdir(exist_ok=True)
    (folder / "label_json" / "001.json").write_text(json.dumps({"name": "song", "style1": "Folk", "style2": "Uyghur"}))
    path = folder / "motion" / "001.npy"
    np.save(path, six_numbers(at_30(motion), 52))
    return path


def write_lodge(motion: Motion, folder: Path, joints: int = 22) -> Path:
    """Four contacts, as a network guesses them, and FineDance's rows."""
    rows = six_numbers(at_30(motion), joints)
    contacts = np.random.default_rng(1).uniform(-0.1, 1.1, (len(rows), 4))
    path = folder / f"dod_{4 + rows.shape[1]}.npy"
    np.save(path, np.concatenate([contacts, rows], axis=1).astype(np.float32))
    return path


def write_motionx(motion: Motion, folder: Path) -> Path:
    """Root, body, hands, jaw, expression, shape of the face, translation, shape: 322 numbers."""
    motion = at_30(motion)
    rows = np.random.default_rng(2).normal(size=(len(motion), 322)).astype(np.float32)
    rows[:, :66], rows[:, 309:312], rows[:, 312:] = axis_angles(motion, 22), motion.translation, rows[0, 312:]
    path = folder / "dance_clip1.npy"
    np.save(path, rows)
    return path


def z_up(motion: Motion) -> Motion:
    """The same with +Z up."""
    turn = rot.between(np.array([0.0, 1, 0]), np.array([0.0, 0, 1]))
    rotations = motion.rotations.astype(np.float64)
    rotations[:, 0] = rot.multiply(turn, rotations[:, 0])
    moved = rot.rotate(turn, motion.translation.astype(np.float64))
    return Motion(CANONICAL, motion.fps, moved.astype(np.float32), rotations.astype(np.float32))


def write_edge(motion: Motion, folder: Path) -> Path:
    """Z up, 30 frames a second, and nothing says so; ``full_pose`` is of positions."""
    motion = z_up(at_30(motion))
    places, _ = forward(CANONICAL, motion.translation, motion.rotations)
    path = folder / "test_song.pkl"
    found = {"smpl_poses": axis_angles(motion, 24), "smpl_trans": motion.translation, "full_pose": places}
    with path.open("wb") as stream:
        pickle.dump(found, stream)
    return path


def write_deepmimic(motion: Motion, folder: Path) -> Path:
    """DeepMimic's humanoid, hinges at knees and elbows; so only what it can do comes back."""
    from choreo_deepmimic import BALLS, COLUMNS, HINGES, NECK, SPINE

    _, world = forward(CANONICAL, motion.translation, motion.rotations)
    facing = rot.from_axis_angle(np.array([0.0, np.pi / 2, 0.0]))  # it looks along +X
    turned = {name: rot.multiply(rot.multiply(facing, world[:, k].astype(np.float64)), rot.conjugate(facing))
              for k, name in enumerate(NAMES)}  # fmt: skip
    for side, sign in (("left", -1), ("right", 1)):
        hanging = rot.from_axis_angle(np.array([sign * np.pi / 2, 0.0, 0.0]))
        for part in ("shoulder", "elbow"):
            turned[f"{side}_{part}"] = rot.multiply(turned[f"{side}_{part}"], rot.conjugate(hanging))
    rows = np.zeros((len(motion), COLUMNS))
    rows[:, 0] = 1 / motion.fps
    rows[:, 1:4] = rot.rotate(facing, motion.translation.astype(np.float64)) * 0.94
    rows[:, 4:8] = turned["pelvis"]
    local = {}
    for name, parent in (("spine2", "pelvis"), ("neck", "spine2"), ("right_hip", "pelvis"), ("left_hip", "pelvis"),
                         ("right_knee", "right_hip"), ("left_knee", "left_hip"), ("right_ankle", "right_knee"),
                         ("left_ankle", "left_knee"), ("right_shoulder", "spine2"), ("left_shoulder", "spine2"),
                         ("right_elbow", "right_shoulder"), ("left_elbow", "left_shoulder")):  # fmt: skip
        own = turned["spine3"] if name == "spine2" else turned[name]
        above = turned["spine3"] if parent == "spine2" else turned[parent]
        local[name] = rot.multiply(rot.conjugate(above), own)
    rows[:, SPINE], rows[:, NECK] = local["spine2"], local["neck"]
    for name, first in BALLS.items():
        rows[:, first : first + 4] = local[name]
    for name, column in HINGES.items():
        rows[:, column] = rot.to_axis_angle(local[name])[:, 2]
    path = folder / "dance.txt"
    path.write_text(json.dumps({"Loop": "none", "Frames": rows.tolist()}))
    return path


def write_glb(motion: Motion, folder: Path) -> Path:
    path = folder / "dance.glb"
    plugins.load("exporters", "glb").export(motion, path)
    return path


def write_fbx(motion: Motion, folder: Path) -> Path:
    path = folder / "dance.fbx"
    plugins.load("exporters", "fbx").export(motion, path)
    return path


def write_vmd(motion: Motion, folder: Path) -> Path:
    path = folder / "dance.vmd"
    plugins.load("exporters", "vmd").export(motion, path)
    return path


def write_usd(motion: Motion, folder: Path) -> Path:
    path = folder / "dance.usda"
    plugins.load("exporters", "usd").export(motion, path)
    return path


def write_c3d(motion: Motion, folder: Path, gaps: bool = False) -> Path:
    """Forty markers on the dancer, Z up, millimetres, as Vicon writes them."""
    places, world = forward(CANONICAL, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
    on = {
        "LFWT": ("pelvis", (0.12, 0.05, 0.1)), "RFWT": ("pelvis", (-0.12, 0.05, 0.1)),
        "LBWT": ("pelvis", (0.08, 0.05, -0.12)), "RBWT": ("pelvis", (-0.08, 0.05, -0.12)),
        "C7": ("neck", (0, 0.02, -0.06)), "CLAV": ("neck", (0, -0.05, 0.08)), "T10": ("spine2", (0, 0.02, -0.12)),
        "STRN": ("spine2", (0, 0.02, 0.12)), "LFHD": ("head", (0.08, 0.1, 0.1)), "RFHD": ("head", (-0.08, 0.1, 0.1)),
        "LBHD": ("head", (0.08, 0.1, -0.1)), "RBHD": ("head", (-0.08, 0.1, -0.1)),
    }  # fmt: skip
    for letter, side, sign in (("L", "left", 1), ("R", "right", -1)):
        on |= {
            f"{letter}KNE": (f"{side}_knee", (sign * 0.055, 0, 0)),
            f"{letter}ANK": (f"{side}_ankle", (sign * 0.04, 0, 0)),
            f"{letter}HEE": (f"{side}_ankle", (0, -0.04, -0.07)),
            f"{letter}TOE": (f"{side}_foot", (-sign * 0.02, 0.012, 0)),
            f"{letter}MT5": (f"{side}_foot", (sign * 0.04, 0.012, -0.02)),
            f"{letter}SHO": (f"{side}_shoulder", (0, 0.045, 0)), f"{letter}ELB": (f"{side}_elbow", (0, 0, -0.02)),
            f"{letter}WRA": (f"{side}_wrist", (0, 0, 0.03)), f"{letter}WRB": (f"{side}_wrist", (0, 0, -0.03)),
            f"{letter}FIN": (f"{side}_hand", (0, 0, 0)),
        }  # fmt: skip
    points = []
    for joint, offset in on.values():
        k = NAMES.index(joint)
        carrier = NAMES.index(joint.replace("shoulder", "collar")) if joint.endswith("shoulder") else k
        points.append(places[:, k] + rot.rotate(world[:, carrier], np.array(offset, float)))
    stacked = np.stack(points, axis=1) * 1000
    stacked = np.stack([stacked[..., 0], -stacked[..., 2], stacked[..., 1]], axis=-1)
    if gaps:
        stacked[100:110, 12] = 0
        stacked[200:202, 20] += 3000
    return save_c3d(folder / "dance.c3d", list(on), stacked, motion.fps)


def save_c3d(path: Path, labels: list[str], points: np.ndarray, rate: float) -> Path:
    """A C3D file of floating point numbers, by the format's manual."""
    frames, count = points.shape[:2]

    def parameter(name: str, group: int, kind: int, dims: list[int], data: bytes) -> bytes:
        body = struct.pack("<bB", kind, len(dims)) + bytes(dims) + data + b"\0"
        return struct.pack("<bb", len(name), group) + name.encode() + struct.pack("<h", len(body) + 2) + body

    group = struct.pack("<bb", 5, -1) + b"POINT" + struct.pack("<hb", 3, 0)
    names = "".join(f"{label:<8}" for label in labels).encode()
    parts = [
        group,
        parameter("USED", 1, 2, [], struct.pack("<h", count)),
        parameter("SCALE", 1, 4, [], struct.pack("<f", -1.0)),
        parameter("RATE", 1, 4, [], struct.pack("<f", rate)),
        parameter("DATA_START", 1, 2, [], struct.pack("<h", 6)),
        parameter("FRAMES", 1, 2, [], struct.pack("<h", frames)),
        parameter("LABELS", 1, -1, [8, count], names),
        parameter("UNITS", 1, -1, [4], b"mm  "),
    ]
    block = b"\0\0\4\x54" + b"".join(parts) + b"\0\0"
    block = block.ljust(4 * 512, b"\0")
    head = struct.pack("<BBhhhhhfhhf", 2, 0x50, count, 0, 1, frames, 10, -1.0, 6, 0, rate).ljust(512, b"\0")
    data = np.zeros((frames, count, 4), "<f4")
    data[..., :3] = points
    path.write_bytes(head + block + data.tobytes())
    return path


FORMATS: dict[str, Writer] = {
    "bvh": write_bvh, "amc": write_amc, "motorica": write_motorica, "c3d": write_c3d, "aistpp": write_aistpp,
    "amass": write_amass, "smpl": write_smpl, "edge": write_edge, "finedance": write_finedance,
    "lodge": write_lodge, "motionx": write_motionx, "deepmimic": write_deepmimic, "mixamo": write_glb,
    "fbx": write_fbx, "vmd": write_vmd, "usd": write_usd, "positions": write_npz,
}  # fmt: skip
