"""Starting up stays light, and help says what there is."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from choreo import __version__
from choreo.cli.app import COMMANDS, cli, run

HEAVY = (
    "numpy",
    "torch",
    "librosa",
    "networkx",
    "scipy",
    "numba",
    "av",
    "lancedb",
    "pyarrow",
    "rich",
    "PIL",
    "yaml",
    "jinja2",
    "msgspec",
)
MODULES = "import sys, json; print(json.dumps(sorted(sys.modules)))"


def modules_after(code: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", code + "\n" + MODULES], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_is_light() -> None:
    loaded = modules_after("import choreo.cli")
    assert not loaded.intersection(HEAVY)


@pytest.mark.parametrize("args", [["--help"], ["plugins", "list"], ["generate", "--help"], ["completion", "zsh"]])
def test_these_commands_load_nothing_heavy(args: list[str]) -> None:
    loaded = modules_after(f"from choreo.cli.app import run; assert run({args!r}) == 0")
    assert not loaded.intersection(HEAVY)


def test_plugins_list_imports_no_plugin() -> None:
    loaded = modules_after("from choreo.cli.app import run; assert run(['plugins', 'list']) == 0")
    assert not [name for name in loaded if name.startswith("choreo_")]


def test_help_lists_every_command_with_its_own_first_line() -> None:
    text = CliRunner().invoke(cli, ["--help"]).output
    for name, (_, line) in COMMANDS.items():
        assert name in text
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.help is not None
        assert command.help.splitlines()[0] == line
        assert line in text


def test_version_and_help_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"choreo {__version__}\n"
    assert run(["generate", "--help"]) == 0
    assert "choreo generate song.mp3" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script_calls_choreo(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"{shell}_complete" in script
    assert "_CHOREO_COMPLETE" in script


def test_completion_of_plugin_names() -> None:
    from click.shell_completion import ShellComplete

    found = ShellComplete(cli, {}, "choreo", "_CHOREO_COMPLETE").get_completions(["generate", "--renderer"], "ra")
    assert [item.value for item in found] == ["raster"]
