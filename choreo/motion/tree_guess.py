"""Which bone is which by the tree and the places of its joints alone, whatever their names.

Limbs come in pairs of equal length that hang on one joint; legs and arms are told apart by where they hang and by the
proportions of people; inside a limb, joints are told from twist bones by the lengths between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from choreo.motion.bone_tree import Parents, between, chain_up, children_of, common, in_order
from choreo.motion.joint_frames import unit
from choreo.motion.map_check import SURE, leftness, up_of
from choreo.types import Doubles

Numbers = dict[str, int]
"""Joints by canonical name."""
LIKE = 0.15
"""Most that two limbs of a pair differ in length, as a share."""
MOST = 14
"""Joints of a limb that are looked at, from its root on."""
BIG = 0.15
"""Least length of a limb, as a share of the longest path from a root."""


HANDLESS = -3.0
"""How unusual an arm is that ends at the elbow."""
UNSURE = -12.0
"""How unusual a body may be before it is taken for none."""
NONE = -1
"""Place of a joint that a limb has not."""


@dataclass(frozen=True)
class Pair:
    """Two like limbs: the joint they hang on, and each one's joints from there on outward."""

    on: int
    chains: tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Split:
    """Places of a limb's three joints in its chain, how well they fit a human's, and the limb's length."""

    places: tuple[int, int, int]
    score: float
    size: float


def _far(value: float, usual: float, spread: float) -> float:
    """How unusual a ratio is: minus half the square of its logarithm's distance in spreads, bounded."""
    if not value > 0:
        return -8.0
    return max(-0.5 * ((np.log(value) - np.log(usual)) / spread) ** 2, -8.0)


class _Tree:
    """A skeleton's tree with the lengths of its bones."""

    def __init__(self, parents: Parents, poses: Doubles) -> None:
        self.parents, self.poses = parents, poses
        self.below = children_of(parents)
        above = [max(int(parent), 0) for parent in parents]
        self.sizes = np.median(np.linalg.norm(poses - poses[:, above], axis=-1), axis=0)
        self.reach = np.zeros(len(parents))
        for joint in reversed(in_order(parents)):
            self.reach[joint] = max((self.sizes[k] + self.reach[k] for k in self.below[joint]), default=0.0)

    def main(self, joint: int) -> tuple[int, ...]:
        """The chain from a joint outward that reaches farthest."""
        chain = [joint]
        while self.below[chain[-1]] and len(chain) < MOST:
            chain.append(max(self.below[chain[-1]], key=lambda k: (self.sizes[k] + self.reach[k], -k)))
        return tuple(chain)

    def pairs(self) -> list[Pair]:
        """All pairs of like limbs of at least three joints."""
        least = BIG * float(self.reach.max(initial=0.0))
        found = []
        for on, below in enumerate(self.below):
            long = [k for k in below if self.reach[k] > least]
            for a, b in combinations(long, 2):
                sizes = [self.sizes[k] + self.reach[k] for k in (a, b)]
                chains = (self.main(a), self.main(b))
                if abs(sizes[0] - sizes[1]) < LIKE * max(sizes) and min(map(len, chains)) >= 3:
                    found.append(Pair(on, chains))
        return found

    def split(self, chain: Sequence[int], pre: float, after: float, ratio: float) -> Split:
        """Find the three joints of a limb.

        Parameters
        ----------
        pre, after
            Usual length from where the limb hangs to its first joint, and beyond its last, in lengths of the limb.
        ratio
            Usual length of the upper bone over that of the lower.
        """
        path = np.cumsum([self.sizes[k] for k in chain])
        best = Split((0, 1, 2), -np.inf, 0.0)
        for places in combinations(range(len(chain)), 3):
            first, middle, last = places
            upper, lower = path[middle] - path[first], path[last] - path[middle]
            size = float(upper + lower)
            if not (upper > 0 and lower > 0):
                continue
            score = _far(upper / lower, ratio, 0.3) + _far(path[first] / size, pre, 0.8)
            beyond = float(path[-1] - path[last])
            score += _far(beyond / size, after, 0.7) if beyond > 0 else -1.5
            score += self._straight(chain, first, middle) + self._straight(chain, middle, last)
            if score > best.score:
                best = Split(places, float(score), size)
        return best

    def handless(self, chain: Sequence[int], pre: float, ratio: float) -> Split:
        """The split of an arm that ends at the elbow: its forearm is taken to be as long as usual."""
        path = np.cumsum([self.sizes[k] for k in chain])
        upper = float(path[-1] - path[-2])
        size = upper * (1 + 1 / ratio)
        score = _far(path[-2] / size, pre, 0.8) + HANDLESS if upper > 0 else -np.inf
        return Split((len(chain) - 2, len(chain) - 1, NONE), float(score), size)

    def _straight(self, chain: Sequence[int], first: int, last: int) -> float:
        """How far joints inside a bone are off its line."""
        if last - first < 2:
            return 0.0
        bone = self.poses[:, chain[last]] - self.poses[:, chain[first]]
        size = np.linalg.norm(bone, axis=-1)
        walked = sum(float(self.sizes[k]) for k in chain[first + 1 : last + 1])
        return max(-100 * (1 - float(np.median(size)) / max(walked, 1e-12)), -8.0)


def tree_guess(parents: Parents, poses: Doubles) -> Numbers | None:
    """Guess the joints of a humanoid.

    Parameters
    ----------
    poses
        World positions ``(T, J, 3)``: of the rest pose, or of several poses, in any unit, with any axis up.

    Returns
    -------
    Joints by canonical name, or None where no two arms and two legs are found, or left cannot be told from right.
    """
    if not np.isfinite(poses).all() or len(parents) < 10:
        return None
    tree = _Tree(parents, poses)
    pairs = tree.pairs()
    legs = {pair: tree.split(pair.chains[0], 0.14, 0.2, 1.05) for pair in pairs}
    arms = {
        pair: max(
            tree.split(pair.chains[0], 0.7, 0.33, 1.09), tree.handless(pair.chains[0], 0.7, 1.09),
            key=lambda split: split.score,
        )
        for pair in pairs
    }  # fmt: skip
    best: tuple[float, Pair, Pair] | None = None
    for leg in pairs:
        for arm in pairs:
            score = _together(tree, leg, arm, legs[leg], arms[arm])
            if score is not None and score > (UNSURE if best is None else best[0] + 1e-6):
                best = (score, leg, arm)
    if best is None:
        return None
    _, leg, arm = best
    return _named(tree, leg, arm, legs[leg].places, arms[arm].places)


def _together(tree: _Tree, leg: Pair, arm: Pair, legs: Split, arms: Split) -> float | None:
    """How well two pairs are the legs and the arms of one body; None where they cannot be."""
    inside = {*leg.chains[0], *leg.chains[1]}
    if leg == arm or arm.on in inside or inside & {*arm.chains[0], *arm.chains[1]}:
        return None
    if leg.on in {*arm.chains[0], *arm.chains[1]} or not (legs.size and arms.size):
        return None
    top = common(tree.parents, (leg.on, arm.on))
    if top < 0:
        return None
    path = {joint: sum(float(tree.sizes[k]) for k in [*between(tree.parents, top, joint), joint] if k != top)
            for joint in (leg.on, arm.on)}  # fmt: skip
    trunk = _far((path[arm.on] - path[leg.on]) / legs.size, 0.4, 0.6)
    arm_to_leg = _far(arms.size / legs.size, 0.62, 0.35)
    return legs.score + arms.score + arm_to_leg + trunk + _standing(tree, leg, arm, legs, arms)


def _standing(tree: _Tree, leg: Pair, arm: Pair, legs: Split, arms: Split) -> float:
    """How far legs do not go on where the trunk ends: 0 when they do, -4 when they are square to it."""

    def middle(pair: Pair, place: int) -> Doubles:
        a, b = (tree.poses[:, chain[min(place, len(chain) - 1)]] for chain in pair.chains)
        return (a + b) / 2

    hips, ankles = middle(leg, legs.places[0]), middle(leg, legs.places[2])
    up = unit(middle(arm, arms.places[0]) - hips)
    return -4 * (1 + float(np.median(np.sum(up * unit(ankles - hips), axis=-1))))


def _named(tree: _Tree, leg: Pair, arm: Pair, legs: tuple[int, int, int], arms: tuple[int, int, int]) -> Numbers | None:
    parents = tree.parents
    pelvis = common(parents, (leg.on, arm.on))
    sides = _sides(tree, leg, arm, legs, arms)
    if sides is None:
        return None
    found: Numbers = {"pelvis": pelvis}
    for side, (lower, upper) in zip(("left", "right"), sides, strict=True):
        for part, place in zip(("hip", "knee", "ankle"), legs, strict=True):
            found[f"{side}_{part}"] = lower[min(place, len(lower) - 1)]
        for part, place in zip(("shoulder", "elbow", "wrist"), arms, strict=True):
            if place != NONE:
                found[f"{side}_{part}"] = upper[min(place, len(upper) - 1)]
        if len(lower) > legs[2] + 1:
            found[f"{side}_foot"] = lower[legs[2] + 1]
        if arms[0] > 0:
            found[f"{side}_collar"] = upper[arms[0] - 1]
    return found


def _sides(
    tree: _Tree, leg: Pair, arm: Pair, legs: tuple[int, int, int], arms: tuple[int, int, int]
) -> list[tuple[tuple[int, ...], tuple[int, ...]]] | None:
    """Chains of leg and arm of the left and of the right side."""

    def here(lower: Sequence[tuple[int, ...]], upper: Sequence[tuple[int, ...]]) -> dict[str, Doubles]:
        out = {}
        for side, chain, other in zip(("left", "right"), lower, upper, strict=True):
            for part, place in zip(("hip", "knee", "ankle"), legs, strict=True):
                out[f"{side}_{part}"] = tree.poses[:, chain[min(place, len(chain) - 1)]]
            if len(chain) > legs[2] + 1:
                out[f"{side}_foot"] = tree.poses[:, chain[legs[2] + 1]]
            out[f"{side}_shoulder"] = tree.poses[:, other[min(arms[0], len(other) - 1)]]
        return out

    upper = arm.chains
    at = here(leg.chains, upper)
    across = [at[f"left_{part}"] - at[f"right_{part}"] for part in ("hip", "shoulder")]
    if float(np.mean(np.sum(across[0] * across[1], axis=-1))) < 0:
        upper = (upper[1], upper[0])
    at = here(leg.chains, upper)
    sure, _ = leftness(at)
    if abs(sure) < SURE:  # nothing shows it: who stands upright in files of this kind looks to +Z
        if float(np.mean(up_of(at)[:, 1])) < 0.7:
            return None
        sure = float(np.mean((at["left_hip"] - at["right_hip"])[:, 0]))
    order = (0, 1) if sure > 0 else (1, 0)
    return [(leg.chains[k], upper[k]) for k in order]


def trunk_joints(parents: Parents, found: Numbers) -> list[int]:
    """The spine: joints from below the pelvis to where the arms hang, from below on up."""
    arms = [found.get(f"{side}_collar", found[f"{side}_shoulder"]) for side in ("left", "right")]
    chest = common(parents, arms)
    pelvis = found["pelvis"]
    if chest < 0 or chest == pelvis or pelvis not in chain_up(parents, chest):
        return []
    return [*between(parents, pelvis, chest), chest]


def head_joints(parents: Parents, poses: Doubles | None, found: Numbers) -> list[int]:
    """Neck and head by the tree: the longest chain on the chest, or near below it, that has no arm in it."""
    spine = trunk_joints(parents, found)
    below = children_of(parents)
    arms = {joint for side in ("left", "right") for joint in chain_up(parents, found[f"{side}_shoulder"])}
    legs = {joint for side in ("left", "right") for joint in chain_up(parents, found[f"{side}_hip"])}
    for on in [*spine[:-4:-1], found["pelvis"]] if spine else [found["pelvis"]]:
        starts = [k for k in below[on] if k not in arms and k not in legs]
        chains = [_longest(below, start) for start in starts]
        if poses is not None and chains:
            up = up_of({ours: poses[:, k] for ours, k in found.items()})
            heights = [float(np.mean(np.sum((poses[:, chain[-1]] - poses[:, on]) * up, axis=-1))) for chain in chains]
            best = int(np.argmax(heights))
            chains = [chains[best]] if heights[best] > 0 else []
        if chains:
            chain = max(chains, key=len)
            forks = [place for place, joint in enumerate(chain) if len(below[joint]) > 1]
            top = forks[0] if forks else len(chain) - (2 if len(chain) > 2 else 1)
            return list(chain[: top + 1])
    return []


def _longest(below: list[list[int]], joint: int) -> tuple[int, ...]:
    """The chain from a joint on that has the most joints."""
    chain = [joint]
    depth: dict[int, int] = {}

    def deep(k: int) -> int:
        stack = [(k, False)]
        while stack:
            now, done = stack.pop()
            if done:
                depth[now] = 1 + max((depth[j] for j in below[now]), default=0)
            else:
                stack.append((now, True))
                stack.extend((j, False) for j in below[now] if j not in depth)
        return depth[k]

    deep(joint)
    while below[chain[-1]]:
        chain.append(max(below[chain[-1]], key=lambda k: (depth[k], -k)))
    return tuple(chain)
