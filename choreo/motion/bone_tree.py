"""Questions to the tree of a skeleton: what lies above what, and which joints lie between two."""

from __future__ import annotations

from collections.abc import Sequence

Parents = Sequence[int]
"""Number of each joint's parent, -1 for a root."""


def children_of(parents: Parents) -> list[list[int]]:
    """Numbers of the joints that hang on each."""
    below: list[list[int]] = [[] for _ in parents]
    for joint, parent in enumerate(parents):
        if parent >= 0:
            below[parent].append(joint)
    return below


def chain_up(parents: Parents, joint: int) -> list[int]:
    """A joint and all above it, from it on up."""
    chain = [joint]
    while parents[chain[-1]] >= 0 and len(chain) <= len(parents):
        chain.append(int(parents[chain[-1]]))
    return chain


def is_below(parents: Parents, joint: int, above: int) -> bool:
    """Whether a joint hangs on another, over however many."""
    return joint != above and above in chain_up(parents, joint)


def between(parents: Parents, above: int, joint: int) -> list[int]:
    """The joints between two, from the upper one on down; empty where one does not hang on the other."""
    chain = chain_up(parents, joint)
    return chain[1 : chain.index(above)][::-1] if above in chain[1:] else []


def common(parents: Parents, joints: Sequence[int]) -> int:
    """The lowest joint that all hang on, or that is one of them; -1 where there is none."""
    chains = [chain_up(parents, joint) for joint in joints]
    return next((joint for joint in chains[0] if all(joint in chain for chain in chains[1:])), -1)


def in_order(parents: Parents) -> list[int]:
    """All joints, parents before children."""
    below, order = children_of(parents), [joint for joint, parent in enumerate(parents) if parent < 0]
    for joint in order:
        order.extend(below[joint])
    return order


def is_tree(parents: Parents) -> bool:
    """Whether anything hangs on anything: lists of joints without a tree have a parent nowhere."""
    return any(parent >= 0 for parent in parents)
