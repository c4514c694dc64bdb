"""Which of my songs goes with this dance: ``python songs_for_dance.py dance.bvh songs/``.

The other direction of the shared space: the dance is laid onto every song from each bar on, and the best place is told.
"""

from __future__ import annotations

import sys
from pathlib import Path

from choreo.datasets import cut_take, read_take
from choreo.errors import ChoreoError
from choreo.retrieval import songs_for


def main(dance: str, songs: str) -> str:
    """Return the songs, nearest first, and where in each the dance begins, at which tempo."""
    clips = list(cut_take(read_take(Path(dance)), "query"))
    lines = []
    for hit in songs_for(clips, Path(songs), warn=print):
        lines.append(f"{hit.distance:6.2f}  {hit.name}  ({'; '.join(hit.reasons)})")
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except ChoreoError as error:
        sys.exit(error.message)
