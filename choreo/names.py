"""Names of the files that are written: safe ones made of foreign text, and what is meant by a stated one."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from choreo.errors import InputError, OutputError

MAX_STEM = 120
"""Longest stem made of foreign text, in bytes; file systems allow 255 with suffixes and all."""
ENDING = re.compile(r"\.\w{1,8}")
"""What is taken for an ending of a stated name; ``Mr. Jones`` has none."""
SECRET = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of text round, so that a name reads as another."""


def safe_name(text: str, instead: str = "dance") -> str:
    """A name that every system can have, made of foreign text: of a song's, a plan's, a clip's or a move's name.

    What Windows forbids (``CON``, ``aux.mp3``, dots at the end, colons and the like, control characters) becomes ``_``
    or goes; the name is not hidden, leads nowhere else, and has at most `MAX_STEM` bytes; `instead` when nothing is
    left.

    Examples
    --------
    >>> [safe_name(text) for text in ("My song", "Artist: Title?", "aux.mix", "../up", "...")]
    ['My song', 'Artist_ Title_', 'aux_.mix', '_up', 'dance']
    """
    from pathvalidate import sanitize_filename

    readable = SECRET.sub("_", text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    made = sanitize_filename(
        readable.lstrip(". "), replacement_text="_", platform="universal", max_len=MAX_STEM, fs_encoding="utf-8"
    )
    # Where names of files are not UTF-8, as under LC_ALL=C, its bytes are kept, too.
    return os.fsdecode(str(made).strip(". ").encode()) or instead


def safe_names(texts: Sequence[str], instead: str = "dance") -> list[str]:
    """`safe_name` of each text, told apart by a number where two would be one, also to systems that ignore case.

    Examples
    --------
    >>> safe_names(["a?", "A:", "b"])
    ['a_', 'A_-2', 'b']
    """
    made: list[str] = []
    taken: set[str] = set()
    for text in texts:
        name = whole = safe_name(text, instead)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{whole}-{number}"
        taken.add(name.casefold())
        made.append(name)
    return made


def shortened(text: str) -> str:
    """The beginning of a text, at most `MAX_STEM` bytes as a name."""
    while len(os.fsencode(text)) > MAX_STEM:
        text = text[:-1]
    return text


def stem_of(source: Path) -> str:
    """Safe stem of what is written for a source: its name without its ending, or ``.plan.json``."""
    return safe_name(source.name.removesuffix(source.suffix).removesuffix(".plan"))


def path_text(path: str | Path) -> str:
    """A path as Unicode text, which can be written to any file; bytes of a name that are no text become U+FFFD."""
    return os.fsencode(path).decode("utf-8", "replace")


def text_path(text: str) -> Path:
    """The path that `path_text` was made of, wherever its name is text."""
    return Path(os.fsdecode(text.encode("utf-8", "replace")))


@dataclass(frozen=True)
class Target:
    """Where files go: folder and stem without an ending, and the ending when a file's name was stated with one."""

    base: Path
    ending: str = ""

    def named(self, ending: str) -> Path:
        """The file of an ending; written as it was stated when it is that."""
        same = self.ending.casefold() == ending.casefold()
        return self.base.with_name(f"{self.base.name}{self.ending if same else ending}")


def output_target(source: Path, output: str | Path | None, endings: Sequence[str]) -> Target:
    """What is meant by a stated output: the rule that every command follows.

    A folder that exists, a name that ends with a slash, and a name without an ending are folders, in which files take
    the name of `source`; else it is a file, taken as it is stated.

    Parameters
    ----------
    source
        What the output is made of.
    output
        As stated; ``renders/`` when it is None.
    endings
        Those that files can have, like ``.plan.json``.

    Raises
    ------
    OutputError
        When the system cannot have such a name.
    InputError
        When the name ends with something else.

    Examples
    --------
    >>> output_target(Path("a.mp3"), "new.dir/", [".mp4"]).named(".mp4").as_posix()
    'new.dir/a.mp4'
    >>> output_target(Path("a.mp3"), "out/k.MP4", [".mp4"]).named(".mp4").as_posix()
    'out/k.MP4'
    """
    if output is None:
        return Target(Path("renders") / stem_of(source))
    path = Path(output)
    require_name(path)
    if path.is_dir() or str(output).endswith(tuple(filter(None, (os.sep, os.altsep)))):
        return Target(path / stem_of(source))
    for ending in sorted(endings, key=len, reverse=True):
        if path.name.casefold().endswith(ending) and len(path.name) > len(ending):
            cut = len(path.name) - len(ending)
            return Target(path.with_name(path.name[:cut]), path.name[cut:])
    if ENDING.fullmatch(path.suffix):
        raise InputError(
            f"{path}: ends with {path.suffix}; want {', '.join(sorted(set(endings)))}, or a folder, named with "
            f"{os.sep} at its end."
        )
    return Target(path / stem_of(source))


def output_file(source: Path, output: str | Path | None, endings: Sequence[str], default: str = "") -> Path:
    """The one file that is meant by a stated output; in a folder it is the name of `source` with an ending.

    That is `default`, or the first of `endings`.

    Raises
    ------
    OutputError, InputError
        As `output_target` does.
    """
    target = output_target(source, output, endings)
    return target.named(target.ending or default or endings[0])


def require_name(path: Path, *, windows: bool = os.name == "nt") -> None:
    """Refuse a stated name that the system cannot have, before the work.

    Raises
    ------
    OutputError
    """
    reason = ""
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error)
    parts = [part for part in path.parts if part != path.anchor and part not in (os.curdir, os.pardir)]
    if windows and (wrong := [part for part in parts if safe_name(part[:MAX_STEM]) != part[:MAX_STEM].lstrip(".")]):
        reason = f"Windows has no name like {wrong[0]!r}"
    if reason:
        raise OutputError(f"{path}: cannot be a name ({reason}). Choose another with --output.")


__all__ = [
    "MAX_STEM",
    "Target",
    "output_file",
    "output_target",
    "path_text",
    "require_name",
    "safe_name",
    "safe_names",
    "shortened",
    "stem_of",
    "text_path",
]
