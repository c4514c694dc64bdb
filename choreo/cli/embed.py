"""Command ``db embed``: vectors of the clips beside them in the database."""

from __future__ import annotations

import click

from choreo.cli import options
from choreo.cli.say import say


@click.command(
    "embed",
    epilog=options.examples(
        "choreo db embed contrastive",
        "choreo db embed contrastive --db s3://bucket/db --engine ray:10.0.0.1:6379",
    ),
)
@click.argument("embedder", type=options.PluginName("embedders"))
@click.option("--db", "location", metavar="PLACE", help="Motion database; 'choreo db path' shows the default.")
@options.engine
@click.option("--jobs", type=click.IntRange(0), default=0, help="Processes; one a processor by default.")
@options.telling
def embed(embedder: str, location: str | None, engine: str, jobs: int, as_json: bool, quiet: bool) -> None:
    """Keep the vectors of all clips by a trained embedder in the database, indexed for search.

    'choreo search' does so by itself where the vectors do not fit in memory. Run it before, on many machines if there
    are many clips, and where a database is to become read-only. Can be stopped at any time and run again; clips whose
    vectors are there are not embedded again.
    """
    from choreo.cli.database import open_database
    from choreo.cli.progress import progress_bar
    from choreo.engines import open_engine
    from choreo.errors import InputError
    from choreo.retrieval.embedded import update_vectors
    from choreo.retrieval.learned import LearnedEmbedder
    from choreo.retrieval.models import load_embedder

    plugin = load_embedder(embedder)
    if not isinstance(plugin, LearnedEmbedder) or not plugin.by_cosine:
        raise InputError(f"{embedder}: its distances are not those of vectors; there is nothing to keep.")
    database = open_database(location)
    with progress_bar(quiet) as bar, open_engine(engine, jobs) as workers:
        progress = (lambda done, total: bar("embedding clips", done / total)) if bar else None
        table = update_vectors(database, plugin, workers=workers, progress=progress)
    entry = table.entry
    if as_json:
        options.echo_json(
            {
                "table": entry.name,
                "vectors": len(table),
                "dims": entry.dims,
                "index": "IVF-PQ" if entry.trained else None,
                "recall": entry.recall,
            }
        )
        return
    say(f"{len(table):,} vectors of {embedder} in {database.location}, table {entry.name}.")


__all__ = ["embed"]
