"""What is measured of a dancing character's file, read without choreo's reader of such files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from file_readers import Glb
from scipy.spatial.transform import Rotation

from choreo.motion.kinematics import forward
from choreo.motion.skeleton import NAMES, SIDES
from choreo.types import Doubles, Motion

BONES = (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
FRAMES = 8
"""Frames in which soles are looked at."""
VALIDATOR = """
const validator = require(process.argv[1] + '/gltf-validator'), fs = require('fs'), path = require('path');
const near = file => uri => Promise.resolve(
  new Uint8Array(fs.readFileSync(path.join(path.dirname(file), decodeURIComponent(uri)))));
(async () => {
  const found = {};
  for (const file of JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))) {
    try {
      const options = {maxIssues: 0, externalResourceFunction: near(file)};
      const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)), options);
      found[file] = report.issues.numErrors;
    } catch (error) { }
  }
  console.log(JSON.stringify(found));
})();
"""


@dataclass(frozen=True)
class Measured:
    """Largest angles of the arms and of the legs in degrees, and of the soles from the floor in metres."""

    arms: float
    legs: float
    soles: float


def worlds(glb: Glb) -> Doubles:
    """World matrices ``(T, N, 4, 4)`` of all nodes, at the keys of the file's first animation."""
    nodes, animation = glb.document["nodes"], glb.document["animations"][0]
    keys = [glb.values(sampler["input"])[:, 0] for sampler in animation["samplers"]]
    clock = max(keys, key=len)
    tracks: dict[int, dict[str, Doubles]] = {}
    for channel in animation["channels"]:
        times, rows = keys[channel["sampler"]], glb.values(animation["samplers"][channel["sampler"]]["output"])
        path = channel["target"]["path"]
        if path in ("rotation", "translation"):
            tracks.setdefault(channel["target"]["node"], {})[path] = _at(clock, times, rows, path == "rotation")
    own = [_local(node, tracks.get(number, {}), len(clock)) for number, node in enumerate(nodes)]
    above = {child: number for number, node in enumerate(nodes) for child in node.get("children", [])}
    found: dict[int, Doubles] = {}

    def world(number: int) -> Doubles:
        if number not in found:
            found[number] = world(above[number]) @ own[number] if number in above else own[number]
        return found[number]

    return np.stack([world(number) for number in range(len(nodes))], axis=1)


def _at(clock: Doubles, times: Doubles, rows: Doubles, turns: bool) -> Doubles:
    if len(rows) != len(times):
        rows = rows[1::3]  # a cubic spline's values, without tangents
    out = np.stack([np.interp(clock, times, column) for column in rows.T], axis=1)
    return out / np.linalg.norm(out, axis=1, keepdims=True) if turns else out


def _local(node: Mapping[str, Any], moved: Mapping[str, Doubles], count: int) -> Doubles:
    own = np.tile(np.eye(4), (count, 1, 1))
    if "matrix" in node:
        own[:] = np.array(node["matrix"], np.float64).reshape(4, 4).T
        return own
    turn = moved.get("rotation", np.array([node.get("rotation", [0, 0, 0, 1])], np.float64))
    own[:, :3, :3] = Rotation.from_quat(turn).as_matrix() * np.array(node.get("scale", [1, 1, 1]), np.float64)
    own[:, :3, 3] = moved.get("translation", np.array(node.get("translation", [0, 0, 0]), np.float64))
    return own


def limb_errors(
    path: Path, motion: Motion, joints: Mapping[str, str], bones: Sequence[tuple[str, str]] = BONES
) -> float:
    """Largest angle in degrees between some limbs of the file and those of the canonical dance, over all frames."""
    glb = Glb.read(path)
    names = [node.get("name", "") for node in glb.document["nodes"]]
    at = worlds(glb)[..., :3, 3]
    ours = forward(motion.skeleton, motion.translation, motion.rotations)[0].astype(np.float64)
    count = min(len(at), len(ours))
    worst = 0.0
    for side in SIDES:
        for above, below in bones:
            ends = [f"{side}_{above}", f"{side}_{below}"]
            if any(joints.get(end) not in names for end in ends):
                continue
            first, last = (at[:count, names.index(joints[end])] for end in ends)
            own = ours[:count, NAMES.index(ends[1])] - ours[:count, NAMES.index(ends[0])]
            theirs = last - first
            cosine = np.sum(own * theirs, axis=-1) / np.linalg.norm(own, axis=-1) / np.linalg.norm(theirs, axis=-1)
            worst = max(worst, float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).max()))
    return worst


def limb_angles(a: Motion, b: Motion, bones: Sequence[tuple[str, str]]) -> float:
    """Largest angle in degrees between some limbs of two canonical motions, over their common frames."""
    count = min(len(a), len(b))
    worst = 0.0
    both = [forward(m.skeleton, m.translation[:count], m.rotations[:count])[0].astype(np.float64) for m in (a, b)]
    for side in SIDES:
        for above, below in bones:
            ends = [NAMES.index(f"{side}_{part}") for part in (above, below)]
            first, second = (at[:, ends[1]] - at[:, ends[0]] for at in both)
            cosine = np.sum(first * second, axis=-1) / np.linalg.norm(first, axis=-1) / np.linalg.norm(second, axis=-1)
            worst = max(worst, float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).max()))
    return worst


def sole_errors(path: Path, joints: Mapping[str, str]) -> float:
    """Largest distance in metres of the lowest point of the file's meshes from the floor; NaN without one.

    What goes with the arms, which may hang lower in figures of games, is left out.
    """
    glb = Glb.read(path)
    arms = _below(glb, [joints[name] for name in ("left_shoulder", "right_shoulder") if name in joints])
    matrices = worlds(glb)
    frames = np.unique(np.linspace(0, len(matrices) - 1, FRAMES).round().astype(int))
    low = np.full(len(frames), np.inf)
    for number, node in enumerate(glb.document["nodes"]):
        if "mesh" not in node or ("skin" not in node and number in arms):
            continue
        if "skin" not in node:  # a part that hangs on a bone as it is
            for primitive in glb.document["meshes"][node["mesh"]]["primitives"]:
                points = glb.values(primitive["attributes"]["POSITION"])
                row = matrices[frames][:, number, 1]
                low = np.minimum(low, (row[:, :3] @ points.T + row[:, 3:]).min(axis=1))
            continue
        skin = glb.document["skins"][node["skin"]]
        count = len(skin["joints"])
        inverse = np.tile(np.eye(4), (count, 1, 1))
        if "inverseBindMatrices" in skin:
            inverse = glb.values(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        bones = matrices[frames][:, skin["joints"]] @ inverse
        for primitive in glb.document["meshes"][node["mesh"]]["primitives"]:
            attributes = primitive["attributes"]
            points, weights = (glb.values(attributes[name]) for name in ("POSITION", "WEIGHTS_0"))
            joint = glb.values(attributes["JOINTS_0"]).astype(int)
            bound = np.concatenate([points, np.ones((len(points), 1))], axis=1)
            heights = np.einsum("tkb,vb->tvk", bones[:, :, 1], bound)
            picked = np.take_along_axis(heights, joint[None], axis=2)
            weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
            first = np.take_along_axis(joint, weights.argmax(axis=1)[:, None], axis=1)[:, 0]
            kept = ~np.isin(np.array(skin["joints"])[first], list(arms))
            low = np.minimum(low, np.sum(picked * weights, axis=2)[:, kept].min(axis=1, initial=np.inf))
    return float(np.abs(low).max()) if np.isfinite(low).all() else float("nan")


def _below(glb: Glb, names: Sequence[str]) -> set[int]:
    """Numbers of the nodes of these names and of all below them."""
    nodes = glb.document["nodes"]
    found = [number for number, node in enumerate(nodes) if node.get("name") in names]
    for number in found:
        found.extend(nodes[number].get("children", []))
    return set(found)


def validated(paths: Sequence[Path], npm: Path | None) -> dict[Path, int]:
    """Errors that Khronos' validator finds in files; empty where node or the validator is not there."""
    node = shutil.which("node")
    places = [str(npm / "node_modules")] if npm else []
    places.append(os.environ.get("CHOREO_NODE_MODULES", ""))
    if program := shutil.which("npm"):
        places.append(
            subprocess.run([program, "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()
        )
    place = next((each for each in places if each and (Path(each) / "gltf-validator").is_dir()), None)
    there = [str(path.resolve()) for path in dict.fromkeys(paths) if path.is_file()]
    if node is None or place is None or not there:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "files.json"
        listed.write_text(json.dumps(there), encoding="utf-8")
        call = [node, "-e", VALIDATOR, str(Path(place).resolve()), str(listed)]
        done = subprocess.run(call, capture_output=True, text=True, check=True)
    errors: dict[str, int] = json.loads(done.stdout)
    return {path: errors[str(path.resolve())] for path in paths if str(path.resolve()) in errors}
