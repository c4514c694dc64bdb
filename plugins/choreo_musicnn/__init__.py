"""Tags of genres and moods by musicnn (Pons and Serra, ISMIR 2019), in numpy; weights by ``choreo models get``."""

from __future__ import annotations

from choreo_musicnn.tagger import MusicnnTagger

__all__ = ["MusicnnTagger"]
