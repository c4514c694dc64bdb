"""Who is in a file, and which node is which joint: as a VRM file says, else by names, tree and places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MotionError
from choreo.motion.families import ESSENTIAL, FAMILIES, JointMap, guess_map, with_trunk
from choreo.motion.skeleton import NAMES
from choreo.plugins import suggest
from choreo.types import CharacterOptions
from choreo_gltf.reader import Tree, read_tree

LEAST_NODES = len(ESSENTIAL)
GUESSES = 60
"""Most parts of a file that are looked at for somebody."""


def joints_of(tree: Tree, options: CharacterOptions = CharacterOptions()) -> JointMap:
    """Which node is which joint of the humanoid that dances.

    Raises
    ------
    MotionError
        When legs and arms cannot be found, or there is no humanoid of that number.
    """
    if options.joints is not None:
        return _told(tree, options.joints)
    everybody = people_of(tree)
    number = options.humanoid or 0
    if not 0 <= number < len(everybody):
        listed = "; ".join(f"{k}, whose hips are {each['pelvis']!r}" for k, each in enumerate(everybody))
        raise MotionError(f"has no humanoid {number}. There are: {listed}.")
    return everybody[number]


BAD_FILE = (ValueError, TypeError, IndexError, KeyError, AttributeError, np.linalg.LinAlgError)
"""What reading a damaged file may end with."""


def read_people(path: Path) -> tuple[Tree, list[JointMap]]:
    """A file's nodes and `people_of` it.

    Raises
    ------
    MotionError
        When it cannot be read or has no humanoid.
    """
    tree = read_tree(path)
    try:
        return tree, people_of(tree)
    except MotionError as error:
        raise MotionError(f"{path}: {error.message}") from error
    except BAD_FILE as error:
        raise MotionError(f"{path}: its joints cannot be told ({error}).") from error


def people_of(tree: Tree) -> list[JointMap]:
    """Maps of all humanoids of a file, in the order of its nodes; of a VRM file its one.

    Raises
    ------
    MotionError
        When there is none.
    """
    humans = humans_of(tree)
    found: JointMap = {}
    for ours, theirs in FAMILIES["vrm"].items():
        node = humans.get(theirs[:1].lower() + theirs[1:])
        if node is not None and 0 <= node < len(tree.order):
            found[ours] = tree.names[tree.order.index(node)]
    if all(name in found for name in ("pelvis", *ESSENTIAL)):
        return [found]
    return _Search(tree).people()


def humans_of(tree: Tree) -> dict[str, int]:
    """Nodes by the names of VRM's humanoid; empty when the file is none."""
    extensions = tree.document.extensions or {}
    pairs: list[tuple[Any, Any]] = []
    kind = next((name for name in ("VRMC_vrm", "VRMC_vrm_animation") if name in extensions), "")
    if kind:
        bones = extensions[kind].get("humanoid", {}).get("humanBones", {})
        pairs = [(name, bone["node"]) for name, bone in bones.items() if isinstance(bone, dict) and "node" in bone]
    elif "VRM" in extensions:
        bones = extensions["VRM"].get("humanoid", {}).get("humanBones", [])
        pairs = [
            (bone["bone"], bone["node"]) for bone in bones if isinstance(bone, dict) and {"bone", "node"} <= bone.keys()
        ]
    return {name: node for name, node in pairs if isinstance(name, str) and isinstance(node, int)}


def faces_backwards(tree: Tree) -> bool:
    """Whether programs turn the character by half a turn: those of VRM 0 look to -Z in their files."""
    extensions = tree.document.extensions or {}
    return "VRM" in extensions and "VRMC_vrm" not in extensions


def _told(tree: Tree, joints: Mapping[str, str]) -> JointMap:
    """The user's map, checked."""
    absent = [theirs for theirs in joints.values() if theirs not in tree.names]
    if absent:
        raise MotionError(f"the map names the joint {absent[0]!r}, which the file does not have."
                          f"{suggest(absent[0], tree.names)}")  # fmt: skip
    unknown = [ours for ours in joints if ours not in NAMES]
    if unknown:
        raise MotionError(f"the map names the canonical joint {unknown[0]!r}; there are {', '.join(NAMES)}.")
    missing = [name for name in ESSENTIAL if name not in joints]
    if missing:
        raise MotionError(f"the map lacks {', '.join(missing)}.")
    found = dict(joints)
    if "pelvis" not in found:
        above = _line(tree, tree.names.index(found["right_hip"]))
        both = [k for k in _line(tree, tree.names.index(found["left_hip"])) if k in above]
        if not both:
            raise MotionError("the map lacks the pelvis, and no node is above both hips.")
        found["pelvis"] = tree.names[both[0]]
    return found


def _line(tree: Tree, joint: int) -> list[int]:
    """The nodes above one, nearest first."""
    out = []
    while tree.parents[joint] >= 0:
        joint = tree.parents[joint]
        out.append(joint)
    return out


class _Search:
    """Looks for humanoids from the top of the tree down: each is as high as nobody else is below."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.children: list[list[int]] = [[] for _ in tree.order]
        self.sizes = [1] * len(tree.order)
        for joint in range(len(tree.order) - 1, -1, -1):
            if tree.parents[joint] >= 0:
                self.children[tree.parents[joint]].insert(0, joint)
                self.sizes[tree.parents[joint]] += self.sizes[joint]
        place = {node: k for k, node in enumerate(tree.order)}
        self.jointed = {place[node] for skin in tree.document.skins or [] for node in skin.joints}
        self.places = tree.world_rest
        self.guesses = 0
        self.error: MotionError | None = None

    def people(self) -> list[JointMap]:
        """All that are found."""
        tops = [k for k, parent in enumerate(self.tree.parents) if parent < 0]
        found = [each for top in tops for each in self._below(top)]
        if not found and len(tops) > 1:
            found = self._guessed(list(range(len(self.tree.order))))
        if not found:
            raise self.error or MotionError("has no humanoid: expected at least legs and arms as nodes.")
        return found

    def _below(self, top: int) -> list[JointMap]:
        """Humanoids at a node or below it."""
        if self.sizes[top] < LEAST_NODES or self.guesses >= GUESSES:
            return []
        nodes = [top]
        for joint in nodes:
            nodes.extend(self.children[joint])
        whole = self._guessed(sorted(nodes))
        if whole and whole[0]["pelvis"] == self.tree.names[top]:
            return whole
        parts = [each for child in self.children[top] for each in self._below(child)]
        return parts or whole

    def _guessed(self, nodes: list[int]) -> list[JointMap]:
        """The humanoid of some nodes: of the joints of skins and what is above them, where there are such."""
        self.guesses += 1
        jointed = [joint for joint in nodes if joint in self.jointed]
        if len(jointed) >= LEAST_NODES:
            inside, line = set(nodes), set(jointed)
            for joint in jointed:
                for above in _line(self.tree, joint):
                    if above in line or above not in inside:
                        break
                    line.add(above)
            nodes = sorted(line)
        number = {joint: k for k, joint in enumerate(nodes)}
        plain = [self.tree.document.nodes[self.tree.order[joint]].name or "" for joint in nodes]
        once = {name for name, count in Counter(plain).items() if count == 1 and name}
        names = [a if a in once else self.tree.names[joint] for a, joint in zip(plain, nodes, strict=True)]
        parents = [number.get(self.tree.parents[joint], -1) for joint in nodes]
        try:
            joints = guess_map(names, parents, self.places[nodes])[1]
        except MotionError as error:
            apart = self._apart(names, parents, self.places[nodes])
            if apart is None:
                self.error = self.error or error
                return []
            joints = apart
        return [{ours: self.tree.names[nodes[names.index(theirs)]] for ours, theirs in joints.items()}]

    def _apart(self, names: list[str], parents: list[int], places: np.ndarray) -> JointMap | None:
        """A humanoid of whom some joints hang on the root, as feet do for inverse kinematics; by names and places."""
        try:
            joints = guess_map(names, [-1] * len(names), places)[1]
        except MotionError:
            return None
        mapped = {names.index(theirs): ours for ours, theirs in joints.items()}
        if "pelvis" not in joints:
            return None
        for joint, ours in mapped.items():
            above, line = parents[joint], []
            while above >= 0:
                line.append(above)
                above = parents[above]
            if mapped.keys() & set(line) or ours == "pelvis":
                continue
            if not ours.endswith(("ankle", "foot", "wrist", "knee", "elbow", "hip", "shoulder")):
                return None
        at = with_trunk({ours: joint for joint, ours in mapped.items()}, parents, places[None])
        return {ours: names[joint] for ours, joint in at.items()}


def rest_places(tree: Tree, joints: JointMap) -> dict[str, np.ndarray]:
    """World positions ``(1, 3)`` at rest by canonical name; hands that are missing lie on from the forearms."""
    at = {ours: tree.world_rest[None, tree.names.index(theirs)] for ours, theirs in joints.items()}
    for side in ("left", "right"):
        if f"{side}_wrist" not in at:
            at[f"{side}_wrist"] = 2 * at[f"{side}_elbow"] - at[f"{side}_shoulder"]
    return at
