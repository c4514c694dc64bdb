"""Commands ``db list``, ``db stats`` and ``db path``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from choreo.cli import options

if TYPE_CHECKING:
    from choreo.db import MotionDB

PLACE = click.option("--db", "place", metavar="PLACE", help="Motion database; 'choreo db path' shows the default.")


@click.group()
def db() -> None:
    """Look into the motion database.

    It comes with choreo's own moves and is filled the first time it is needed.
    """


@db.command("path")
@PLACE
def path(place: str | None) -> None:
    """Print where the database is."""
    from choreo.db import default_location

    click.echo(str(default_location(place)))


@db.command("list")
@PLACE
@click.option("--style", help="Only clips of this style.")
@options.as_json
def list_clips(place: str | None, style: str | None, as_json: bool) -> None:
    """List the clips."""
    rows = _open(place).rows()
    if style:
        from choreo.errors import InputError
        from choreo.plugins import suggest

        known = sorted({name for row in rows for name in row["styles"]})
        if style not in known:
            raise InputError(f"no clip has the style {style!r}.{suggest(style, known)}")
        rows = [row for row in rows if style in row["styles"]]
    if as_json:
        options.echo_json(rows)
        return
    options.echo_table(
        ("name", "dataset", "role", "counts", "metre", "energy", "styles"),
        [
            (
                row["name"],
                row["dataset"],
                row["role"],
                str(row["counts"]),
                str(row["metre"]),
                f"{row['energy']:.2f}",
                ", ".join(row["styles"]),
            )
            for row in rows
        ],
    )


@db.command("stats")
@PLACE
@options.as_json
def stats(place: str | None, as_json: bool) -> None:
    """Count clips by style, dataset, role and metre."""
    facts = _open(place).stats()
    if as_json:
        options.echo_json(facts)
        return
    for key, value in facts.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        click.echo(f"{key:<12} {shown}")


def _open(place: str | None) -> MotionDB:
    from choreo.db import default_location, ensure_starter

    return ensure_starter(default_location(place))
