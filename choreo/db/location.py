"""Location of the motion database, and what must not stand in one: credentials."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from urllib.parse import quote, urlsplit

from choreo.environment import cache_place
from choreo.errors import DatabaseError

VARIABLE = "CHOREO_MOTION_DB"
SCHEMES = ("s3", "gs", "az")
"""Kinds of object storage in which a database may lie."""
SHORTEST = 8
"""Characters of a value of the environment from which on it is taken for a secret: shorter ones are words."""
HIDDEN = "***"

_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|CREDENTIAL|SAS|(ACCESS|ACCOUNT|SERVICE|PRIVATE|API|STORAGE)_?KEY")
_PLACE_NAME = re.compile(r"_(FILE|PATH|URI|URL|ENDPOINT|DIR)$|^GOOGLE_APPLICATION_CREDENTIALS$")
_HIDING = (
    (r"(?i)(\b[a-z][a-z0-9+.-]*://)[^\s@\"'<>?#]*@", rf"\1{HIDDEN}@"),
    (
        r"(?i)([?&](?:amp;)?(?:x-(?:amz|goog)-[a-z-]+|sig|[a-z_]*(?:key|token|secret|signature|password|accessid))=)"
        r"[^&\s\"'<>)]+",
        rf"\1{HIDDEN}",
    ),
    (r"(?i)(\b(?:credential|signature)=)[^\s,\"'&]+", rf"\1{HIDDEN}"),
    (r"(?i)(\b(?:bearer|sharedkey)\s+)[^\s,\"'<]+", rf"\1{HIDDEN}"),
    (
        r"(?s)(<(AWSAccessKeyId|StringToSign\w*|SignatureProvided|CanonicalRequest\w*|Authentication\w*)>).*?(</\2>|$)",
        rf"\1{HIDDEN}\3",
    ),
)
"""Forms that credentials have in addresses, headers and answers, and what is shown."""


def default_location(explicit: str | os.PathLike[str] | None = None) -> str:
    """Location of the database: `explicit`, else ``$CHOREO_MOTION_DB``, else the user's data folder.

    Raises
    ------
    DatabaseError
        When it is an address that `checked_location` refuses.
    """
    chosen = explicit or os.environ.get(VARIABLE)
    if chosen:
        return checked_location(os.fspath(chosen))
    from platformdirs import user_data_dir

    return str(Path(user_data_dir("choreo")) / "motion_db")


def checked_location(location: str) -> str:
    """A location as it is, an address of object storage without a slash at its end.

    Raises
    ------
    DatabaseError
        When it is an address of a kind that no database lies at, names no bucket, or carries credentials.
    """
    scheme, separator, rest = location.partition("://")
    if not separator or scheme == "file":
        return location
    refuse_credentials(location)
    if scheme not in SCHEMES:
        known = ", ".join(f"{each}://" for each in SCHEMES)
        raise DatabaseError(f"{location}: a motion database lies in a folder or at {known}; got {scheme}://.")
    if not rest.strip("/") or rest.startswith("/"):
        raise DatabaseError(f"{location}: names no bucket; expected {scheme}://BUCKET/FOLDER.")
    return location.rstrip("/")


def refuse_credentials(address: str) -> None:
    """Check that an address carries no credentials: plans, logs and the ledger would keep them.

    Raises
    ------
    DatabaseError
        When there is something before an ``@`` or after a ``:``, ``?`` or ``#``.
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        return
    carried = "@" in rest or any(mark in rest for mark in "?#")
    if carried or (scheme in SCHEMES and ":" in urlsplit(address).netloc):
        raise DatabaseError(
            f"{scheme}://{HIDDEN}: an address must not carry user, password, key or anything after '?' or '#', which "
            f"plans and logs would keep. Write {scheme}://BUCKET/FOLDER and give credentials in the environment "
            "(docs/storage.md)."
        )


def redacted(text: str) -> str:
    """Text without credentials: those of the environment, and whatever has the form of one in addresses and headers.

    All that is told of an error of a library that talks to object storage goes through here.
    """
    for name, value in os.environ.items():
        if len(value) >= SHORTEST and _SECRET_NAME.search(name.upper()) and not _PLACE_NAME.search(name.upper()):
            for form in dict.fromkeys((value, quote(value, safe=""), quote(value))):
                text = text.replace(form, f"${name}")
    for pattern, instead in _HIDING:
        text = re.sub(pattern, instead, text)
    return text


def remembered_file(location: str, kind: str, suffix: str) -> Path:
    """File of the user's cache folder (or ``$CHOREO_CACHE``) for what is remembered of a database."""
    place = location if "://" in location else os.path.abspath(location)
    return cache_place(kind) / f"{hashlib.sha256(place.encode()).hexdigest()[:32]}{suffix}"
