"""The bodies that come with choreo: a dressed dancer and a stick figure."""

from choreo_bodies.builtin import BuiltinBody
from choreo_bodies.stick import StickBody

__all__ = ["BuiltinBody", "StickBody"]
