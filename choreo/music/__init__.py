"""Listening: sound files to beats, bars, energy, sections and phrases.

Public names load when first used, so that ``import choreo.music`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "load_audio": "choreo.music.audio",
    "analyze": "choreo.music.analysis",
    "analyze_cached": "choreo.music.cache",
    "analysis_to_dict": "choreo.music.report",
    "phrases": "choreo.music.phrasing",
    "bar_rhythms": "choreo.music.rhythm",
    "blocks": "choreo.music.rhythm",
    "rhythm_signatures": "choreo.music.rhythm",
    "tempo_curve": "choreo.music.rhythm",
    "draw_analysis": "choreo.music.plot",
    "write_page": "choreo.music.page",
}

if TYPE_CHECKING:
    from choreo.music.analysis import analyze
    from choreo.music.audio import load_audio
    from choreo.music.cache import analyze_cached
    from choreo.music.page import write_page
    from choreo.music.phrasing import phrases
    from choreo.music.plot import draw_analysis
    from choreo.music.report import analysis_to_dict
    from choreo.music.rhythm import bar_rhythms, blocks, rhythm_signatures, tempo_curve

__all__ = [
    "analysis_to_dict",
    "analyze",
    "analyze_cached",
    "bar_rhythms",
    "blocks",
    "draw_analysis",
    "load_audio",
    "phrases",
    "rhythm_signatures",
    "tempo_curve",
    "write_page",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'choreo.music' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
