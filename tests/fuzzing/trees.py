"""Changes of trees, as JSON and YAML files have them."""

from __future__ import annotations

import json
import random
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.5, 1e308, -1e308, 1e-308, 2**31 - 1, 2**31, 2**63, 2**64, 10**400, float("nan"),
    float("inf"), "", "x", "\x1b[31m", "<b>", "../../x", "a" * 5000, "\u202e", "\0", [], {}, [[]], [None], {"": None},
    {"a": {"b": {}}}, [1e308, 1e308, 1e308], [0, 0, 0], [1, 2], "@deep@",
)  # fmt: skip
NESTED = ("[", "]"), ('{"a":', "}")


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Container and key of every value; of long lists only some, so that all depths have their turn."""
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
        if isinstance(node, list) and len(keys) > 12:
            keys = [*keys[:6], *keys[-6:]]
        for key in keys:
            found.append((node, key))
            waiting.append(node[key])
    return found


def changed_tree(tree: Any, rng: random.Random) -> Any:
    """The tree with one value replaced, left out, doubled, or exchanged for another."""
    known = places(tree)
    if not known:
        return rng.choice(ODD)
    if rng.random() < 0.02:
        return rng.choice((*ODD, [tree], {"a": tree}))
    node, key = rng.choice(known)
    kind = rng.randrange(8)
    if kind == 0:
        del node[key]
    elif kind == 1 and isinstance(node, list):
        node.insert(key, node[key])
    elif kind == 2:
        other, name = rng.choice(known)
        node[key] = json.loads(json.dumps(other[name]))
    elif kind == 3 and isinstance(node[key], (int, float)) and not isinstance(node[key], bool):
        node[key] = rng.choice(
            (-node[key], node[key] + 1, node[key] - 1, node[key] * 1e6, float(node[key]), str(node[key]))
        )
    elif kind == 4 and isinstance(node, dict):
        node[rng.choice(("", "x", "__class__", "extras", str(key).upper()))] = node.pop(key)
    elif kind == 5 and isinstance(node[key], list) and node[key]:
        node[key] = rng.choice((node[key] * 200, node[key][::-1], node[key][:1], [node[key]]))
    else:
        node[key] = rng.choice(ODD)
    return tree


def dumped(tree: Any, rng: random.Random) -> bytes:
    """JSON text of a tree; the mark of `ODD` becomes a deep nest."""
    text = json.dumps(tree, ensure_ascii=rng.random() < 0.5)
    if "@deep@" in text:
        depth, (left, right) = rng.choice((50, 900, 5000, 100_000)), rng.choice(NESTED)
        text = text.replace('"@deep@"', left * depth + ("1" if left != "[" else "") + right * depth)
    return text.encode("utf-8", "surrogatepass")
