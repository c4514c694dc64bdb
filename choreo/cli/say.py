"""What goes to the terminal: the one place through which all text of every command does."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import islice
from typing import Any

import click

from choreo.foreign.shown import shown, shown_json

AT_ONCE = 1000
"""Rows that are printed together."""


def say(text: object = "", *, err: bool = False, lead: str = "", nl: bool = True) -> None:
    """Print text, on stderr when `err`; control characters in it are shown, never sent.

    `lead` goes before it as it is: a coloured word of our own.
    """
    click.echo(lead + shown(str(text), lines=True), err=err, nl=nl)


def say_json(data: Any) -> None:
    """Print data as JSON on stdout, valid in every code page; a terminal gets no character that steers it."""
    import json

    unicode = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    click.echo(shown_json(json.dumps(data, indent=2, ensure_ascii=not unicode)))


def say_json_list(rows: Iterable[Any]) -> None:
    """Print what `say_json` prints of a list, few rows in memory at a time."""
    import json

    unicode = (getattr(sys.stdout, "encoding", None) or "").lower().startswith("utf")
    left, before = iter(rows), "["
    while some := list(islice(left, AT_ONCE)):
        texts = (json.dumps(row, indent=2, ensure_ascii=not unicode) for row in some)
        # no text of JSON has a line's end within
        click.echo(shown_json(before + ",".join("\n  " + text.replace("\n", "\n  ") for text in texts)), nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")


def say_error(error: click.ClickException) -> None:
    """Print an error as click does, its text made safe and without credentials."""
    from choreo.db.location import redacted

    vars(error)["message"] = shown(redacted(error.message), lines=True)
    error.show()


def show_logs() -> None:
    """Warnings that modules log go to stderr as Python does it, control characters shown and without credentials."""
    import logging

    class _Shown(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            from choreo.db.location import redacted

            return shown(redacted(super().format(record)), lines=True)

    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Shown())


__all__ = ["say", "say_error", "say_json", "say_json_list", "show_logs"]
