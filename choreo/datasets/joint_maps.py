"""Maps of joints as users see them: guessed, written to be corrected, and sorted to the files that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from choreo import plugins
from choreo.datasets.convert import reader_names
from choreo.errors import InputError, MotionError
from choreo.protocols import JointNames
from choreo.types import CharacterOptions


def map_of(path: Path) -> str:
    """Guess which joint of a file is which; the answer as TOML, to be corrected.

    Raises
    ------
    MotionError
        When the file cannot be read or is of a kind whose joints are not guessed.
    """
    from choreo.motion.families import by_words, guess_map, to_toml

    reader = _reader_of(path)
    if reader is None:
        raise MotionError(f"{path}: joints of {path.suffix} files are fixed; maps are for BVH, AMC, GLB and FBX.")
    with plugins.blame("datasets", reader.name):
        names, parents = reader.joint_tree(path)
        try:
            told = getattr(reader, "joint_map", None)
            return to_toml(*(guess_map(names, parents) if told is None else told(path)))
        except MotionError as error:
            why = "".join(c if c.isprintable() else " " for c in error.message.removeprefix(f"{path}: "))
    listed = "\n".join(f"#   {name!r}" for name in names)
    return f"# {why}\n{to_toml('unknown', by_words(names, parents))}# joints in the file:\n{listed}\n"


def maps_of(maps: Sequence[Path], character: Path | None) -> tuple[Path | None, CharacterOptions]:
    """Which of some maps is the source's, and what they say of the character: the first with that one's joints is its.

    Raises
    ------
    MotionError, InputError
        When one cannot be read, or there is more than one for a file.
    """
    from choreo.motion.families import read_map

    mine, options = None, CharacterOptions()
    for path in maps:
        found = read_map(path)
        if character is not None and options.joints is None and set(found.values()) <= set(_joints_in(character)):
            options = CharacterOptions(joints=found)
        elif mine is None:
            mine = path
        else:
            raise InputError(f"--map: {path} is one more map for the same file.")
    return mine, options


def _joints_in(path: Path) -> Sequence[str]:
    """Names of the joints in a file; none where no reader gives names."""
    reader = _reader_of(path)
    if reader is None:
        return ()
    with plugins.blame("datasets", reader.name):
        return reader.joint_tree(path)[0]


def _reader_of(path: Path) -> JointNames | None:
    """The dataset plugin that reads names of joints in files of this ending."""
    readers = (plugins.load("datasets", name) for name in reader_names())
    named = (each for each in readers if isinstance(each, JointNames))
    return next((each for each in named if path.suffix.lower() in each.tree_suffixes), None)


__all__ = ["map_of", "maps_of"]
