"""Which bone is which by the tree and the places of its joints alone, whatever their names.

Limbs come in pairs of equal length that hang on one joint; legs and arms are told apart by where they hang and by the
proportions of people; inside a limb, joints are told from twist bones by the lengths between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from choreo.motion.bone_tree import Parents, between, children_of, common, in_order
from choreo.motion.joint_frames import unit
from choreo.motion.map_check import SURE, leftness, up_of
from choreo.types import Doubles

Numbers = dict[str, int]
"""Joints by canonical name."""
LIKE = 0.15
"""Most that two limbs of a pair differ in length, as a share."""
MOST = 14
"""Joints of a limb that are looked at, from its root on."""
BRANCHES, AT_ONE, PAIRS, LEGS = 12, 4, 20, 8
"""Most branches of a joint, pairs on a joint, pairs in all, and pairs that may be legs, that are looked at."""
BIG = 0.15
"""Least length of a limb, as a share of the longest path from a root."""


ARM = 0.62
"""Length of a human's arm over that of a leg, from shoulder to wrist and from hip to ankle."""
WIDE = 0.38
"""Distance of a human's shoulder joints over the length of a leg."""
HANDLESS = -3.0
"""How unusual an arm is that ends at the elbow."""
UNSURE = -14.0
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

    def __init__(self, parents: Parents, poses: Doubles, told: Sequence[str] = ()) -> None:
        self.parents, self.poses, self.told = parents, poses, told
        self.below = children_of(parents)
        above = [max(int(parent), 0) for parent in parents]
        self.sizes = np.median(np.linalg.norm(poses - poses[:, above], axis=-1), axis=0)
        off = np.linalg.norm(poses - poses.mean(axis=1, keepdims=True), axis=-1)
        self.extent = 2 * float(np.median(off.max(axis=1)))
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
        """Pairs of like limbs of three joints or more, the longest first; few, however much hair and cloth there is."""
        least = BIG * float(self.reach.max(initial=0.0))
        found: list[tuple[float, Pair]] = []
        for on, below in enumerate(self.below):
            here: list[tuple[float, Pair]] = []
            long = sorted((k for k in below if self.reach[k] > least), key=lambda k: -self.reach[k])[:BRANCHES]
            for a, b in combinations(long, 2):
                sizes = [self.sizes[k] + self.reach[k] for k in (a, b)]
                chains = (self.main(a), self.main(b))
                if abs(sizes[0] - sizes[1]) < LIKE * max(sizes) and min(map(len, chains)) >= 3:
                    here.append((-min(sizes), Pair(on, chains)))
            found += sorted(here, key=lambda item: item[0])[:AT_ONE]
        return [pair for _, pair in sorted(found, key=lambda item: item[0])[:PAIRS]]

    def split(
        self,
        chain: Sequence[int],
        pre: float,
        after: float,
        ratio: float,
        usual: float | None = None,
        apart: Sequence[float] = (),
    ) -> Split:
        """Find the three joints of a limb.

        Parameters
        ----------
        pre, after
            Usual length from where the limb hangs to its first joint, and beyond its last, in lengths of the limb.
        ratio
            Usual length of the upper bone over that of the lower.
        usual
            Usual length of the limb, where something is known of it.
        apart
            How far each joint of the chain is from its like on the other side, over what is usual of the first.
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
            score += 0.0 if usual is None else _far(size / usual, 1.0, 0.35)
            score += _far(apart[first], 1.0, 0.6) if first < len(apart) else 0.0
            if score > best.score:
                best = Split(places, float(score), size)
        return best

    def handless(self, chain: Sequence[int], pre: float, ratio: float, usual: float) -> Split:
        """The split of an arm that ends at the elbow: its forearm is taken to be as long as usual."""
        path = np.cumsum([self.sizes[k] for k in chain])
        upper = float(path[-1] - path[-2])
        size = upper * (1 + 1 / ratio)
        score = _far(path[-2] / size, pre, 0.8) + _far(size / usual, 1.0, 0.35) + HANDLESS if upper > 0 else -np.inf
        return Split((len(chain) - 2, len(chain) - 1, NONE), float(score), size)

    def _straight(self, chain: Sequence[int], first: int, last: int) -> float:
        """How far joints inside a bone are off its line."""
        if last - first < 2:
            return 0.0
        bone = self.poses[:, chain[last]] - self.poses[:, chain[first]]
        size = np.linalg.norm(bone, axis=-1)
        walked = sum(float(self.sizes[k]) for k in chain[first + 1 : last + 1])
        return max(-100 * (1 - float(np.median(size)) / max(walked, 1e-12)), -8.0)


def tree_guess(parents: Parents, poses: Doubles, told: Sequence[str] = ()) -> Numbers | None:
    """Guess the joints of a humanoid.

    Parameters
    ----------
    poses
        World positions ``(T, J, 3)``: of the rest pose, or of several poses, in any unit, with any axis up.
    told
        Side of each joint, ``left``, ``right`` or empty, as its name tells it; used where the places show none.

    Returns
    -------
    Joints by canonical name, or None where no two arms and two legs are found, or left cannot be told from right.
    """
    if not np.isfinite(poses).all() or len(parents) < 10:
        return None
    tree = _Tree(parents, poses, told)
    pairs = tree.pairs()
    splits = [(pair, tree.split(pair.chains[0], 0.14, 0.2, 1.05)) for pair in pairs]
    legs = dict(sorted(splits, key=lambda item: -item[1].score)[:LEGS])
    best: tuple[float, Pair, Pair, Split] | None = None
    for leg in legs:
        for arm in pairs:
            found = _together(tree, leg, arm, legs[leg])
            if found is not None and found[0] > (UNSURE if best is None else best[0] + 1e-6):
                best = (found[0], leg, arm, found[1])
    if best is None:
        return None
    _, leg, arm, arms = best
    return _named(tree, leg, arm, legs[leg].places, arms.places)


def _together(tree: _Tree, leg: Pair, arm: Pair, legs: Split) -> tuple[float, Split] | None:
    """How well two pairs are the legs and the arms of one body, and the joints of the arms; None where they are not."""
    inside = {*leg.chains[0], *leg.chains[1]}
    if leg == arm or arm.on in inside or inside & {*arm.chains[0], *arm.chains[1]}:
        return None
    top = common(tree.parents, (leg.on, arm.on))
    if leg.on in {*arm.chains[0], *arm.chains[1]} or not legs.size or top < 0:
        return None
    usual = ARM * legs.size
    ends = zip(*arm.chains, strict=False)
    apart = [float(np.median(np.linalg.norm(tree.poses[:, a] - tree.poses[:, b], axis=-1))) for a, b in ends]
    apart = [each / (WIDE * legs.size) for each in apart]
    arms = max(tree.split(arm.chains[0], 0.7, 0.33, 1.09, usual, apart), tree.handless(arm.chains[0], 0.7, 1.09, usual),
               key=lambda split: split.score)  # fmt: skip
    path = {joint: sum(float(tree.sizes[k]) for k in [*between(tree.parents, top, joint), joint] if k != top)
            for joint in (leg.on, arm.on)}  # fmt: skip
    trunk = _far((path[arm.on] - path[leg.on]) / legs.size, 0.4, 0.6)
    trunk += _far(legs.size / max(tree.extent, 1e-12), 0.5, 0.4)
    return legs.score + arms.score + trunk + _standing(tree, leg, arm, legs, arms), arms


def _standing(tree: _Tree, leg: Pair, arm: Pair, legs: Split, arms: Split) -> float:
    """How far legs do not go on where the trunk ends: 0 when they do, -8 when they are square to it."""

    def middle(pair: Pair, place: int) -> Doubles:
        a, b = (tree.poses[:, chain[min(place, len(chain) - 1)]] for chain in pair.chains)
        return (a + b) / 2

    hips, ankles = middle(leg, legs.places[0]), middle(leg, legs.places[2])
    up = unit(middle(arm, arms.places[0]) - hips)
    return -8 * (1 + float(np.median(np.sum(up * unit(ankles - hips), axis=-1))))


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
    tree: _Tree,
    leg: Pair,
    arm: Pair,
    legs: tuple[int, int, int],
    arms: tuple[int, int, int],
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
    if abs(sure) < SURE and tree.told:
        named = [[tree.told[k] for k in chain] for chain in leg.chains]
        right_way = named[0].count("left") + named[1].count("right")
        sure = float(np.clip(right_way - named[0].count("right") - named[1].count("left"), -1, 1))
    if abs(sure) < SURE:  # nothing shows it: who stands upright in files of this kind looks to +Z
        if float(np.mean(up_of(at)[:, 1])) < 0.7:
            return None
        sure = float(np.mean((at["left_hip"] - at["right_hip"])[:, 0]))
    order = (0, 1) if sure > 0 else (1, 0)
    return [(leg.chains[k], upper[k]) for k in order]
