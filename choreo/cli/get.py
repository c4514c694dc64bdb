"""Command ``db get``: public motion collections are shown with their terms; accepted, they are fetched and added."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from choreo.cli import options
from choreo.cli.say import say
from choreo.cli.sections import CHOICE, FILES, RUN, Command, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from choreo.datasets.collections import Collection, Remote
    from choreo.datasets.fetch import Fetched
    from choreo.datasets.ingest import FileReport


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
@click.argument("name", required=False)
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
    as_json: bool,
    quiet: bool,
) -> None:
    """Fetch a public collection of dance, and add it to the database.

    Its licence, whom to cite, its size and what is in it are shown first, and nothing is fetched before you accept.
    What was cut off goes on where it ended when the command is run again. Files whose sum is not published are
    remembered as they were when first seen.
    """
    from choreo.datasets.collections import chosen_files, known_collection

    if listing:
        _list(as_json)
        return
    if name is None:
        raise click.UsageError("Which collection? 'choreo db get --list' shows them.")
    collection = known_collection(name)
    remotes = chosen_files(collection, only)
    _show(collection, remotes, err=as_json)
    if dry_run:
        _plan(remotes, as_json)
        return
    if not (
        accept or (collection.by_hand and source is None)
    ):  # there is nothing to accept: the next says how to get it
        _ask(err=as_json)
    fetched = _fetch(collection, remotes, folder, source, quiet, keep=keep, again=again)
    for path in fetched.missing if not quiet else ():
        say(f"Not in {source}: {path}", err=True)
    if fetched.first_seen and not quiet:
        say(f"{len(fetched.first_seen)} files were seen for the first time; their sums are remembered.", err=True)
    added, reports = (0, []) if no_add else _add(collection, fetched, location, jobs, quiet)
    if as_json:
        _tell_json(collection, fetched, added, reports)
    elif no_add:
        for place, _ in fetched.places:
            say(str(place))
    else:
        _tell(reports, added, quiet)


def _list(as_json: bool) -> None:
    from choreo.datasets.collections import chosen_files, read_collections
    from choreo.datasets.fetch import is_there

    found = read_collections().values()
    there = {each.name: is_there(each, chosen_files(each)) for each in found}
    if as_json:
        options.echo_json([
            {"name": each.name, "title": each.title, "licence": each.licence, "level": each.level, "page": each.page,
             "citation": each.citation, "contents": each.contents, "dataset": each.dataset,
             "files": len(chosen_files(each)), "bytes": _size(chosen_files(each)), "there": there[each.name]}
            for each in found
        ])  # fmt: skip
        return
    rows = [
        (
            each.name,
            each.level,
            _megabytes(chosen_files(each)),
            "yes" if there[each.name] else "no",
            each.licence,
            each.title,
        )
        for each in found
    ]
    options.echo_table(("collection", "--license", "size", "there", "licence", "what"), rows)


def _size(remotes: Sequence[Remote]) -> int | None:
    """Bytes of all files, as published or said; None when that is not known."""
    parts = {remote.part.name: remote.part for remote in remotes}
    known = [remote.size or (remote.part.size if len(remote.part.files) == 1 else 0) for remote in remotes]
    if all(known):
        return sum(known) or None
    sizes = [part.size for part in parts.values()]
    return sum(sizes) if all(sizes) and sizes else None


def _megabytes(remotes: Sequence[Remote]) -> str:
    size = _size(remotes)
    return "not stated" if size is None else f"{size / 1e6:,.0f} MB"


def _show(collection: Collection, remotes: Sequence[Remote], err: bool) -> None:
    """What one agrees to, before anything is fetched."""
    level = {"any": "only without --license", "commercial": "--license commercial, too", "free": "--license free, too"}
    published = sum(remote.sha256 is not None for remote in remotes)
    rows = [
        ("what", collection.contents),
        ("licence", collection.licence),
        ("used by", f"generate, plan: {level[collection.level]}"),
        ("cite", collection.citation),
        ("from", collection.page),
        (
            "files",
            f"{len(remotes)}, {_megabytes(remotes)}; sums of {published} are published, others are as first seen",
        ),
    ]
    say(collection.title, err=err)
    for key, value in rows if remotes else rows[:-1]:
        say(f"  {key:<9}{value}", err=err)


def _plan(remotes: Sequence[Remote], as_json: bool) -> None:
    if as_json:
        options.echo_json([
            {"address": remote.address, "bytes": remote.size, "sha256": remote.sha256, "members": list(remote.members)}
            for remote in remotes
        ])  # fmt: skip
        return
    for remote in remotes:
        members = f" ({', '.join(remote.members)})" if remote.members else ""
        say(f"{remote.address}{members}")
    say("Nothing was fetched.")


def _ask(err: bool) -> None:
    """Have the licence accepted, or end.

    Raises
    ------
    InputError
        When nobody is there to ask.
    """
    from choreo.errors import InputError

    try:
        accepted = click.confirm("Do you accept these terms?", default=False, err=err)
    except click.Abort:
        if sys.stdin is not None and sys.stdin.isatty():
            raise
        raise InputError("the terms were not accepted: nobody is there to ask. In scripts, say --accept.") from None
    if not accepted:
        say("Nothing was fetched.", err=True)
        click.get_current_context().exit(1)


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


def _add(
    collection: Collection, fetched: Fetched, location: str | None, jobs: int, quiet: bool
) -> tuple[int, list[FileReport]]:
    """New clips, and reports of all files."""
    from choreo.cli.database import open_database
    from choreo.cli.progress import progress_bar
    from choreo.datasets.ingest import Origin, add_dataset

    database = open_database(location)
    before = len(database)
    reports: list[FileReport] = []
    with progress_bar(quiet) as bar:
        for number, (place, styles) in enumerate(fetched.places):

            def report(done: int, total: int, number: int = number) -> None:
                if bar:
                    bar("reading files", (number + done / max(total, 1)) / len(fetched.places))

            origin = Origin(collection.citation, styles, f"choreo db get {collection.name}")
            reports += add_dataset(
                database, collection.dataset, place, jobs=jobs, licence=collection.licence, name=collection.name,
                origin=origin, progress=report,
            )  # fmt: skip
    return len(database) - before, reports


def _tell(reports: Sequence[FileReport], added: int, quiet: bool) -> None:
    skipped = [report for report in reports if report.skipped]
    for report in skipped if not quiet else ():
        say(f"Skipped {report.file}: {report.skipped}", err=True)
    minutes = sum(report.seconds for report in reports) / 60
    say(f"{added} clips are new, of {len(reports) - len(skipped)} takes of {minutes:.1f} minutes.")


def _tell_json(collection: Collection, fetched: Fetched, added: int, reports: Sequence[FileReport]) -> None:
    from dataclasses import asdict

    options.echo_json({
        "collection": collection.name, "licence": collection.licence, "added": added,
        "folders": [str(place) for place, _ in fetched.places], "first_seen": fetched.first_seen,
        "missing": fetched.missing, "files": [asdict(report) for report in reports],
    })  # fmt: skip
