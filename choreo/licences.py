"""Which licences allow what: a careful reading of their names."""

from __future__ import annotations

import re

COMMERCIAL = re.compile(
    r"\b(cc0|public[ -]domain|unlicense|mit|bsd|apache|isc|zlib|cc[ -]by[ -](?!nc)|cc[ -]by$|own|user's own)",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(r"\b(nc|non[ -]?commercial|research|unknown|no[ -]?derivatives|nd)\b|-nc|-nd", re.IGNORECASE)
LEVELS = ("any", "commercial", "free")
"""What a user may ask for: anything; what may be sold; what needs no credit either."""
FREE = re.compile(r"\b(cc0|public[ -]domain|unlicense|user's own)", re.IGNORECASE)


def allows(licence: str, level: str) -> bool:
    """Whether a licence allows use at a level of `LEVELS`. What is not known to be allowed is not."""
    if level == "any":
        return True
    if FORBIDDEN.search(licence):
        return False
    return bool((FREE if level == "free" else COMMERCIAL).search(licence))
