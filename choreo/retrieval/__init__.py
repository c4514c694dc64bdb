"""Music and motion in one space, and how well clips fit phrases."""

from choreo.retrieval.retrieve import retrieve

__all__ = ["retrieve"]
