"""Music and motion in one space, and how well clips fit phrases."""

from choreo.retrieval.match import retrieve
from choreo.retrieval.search import Hit, by_words, dances_for, songs_for

__all__ = ["Hit", "by_words", "dances_for", "retrieve", "songs_for"]
