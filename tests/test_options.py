"""Options of the command line and of Python have one name, one default and one set of bounds."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import click
import pytest

from choreo.cli.app import cli, run
from choreo.errors import InputError, PlanError
from choreo.options import Bounds, Choosing, Listening, check_options, options_of
from choreo.planfile.troupe import Troupe
from choreo.planning.wishes import Wishes
from choreo.video.look import Look

TOGETHER: dict[str, dict[str, Any]] = {"downbeat": {"bpm": 120}}
"""Fields that need another one."""
KINDS: tuple[type[Any], ...] = (Listening, Choosing, Wishes, Look, Troupe)


def generate_options() -> dict[str, click.Parameter]:
    command = cli.get_command(click.Context(cli), "generate")
    assert command is not None
    return {str(each.name): each for each in command.params}


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_line_has_the_bounds_and_defaults_of_the_objects(kind: type) -> None:
    options = generate_options()
    found = 0
    for field in fields(kind):
        bounds: Bounds | None = field.metadata.get("bounds")
        option = options.get(field.name)
        if option is None or bounds is None:
            continue
        found += 1
        if kind is not Troupe:  # nothing said means one dancer, and that the plan's own dancers stay
            assert option.default == field.default, field.name
        if bounds.choices:
            assert isinstance(option.type, click.Choice)
            assert tuple(option.type.choices) == bounds.choices
        elif isinstance(option.type, click.IntRange | click.FloatRange):
            assert option.type.min == bounds.low, field.name
            assert option.type.max == (bounds.high if math.isfinite(bounds.high) else None), field.name
        else:
            assert field.name in ("start", "duration", "offset", "downbeat"), (
                field.name
            )  # times have a type of their own
    assert found


@pytest.mark.parametrize(
    ("kind", "wish", "words"),
    [
        (Listening, {"bpm": 20}, "bpm: found 20, expected 30 to 300 beats per minute"),
        (Listening, {"bpm": 400.5}, "found 400.5"),
        (Listening, {"bpm": math.nan}, "found nan"),
        (Listening, {"bpm": "fast"}, "found 'fast'"),
        (Listening, {"bpm": True}, "found True"),
        (Listening, {"metre": 13}, "a whole number from 2 to 12 beats in a bar"),
        (Listening, {"metre": 3.0}, "found 3.0"),
        (Listening, {"offset": -11}, "-10 to 10 seconds"),
        (Listening, {"start": -1}, "0 or more seconds"),
        (Listening, {"octave": "third"}, "one of auto, half, double"),
        (Choosing, {"seed": -1}, "a whole number, 0 or more"),
        (Choosing, {"licence": "none"}, "one of any, commercial, free"),
        (Wishes, {"variety": 1.5}, "variety: found 1.5, expected 0 to 1"),
        (Look, {"jobs": 0}, "1 to 1000 processes"),
        (Look, {"width": 9000}, "16 to 8192 pixels"),
        (Troupe, {"dancers": 25}, "1 to 24"),
    ],
)
def test_what_is_out_of_bounds_is_named(kind: type, wish: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as error:
        kind(**wish)
    assert words in error.value.message


def test_bounds_themselves_are_allowed() -> None:
    for kind in KINDS:
        for field in fields(kind):
            bounds: Bounds | None = field.metadata.get("bounds")
            if bounds is not None and not bounds.choices:
                ends = [end for end in (bounds.low, bounds.high) if math.isfinite(end)]
                for end in ends:
                    value = int(end) if "int" in str(field.type) else end
                    assert getattr(kind(**{field.name: value, **TOGETHER.get(field.name, {})}), field.name) == value


def test_options_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Listening().bpm = 120.0  # type: ignore[misc]  # wrong on purpose
    with pytest.raises(TypeError):
        Listening(bmp=120)  # type: ignore[call-arg]  # wrong on purpose


def test_numbers_of_numpy_are_numbers() -> None:
    import numpy as np

    check_options(Choosing(seed=np.int64(3)))  # type: ignore[arg-type]  # what loops over arrays give
    assert Listening(bpm=float(np.float32(120))).bpm == 120
    check_options(Listening(bpm=np.float32(120)))  # type: ignore[arg-type]  # what loops over arrays give


def test_options_of_a_file_name_what_is_wrong() -> None:
    assert options_of(Listening, {"bpm": 120, "octave": "half"}, "x") == Listening(bpm=120, octave="half")
    with pytest.raises(InputError, match=r"x: 'bmp' is no option; known are beats, bpm,"):
        options_of(Listening, {"bmp": 120}, "x")
    with pytest.raises(InputError, match="x: bpm: found 1"):
        options_of(Listening, {"bpm": 1}, "x")


@pytest.fixture(scope="module")
def plan_text(database: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A plan file of a song that lies where the plan says."""
    from cli_support import write_clicks

    from choreo.pipeline import generate

    folder = tmp_path_factory.mktemp("planned")
    song = write_clicks(folder / "clicks.wav", seconds=9, bpm=110)
    return generate(song, output=folder, formats=("plan",), choosing=Choosing(db=database)).files["plan"].read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"listening": {"nonsense": 1}}, "the plan's options are damaged: listening: 'nonsense' is no option"),
        ({"listening": {"bpm": "fast"}}, "the plan's options are damaged: listening: bpm: found 'fast'"),
        ({"listening": {"tracker": 5}}, "listening: tracker: found 5, expected text"),
        ({"listening": {"cache": "yes"}}, "listening: cache: found 'yes', expected true or false"),
        ({"listening": [1, 2]}, "a damaged plan: Expected 'object', got 'array' - at '$.options.listening'"),
        ({"listening": {"beats": ["a"]}}, "at '$.options.listening[...]'"),
        ({"datasets": 5}, "at '$.options.datasets'"),
        ({"datasets": ["a", 5]}, "at '$.options.datasets[1]'"),
        ({"energy": [0.5]}, "at '$.options.energy'"),
        ({"variety": "much"}, "at '$.options.variety'"),
        ({"licence": "none"}, "licence: found 'none', expected one of any, commercial, free"),
    ],
)
def test_plans_with_options_that_there_are_not(
    options: dict[str, Any],
    words: str,
    plan_text: str,
    database: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import json

    from choreo.pipeline import edit_plan
    from choreo.planfile import read_plan
    from choreo.planning import Edit

    path, data = tmp_path / "clicks.plan.json", json.loads(plan_text)
    data["options"] |= options
    path.write_text(json.dumps(data))
    with pytest.raises(PlanError) as error:
        edit_plan(read_plan(path), Edit(swap=(1,)), db=database)
    assert words in error.value.message
    assert run(["edit", str(path), "--swap", "1", "--db", database]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("spelling", [("--meter", "--license"), ("--metre", "--licence")])
def test_both_spellings_are_understood(spelling: tuple[str, str]) -> None:
    metre, licence = spelling
    command = cli.get_command(click.Context(cli), "generate")
    assert command is not None
    with command.make_context("generate", ["song.wav", metre, "3", licence, "free"]) as context:
        assert (context.params["metre"], context.params["licence"]) == (3, "free")
