from .match import retrieve as retrieve
from .search import ClipFilter as ClipFilter
from .search import Hit as Hit
from .search import by_words as by_words
from .search import dances_for as dances_for
from .search import dances_in as dances_in
from .song_search import songs_by_words as songs_by_words
from .song_search import songs_for as songs_for
from .song_search import songs_like as songs_like

__all__ = [
    "ClipFilter",
    "Hit",
    "by_words",
    "dances_for",
    "dances_in",
    "retrieve",
    "songs_by_words",
    "songs_for",
    "songs_like",
]
