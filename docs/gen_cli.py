"""Write docs/cli.md from the commands themselves; with --check, fail when the file is not up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import click

from choreo.cli.app import COMMANDS, cli
from choreo.cli.sections import OTHER, sections_of
from choreo.environment import OTHERS, OWN

PAGE = Path(__file__).with_name("cli.md")
HEAD = """\
# Command line

<!-- Made by docs/gen_cli.py; change the commands, not this page. -->

Results go to stdout; progress, warnings and errors go to stderr. Progress is a bar for each stage where a person
watches, a line a stage elsewhere, and nothing with `--quiet`. Commands with `--json` print one JSON document on
stdout. Global options come before the command: `choreo --debug generate ...` shows the traceback of an unexpected
error, `choreo --version` the version.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | no choreography fits, the database cannot be used, or `doctor` found that no video can be made |
| 2 | a file or an option cannot be used |
| 3 | something cannot be written |
| 4 | a plugin is unknown, broken, or misses a package |
| 70 | a mistake in choreo or a plugin; please report it with the output of `choreo --debug ...` |
| 130 | stopped with Ctrl-C; nothing half-written is left |

## Environment variables

{variables}

## Shell completion

```
choreo completion bash >> ~/.bashrc
choreo completion zsh >> ~/.zshrc
choreo completion fish > ~/.config/fish/completions/choreo.fish
```

Open a new shell afterwards. Commands, options, the names of installed plugins, formats, and the styles, moves and
datasets of your motion database are completed.
"""


def variables() -> str:
    """Markdown of the table of environment variables."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in {**OWN, **OTHERS}.items()]
    return "\n".join(["| variable | meaning |", "|---|---|", *rows])


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Walk all commands, groups before their members."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            member = command.get_command(context, name)
            if member is not None:
                yield from commands(member, (*path, name))


def section(path: tuple[str, ...], command: click.Command) -> str:
    """Markdown of one command."""
    title = " ".join(path)
    context = click.Context(command, info_name=title)
    usage = " ".join([title, *command.collect_usage_pieces(context)])
    parts = [f"{'#' * len(path)} {title}", f"```\n{usage}\n```", cleandoc(command.help or "")]
    for name, params in sections_of(command, context).items():
        rows = [option(param) for param in params if isinstance(param, click.Option) and "--help" not in param.opts]
        if rows:
            head = "option" if name == OTHER else name
            parts.append("\n".join([f"| {head} | meaning | default |", "|---|---|---|", *rows]))
    if command.epilog:
        lines = [line.strip() for line in command.epilog.splitlines() if line.startswith("  ")]
        parts.append("Examples:\n\n```\n" + "\n".join(lines) + "\n```")
    return "\n\n".join(parts) + "\n"


def option(param: click.Option) -> str:
    """One row of an option table."""
    names = ", ".join(f"`{name}`" for name in [*param.opts, *param.secondary_opts])
    value = "" if param.is_flag else f" {param.metavar or param.type.name.upper().removesuffix(' RANGE')}"
    shown = param.show_default if isinstance(param.show_default, str) else param.default
    shown = f"`{shown}`" if param.show_default else ""
    return f"| {names}{value} | {param.help or ''} | {shown} |"


def page() -> str:
    """The whole page."""
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None, name
        found += commands(command, ("choreo", name))
    return "\n".join([HEAD.format(variables=variables()), *(section(path, command) for path, command in found)])


def main() -> int:
    """Write or check."""
    text = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{PAGE} is not up to date. Run: python docs/gen_cli.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
