"""Who wears what: ``--outfit`` and ``--build``, for all dancers or for one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from choreo.cli.say import say
from choreo.video.look import BUILDS

if TYPE_CHECKING:
    from choreo.types import CharacterOptions

ALL = 0
"""Number that stands for all dancers."""

outfit = click.option(
    "--outfit",
    "outfits",
    multiple=True,
    metavar="[DANCER:]LOOK,PART=COLOUR,...",
    help="Of the built-in body: street, stage, studio, sport, gala; and colours, as in stage,shirt=#d04030,hair=black; "
    "or garments: top, bottom, haircut. Repeat it with 2:studio for the second dancer.",
)
build = click.option(
    "--build",
    "builds",
    multiple=True,
    metavar="[DANCER:]BUILD",
    help=f"Of the built-in body: {', '.join(BUILDS)}; 2:slim for the second dancer.",
)


def dressed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options of the body plugin for all dancers and for single ones, as `choreo.video.look.Look` has them.

    Raises
    ------
    click.UsageError
        When an outfit cannot be read, or one dancer has two.
    MotionError
        When a map of joints cannot be read.
    """
    found: dict[int, dict[str, Any]] = {ALL: {}}
    if given["model_path"]:
        found[ALL]["model_path"] = given["model_path"]
    if given["map_path"] or given["humanoid"] is not None or given["replace_animations"]:
        found[ALL]["options"] = _said_of_character(given)
    for number, words in _by_dancer("--outfit", given["outfits"]):
        found.setdefault(number, {}).update(_outfit(words))
    for number, words in _by_dancer("--build", given["builds"]):
        found.setdefault(number, {})["build"] = words
    return {"body_options": found.pop(ALL), "dancer_options": found}


def _said_of_character(given: Mapping[str, Any]) -> CharacterOptions:
    """What is said of the user's character: a map of joints, which humanoid, and what of its animations."""
    from choreo.types import CharacterOptions

    joints = None
    if given["map_path"]:
        from choreo.motion.families import read_map

        joints = read_map(given["map_path"])
    return CharacterOptions(joints, given["humanoid"], not given["replace_animations"])


def shows_map(given: Mapping[str, Any], character: Path | None = None) -> bool:
    """Print which joint of the user's character is which, where that is asked for; whether it was.

    Raises
    ------
    click.UsageError
        When there is no character.
    MotionError
        When its file cannot be read.
    """
    if not given["show_map"]:
        return False
    from choreo.datasets.joint_maps import map_of

    body = given.get("body")
    file = character or (Path(body) if body and Path(body).suffix else None)
    if file is None:
        raise click.UsageError("--show-map: name your character's file, as --character or as --body.")
    say(map_of(file), nl=False)
    return True


def _by_dancer(flag: str, values: Iterable[str]) -> list[tuple[int, str]]:
    """Values with the number of the dancer before the colon."""
    found: dict[int, str] = {}
    for value in values:
        numbered = re.fullmatch(r"\s*(\d{1,3})\s*:(.*)", value)
        number, words = (int(numbered[1]), numbered[2].strip()) if numbered else (ALL, value.strip())
        if numbered and number == ALL:
            raise click.UsageError(f"{flag}: {value!r}: dancers are counted from 1.")
        if number in found:
            whom = f"dancer {number}" if numbered else "all dancers"
            raise click.UsageError(f"{flag}: two for {whom}; write 2:... for the second dancer.")
        found[number] = words
    return list(found.items())


def _outfit(words: str) -> dict[str, str]:
    """``stage,shirt=#d04030`` as options of the body."""
    found = {}
    for number, part in enumerate(words.split(",")):
        name, equals, colour = (each.strip() for each in part.partition("="))
        if equals and name and colour:
            found[name] = colour
        elif name and not equals and number == 0:
            found["look"] = name
        elif part.strip():
            raise click.UsageError(
                f"--outfit: {part.strip()!r} names no colour; want PART=COLOUR, as in shirt=#d04030."
            )
    return found


__all__ = ["build", "dressed", "outfit"]
