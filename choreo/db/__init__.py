"""The motion database: beat-cut clips in an embedded Lance database. Light to import."""

from choreo.db.ids import clip_id
from choreo.db.location import default_location
from choreo.db.starter import ensure_starter
from choreo.db.store import MotionDB
from choreo.db.stored import fetch_motions

__all__ = ["MotionDB", "clip_id", "default_location", "ensure_starter", "fetch_motions"]
