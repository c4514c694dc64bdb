"""The joints of trunk, head and hands, by the tree and the places of the joints, once the limbs are known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from choreo.motion.bone_tree import Parents, between, chain_up, children_of, common
from choreo.motion.map_check import up_of
from choreo.types import Doubles

ALIKE = 1.8
"""Most times that one of forearm and upper arm is as long as the other for the end to be taken for the hand."""


def trunk_joints(parents: Parents, found: Mapping[str, int]) -> list[int]:
    """The spine: joints from below the pelvis to where the arms hang, from below on up."""
    arms = [found.get(f"{side}_collar", found[f"{side}_shoulder"]) for side in ("left", "right")]
    chest = common(parents, arms)
    pelvis = found["pelvis"]
    if chest < 0 or chest == pelvis or pelvis not in chain_up(parents, chest):
        return []
    return [*between(parents, pelvis, chest), chest]


def head_joints(parents: Parents, poses: Doubles | None, found: Mapping[str, int]) -> list[int]:
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


def hand_joint(parents: Parents, poses: Doubles, shoulder: int, elbow: int) -> int:
    """The joint at the end of a forearm that is about as long as the upper arm; -1 where none is."""
    upper = float(np.median(np.linalg.norm(poses[:, elbow] - poses[:, shoulder], axis=-1)))
    chain = _longest(children_of(parents), elbow)[1:]
    sizes = [float(np.median(np.linalg.norm(poses[:, k] - poses[:, elbow], axis=-1))) for k in chain]
    ratios = [max(size / upper, upper / size) if size > 0 and upper > 0 else np.inf for size in sizes]
    best = int(np.argmin(ratios)) if ratios else -1
    return chain[best] if best >= 0 and ratios[best] < ALIKE else -1


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
