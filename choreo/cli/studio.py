"""The command ``studio``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from choreo.cli import options
from choreo.cli.generate import troupe_of
from choreo.cli.known import KnownName, StyleOption
from choreo.cli.say import say, say_error
from choreo.cli.sections import CHOICE, FILES, RUN, Command, section
from choreo.options import Choosing, Listening

if TYPE_CHECKING:
    from choreo.pipeline.result import Progress
    from choreo.studio.session import Session

FOR_PLANS = ("source", "output", "port", "host", "known", "opened", "db")
"""Options that apply to a plan, too; the others decide what is danced, which a plan has decided already."""


@click.command(
    cls=Command,
    epilog=options.examples(
        "choreo studio song.mp3",
        "choreo studio renders/song.plan.json",
        "choreo studio song.mp3 --style house --dancers 3",
        "choreo studio --no-open --port 8800",
    ),
)
@click.argument("source", metavar="[SONG|PLAN]", required=False, type=click.Path(path_type=Path))
@section(
    FILES,
    click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("renders"),
        show_default=True,
        help="Folder for what is dropped on the page, and for exported files.",
    ),
)
@section(
    RUN,
    click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=0,
        show_default="any that is free",
        help="Listen on this port.",
    ),
    click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        help="Listen on this address of the machine; only this machine reaches the default.",
    ),
    click.option("--i-know", "known", is_flag=True, help="Let other machines in, with --host: whoever has the token."),
    click.option("--open/--no-open", "opened", default=True, help="Open the page in the browser, or only print it."),
)
@section(
    CHOICE,
    options.of(Choosing, "--style", type=KnownName("styles"), cls=StyleOption, help="Prefer moves of this style."),
    options.of(Choosing, "--seed", help="Make another dance for each number."),
    options.licence,
    options.database,
)
@options.dancing
@options.listening
@click.pass_context
def studio(
    context: click.Context,
    /,
    source: Path | None,
    output: Path,
    port: int,
    host: str,
    known: bool,
    opened: bool,
    **given: Any,
) -> None:
    """Direct a dance in the browser.

    Opens a page of this machine on which a song is heard, its dance seen and changed: a song or a plan that is named,
    or that is dropped on the page. What it saves is an ordinary plan. Ctrl-C ends it.
    """
    from choreo.errors import ChoreoError, InputError, MissingExtraError

    try:
        from choreo.studio.guard import is_loopback
        from choreo.studio.running import serve
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("starlette", "uvicorn", "websockets", "anyio", "h11"):
            raise
        raise MissingExtraError("The studio", "studio") from error
    if not is_loopback(host) and not known:
        raise click.UsageError(
            f"--host {host}: other machines could reach the studio, and whoever has its token could change and read "
            "what you direct. If that is what you want, add --i-know."
        )
    if source is not None:
        from choreo.inputs import is_file

        if not is_file(source):
            raise InputError(f"{source}: no such file. Name a song or a plan, or neither to drop one on the page.")
        if source.suffix.lower() == ".json":
            _require_for_plans(context)
    say_ready = partial(_ready, opened=opened, apart=not is_loopback(host))
    troupe, listening, choosing = troupe_of(given), options.made(Listening, given), options.made(Choosing, given)

    def opens(path: Path, progress: Progress) -> Session:
        from choreo.studio.session import Session

        wanted: dict[str, Any] = {}
        if path.suffix.lower() != ".json":
            wanted = {"listening": listening, "choosing": choosing, "troupe": troupe}
        try:
            return Session.open(path, db=given["db"], folder=output, progress=progress, **wanted)
        except ChoreoError as error:
            say_error(error)
            raise

    try:
        serve(opens, folder=output, first=source, host=host, port=port, ready=say_ready)
    except KeyboardInterrupt as error:
        if hasattr(error, "exit_code"):  # another signal than Ctrl-C, which is the way to end it
            raise
    say("\nThe studio has ended.")


def _require_for_plans(context: click.Context) -> None:
    """Refuse options that decide what a plan has decided."""
    for param in context.command.params:
        named = context.get_parameter_source(param.name or "") == ParameterSource.COMMANDLINE
        if named and param.name not in FOR_PLANS:
            raise click.UsageError(
                f"{param.opts[0]} goes with a song; what a plan dances is decided, and can be changed on the page."
            )


def _ready(address: str, *, opened: bool, apart: bool) -> None:
    """Say where the studio is, and open it."""
    say(f"The studio is at {address}")
    if apart:
        say("Other machines reach it. Whoever has this address can use it; give it to nobody else.")
    say("Ctrl-C ends it.")
    if opened and not _open_browser(address):
        say("No browser was found: open the address by hand.")


def _open_browser(address: str) -> bool:
    """Open the page in the user's browser; whether there is one."""
    import webbrowser

    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return False
    if isinstance(found, webbrowser.GenericBrowser) and not isinstance(found, webbrowser.BackgroundBrowser):
        return False  # one of text, which would take this terminal
    return found.open(address)
