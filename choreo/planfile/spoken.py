"""Names of steps as people say them, for tables, pages, captions and pictures."""

from __future__ import annotations

import re

MOVE_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
"""The form of a move's name in the notation; names of recordings have others and stay as they are."""


def spoken(name: str, *, mirrored: bool = False) -> str:
    """A move's name with blanks for hyphens, and whether it is mirrored.

    Examples
    --------
    >>> spoken("scooby-doo"), spoken("gBR_sBM_cAll-d04"), spoken("running-man", mirrored=True)
    ('scooby doo', 'gBR_sBM_cAll-d04', 'running man (mirrored)')
    """
    said = name.replace("-", " ") if MOVE_NAME.fullmatch(name) else name
    return f"{said} (mirrored)" if mirrored else said


__all__ = ["spoken"]
