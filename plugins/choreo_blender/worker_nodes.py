"""Short ways to put Blender's shader nodes together; runs inside Blender's Python."""

from __future__ import annotations

from typing import Any


class Nodes:
    """Nodes of one tree."""

    def __init__(self, tree: Any) -> None:
        self.tree, self.link = tree, tree.links.new

    def add(self, kind: str, **settings: Any) -> Any:
        """Make a node."""
        node = self.tree.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        return node

    def put(self, value: Any, socket: Any) -> None:
        """Let a socket have the value of another, a number, or a colour."""
        if isinstance(value, float | int | tuple):
            socket.default_value = value
        else:
            self.link(value, socket)

    def math(self, operation: str, *values: Any) -> Any:
        """Join sockets and numbers by an operation; gives its output."""
        node = self.add("ShaderNodeMath", operation=operation)
        for socket, value in zip(node.inputs, values, strict=False):
            self.put(value, socket)
        return node.outputs[0]

    def blend(self, operation: str, share: Any, first: Any, second: Any) -> Any:
        """Mix two colours, sockets or RGBA; gives the output."""
        node = self.add("ShaderNodeMix", data_type="RGBA", blend_type=operation)
        self.put(share, node.inputs["Factor"])
        for name, value in (("A", first), ("B", second)):
            self.put(value, next(s for s in node.inputs if s.name == name and s.type == "RGBA"))
        return next(s for s in node.outputs if s.type == "RGBA")

    def falloff(self, distance: Any, half: float, power: int) -> Any:
        """``1 / (1 + (distance / half) ** power)``."""
        share = self.math("POWER", self.math("DIVIDE", distance, half), power)
        return self.math("DIVIDE", 1.0, self.math("ADD", share, 1.0))
