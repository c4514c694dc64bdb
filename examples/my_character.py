"""Let your own character dance: ``python my_character.py song.mp3 me.glb``.

The character is any rigged humanoid as GLB or VRM. What is written keeps its mesh and materials, and dances.
"""

from __future__ import annotations

import sys

from choreo import generate
from choreo.errors import ChoreoError


def main(song: str, character: str) -> str:
    """Write the character dancing and return the file's name."""
    result = generate(song, character=character, formats=("plan",))
    for warning in result.warnings:
        print("Note:", warning)
    return str(result.files["character"])


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:]))
    except ChoreoError as error:
        sys.exit(error.message)
