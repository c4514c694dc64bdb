"""The vocabulary: moves from a folder, and clips made of them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from choreo.errors import MotionError
from choreo.motion.skeleton import SIDES
from choreo.moves.compiler import beat_times, compile_move
from choreo.moves.notation import Move
from choreo.moves.variations import read
from choreo.types import Clip, Floats, Motion

LICENCE = "CC0-1.0"
DESCRIPTION = re.compile(r"^description:.*(?:\n[ \t]+.*)*", re.MULTILINE)
CITATION = "choreo starter moves, written for the choreo project"


def starter_folder() -> Path:
    """Where the moves that come with choreo lie."""
    from importlib.resources import files

    return Path(str(files("choreo_starter_moves")))


IDLE = "idle"
"""The role of moves in which a dancer waits."""
ENDINGS = ("ending", "pose")
"""The roles of moves with which a dance ends."""


def load_moves(folder: str | Path | None = None) -> dict[str, Move]:
    """Read every move of a folder, variations included, by name; choreo's own without `folder`.

    Raises
    ------
    MotionError
        When the folder has no moves, a file is wrong, or two moves have one name.
    """
    return dict(_starter_moves()) if folder is None else _moves_of(Path(folder))


@cache
def _starter_moves() -> dict[str, Move]:
    return _moves_of(starter_folder())


def _moves_of(source: Path) -> dict[str, Move]:
    if not source.is_dir():
        raise MotionError(f"{source}: found no such folder, expected one with moves as .yaml files")
    found: dict[str, Move] = {}
    for path in sorted([*source.glob("*.yaml"), *source.glob("*.yml")]):
        for move in read(path):
            if move.name in found:
                raise MotionError(f"{path}: name: found {move.name!r} a second time, first in {found[move.name].file}")
            found[move.name] = move
    if not found:
        raise MotionError(f"{source}: found no .yaml files, expected at least one move")
    return found


def starter_idles() -> tuple[Move, ...]:
    """Choreo's own ways to wait, in the order of their names."""
    return _starter_roles(IDLE)


def starter_endings() -> tuple[Move, ...]:
    """Choreo's own moves with which a dance may end, in the order of their names."""
    return _starter_roles(*ENDINGS)


@cache
def _starter_roles(*roles: str) -> tuple[Move, ...]:
    """Moves of some roles; only files that speak of any are read as moves."""
    said = re.compile(rf"\b({'|'.join(roles)})\b")
    files = sorted(starter_folder().glob("*.yaml"))
    found = [move for path in files if said.search(path.read_text(encoding="utf-8")) for move in read(path)]
    return tuple(move for move in found if move.role in roles)


def starter_move(name: str) -> Move | None:
    """Move of choreo's own by name, as `load_moves` has it, or None.

    Only files after which the name may be called are read: a file has the name of its move, and variations begin with
    it.

    Raises
    ------
    MotionError
        When such a file is wrong.
    """
    words = name.split("-")
    for count in range(len(words), 0, -1):
        found = _starter_family("-".join(words[:count]))
        if name in found:
            return found[name]
    return None


@cache
def _starter_files() -> dict[str, Path]:
    return {path.stem: path for path in starter_folder().glob("*.yaml")}


@lru_cache(maxsize=256)
def _starter_family(stem: str) -> dict[str, Move]:
    """Moves of one file, variations included; none when there is no such file."""
    path = _starter_files().get(stem)
    return {} if path is None else {move.name: move for move in read(path)}


@cache
def starter_descriptions() -> dict[str, str]:
    """Descriptions of choreo's own moves by name of move; those of variations are their base's."""
    import yaml

    found = {}
    for stem, path in sorted(_starter_files().items()):
        said = DESCRIPTION.search(path.read_text(encoding="utf-8"))
        if said:
            found[stem] = str(yaml.safe_load(said[0])["description"])
    return found


def move_clip(move: Move, bpm: float | None = None, *, dataset: str = "starter", licence: str = LICENCE) -> Clip:
    """Dance `move` at `bpm` (its ideal tempo by default) and describe it as the database holds it.

    Raises
    ------
    MotionError
        As `compile_move`.
    """
    from choreo.motion.features import energy_level

    beats = beat_times(move, bpm, None)
    motion = compile_move(move, bpm)
    return Clip(
        clip_id=f"{dataset}/{move.name}",
        name=move.name,
        dataset=dataset,
        source=Path(move.file.split(",")[0]).name,
        licence=licence,
        motion=motion,
        beats=beats,
        metre=move.metre,
        styles=move.styles,
        energy=energy_level(motion),
        rhythm=rhythm_of(move, motion, beats),
        role=move.role,
        labels=(*move.labels, f"base:{move.base or move.name}", *footing(move)),
        citation=CITATION if dataset == "starter" else "",
        move=move.name,
        tempo_range=move.tempo_range,
        mirrorable=move.mirror,
    )


def footing(move: Move) -> tuple[str, ...]:
    """Labels of the foot that steps first and of the one that carries at the end, as ``first:left``, ``last:right``.

    None where both feet do, or neither steps.
    """
    labels = []
    if move.feet:
        soonest = move.feet[0]["at"]
        labels += [f"first:{foot}" for foot in {key["foot"] for key in move.feet if key["at"] == soonest}]
    carrying = [key for key in move.feet if key.get("how") not in ("tap", "kick", "toe", "heel")]
    if carrying:
        latest = carrying[-1]["at"]
        labels += [f"last:{foot}" for foot in {key["foot"] for key in carrying if key["at"] == latest}]
    known = (f"{which}:{side}" for which in ("first", "last") for side in SIDES)
    kinds = [label.split(":")[0] for label in labels]
    return tuple(each for each in known if each in labels and kinds.count(each.split(":")[0]) == 1)


def rhythm_of(move: Move, motion: Motion, beats: np.ndarray) -> Floats:
    """Movement accents per half-beat ``(2 * counts,)`` 0..1: measured, raised where the notation marks an accent."""
    from choreo.motion.features import rhythm

    out = np.array(rhythm(motion, beats), dtype=np.float32)
    for at, strength in move.accents:
        slot = round(2 * at) % len(out)
        out[slot] = max(out[slot], strength)
    return out
