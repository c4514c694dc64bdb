"""Databases in object storage: how long they are waited for, whether they keep what is written, and words for errors.

Lance adds a version by writing its manifest on condition that there is none of that number. A store that takes the
condition and ignores it lets two writers write the same version: the clips of one are lost, and nobody is told. So a
store is asked before it is written to, once in a process, by four small writes of which two must fail.

obstore is Python's door to the very library through which Lance reaches object storage (Rust's ``object_store``): it
reads the same variables of the environment and sends the same requests, for S3, Google and Azure alike. fsspec and
``pyarrow.fs`` have no conditional writes that are the same for all.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import Any

from choreo.db.location import redacted
from choreo.errors import ChoreoError, DatabaseError, MissingExtraError

RETRIES = 5
"""Times that a request is sent again, with growing pauses: some three seconds where nobody listens."""
RETRY_SECONDS = 60
"""After which a request is not sent again."""
OPTIONS = {"client_max_retries": str(RETRIES), "client_retry_timeout": str(RETRY_SECONDS)}
"""The same for Lance; whatever else it needs it takes from the environment."""
PROBE = ".choreo.probe-"
"""Beginning of the name of an object that is written and removed again to see what a store does."""

_probed: set[tuple[str, str]] = set()
_WORDS = (
    (r"scheme is not allowed|BadScheme|builder error", "its endpoint is http://, which is not encrypted: set "
     "AWS_ALLOW_HTTP=true to use it all the same"),
    (r"NoSuchBucket|ContainerNotFound|The specified bucket does not exist", "there is no such bucket"),
    (r"PermanentRedirect|AuthorizationHeaderMalformed|status: 301", "its bucket is in another region: set AWS_REGION"),
    (r"InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|AuthenticationFailed|status: 401|"
     r"Unauthenticated|Unauthorized", "the store does not accept the credentials of the environment"),
    (r"AccessDenied|AuthorizationPermissionMismatch|status: 403|403 Forbidden|PermissionDenied", "the credentials of "
     "the environment do not allow it"),
    (r"CredentialsNotLoaded|no providers in chain|NoCredentials|metadata token|169\.254\.169\.254|metadata\.google",
     "there are no credentials for it in the environment"),
    (r"dns error|failed to lookup", "its host is not found: see AWS_ENDPOINT_URL, and whether there is a network"),
    (r"ConnectionRefused|Connection refused|tcp connect error|error sending request|kind: Connect|Connection reset",
     "it cannot be reached: see AWS_ENDPOINT_URL, and whether there is a network"),
    (r"TimedOut|timed out|kind: Timeout", "it does not answer in time"),
    (r"NotImplemented|NotSupported|status: 501", "the store does not know conditional writes"),
    (r"[Cc]ommit conflict|TooMuchWriteContention|concurrent (commit|transaction)|incompatible with concurrent",
     "others wrote at the same time, more often than it was tried"),
)  # fmt: skip
"""What the errors of Lance and obstore, a page of Rust each, mean."""


class ReadOnlyStoreError(DatabaseError):
    """The credentials that there are do not allow writing."""


def store_reason(error: BaseException) -> str:
    """Why object storage could not be used, in a few words without credentials; empty when that is not known."""
    text = f"{type(error).__name__}: {error}"
    return next((words for form, words in _WORDS if re.search(form, text)), "")


def open_store(location: str) -> Any:
    """A store of obstore below a location, which keeps conditional writes: it was asked, if not before.

    Raises
    ------
    MissingExtraError
        When obstore is not installed.
    ReadOnlyStoreError
        When writing is not allowed.
    DatabaseError
        When the store cannot be reached, or ignores conditions.
    """
    store = reach(location)
    place = location, os.environ.get("AWS_ENDPOINT_URL", "")
    if place not in _probed:
        require_conditional_writes(store, location)
        _probed.add(place)
    return store


def retries() -> Any:
    """How often obstore sends a request again, and for how long."""
    return {"max_retries": RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)}


def reach(location: str) -> Any:
    """A store of obstore below a location.

    Raises
    ------
    MissingExtraError
        When obstore is not installed.
    DatabaseError
        When the environment describes it in a way that makes no sense.
    """
    try:
        from obstore.store import from_url
    except ImportError as error:
        raise MissingExtraError(f"{location}: writing to object storage", "storage") from error
    try:
        return from_url(location, retry_config=retries())
    except Exception as error:  # noqa: BLE001 - told without what it may carry
        raise unusable(location, error) from clean(error)


def require_conditional_writes(store: Any, location: str) -> None:
    """Check that a store heeds the conditions that writes are sent with.

    Raises
    ------
    ReadOnlyStoreError
        When writing is not allowed.
    DatabaseError
        When it cannot be reached, or ignores them.
    """
    import obstore

    name = f"{PROBE}{secrets.token_hex(8)}"
    try:
        first = condition(obstore.put(store, name, b"1", mode="create"))
        heeded = _fails(store, name, b"2", "create")
        if heeded:
            obstore.put(store, name, b"3", mode=first)
            heeded = _fails(store, name, b"4", first)
    except ChoreoError:
        raise
    except Exception as error:  # noqa: BLE001 - told without what it may carry
        raise unusable(location, error) from clean(error)
    finally:
        _remove(store, name)
    if not heeded:
        raise DatabaseError(
            f"{location}: this store ignores conditional writes, so that clips of two writers would be lost without a "
            "word; keep the database in a folder, or in a store that heeds them (docs/storage.md names some)."
        )


def condition(put: Any) -> Any:
    """Condition of a write to replace what another wrote, from what obstore said of that write."""
    return {key: value for key, value in put.items() if value is not None}


def _fails(store: Any, name: str, data: bytes, mode: Any) -> bool:
    import obstore
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    try:
        obstore.put(store, name, data, mode=mode)
    except (AlreadyExistsError, PreconditionError):
        return True
    return False


def _remove(store: Any, name: str) -> None:
    import obstore

    with suppress(Exception):  # it may not be there, and where nothing may be removed it harms nobody
        obstore.delete(store, name)


def unusable(location: str, error: BaseException) -> DatabaseError:
    """Error that says why a database in object storage cannot be written."""
    why = store_reason(error) or redacted(next(iter(str(error).splitlines()), type(error).__name__))[:200].rstrip(". ")
    kind = ReadOnlyStoreError if "do not allow" in why else DatabaseError
    advice = "Name another place with --db or $CHOREO_MOTION_DB, or get credentials that may write there."
    return kind(
        f"{location}: the motion database cannot be written: {why}. "
        f"{advice if kind is ReadOnlyStoreError else 'Nothing was written.'}"
    )


def clean(error: BaseException) -> BaseException:
    """An error of a library with its text made safe, for tracebacks."""
    cleaned = redacted(f"{type(error).__name__}: {error}")
    return RuntimeError(cleaned)


__all__ = [
    "OPTIONS",
    "ReadOnlyStoreError",
    "clean",
    "condition",
    "open_store",
    "reach",
    "require_conditional_writes",
    "store_reason",
    "unusable",
]
