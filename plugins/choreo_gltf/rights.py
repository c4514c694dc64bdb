"""What a character's file says of who made it and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from choreo.planfile.credits import TERMS

TERMS_0 = {
    ("allowedUserName", "OnlyAuthor"): "only its author may use it",
    ("allowedUserName", "ExplicitlyLicensedPerson"): "only people with a licence may use it",
    ("commercialUssageName", "Disallow"): "no commercial use",
    ("violentUssageName", "Disallow"): "no violent scenes",
    ("sexualUssageName", "Disallow"): "no sexual scenes",
}
"""Of VRM 0.x; the spelling is its own."""
TERMS_1 = {
    ("avatarPermission", "onlyAuthor"): "only its author may use it",
    ("avatarPermission", "onlySeparatelyLicensedPerson"): "only people with a licence may use it",
    ("commercialUsage", "personalNonProfit"): "no commercial use",
    ("commercialUsage", "personalProfit"): "no use by companies",
    ("modification", "prohibited"): "not to be changed",
}
USUAL_1 = {"avatarPermission": "onlyAuthor", "commercialUsage": "personalNonProfit", "modification": "prohibited"}
"""What VRM 1.0 says by saying nothing."""
LONGEST = 200


def rights_of(document: Any) -> str:
    """Who made a character, under which licence, and what that forbids, in a line; empty when the file says nothing."""
    extensions = document.extensions or {}
    newer = (extensions.get("VRMC_vrm") or {}).get("meta")
    older = (extensions.get("VRM") or {}).get("meta")
    if isinstance(newer, Mapping):
        told = {**USUAL_1, **newer}
        terms = [words for (key, value), words in TERMS_1.items() if told.get(key) == value]
        makers = told.get("authors")
        who = ", ".join(str(each) for each in makers) if isinstance(makers, list) else ""
        parts = [_text(newer.get("name")), who and f"by {_text(who)}", _text(newer.get("copyrightInformation")),
                 _text(newer.get("licenseUrl")), _text(newer.get("otherLicenseUrl"))]  # fmt: skip
    elif isinstance(older, Mapping):
        terms = [words for (key, value), words in TERMS_0.items() if older.get(key) == value]
        who = _text(older.get("author"))
        parts = [_text(older.get("title")), who and f"by {who}", _text(older.get("licenseName")),
                 _text(older.get("otherLicenseUrl"))]  # fmt: skip
    else:
        terms = []
        extras = getattr(document.asset, "extras", None) or {}
        extras = extras if isinstance(extras, Mapping) else {}
        who = _text(extras.get("author"))
        parts = [_text(getattr(document.asset, "copyright", None)), _text(extras.get("title")), who and f"by {who}",
                 _text(extras.get("license"))]  # fmt: skip
    known = [part for part in parts if part]
    return "; ".join([*known, TERMS + ", ".join(terms)] if terms else known)


def _text(found: Any) -> str:
    return " ".join(str(found).split())[:LONGEST] if isinstance(found, str) else ""


__all__ = ["rights_of"]
