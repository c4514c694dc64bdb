"""Reading a file that others made, whole: it must be a file, of no more than a stated size."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from choreo.errors import InputError
from choreo.foreign.limits import JSON_BYTES, JSON_DEPTH, JSON_VALUES, TEXT_BYTES
from choreo.inputs import file_size

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def size_of(path: Path, largest: int, kind: type[InputError] = InputError) -> int:
    """Bytes of a file. Pipes and devices are refused: they may never end, and opening them may wait for ever.

    Raises
    ------
    InputError
        Of `kind`, when it is no file, cannot be seen, or has more than `largest` bytes.
    """
    try:
        size = file_size(path)
    except FileNotFoundError:
        raise kind(f"{path}: no such file.") from None
    except (OSError, ValueError) as error:
        raise kind(f"{path}: cannot be read ({_reason(error)}).") from error
    if size > largest:
        raise kind(f"{path}: {size:,} bytes, expected at most {largest:,}.")
    return size


def read_bytes(path: Path, largest: int, kind: type[InputError] = InputError) -> bytes:
    """Content of a file of at most `largest` bytes.

    Raises
    ------
    InputError
        Of `kind`, as `size_of`.
    """
    size = size_of(path, largest, kind)
    try:
        with path.open("rb") as stream:
            data = stream.read(size + 1)  # of `largest` a buffer would be made
    except OSError as error:
        raise kind(f"{path}: cannot be read ({_reason(error)}).") from error
    if len(data) > size:
        raise kind(f"{path}: is being written; wait until it is whole.")
    return data


def read_text(
    path: Path, largest: int = TEXT_BYTES, kind: type[InputError] = InputError, *, errors: str = "strict"
) -> str:
    """Content of a UTF-8 file, a byte order mark left out.

    Raises
    ------
    InputError
        Of `kind`, as `size_of`, or when it is not UTF-8 and `errors`, as in `bytes.decode`, does not replace it.
    """
    data = read_bytes(path, largest, kind)
    try:
        return data.decode("utf-8-sig", errors).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise kind(f"{path}: is not text in UTF-8 (byte {error.start}).") from error


def read_json(path: Path, largest: int = JSON_BYTES, kind: type[InputError] = InputError) -> Any:
    """Content of a JSON file.

    Raises
    ------
    InputError
        Of `kind`, as `read_text`, or when it is not JSON or nested too deeply.
    """
    text = read_text(path, largest, kind)
    require_modest(text, str(path), kind)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise kind(f"{path}: is not JSON ({_reason(error)}).") from error


def require_modest(text: str, name: str, kind: type[InputError] = InputError, *, values: int = JSON_VALUES) -> None:
    """Refuse JSON with more than about so many `values`, or more than `JSON_DEPTH` brackets within one another.

    Raises
    ------
    InputError
        Of `kind`.
    """
    opened = text.count("[") + text.count("{")
    if opened + text.count(",") > values:
        raise kind(f"{name}: has more than {values:,} values of JSON.")
    if opened <= JSON_DEPTH:
        return
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        mark = found.group()
        if mark in ("[", "{"):
            depth += 1
            if depth > JSON_DEPTH:
                raise kind(f"{name}: is nested more than {JSON_DEPTH} levels deep.")
        elif mark in ("]", "}"):
            depth -= 1


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else " ".join(str(error).split())[:200]


__all__ = ["read_bytes", "read_json", "read_text", "require_modest", "size_of"]
