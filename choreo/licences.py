"""What licences allow, by their names; in doubt, nothing."""

from __future__ import annotations

import re

COMMERCIAL = re.compile(
    r"\b(cc0|public[ -]domain|unlicense|mit|bsd|apache|isc|zlib|cc[ -]by[ -](?!nc)|cc[ -]by$|cmu[ -]mocap|"
    r"own|user's own)",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(
    r"\b(nc|non[ -]?commercial|research|unknown|no[ -]?derivatives|nd|own terms)\b|-nc|-nd", re.IGNORECASE
)
LEVELS = ("any", "commercial", "free")
"""Levels of use that a user may ask for: any, commercial, commercial without credit."""
FREE = re.compile(r"\b(cc0|public[ -]domain|unlicense|user's own)", re.IGNORECASE)


def allows(licence: str, level: str) -> bool:
    """Whether a licence allows use at one of `LEVELS`; an unknown licence allows only `any`."""
    if level == "any":
        return True
    if FORBIDDEN.search(licence):
        return False
    return bool((FREE if level == "free" else COMMERCIAL).search(licence))
