"""Listening: sound files to beats, bars, energy, sections and phrases.

Public names load when first used, so that ``import choreo.music`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "load_audio": "choreo.music.audio",
    "analyze": "choreo.music.analysis",
    "analysis_to_dict": "choreo.music.report",
    "phrases": "choreo.music.phrasing",
}

if TYPE_CHECKING:
    from choreo.music.analysis import analyze
    from choreo.music.audio import load_audio
    from choreo.music.phrasing import phrases
    from choreo.music.report import analysis_to_dict

__all__ = ["analysis_to_dict", "analyze", "load_audio", "phrases"]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'choreo.music' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
