"""Small humanoids under the names of any family, in any rest pose, as trees, BVH and GLB, with what is true of them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rig_names import LIMBS, NAMINGS, Naming

from choreo.motion import rotations as rot
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL, NAMES, SIDES
from choreo.types import Doubles, Motion, Skeleton

POSES = ("t", "a", "stride", "lying")
"""Rest poses: arms level, arms halfway down, in mid-stride, on the back."""
_AFTER = {"hip": "knee", "knee": "ankle", "ankle": "foot", "collar": "shoulder", "shoulder": "elbow", "elbow": "wrist"}
_ROOT = -1
"""Owner of nodes that stay where the character stands."""


@dataclass(frozen=True)
class Rig:
    """A humanoid.

    ``names``, ``parents``: of J nodes, parents first; ``at : (J, 3)`` in T-pose, metres, +Y up, facing +Z; ``owners``:
    the canonical joint that each goes with, -1 for none; ``truth``: names by canonical joint; ``axes : (J, 4)``: how
    each node's own axes lie in T-pose.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    at: Doubles
    owners: tuple[int, ...]
    truth: Mapping[str, str]
    axes: Doubles

    def posed(self, world: Doubles, root: Doubles) -> tuple[Doubles, Doubles]:
        """Positions ``(T, J, 3)`` and orientations ``(T, J, 4)`` when the canonical joints are turned so.

        Parameters
        ----------
        world
            ``(T, 24, 4)``.
        root
            ``(T, 3)`` where the canonical pelvis is.
        """
        flat = np.tile([1.0, 0, 0, 0], (len(world), 1))
        at, turns = np.zeros((len(world), len(self.names), 3)), np.zeros((len(world), len(self.names), 4))
        home = rest()[NAMES.index("pelvis")]
        for k, (parent, owner) in enumerate(zip(self.parents, self.owners, strict=True)):
            turn = flat if owner == _ROOT else world[:, owner]
            turns[:, k] = rot.multiply(turn, self.axes[k])
            if owner == _ROOT:
                at[:, k] = self.at[k]
            elif parent < 0 or self.owners[parent] == _ROOT:
                at[:, k] = root + rot.rotate(world[:, 0], self.at[k] - home)
            else:
                above = world[:, self.owners[parent]]
                at[:, k] = at[:, parent] + rot.rotate(above, self.at[k] - self.at[parent])
        return at, turns

    def standing(self, pose: str) -> tuple[Doubles, Doubles]:
        """Positions ``(J, 3)`` and orientations ``(J, 4)`` in a rest pose of `POSES`."""
        local, root = np.tile([1.0, 0, 0, 0], (1, 24, 1)), rest()[:1].copy()
        for name, turn in _TURNS[pose].items():
            local[0, NAMES.index(name)] = rot.from_axis_angle(np.array(turn))
        _, world = forward(CANONICAL, root.astype(np.float32), local.astype(np.float32))
        if pose == "lying":
            root = np.array([[0.0, 0.12, 0.0]])
        at, turns = self.posed(np.asarray(world, np.float64), root)
        return at[0], turns[0]

    def dancing(self, motion: Motion) -> Motion:
        """A canonical motion on this rig, whose rest pose (all turns none) is the T-pose; nodes above stay."""
        plain = replace(self, axes=np.tile([1.0, 0, 0, 0], (len(self.names), 1)))
        _, world = forward(CANONICAL, motion.translation.astype(np.float64), motion.rotations.astype(np.float64))
        at, turns = plain.posed(np.asarray(world, np.float64), motion.translation.astype(np.float64))
        top = next(k for k, owner in enumerate(self.owners) if owner == 0)
        inside = [top]
        for k, parent in enumerate(self.parents):
            if parent in inside:
                inside.append(k)
        number = {k: n for n, k in enumerate(inside)}
        parents = np.array([-1, *(number[self.parents[k]] for k in inside[1:])])
        offsets = np.array([self.at[top], *(self.at[k] - self.at[self.parents[k]] for k in inside[1:])])
        local = [turns[:, top]]
        local += [rot.multiply(rot.conjugate(turns[:, self.parents[k]]), turns[:, k]) for k in inside[1:]]
        skeleton = Skeleton(tuple(self.names[k] for k in inside), parents, offsets.astype(np.float32))
        rotations = rot.continuous(rot.normalize(np.stack(local, axis=1))).astype(np.float32)
        return Motion(skeleton, motion.fps, at[:, top].astype(np.float32), rotations)


_BENT = {"left_shoulder": (0, 0, -1.1), "right_shoulder": (0, 0, 1.1)}
_TURNS: Mapping[str, Mapping[str, tuple[float, float, float]]] = {
    "t": {},
    "a": {"left_shoulder": (0, 0, -0.8), "right_shoulder": (0, 0, 0.8)},
    "stride": {
        "left_hip": (-0.55, 0, 0), "left_knee": (0.35, 0, 0), "right_hip": (0.4, 0, 0), "right_knee": (0.5, 0, 0),
        "left_shoulder": (0.6, 0, -1.2), "right_shoulder": (-0.6, 0, 1.2), "left_elbow": (0, -0.5, 0),
        "right_elbow": (0, 0.7, 0), "pelvis": (0, 0.1, 0),
    },
    "lying": {"pelvis": (-np.pi / 2, 0, 0), **_BENT},
}  # fmt: skip


def rest() -> Doubles:
    """Positions ``(24, 3)`` of the canonical joints in T-pose."""
    at = np.zeros((24, 3))
    for k, parent in enumerate(CANONICAL.parents):
        at[k] = CANONICAL.offsets[k] + (at[parent] if parent >= 0 else 0)
    return at


def make(naming: Naming | str, *, axes: int | None = None, spine: int | None = None) -> Rig:
    """A humanoid under a family's names.

    Parameters
    ----------
    axes
        Seed of the nodes' own axes; those of the world when None.
    spine
        How many bones the spine has, called ``Spine``, ``Spine1`` and so on; the family's own when None.
    """
    if isinstance(naming, str):
        naming = NAMINGS[naming]
    if spine is not None:
        naming = replace(naming, spine=tuple(f"Spine{k or ''}" for k in range(spine)))
    grown = _Growing()
    top = -1
    for name in naming.above:
        top = grown.add(name, top, np.zeros(3), _ROOT)
    pelvis = grown.add(naming.pelvis, top, grown.home["pelvis"], NAMES.index("pelvis"), "pelvis")
    for name in naming.roots:
        grown.add(name, top if top >= 0 else pelvis, np.array([0.1, 0.05, 0.1]), _ROOT if top >= 0 else 0)
    chest = _trunk(grown, naming, pelvis)
    fork = pelvis
    if naming.fork:
        fork = grown.add(naming.fork, pelvis, grown.home["pelvis"] + [0, -0.01, 0], NAMES.index("pelvis"))
    for side in SIDES:
        _limb(grown, naming, side, LIMBS[:4], fork)
        _limb(grown, naming, side, LIMBS[4:], chest)
    count = len(grown.names)
    turns = np.tile([1.0, 0, 0, 0], (count, 1))
    if axes is not None:
        turns = rot.normalize(np.random.default_rng(axes).normal(size=(count, 4)))
    names = [name.replace("<k>", f"{k:02}") for k, name in enumerate(grown.names)]
    truth = {ours: names[k] for ours, k in grown.truth.items()}
    return Rig(tuple(names), tuple(grown.parents), np.array(grown.at), tuple(grown.owners), truth, turns)


class _Growing:
    """Nodes so far."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.parents: list[int] = []
        self.at: list[Doubles] = []
        self.owners: list[int] = []
        self.truth: dict[str, int] = {}
        self.home = {name: place for name, place in zip(NAMES, rest(), strict=True)}

    def add(self, name: str, parent: int, at: Doubles, owner: int, ours: str = "") -> int:
        self.names.append(name)
        self.parents.append(parent)
        self.at.append(np.asarray(at, np.float64))
        self.owners.append(owner)
        if ours:
            self.truth[ours] = len(self.names) - 1
        return len(self.names) - 1


def _trunk(grown: _Growing, naming: Naming, pelvis: int) -> int:
    """Spine, neck and head; the node that the arms hang on."""
    home = grown.home
    above, count = pelvis, len(naming.spine)
    path = np.array([home[name] for name in ("pelvis", "spine1", "spine2", "spine3")])
    steps = {1: [2.0], 2: [1.0, 3.0]}.get(count, list(np.linspace(1, 3, count)))
    for name, step in zip(naming.spine, steps, strict=True):
        low, share = int(step), step - int(step)
        place = path[low] if not share else (1 - share) * path[low] + share * path[low + 1]
        owner = "spine3" if step == steps[-1] else f"spine{low}"
        above = grown.add(name, above, place, NAMES.index(owner))
    chest = neck = above
    ends = np.linspace(home["neck"], home["head"], len(naming.neck) + 1)
    for k, (name, place) in enumerate(zip(naming.neck, ends[:-1], strict=True)):
        neck = grown.add(name, neck, place, NAMES.index("neck"), "" if k else "neck")
    if naming.head:
        head = grown.add(naming.head, neck, home["head"], NAMES.index("head"), "head")
        if naming.end:
            grown.add(naming.end, head, home["head"] + [0, 0.18, 0.02], NAMES.index("head"))
        for k, name in enumerate(naming.face):
            grown.add(name, head, home["head"] + [0.03 - 0.06 * (k % 2), 0.06, 0.08], NAMES.index("head"))
    return chest


def _limb(grown: _Growing, naming: Naming, side: str, parts: Sequence[str], top: int) -> None:
    """An arm or a leg, with the bones beside and between."""
    above = top
    for part in parts:
        pattern = naming.limbs[LIMBS.index(part)]
        if pattern == "-":
            continue
        ours = f"{side}_{part}"
        owner, place = NAMES.index(ours), grown.home[ours]
        over = grown.owners[above]
        if part in naming.buds:
            bud = place + (grown.at[above] - place) * 0.3
            above = grown.add(naming.of_side(naming.buds[part], side), above, bud, over)
        above = grown.add(naming.of_side(pattern, side), above, place, owner, ours)
        end = grown.home.get(f"{side}_{_AFTER.get(part, '')}", place + (place - grown.home[f"{side}_elbow"]) * 0.7)
        if part == "foot":
            end = place + np.array([0, 0, 0.05])
        for k, pattern in enumerate(naming.beside.get(part, ())):
            share = (k + 1) / (len(naming.beside[part]) + 1)
            grown.add(naming.of_side(pattern, side), above, place + share * (end - place), owner)
        joint = above
        for k, pattern in enumerate(naming.inline.get(part, ())):
            share = (k + 1) / (len(naming.inline[part]) + 1)
            above = grown.add(naming.of_side(pattern, side), above, place + share * (end - place), owner)
        if part == "wrist":
            _fingers(grown, naming, side, joint)


def _fingers(grown: _Growing, naming: Naming, side: str, wrist: int) -> None:
    pattern, fingers = naming.fingers
    sign = 1.0 if side == "left" else -1.0
    for k, finger in enumerate(fingers):
        above, place = wrist, grown.at[wrist] + [0.03 * sign, 0, 0.03]
        for n in range(3):
            place = place + np.array([0.025 * sign, -0.002, -0.01 * (k - 1.5) if n == 0 else 0.0])
            name = naming.of_side(pattern, side).replace("{f}", finger).replace("{n}", str(n + 1))
            above = grown.add(name, above, place, NAMES.index(f"{side}_wrist"))


def write_bvh(rig: Rig, motion: Motion, path: Path) -> Path:
    """A canonical motion under the rig's names as a BVH file."""
    from choreo import plugins

    plugins.load("exporters", "bvh").export(rig.dancing(motion), path)
    return path


def write_glb(rig: Rig, path: Path, *, pose: str = "t", bind: str | None = None, scale: float = 1.0) -> Path:
    """The rig in a rest pose as a GLB file, with a skinned mesh of one thin spike to a bone.

    Parameters
    ----------
    bind
        Pose of `POSES` in which the mesh is bound; the rest pose when None.
    scale
        Of a node over all, whose children are smaller by it.
    """
    path.write_bytes(glb(rig, pose=pose, bind=bind, scale=scale))
    return path


def glb(rig: Rig, *, pose: str = "t", bind: str | None = None, scale: float = 1.0) -> bytes:
    """The bytes of `write_glb`."""
    at, turns = rig.standing(pose)
    nodes = []
    for k, parent in enumerate(rig.parents):
        place, turn = at[k] / scale, turns[k]
        if parent >= 0:
            place = rot.rotate(rot.conjugate(turns[parent]), at[k] - at[parent]) / scale
            turn = rot.multiply(rot.conjugate(turns[parent]), turns[k])
        node: dict[str, object] = {"name": rig.names[k], "translation": place.tolist()}
        node["rotation"] = turn[[1, 2, 3, 0]].tolist()
        below = [j for j, over in enumerate(rig.parents) if over == k]
        if below:
            node["children"] = below
        nodes.append(node)
    count = len(nodes)
    bound_at, bound = rig.standing(bind or pose)
    points, joints, faces = _spikes(rig, bound_at)
    inverse = np.zeros((count, 4, 4), np.float32)
    for k in range(count):
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = scale * rot.to_matrix(bound[k]), bound_at[k]
        inverse[k] = np.linalg.inv(matrix).T
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(points), 1))
    arrays = [(points, 5126, "VEC3", 34962), (joints, 5123, "VEC4", 34962), (weights, 5126, "VEC4", 34962),
              (faces, 5123, "SCALAR", 34963), (inverse.reshape(count, 16), 5126, "MAT4", None)]  # fmt: skip
    views, accessors, blob = [], [], b""
    for number, (array, kind, shape, target) in enumerate(arrays):
        raw = array.tobytes()
        view = {"buffer": 0, "byteOffset": len(blob), "byteLength": len(raw)}
        views.append(view if target is None else {**view, "target": target})
        told: dict[str, object] = {"bufferView": number, "componentType": kind, "type": shape, "count": len(array)}
        if number == 0:
            told |= {"min": array.min(0).tolist(), "max": array.max(0).tolist()}
        accessors.append(told)
        blob += raw + b"\0" * (-len(raw) % 4)
    tops = [k for k, over in enumerate(rig.parents) if over < 0]
    if scale != 1.0:
        nodes.append({"name": "Scaled", "scale": [scale] * 3, "children": tops})
        tops = [count]
    nodes.append({"name": "Body", "mesh": 0, "skin": 0})
    primitive = {"attributes": {"POSITION": 0, "JOINTS_0": 1, "WEIGHTS_0": 2}, "indices": 3}
    document = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [*tops, len(nodes) - 1]}], "nodes": nodes,
        "meshes": [{"primitives": [primitive]}], "skins": [{"joints": list(range(count)), "inverseBindMatrices": 4}],
        "accessors": accessors, "bufferViews": views, "buffers": [{"byteLength": len(blob)}],
    }  # fmt: skip
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    parts = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(blob), 0x004E4942) + blob
    return struct.pack("<III", 0x46546C67, 2, 12 + len(parts)) + parts


def _spikes(rig: Rig, at: Doubles) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points ``(P, 3)``, joints ``(P, 4)`` and corners ``(F,)`` of one four-sided spike for each bone."""
    points: list[Doubles] = []
    joints: list[list[int]] = []
    faces: list[int] = []
    for k, parent in enumerate(rig.parents):
        if parent < 0 or rig.owners[parent] == _ROOT or np.linalg.norm(at[k] - at[parent]) < 1e-4:
            continue
        way = at[k] - at[parent]
        aside = np.cross(way, [0.3, 0.5, 0.8])
        aside = 0.02 * aside / np.linalg.norm(aside)
        other = np.cross(way / np.linalg.norm(way), aside)
        first = len(points)
        points += [at[parent] + aside, at[parent] + other, at[parent] - aside, at[parent] - other, at[k]]
        joints += [[parent, 0, 0, 0]] * 5
        faces += [first + n for side in range(4) for n in (side, (side + 1) % 4, 4)]
    return np.array(points, np.float32), np.array(joints, np.uint16), np.array(faces, np.uint16)


__all__ = ["NAMINGS", "POSES", "Rig", "glb", "make", "write_bvh", "write_glb"]
