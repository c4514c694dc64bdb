"""An item -> its result, in a process of the cluster."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterator
from typing import Any, NamedTuple

from choreo.engines import run_item
from choreo_ray.connection import versions

_kept: tuple[str, Any] = ("", None)
"""Name of what all items share, and that with the work: unpickled once in a process."""


class Told(NamedTuple):
    """How an item ended: an `Outcome`, an exception that is not choreo's, or why it was not begun."""

    outcome: Any = None
    error: BaseException | None = None
    trace: str = ""
    unfit: str = ""
    node: str = ""


def do(item: bytes, given: list[Any], name: str, asking: tuple[str, str]) -> Iterator[Any]:
    """Yield the address of this node, to say that the work begins, then `Told`, pickled.

    Parameters
    ----------
    item
        Pickled.
    given, name
        Reference to the work and what all items share, pickled, in a list, so that Ray does not fetch it each time; and
        a name for it.
    asking
        `versions` of the process that asks: a node may have joined after it looked at all.
    """
    import ray

    node = ray.util.get_node_ip_address()
    yield node
    told = _told(item, given, name, asking, node)
    try:
        packed = pickle.dumps(told, protocol=5)
        if told.error is not None:
            pickle.loads(packed)  # noqa: S301 -- an exception may pickle and not come back
    except Exception as error:  # noqa: BLE001 -- whatever its own code does
        plain = RuntimeError(f"{type(told.error or error).__name__}: {told.error or error}")
        packed = pickle.dumps(Told(error=plain, trace=told.trace, node=node), protocol=5)
    yield packed


def _told(item: bytes, given: list[Any], name: str, asking: tuple[str, str], node: str) -> Told:
    import ray

    if asking != versions():
        return Told(
            unfit=f"has choreo {versions()[0]}, the process that asks has {asking[0]}. Install the same", node=node
        )
    global _kept
    try:
        if _kept[0] != name:
            _kept = ("", None)
            _kept = (name, pickle.loads(ray.get(given[0])))  # noqa: S301 -- from the process that asks
        work, shared = _kept[1]
        taken = pickle.loads(item)  # noqa: S301 -- likewise
    except (ImportError, AttributeError) as error:
        return Told(unfit=f"lacks what the work needs ({error}). Install the same packages on all nodes", node=node)
    try:
        return Told(run_item(work, taken, shared), node=node)
    except Exception as error:  # noqa: BLE001 -- it is raised where the item came from
        return Told(error=error, trace=traceback.format_exc(), node=node)


__all__ = ["Told", "do"]
