"""What is shown of public motion collections before anything is fetched, and the question whether to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from choreo.cli import options
from choreo.cli.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from choreo.datasets.collections import Collection, Remote


def list_collections(as_json: bool) -> None:
    """All collections, their licences, and whether they were fetched."""
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


def show_terms(collection: Collection, remotes: Sequence[Remote], err: bool) -> None:
    """What one agrees to, before anything is fetched."""
    level = {"any": "only without --license", "commercial": "--license commercial, too", "free": "--license free, too"}
    published = sum(remote.sha256 is not None for remote in remotes)
    sums = "published" if published == len(remotes) else "as first seen" if not published else f"{published} published"
    rows = [
        ("what", collection.contents),
        ("licence", collection.licence),
        ("used by", f"generate, plan: {level[collection.level]}"),
        ("cite", collection.citation),
        ("from", collection.page),
        ("files", f"{len(remotes)}, size {_megabytes(remotes)}, SHA-256 {sums}"),
    ]
    say(collection.title, err=err)
    for key, value in rows if remotes else rows[:-1]:
        say(f"  {key:<9}{value}", err=err)


def show_plan(remotes: Sequence[Remote], as_json: bool) -> None:
    """What would be fetched."""
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


def ask(err: bool) -> None:
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


__all__ = ["ask", "list_collections", "show_plan", "show_terms"]
