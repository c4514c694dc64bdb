"""One family of errors that click prints by itself, without a traceback.

::

    ChoreoError (click.ClickException)
    +-- InputError            a file or option of the user's cannot be used
    |   +-- AudioError        a song cannot be decoded or has nothing to dance to
    |   +-- MotionError       a motion or body file cannot be used
    |   +-- PlanError         a plan file cannot be used
    +-- OutputError           something cannot be written
    +-- PluginError           a plugin is unknown, doubled, broken or misses a package
    |   +-- MissingExtraError a package of an extra is not installed
    +-- DatabaseError         the motion database cannot be used
    +-- PlanningError         no choreography exists under what was asked
    +-- ShapeError            an array does not have the form that types.py promises

Messages say what was found, what was expected, and what to do.
"""

from __future__ import annotations

import click

LONGEST = 2000
"""Characters of a message: what it quotes of a file may be endless."""


class ChoreoError(click.ClickException):
    """Root of the family; exit code 1."""

    def __init__(self, message: str) -> None:
        """Keep the beginning and the end of a message."""
        if len(message) > LONGEST:
            message = f"{message[: LONGEST * 2 // 3]} ... {message[-LONGEST // 4 :]}"
        super().__init__(message)


class InputError(ChoreoError):
    """A file or option of the user's cannot be used."""

    exit_code = 2


class AudioError(InputError):
    """A song cannot be decoded or has nothing to dance to."""


class MotionError(InputError):
    """A motion or body file cannot be used."""


class PlanError(InputError):
    """A plan file cannot be used."""


class OutputError(ChoreoError):
    """Something cannot be written."""

    exit_code = 3


class PluginError(ChoreoError):
    """A plugin is unknown, doubled, broken or misses a package."""

    exit_code = 4


class MissingExtraError(PluginError):
    """A package of an extra is not installed; the message has the exact command."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs packages that are not installed. Run: pip install 'choreo-dance[{extra}]'")


class DatabaseError(ChoreoError):
    """The motion database cannot be used."""


class PlanningError(ChoreoError):
    """No choreography exists under what was asked."""


class ShapeError(ChoreoError, ValueError):
    """An array does not have the form that ``choreo.types`` promises."""
