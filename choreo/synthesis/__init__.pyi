from .checks import broken_guarantees as broken_guarantees
from .checks import guarantees as guarantees
from .stitch import perform as perform

__all__ = ["broken_guarantees", "guarantees", "perform"]
