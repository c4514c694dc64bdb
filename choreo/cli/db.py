"""Commands of the motion database: look into it, add to it, check and mend it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from choreo.cli import options
from choreo.cli.added import tell_added
from choreo.cli.embed import embed
from choreo.cli.get import get
from choreo.cli.known import KnownName
from choreo.cli.say import say, say_json_list

if TYPE_CHECKING:
    from datetime import timedelta

    from choreo.db import MotionDB
    from choreo.db.columns import Rows
    from choreo.types import Reading

MOST_KEPT = 36500
"""Versions, or days of versions."""
LISTED = ("name", "dataset", "role", "counts", "metre", "energy", "styles")
"""What a list of clips says of each."""
SUGGESTED = 5000
"""Names that one that is not there is compared with."""
LOCATION = click.option(
    "--db", "location", metavar="PLACE", help="Motion database; 'choreo db path' shows the default."
)


def _kept(_: click.Context, option: click.Parameter, text: str | None) -> int | timedelta | None:
    """How many versions stay, or for how long they do."""
    from datetime import timedelta

    number = (text or "").removesuffix("d")
    if text is None:
        return None
    if not number.isdecimal() or not 1 <= int(number) <= MOST_KEPT:
        raise click.BadParameter(
            f"found {text!r}, expected a number of versions, or of days followed by d, from 1 to {MOST_KEPT}.",
            param=option,
        )
    return timedelta(days=int(number)) if text.endswith("d") else int(number)


@click.group()
def db() -> None:
    """Look into the motion database, add to it, check and mend it.

    It is filled with choreo's own moves the first time a dance is made; 'choreo db update' does so at once.
    """


db.add_command(embed)
db.add_command(get)


@db.command(
    "add",
    epilog=options.examples(
        "choreo db add bvh my_mocap/",
        "choreo db add aistpp aist_plusplus/ --jobs 8",
        "choreo db add bvh s3://bucket/mocap --engine ray",
        "choreo db add bvh take.bvh --map joints.toml --licence CC-BY-4.0 --as mine",
    ),
)
@click.argument("plugin", metavar="DATASET", type=options.PluginName("datasets"))
@click.argument("path", type=click.Path(), required=False)
@LOCATION
@click.option("--as", "name", help="Name of the dataset in the database; the plugin's by default.")
@click.option("--map", "joints", type=click.Path(path_type=Path), help="TOML that says which joint is which.")
@options.reading
@click.option("--licence", "--license", "licence", help="Licence of the data, where the plugin cannot know it.")
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; one a processor by default.")
@options.engine
@options.telling
def add(
    plugin: str,
    path: str | None,
    location: str | None,
    name: str | None,
    joints: Path | None,
    reading: Reading,
    licence: str | None,
    jobs: int,
    engine: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Add a motion dataset: a folder of files, or one file, here or in object storage.

    DATASET is how to read it; 'choreo plugins list datasets' names the kinds. Can be stopped at any time and run
    again; what is there already is not added twice. Files that cannot be used are skipped and told of.
    """
    from dataclasses import asdict

    from choreo import plugins
    from choreo.cli.progress import progress_bar
    from choreo.datasets.addresses import is_address, require_plain
    from choreo.datasets.ingest import add_dataset
    from choreo.motion.families import read_map

    joint_map = None if joints is None else read_map(joints)
    notice = getattr(plugins.load("datasets", plugin), "notice", "")
    if notice and not quiet:
        say(notice, err=True)
    if path is not None and is_address(path):
        require_plain(path)
    database = _filled(location)
    before = len(database)
    with progress_bar(quiet) as bar:

        def report_files(done: int, total: int) -> None:
            if bar:
                bar("reading files", done / max(total, 1))

        reports = add_dataset(
            database,
            plugin,
            path,
            jobs=jobs,
            engine=engine,
            joints=joint_map,
            reading=reading,
            licence=licence,
            name=name,
            progress=report_files,
        )
    if as_json:
        options.echo_json({"added": len(database) - before, "files": [asdict(report) for report in reports]})
    else:
        tell_added(reports, len(database) - before, quiet)


@db.command("show")
@click.argument("clip")
@LOCATION
@options.as_json
def show_clip(clip: str, location: str | None, as_json: bool) -> None:
    """Show everything known of a clip, by its id or its name."""
    from itertools import islice

    from choreo.db.columns import taken
    from choreo.errors import InputError
    from choreo.plugins import suggest

    database = _open(location)
    known = database.columns(("clip_id", "name"))
    ids = list(taken(known["clip_id"], known["clip_id"].where([clip]) | known["name"].where([clip])))
    if not ids:
        raise InputError(f"no clip is called {clip!r}.{suggest(clip, list(islice(known['name'], SUGGESTED)))}")
    found = database.chosen_rows(ids)
    if as_json:
        options.echo_json(found)
        return
    for row in found:
        for key, value in row.items():
            if key in ("beats", "rhythm"):
                value = " ".join(f"{number:.2f}" for number in value)
            elif isinstance(value, list):
                value = ", ".join(map(str, value))
            elif isinstance(value, float):
                value = f"{value:.4g}"
            say(f"{key:<14}{value}")
        say()


@db.command("verify")
@LOCATION
@options.as_json
def verify(location: str | None, as_json: bool) -> None:
    """Read every clip and check that it is what was stored; say what is lost and how to get it back.

    Works on a badly damaged database as well, and writes nothing. Exits with 1 when something is wrong.
    """
    from choreo.cli.damage import report_damage, silence
    from choreo.db.verify import verify as check

    database = _open(location, checked=False)
    with silence():
        found = check(database)
    report_damage(database, found, as_json)
    if not found.whole:
        click.get_current_context().exit(1)


@db.command("repair")
@LOCATION
@options.as_json
def repair(location: str | None, as_json: bool) -> None:
    """Keep the intact clips of a damaged database, so that it can be used and added to again.

    Says what was lost and how to add it again. What was there before stays a version, as far as it can be read.
    """
    from choreo.cli.damage import report_repair, silence
    from choreo.db.repair import repair as mend

    database = _open(location, checked=False)
    with silence():
        found = mend(database)
    report_repair(database, found, as_json)


@db.command("update")
@LOCATION
def update(location: str | None) -> None:
    """Bring the database up to date: choreo's own moves of this release, and the form in which clips are stored.

    Happens by itself when a dance is made. Run it where that cannot be: before a database becomes read-only.
    """
    database = _filled(location)
    database.require_writable()
    database.migrate()
    say(f"{len(database)} clips in {database.location}.")


@db.command("remove")
@click.argument("dataset", type=KnownName("datasets"))
@LOCATION
def remove(dataset: str, location: str | None) -> None:
    """Remove a dataset's clips. 'choreo db restore' brings them back."""
    from choreo.datasets.ingest import forget
    from choreo.errors import InputError
    from choreo.plugins import suggest

    database = _open(location)
    counts = database.stats()["by_dataset"]
    if dataset not in counts:
        raise InputError(f"no clips of a dataset {dataset!r}.{suggest(dataset, list(counts))}")
    forget(database, dataset)
    say(f"{counts[dataset]} clips removed.")


@db.command("export", epilog=options.examples("choreo db export out/ --dataset mine --to glb"))
@click.argument("folder", type=click.Path(path_type=Path))
@LOCATION
@click.option(
    "--to", "exporter", type=options.PluginName("exporters"), default="bvh", show_default=True, help="Format."
)
@click.option("--dataset", type=KnownName("datasets"), help="Only clips of this dataset.")
@click.option("--style", type=KnownName("styles"), help="Only clips of this style.")
@click.option("--clip", "clips", multiple=True, help="Only clips of this name or id; can be given again.")
def export(
    folder: Path, location: str | None, exporter: str, dataset: str | None, style: str | None, clips: tuple[str, ...]
) -> None:
    """Write clips to FOLDER as files that other tools open."""
    from choreo import plugins
    from choreo.errors import InputError
    from choreo.names import safe_names
    from choreo.output import atomic, require_writable, together

    found = _open(location).clips(dataset=dataset, style=style)
    if clips:
        found = [clip for clip in found if clip.name in clips or clip.clip_id in clips]
    if not found:
        raise InputError("no clip is like that; 'choreo db list' shows all.")
    require_writable(folder)
    plugin = plugins.load("exporters", exporter)
    with together():
        for clip, name in zip(found, safe_names([clip.clip_id for clip in found], "clip"), strict=True):
            path = folder / f"{name}{plugin.suffix}"
            with atomic(path) as partial, plugins.blame("exporters", exporter):
                plugin.export(clip.motion, partial)
    say(f"{len(found)} files in {folder}.")


@db.command("versions")
@LOCATION
@options.as_json
def versions(location: str | None, as_json: bool) -> None:
    """List the versions of the database, oldest first."""
    found = _open(location, checked=False).versions()
    if as_json:
        options.echo_json([{"version": number, "time": when, "clips": count} for number, when, count in found])
        return
    options.echo_table(("version", "time", "clips"), [(str(n), when, str(count)) for n, when, count in found])


@db.command("restore")
@click.argument("version", type=int)
@LOCATION
def restore(version: int, location: str | None) -> None:
    """Go back to an earlier version of the clips; nothing later is lost."""
    database = _open(location, checked=False)
    database.restore(version)
    say(f"{len(database)} clips, as in version {version}.")


@db.command("optimize", epilog=options.examples("choreo db optimize", "choreo db optimize --keep 30d"))
@LOCATION
@click.option(
    "--keep", metavar="N|DAYSd", callback=_kept, help="Drop versions but the last N, or those of so many days (30d)."
)
@options.as_json
def optimize(location: str | None, keep: int | timedelta | None, as_json: bool) -> None:
    """Join the database's small files and index its clips; drop earlier versions with --keep.

    A large database is read and added to faster for it. Dances may be made meanwhile. What was the newest version is
    kept, whatever --keep says, and so are those of the minute before the oldest that is wanted. Versions that were
    dropped cannot be restored.
    """
    from dataclasses import asdict

    from choreo.db.starter import remember

    database = _open(location)
    done = database.optimize(keep=keep)
    remember(database)
    if as_json:
        options.echo_json(asdict(done))
        return
    say(f"{done.clips} clips in {done.files[1]} files, before in {done.files[0]}; {done.indexed} of them indexed.")
    say(f"{done.versions[1]} versions, before {done.versions[0]}.")
    if done.freed is not None:
        say(f"{abs(done.freed) / 1e6:.1f} MB {'freed' if done.freed >= 0 else 'more than before'}.")


@db.command("path")
@LOCATION
def path(location: str | None) -> None:
    """Print where the database is."""
    from choreo.db import default_location

    say(str(default_location(location)))


@db.command("list")
@LOCATION
@click.option("--style", type=KnownName("styles"), help="Only clips of this style.")
@options.as_json
def list_clips(location: str | None, style: str | None, as_json: bool) -> None:
    """List the clips."""
    from choreo.db.columns import Rows, taken
    from choreo.db.rows import FACTS

    database = _open(location)
    wanted = (*FACTS, "beats", "rhythm") if as_json else LISTED
    columns = database.columns(wanted)
    if style:
        from choreo.errors import InputError
        from choreo.plugins import suggest

        known = sorted({name for styles in columns["styles"].counts() for name in styles})
        if style not in known:
            raise InputError(f"no clip has the style {style!r}.{suggest(style, known)}")
        good = columns["styles"].where(lambda styles: style in styles)
        columns = {name: taken(column, good) for name, column in columns.items()}
    rows = Rows(columns)
    if as_json:
        say_json_list(rows)
        return
    options.echo_table(LISTED, _Listed(rows))


class _Listed:
    """Lines of a list of clips, made anew each time they are gone through."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        for row in self._rows:
            facts = {**row, "energy": f"{row['energy']:.2f}", "styles": ", ".join(row["styles"])}
            yield tuple(str(facts[name]) for name in LISTED)


@db.command("stats")
@LOCATION
@options.as_json
def stats(location: str | None, as_json: bool) -> None:
    """Count clips by style, dataset, role and metre.

    The digest is that of all clips: two databases that hold the same have the same.
    """
    from choreo.db.contents import content_digest

    database = _open(location)
    facts = {**database.stats(), "digest": content_digest(database)}
    if as_json:
        options.echo_json(facts)
        return
    for key, value in facts.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        say(f"{key:<12} {shown}")


def _open(location: str | None, *, checked: bool = True) -> MotionDB:
    """Open a database as it is; nothing is written."""
    from choreo.db import MotionDB, default_location

    return MotionDB.open(default_location(location), checked=checked)


def _filled(location: str | None) -> MotionDB:
    """Open a database, made where there is none, with the starter clips of this release."""
    from choreo.cli.database import open_database

    return open_database(location)
