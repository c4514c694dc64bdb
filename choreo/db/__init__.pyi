from .contents import content_digest as content_digest
from .ids import clip_id as clip_id
from .location import default_location as default_location
from .starter import ensure_starter as ensure_starter
from .store import MotionDB as MotionDB
from .stored import fetch_motions as fetch_motions

__all__ = ["MotionDB", "clip_id", "content_digest", "default_location", "ensure_starter", "fetch_motions"]
