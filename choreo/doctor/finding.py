"""What one check found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from choreo.errors import ChoreoError

OK, NOTE, FAIL = "ok", "note", "fail"
REINSTALL = "Reinstall choreo: pip install --force-reinstall ."


@dataclass(frozen=True)
class Finding:
    """One check. `status` is ``ok``, ``note`` (something optional is missing) or ``fail``."""

    name: str
    status: str
    detail: str
    advice: str = ""


def guarded(name: str, check: Callable[[], Finding], *, broken: str = FAIL) -> Finding:
    """Run a check; one that breaks is a finding too, of the status `broken`."""
    try:
        return check()
    except ChoreoError as error:
        return Finding(name, broken, error.message)
    except Exception as error:  # noqa: BLE001 - whatever breaks here is what the user asked to know
        return Finding(name, broken, f"{type(error).__name__}: {error}", REINSTALL)


__all__ = ["FAIL", "NOTE", "OK", "REINSTALL", "Finding", "guarded"]
