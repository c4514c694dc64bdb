"""Motions and skeletons with known answers, for tests of reading, retargeting and writing."""

from __future__ import annotations

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL, NAMES
from choreo.types import Motion, Skeleton


def dance(seconds: float = 4.0, *, fps: float = 60.0, bpm: float = 120.0) -> Motion:
    """A dancer on the spot: feet stand, knees dip on the beat, trunk turns and leans, arms and head move."""
    from choreo.motion.ik import solve_leg

    time = np.arange(round(seconds * fps) + 1) / fps
    phase = 2 * np.pi * time * bpm / 60
    rotations = np.zeros((len(time), len(NAMES), 4), np.float32)
    rotations[..., 0] = 1
    zero = np.zeros_like(time)
    turns = {
        "pelvis": (zero, 0.25 * np.sin(phase / 4), zero),
        "spine1": (0.1 * np.sin(phase / 2), 0.2 * np.sin(phase / 4), 0.08 * np.sin(phase / 2)),
        "spine3": (0.05 + zero, -0.3 * np.sin(phase / 4), zero),
        "head": (0.15 * np.sin(phase), 0.3 * np.sin(phase / 4), zero),
        "left_shoulder": (0.2 * np.sin(phase), 0.2 * np.cos(phase / 2), -0.7 + 0.4 * np.sin(phase / 2)),
        "right_shoulder": (zero, 0.3 * np.sin(phase / 2), 0.9 + 0.3 * np.sin(phase)),
        "left_elbow": (zero, -0.9 - 0.5 * np.sin(phase), zero),
        "right_elbow": (zero, 0.8 + 0.4 * np.cos(phase / 2), zero),
    }
    for name, turn in turns.items():
        rotations[:, NAMES.index(name)] = rot.from_axis_angle(np.stack(turn, axis=-1)).astype(np.float32)
    translation = np.tile(CANONICAL.offsets[0], (len(time), 1)).astype(np.float32)
    still, _ = forward(CANONICAL, translation[:1], np.tile([1, 0, 0, 0], (1, 24, 1)).astype(np.float32))
    translation[:, 1] -= (0.09 + 0.05 * np.cos(phase)).astype(np.float32)
    translation[:, 0] += (0.05 * np.sin(phase / 2)).astype(np.float32)
    flat = np.tile(np.array([1, 0, 0, 0], np.float32), (len(time), 1))
    for side in ("left", "right"):
        target = np.repeat(still[:, NAMES.index(f"{side}_ankle")], len(time), 0)
        rotations = solve_leg(CANONICAL, translation, rotations, side, target.astype(np.float32), flat)
    return Motion(CANONICAL, fps, translation, rotations, np.ones((len(time), 4), bool))


def on_other_skeleton(
    motion: Motion, names: dict[str, str], *, scale: float = 1.0, frames: dict[str, np.ndarray] | None = None,
    arms_down: float = 0.0,
) -> Motion:  # fmt: skip
    """The same dance on a skeleton with other names, another unit and other bone axes.

    `frames` are turns ``(4,)`` of the bones' own axes by canonical name; `arms_down` lowers the arms of the rest
    pose, in radians.
    """
    _, world = forward(motion.skeleton, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
    kept = [name for name in NAMES if name in names]
    lean = {name: np.array([1.0, 0, 0, 0]) for name in NAMES}
    for side, sign in (("left", -1), ("right", 1)):
        for part in ("shoulder", "elbow", "wrist", "hand"):
            lean[f"{side}_{part}"] = rot.from_axis_angle(np.array([0.0, 0, sign * arms_down]))
    axes = {name: np.array([1.0, 0, 0, 0]) for name in NAMES} | (frames or {})
    parents, offsets, locals_ = [], [], []
    turned = {}
    for name in kept:
        joint = NAMES.index(name)
        above = NAMES[int(CANONICAL.parents[joint])] if joint else ""
        while above and above not in names:
            above = NAMES[int(CANONICAL.parents[NAMES.index(above)])] if above != "pelvis" else ""
        parents.append(kept.index(above) if above else -1)
        # world turn of the other bone: ours, from a rest in which it leans, seen in its own axes
        turned[name] = rot.multiply(rot.multiply(world[:, joint], rot.conjugate(lean[name])), axes[name])
        rest = motion.skeleton.offsets[joint].astype(np.float64)
        if above:
            rest = rot.rotate(rot.multiply(rot.conjugate(axes[above]), lean[above]), rest)
        offsets.append(rest * scale)
        locals_.append(rot.multiply(rot.conjugate(turned[above]), turned[name]) if above else turned[name])
    skeleton = Skeleton(tuple(names[name] for name in kept), np.array(parents), np.array(offsets, np.float32))
    rotations = rot.continuous(rot.normalize(np.stack(locals_, axis=1))).astype(np.float32)
    return Motion(skeleton, motion.fps, (motion.translation * scale).astype(np.float32), rotations)


def gap_mm(a: Motion, b: Motion) -> float:
    """Largest distance of a joint in two canonical motions, millimetres, their common frames."""
    count = min(len(a), len(b))
    first, second = (forward(m.skeleton, m.translation[:count], m.rotations[:count])[0] for m in (a, b))
    return float(1000 * np.linalg.norm(first - second, axis=-1).max())


def gap_degrees(a: Motion, b: Motion) -> float:
    """Largest angle between world orientations of the joints in two canonical motions, hands left out."""
    count = min(len(a), len(b))
    worlds = [forward(m.skeleton, m.translation[:count], m.rotations[:count])[1] for m in (a, b)]
    first, second = (turns.astype(np.float64)[:, :22] for turns in worlds)
    apart = np.minimum(np.linalg.norm(first - second, axis=-1), np.linalg.norm(first + second, axis=-1))
    return float(np.degrees(4 * np.arcsin(np.clip(apart / 2, 0, 1))).max())


STRIDE = {"left": 0.42, "right": 0.26}
"""Metres that each foot goes ahead in a step of `stepping_dance`."""


def stepping_dance(seconds: float = 4.0, *, fps: float = 60.0, bpm: float = 120.0, turn: float = 1.0) -> Motion:
    """A dance that looks the same from no side: long steps left, short ones right, a turn to the left by `turn`.

    On each beat one foot lands, the left one first; heading and path follow an arc. The left arm is raised and strikes
    down on every beat, the right one hangs and swings slowly; the head looks to the right. It begins and ends standing
    on both feet.
    """
    from choreo.motion.ik import solve_leg

    time, beat = np.arange(round(seconds * fps) + 1) / fps, 60 / bpm
    share = np.clip(time / max(seconds, 1e-9), 0, 1)
    share = share * share * (3 - 2 * share)
    heading = turn * share
    counts = int(seconds / beat + 1e-6)
    lands = [(k * beat, ("left", "right")[(k - 1) % 2]) for k in range(1, counts)]
    travelled = sum(STRIDE[side] for _, side in lands) / 2
    if turn:  # an arc that begins towards +Z and bends to the dancer's left, +X
        radius = travelled / turn
        path = np.stack([radius * (1 - np.cos(heading)), 0 * time, radius * np.sin(heading)], axis=1)
    else:
        path = np.stack([0 * time, 0 * time, travelled * share], axis=1)
    bones = {name: NAMES.index(name) for name in NAMES}
    rotations = np.zeros((len(time), len(NAMES), 4), np.float32)
    rotations[..., 0] = 1
    zero, phase = np.zeros_like(time), np.pi * time / beat
    strike = 0.9 * np.abs(np.cos(phase)) ** 1.5
    turns = {
        "pelvis": (zero, heading, zero),
        "spine2": (0.08 + zero, 0.15 * np.sin(phase / 2), 0.1 + zero),
        "head": (zero, -0.5 + zero, zero),
        "left_shoulder": (zero, zero, 0.9 - strike),
        "left_elbow": (zero, -0.4 - 0.3 * np.sin(phase / 2) ** 2, zero),
        "right_shoulder": (0.3 * np.sin(phase / 4), zero, 1.15 + zero),
        "right_wrist": (zero, zero, 0.4 * np.sin(phase / 4)),
    }
    for name, each in turns.items():
        rotations[:, bones[name]] = rot.from_axis_angle(np.stack(each, axis=-1)).astype(np.float32)
    flat = np.tile([1, 0, 0, 0], (1, 24, 1)).astype(np.float32)
    rest, _ = forward(CANONICAL, CANONICAL.offsets[:1].copy(), flat)
    translation = (path + CANONICAL.offsets[0]).astype(np.float32)
    translation[:, 1] -= (0.11 + 0.02 * np.cos(2 * phase)).astype(np.float32)
    contacts = np.ones((len(time), 4), bool)
    for k, side in enumerate(("left", "right")):
        ankle = rest[0, bones[f"{side}_ankle"]].astype(np.float64)
        own = [at for at, which in lands if which == side]
        edges = [0.0, *own]
        stand = np.searchsorted(edges, time + 1e-9, side="right") - 1

        def print_at(index: int, foot: np.ndarray = ankle, edges: list[float] = edges) -> tuple[np.ndarray, float]:
            """Where a foot stands after its landing `index`, and its yaw: ahead of the body by half a beat."""
            at = min(int(np.searchsorted(time, edges[index] + (beat / 2 if index else 0))), len(time) - 1)
            return path[at] + rot.rotate(rot.yaw(np.array(heading[at])), foot), float(heading[at])

        prints = [print_at(index) for index in range(len(edges))]
        target = np.array([prints[index][0] for index in stand])
        yaw = np.array([prints[index][1] for index in stand])
        lift = {"left": 0.10, "right": 0.06}[side]
        for index in range(1, len(edges)):
            begin, end = edges[index] - 0.6 * beat, edges[index]
            inside = (time > begin) & (time < end)
            s = (time[inside] - begin) / (end - begin)
            smooth = (s * s * (3 - 2 * s))[:, None]
            target[inside] = (1 - smooth) * prints[index - 1][0] + smooth * prints[index][0]
            target[inside, 1] += lift * np.sin(np.pi * s) ** 2
            yaw[inside] = (1 - smooth[:, 0]) * prints[index - 1][1] + smooth[:, 0] * prints[index][1]
            contacts[inside, 2 * k : 2 * k + 2] = False
        rotations = solve_leg(
            CANONICAL, translation, rotations, side, target.astype(np.float32), rot.yaw(yaw).astype(np.float32)
        )
    return Motion(CANONICAL, fps, translation, rotations, contacts)
