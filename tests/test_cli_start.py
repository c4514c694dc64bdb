"""Starting up stays light, and help says what there is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from cli_support import write_clicks
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
    "ray",
    "loky",
)
UNWANTED = {*HEAVY, "pandas", "pydantic", "llvmlite", "pyrender", "trimesh", "PIL"} - {
    "numpy",
    "msgspec",
    "yaml",
}
"""What no dance of choreo's own moves loads that is written without a video, of a song that was heard before."""
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


@pytest.fixture(scope="module")
def danced(database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a song that was heard before, and of its plan."""
    folder = tmp_path_factory.mktemp("danced")
    song = write_clicks(folder / "clicks.wav")
    assert run(["plan", str(song), "--db", database, "-o", str(folder / "clicks.plan.json")]) == 0
    return folder


@pytest.mark.parametrize(
    "args",
    [
        ["generate", "clicks.wav", "--no-video", "-o", "made"],
        ["plan", "clicks.wav", "-o", "again.plan.json"],
        ["edit", "clicks.plan.json", "--replace", "1:3", "-o", "edited.plan.json"],
    ],
    ids=lambda args: args[0],
)
def test_dancing_choreos_own_moves_loads_little(args: list[str], danced: Path, database: str) -> None:
    args = [str(danced / each) if "." in each or each == "made" else each for each in args]
    loaded = modules_after(f"from choreo.cli.app import run; assert run({[*args, '--db', database]!r}) == 0")
    assert "numpy" in loaded
    # credits name the song as its tags do
    assert not loaded.intersection(UNWANTED) - ({"av"} if args[0] == "generate" else set())


@pytest.mark.parametrize("args", [["analyze", "clicks.wav"], ["show", "clicks.plan.json"]], ids=lambda args: args[0])
def test_looking_at_a_song_or_plan_loads_little(args: list[str], danced: Path) -> None:
    loaded = modules_after(f"from choreo.cli.app import run; assert run({[args[0], str(danced / args[1])]!r}) == 0")
    assert not loaded.intersection(UNWANTED)


@pytest.mark.parametrize("args", [["list"], ["stats"], ["show", "moonwalk"]], ids=lambda args: args[0])
def test_looking_into_the_database_loads_what_reads_it(args: list[str], database: str) -> None:
    loaded = modules_after(f"from choreo.cli.app import run; assert run({['db', *args, '--db', database]!r}) == 0")
    assert "lancedb" in loaded
    assert not loaded.intersection(UNWANTED - {"lancedb", "pyarrow", "pydantic"})


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
