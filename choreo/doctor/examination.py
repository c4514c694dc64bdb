"""All checks in a row. Imported only by those who want to know."""

from __future__ import annotations

from collections.abc import Iterator

from choreo.doctor import installation, main_job, parts
from choreo.doctor.finding import Finding


def examine(database: str | None = None) -> Iterator[Finding]:
    """Check everything, one finding at a time; a check that breaks is a finding too.

    A test song is decoded, heard, choreographed, drawn and encoded by the functions that do it for ``generate``, and
    every plugin is asked for what it needs before it is called ``ok``.

    Parameters
    ----------
    database
        Folder of the database, None for the default one.
    """
    yield from installation.software()
    yield from main_job.attempt(database)
    yield from parts.plugin_findings()
    yield from installation.surroundings()


__all__ = ["examine"]
