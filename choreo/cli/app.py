"""The group of commands, found by name and imported when run, and the exit codes.

====  ==================================================================================
code  meaning
====  ==================================================================================
0     done
1     no choreography, database or machine to do it with (``ChoreoError``)
2     a file or option cannot be used (``InputError``, click's usage errors)
3     something cannot be written (``OutputError``)
4     a plugin is unknown, broken or misses a package (``PluginError``)
70    a mistake of choreo's own (sysexits' ``EX_SOFTWARE``); ``--debug`` shows the traceback
130   stopped with Ctrl-C
143   stopped with SIGTERM; other signals are 128 and their number, too
====  ==================================================================================
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from types import TracebackType
from typing import Any, NoReturn

import click

from choreo.cli.say import say, say_error, show_logs
from choreo.errors import InputError

EX_SOFTWARE = 70
EX_SIGNAL = 128
EX_INTERRUPT = 130
STOPS = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Signals that end a program, where the system has them; choreo clears up first, as on Ctrl-C."""

COMMANDS = {
    "generate": ("choreo.cli.generate:generate", "Make a danced video of a song, or of many."),
    "preview": ("choreo.cli.preview:preview", "Watch a small video while it is being made."),
    "studio": ("choreo.cli.studio:studio", "Direct a dance in the browser."),
    "analyze": ("choreo.cli.inspect:analyze", "Show what choreo hears in a song."),
    "search": ("choreo.cli.search:search", "Find dances for a song, songs for a dance, or either by words."),
    "plan": ("choreo.cli.generate:plan", "Choreograph a song without making the video."),
    "edit": ("choreo.cli.edit:edit", "Change a choreography and keep the rest."),
    "render": ("choreo.cli.generate:render", "Make a video of a plan or of a motion file."),
    "eval": ("choreo.cli.evaluate:evaluate", "Measure a dance against its song and real dances."),
    "convert": ("choreo.cli.convert:convert", "Convert a motion file, or put it on your character."),
    "video": ("choreo.cli.video:video", "Show what choreo sees of the people in a video."),
    "show": ("choreo.cli.inspect:show", "Print a plan as a choreography sheet."),
    "plugins": ("choreo.cli.plugins:plugins", "List, inspect and start plugins."),
    "models": ("choreo.cli.models:models", "Fetch models that others trained."),
    "db": ("choreo.cli.db:db", "Look into the motion database, add to it, check and mend it."),
    "graph": ("choreo.cli.graph:graph", "Look at which clips of the database can follow which."),
    "moves": ("choreo.cli.moves:moves", "Write, check and look at dance moves."),
    "doctor": ("choreo.cli.doctor:doctor", "Check what works on this machine."),
    "train": ("choreo.cli.learn:train", "Teach an embedder which dance goes with which music."),
    "bench": ("choreo.cli.learn:bench", "Measure choreo on your data."),
    "completion": ("choreo.cli.completion:completion", "Print the shell's completion script."),
}
"""``name -> (module:attribute, first line of the help)``; the line is here so that help imports nothing."""


class Stopped(KeyboardInterrupt):
    """A signal asked choreo to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = EX_SIGNAL + number


class LazyGroup(click.Group):
    """A group whose commands are imported when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest near names for an unknown one."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from choreo.plugins import suggest

            ctx.fail(f"no command is called {name!r}.{suggest(name, list(COMMANDS))}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the environment variables that choreo reads, then the epilog."""
        from choreo.environment import OWN

        with formatter.section("Environment variables"):
            formatter.write_dl(list(OWN.items()))
        super().format_epilog(ctx, formatter)


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from choreo.version import __version__

        say(f"choreo {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="First steps: 'choreo generate song.mp3' writes renders/song.mp4. Something odd? 'choreo doctor'.",
)
@click.option("--debug", is_flag=True, envvar="CHOREO_DEBUG", help="Show the traceback of unexpected errors.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Version.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Turn any song into a danced video.

    choreo listens to the song, picks dance moves that fit, stitches them into one clean motion in time
    with the music, and renders it.
    """
    ctx.ensure_object(dict)["debug"] = debug
    show_logs()


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run choreo and exit with a code of the table above.

    Python processes that choreo starts, such as those of `--jobs`, would look for modules in the current folder first,
    where a user's ``random.py`` or worse may lie: they are told not to.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    for stream in (sys.stdout, sys.stderr):
        # A name or a sign that a terminal's code page lacks is written as its number, not an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for name in STOPS:
        number = getattr(signal, name, None)
        with suppress(ValueError):  # not the main thread
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _stop)
    sys.excepthook = _show_traceback
    sys.exit(run(sys.argv[1:] if args is None else list(args)))


def _stop(number: int, _: Any) -> NoReturn:
    raise Stopped(number)


def _show_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback as Python does, without credentials."""
    from traceback import format_exception

    from choreo.db.location import redacted

    say(redacted("".join(format_exception(kind, error, trace))), err=True, nl=False)


def run(args: list[str]) -> int:
    """Run choreo and return the exit code; errors are printed to stderr, never a traceback unasked."""
    if any("\0" in each for each in args):
        say("Error: an argument has a NUL character in it, which no name of a file can have.", err=True)
        return InputError.exit_code
    try:
        code = cli.main(args=args, prog_name="choreo", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        say_error(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        cause = error.__cause__ or error
        notes = getattr(cause, "__notes__", [])
        say(" ".join(["Stopped. Nothing half-written was left behind.", *notes]), err=True)
        return cause.exit_code if isinstance(cause, Stopped) else EX_INTERRUPT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            say(f"Error: {str(error.filename)[:200]}: no name of a file ({error.strerror}).", err=True)
            return InputError.exit_code
        if _debugging(args):
            raise
        from choreo.db.location import redacted

        say(f"Error: unexpected {type(error).__name__}: {redacted(_first_line(error))}", err=True)
        say("This is a mistake in choreo or in a plugin. 'choreo --debug ...' shows where.", err=True)
        return EX_SOFTWARE


def _debugging(args: list[str]) -> bool:
    return "--debug" in args[:1] or os.environ.get("CHOREO_DEBUG", "0") not in ("", "0")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "no message")
