from .match import retrieve as retrieve
from .picture_side import Looks as Looks
from .search import ClipFilter as ClipFilter
from .search import Hit as Hit
from .search import by_words as by_words
from .search import dances_for as dances_for
from .search import dances_in as dances_in
from .song_search import songs_by_words as songs_by_words
from .song_search import songs_for as songs_for
from .song_search import songs_like as songs_like
from .video_search import SeenVideo as SeenVideo
from .video_search import seen_video as seen_video
from .video_search import songs_for_video as songs_for_video

__all__ = [
    "ClipFilter",
    "Hit",
    "Looks",
    "SeenVideo",
    "by_words",
    "dances_for",
    "dances_in",
    "retrieve",
    "seen_video",
    "songs_by_words",
    "songs_for",
    "songs_for_video",
    "songs_like",
]
