"""Commands ``plugins list``, ``plugins info`` and ``plugins new``."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from choreo.cli import options
from choreo.cli.say import say

SINGULAR = {"dataset": "datasets", "embedder": "embedders", "renderer": "renderers", "exporter": "exporters",
            "body": "bodies", "beat": "beats", "tagger": "taggers", "word": "words", "character": "characters",
            "engine": "engines"}  # fmt: skip


class Kind(click.Choice):  # type: ignore[type-arg]  # generic only in newer click
    """A kind of plugin; one of it is as good as all."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take ``dataset`` for ``datasets``."""
        return super().convert(SINGULAR.get(value, value), param, ctx)


KIND = Kind(tuple(SINGULAR.values()))


@click.group()
def plugins() -> None:
    """List, inspect and start plugins.

    Datasets, embedders, renderers, exporters, bodies, beat trackers, taggers, word encoders, character writers and
    engines are plugins, choreo's own too.
    """


@plugins.command("list")
@click.argument("kind", type=KIND, required=False)
@options.as_json
def list_plugins(kind: str | None, as_json: bool) -> None:
    """List installed plugins; none is imported."""
    from choreo.plugins import describe

    rows = describe(kind)
    if as_json:
        options.echo_json([asdict(row) for row in rows])
        return
    count = Counter((row.kind, row.name) for row in rows)
    options.echo_table(
        ("kind", "name", "from", "version"),
        [
            (
                row.kind,
                row.name,
                row.distribution,
                row.version + ("  (name clash)" if count[row.kind, row.name] > 1 else ""),
            )
            for row in rows
        ],
    )


@plugins.command("info")
@click.argument("kind", type=KIND)
@click.argument("name")
@options.as_json
def info(kind: str, name: str, as_json: bool) -> None:
    """Import one plugin and say what it is."""
    from choreo.plugins import describe, load

    plugin = load(kind, name)
    row = next(row for row in describe(kind) if row.name == name)
    facts = asdict(row) | {
        key: str(getattr(plugin, key))
        for key in ("description", "licence", "citation", "expected", "suffix")
        if getattr(plugin, key, None)
    }
    if as_json:
        options.echo_json(facts)
        return
    for key, value in facts.items():
        say(f"{key:<13} {value}")


@plugins.command("new")
@click.argument("kind", type=KIND)
@click.argument("name")
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=".", help="Where to make the package.")
def new(kind: str, name: str, folder: Path) -> None:
    """Write the skeleton of a plugin package.

    It works from the start: install it with 'pip install -e', run its test, then change what it does.
    """
    from choreo.cli.skeleton import write_package

    root = write_package(kind, name, folder)
    say(str(root))
    say(f"Now: pip install -e {root} && choreo plugins info {kind} {name} && pytest {root}", err=True)
