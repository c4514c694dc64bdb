"""Does a dance go with a song: ``python measure_dance.py dance.bvh song.mp3``.

The dance is any motion file that choreo reads; it is brought onto the canonical skeleton first.
"""

from __future__ import annotations

import sys
from pathlib import Path

from choreo import analyze
from choreo.datasets import read_take
from choreo.errors import ChoreoError
from choreo.metrics import evaluate


def main(dance: str, song: str) -> str:
    """Measure and return a table: what, how much, by chance, in real dance, what is good."""
    report = evaluate(read_take(Path(dance)).motion, analyze(song))
    return "\n".join("{:32} {:>18} {:>10} {:>10}  {}".format(*row).rstrip() for row in report.rows())


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except ChoreoError as error:
        sys.exit(error.message)
