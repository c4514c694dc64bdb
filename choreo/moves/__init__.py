"""Authored moves: a readable notation and its compiler to motion at any tempo.

``load_moves`` reads the vocabulary, ``compile_move`` dances one move, ``move_clip`` makes a database clip of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from choreo.moves.compiler import compile_move
    from choreo.moves.library import load_moves, move_clip, vocabulary
    from choreo.moves.notation import Move

__all__ = ["Move", "compile_move", "load_moves", "move_clip", "vocabulary"]

_HOME = {
    "Move": "notation",
    "compile_move": "compiler",
    "load_moves": "library",
    "move_clip": "library",
    "vocabulary": "library",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that listing commands stays quick."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"choreo.moves.{_HOME[name]}"), name)
