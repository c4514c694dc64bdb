"""Which of my songs goes with this dance: ``python songs_for_dance.py dance.bvh songs/``.

The other direction of the shared space: the dance is cut into clips, each is compared with every phrase of every song.
"""

from __future__ import annotations

import sys
from pathlib import Path

from choreo.datasets import cut_take, read_take
from choreo.errors import ChoreoError
from choreo.retrieval import songs_for


def main(dance: str, songs: str) -> str:
    """Return the songs, nearest first, with what speaks against each."""
    clips = list(cut_take(read_take(Path(dance)), "query"))
    lines = []
    for hit in songs_for(clips, Path(songs), warn=print):
        worst = max(hit.terms, key=lambda name: hit.terms[name])
        lines.append(f"{hit.distance:6.2f}  {hit.name}  (most against it: {worst})")
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except ChoreoError as error:
        sys.exit(error.message)
