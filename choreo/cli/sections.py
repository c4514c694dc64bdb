"""Help in groups: options have a section, and a command's help shows one list for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])
SONG, CHOICE, DANCERS, LOOK, FILES, RUN = "Song", "Choice of moves", "Dancers", "Look", "Files", "Run"
SECTIONS = (SONG, CHOICE, DANCERS, LOOK, FILES, RUN)
"""Order in which help shows the sections; options without one come last."""
OTHER = "Options"


def section(title: str, *decorators: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Combine decorators into one, whose options are shown together under `title`, in this order."""

    def decorate(function: Function) -> Function:
        known = len(getattr(function, "__click_params__", ()))
        for decorator in reversed(decorators):
            function = decorator(function)
        for param in getattr(function, "__click_params__", ())[known:]:
            param.section = title
        return function

    return decorate


def sections_of(command: click.Command, context: click.Context) -> dict[str, list[click.Parameter]]:
    """Options of a command by section, in the order of help."""
    found: dict[str, list[click.Parameter]] = {title: [] for title in (*SECTIONS, OTHER)}
    for param in command.get_params(context):
        if isinstance(param, click.Option) and not param.hidden:
            found[RUN if "--help" in param.opts else getattr(param, "section", OTHER)].append(param)
    if not any(found[title] for title in SECTIONS if title != RUN):
        return {OTHER: [*found[OTHER], *found[RUN]]}
    return {title: params for title, params in found.items() if params}


class Command(click.Command):
    """A command whose help shows its options in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list a section."""
        for title, params in sections_of(self, ctx).items():
            rows = [record for param in params if (record := param.get_help_record(ctx)) is not None]
            with formatter.section(title):
                formatter.write_dl(rows)
