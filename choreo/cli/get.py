"""Command ``db get``: public motion collections are shown with their terms; accepted, they are fetched and added."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from choreo.cli import options
from choreo.cli.added import tell_added
from choreo.cli.known import completed
from choreo.cli.say import say
from choreo.cli.sections import CHOICE, FILES, RUN, Command, section
from choreo.cli.terms import ask, list_collections, show_plan, show_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

    from choreo.datasets.collections import Collection, Remote
    from choreo.datasets.fetch import Fetched
    from choreo.datasets.ingest import FileReport
    from choreo.db import MotionDB


def _complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of collections that begin with what was typed."""
    from choreo.datasets.collections import read_collections

    return [completed(name) for name in read_collections() if name.startswith(incomplete)]


@click.command(
    "get",
    cls=Command,
    epilog=options.examples(
        "choreo db get --list",
        "choreo db get cmu --only 60 --only 61",
        "choreo db get lafan1 --dry-run",
        "choreo db get finedance --from ~/Downloads/FineDance --accept",
    ),
)
@click.argument("name", required=False, shell_complete=_complete)
@section(
    CHOICE,
    click.option("--list", "listing", is_flag=True, help="List the collections and their licences."),
    click.option(
        "--only", multiple=True, metavar="PATTERN", help="Only parts or takes like 'dance1*'; can be repeated."
    ),
    click.option("--dry-run", is_flag=True, help="Say what would be fetched from where, and fetch nothing."),
    click.option("--accept", is_flag=True, help="Accept the licence that is shown, without being asked."),
)
@section(
    FILES,
    click.option("--db", "location", metavar="PLACE", help="Motion database; 'choreo db path' shows the default."),
    click.option("--folder", type=click.Path(path_type=Path), help="Keep the files below this folder."),
    click.option("--from", "source", type=click.Path(path_type=Path), metavar="DIR", help="Take files that you have."),
    click.option("--keep", is_flag=True, help="Keep archives, too, when they are unpacked."),
    click.option("--no-add", is_flag=True, help="Fetch, and do not add to the database."),
    click.option("--again", is_flag=True, help="Take files that are not as they were when first seen."),
)
@section(RUN, click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; one a processor by default."))
@options.engine
@options.telling
def get(
    name: str | None,
    listing: bool,
    only: tuple[str, ...],
    dry_run: bool,
    accept: bool,
    location: str | None,
    folder: Path | None,
    source: Path | None,
    keep: bool,
    no_add: bool,
    again: bool,
    jobs: int,
    engine: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fetch a public collection of dance, and add it to the database.

    Its licence, whom to cite, its size and what is in it are shown first, and nothing is fetched before you accept.
    What was cut off goes on where it ended when the command is run again. Files whose sum is not published are
    remembered as they were when first seen.
    """
    from choreo.datasets.collections import chosen_files, known_collection
    from choreo.datasets.fetch import require_source

    if listing:
        list_collections(as_json)
        return
    if name is None:
        raise click.UsageError("Which collection? 'choreo db get --list' shows them.")
    collection = known_collection(name)
    remotes = chosen_files(collection, only)
    show_terms(collection, remotes, err=as_json)
    if dry_run:
        show_plan(remotes, as_json)
        return
    require_source(collection, source)
    if not accept:
        ask(err=as_json)
    database = None if no_add else _ready(collection, location)
    fetched = _fetch(collection, remotes, folder, source, quiet, keep=keep, again=again)
    for path in fetched.missing if not quiet else ():
        say(f"Not there: {path}", err=True)
    if fetched.first_seen and not quiet:
        say(f"{len(fetched.first_seen)} files were seen for the first time; their sums are remembered.", err=True)
    added, reports = (0, []) if database is None else _add(collection, fetched, database, jobs, engine, quiet)
    if as_json:
        _tell_json(collection, fetched, added, reports)
    elif no_add:
        for place, _ in fetched.places:
            say(str(place))
    else:
        tell_added(reports, added, quiet)


def _fetch(
    collection: Collection,
    remotes: Sequence[Remote],
    folder: Path | None,
    source: Path | None,
    quiet: bool,
    *,
    keep: bool,
    again: bool,
) -> Fetched:
    from choreo.cli.progress import progress_bar
    from choreo.datasets.fetch import fetch_collection

    with progress_bar(quiet) as bar:

        def report(done: int, count: int, of_next: float) -> None:
            if bar:
                bar(f"fetching {collection.name}", (done + of_next) / max(count, 1))

        return fetch_collection(
            collection, remotes, accepted=True, folder=folder, source=source, keep=keep, again=again, progress=report
        )


def _ready(collection: Collection, location: str | None) -> MotionDB:
    """The database, which can be written, when the reader is there, too: before hours of downloading."""
    from choreo import plugins
    from choreo.cli.database import open_database

    plugins.load("datasets", collection.dataset)
    database = open_database(location)
    database.require_writable()
    return database


def _add(
    collection: Collection, fetched: Fetched, database: MotionDB, jobs: int, engine: str, quiet: bool
) -> tuple[int, list[FileReport]]:
    """New clips, and reports of all files."""
    from choreo.cli.progress import progress_bar
    from choreo.datasets.ingest import Origin, add_dataset
    from choreo.types import Reading

    before = len(database)
    reports: list[FileReport] = []
    with progress_bar(quiet) as bar:
        for number, (place, part) in enumerate(fetched.places):

            def report(done: int, total: int, number: int = number) -> None:
                if bar:
                    bar("reading files", (number + done / max(total, 1)) / len(fetched.places))

            styles, fps = (part.styles, part.fps) if part else ((), None)
            origin = Origin(collection.citation, styles, f"choreo db get {collection.name}")
            reports += add_dataset(
                database, collection.dataset, place, jobs=jobs, engine=engine, licence=collection.licence,
                name=collection.name, origin=origin, reading=Reading(fps), progress=report,
            )  # fmt: skip
    return len(database) - before, reports


def _tell_json(collection: Collection, fetched: Fetched, added: int, reports: Sequence[FileReport]) -> None:
    from dataclasses import asdict

    options.echo_json({
        "collection": collection.name, "licence": collection.licence, "added": added,
        "folders": [str(place) for place, _ in fetched.places], "first_seen": fetched.first_seen,
        "missing": fetched.missing, "files": [asdict(report) for report in reports],
    })  # fmt: skip
