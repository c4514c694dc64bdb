"""Command ``completion``: click's script for the user's shell."""

from __future__ import annotations

import click

from choreo.cli import options
from choreo.cli.say import say


@click.command(
    epilog=options.examples(
        "choreo completion bash >> ~/.bashrc",
        "choreo completion zsh >> ~/.zshrc",
        "choreo completion fish > ~/.config/fish/completions/choreo.fish",
    )
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the shell's completion script."""
    from click.shell_completion import get_completion_class

    from choreo.cli.app import cli
    from choreo.errors import ChoreoError

    kind = get_completion_class(shell)
    if kind is None:
        raise ChoreoError(f"click has no completion for {shell!r}")
    template = kind(cli, {}, "choreo", "_CHOREO_COMPLETE")
    say(template.source_template % template.source_vars())
