"""How reasons are told: those that speak against begin with a word that says so."""

from __future__ import annotations

from collections.abc import Sequence

BUT = "but "
"""Begins what speaks against."""


def for_and_against(reasons: Sequence[str]) -> tuple[list[str], list[str]]:
    """What speaks for, and what speaks against, the latter without its `BUT`.

    Examples
    --------
    >>> for_and_against(("both in 3", "but strong music, a calm dance"))
    (['both in 3'], ['strong music, a calm dance'])
    """
    good = [why for why in reasons if not why.startswith(BUT)]
    return good, [why.removeprefix(BUT) for why in reasons if why.startswith(BUT)]


__all__ = ["BUT", "for_and_against"]
