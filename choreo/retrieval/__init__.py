"""Music and motion in one space, and how well clips fit phrases."""

from choreo.retrieval.match import retrieve

__all__ = ["retrieve"]
