"""Options whose values are names of a database: completed, and listed in help, without opening it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class KnownName(click.ParamType):  # type: ignore[type-arg]  # generic only in newer click
    """A name of a database, of `sort` ``styles``, ``datasets`` or ``moves``; whoever uses it refuses unknown ones."""

    name = "name"

    def __init__(self, sort: str) -> None:
        self.sort = sort

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Names that begin with what was typed."""
        return [completed(name) for name in names(self.sort, ctx) if name.lower().startswith(incomplete.lower())]


class StyleOption(click.Option):
    """An option for a style, whose help lists the styles of the database."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Flags and help, with the styles at its end."""
        record = super().get_help_record(ctx)
        styles = names("styles", ctx)
        return record if record is None or not styles else (record[0], f"{record[1]} There are {', '.join(styles)}.")


def names(sort: str, ctx: click.Context) -> tuple[str, ...]:
    """Names of a sort that the database of ``--db``, or the user's own, is known to have."""
    from choreo.db.names import known_names

    found: tuple[str, ...] = getattr(known_names(ctx.params.get("db") or ctx.params.get("location")), sort)
    return tuple(name for name in found if name.isprintable())


def completed(name: str, **more: Any) -> CompletionItem:
    """A name for the shell."""
    from click.shell_completion import CompletionItem

    return CompletionItem(name, **more)
