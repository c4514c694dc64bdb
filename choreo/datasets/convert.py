"""Conversion of motion files from one format to another, by any reader and any exporter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from choreo import plugins
from choreo.datasets.files import assumptions
from choreo.errors import InputError, MotionError
from choreo.inputs import file_size
from choreo.names import output_file
from choreo.output import atomic, require_apart, require_output
from choreo.protocols import CharacterWriter, Exporter
from choreo.types import CharacterOptions, Motion, Reading, Take

PREFERRED = (
    "bvh", "amc", "c3d", "mixamo", "vmd", "aistpp", "edge", "finedance", "lodge", "motionx", "smpl", "deepmimic",
    "positions",
)  # fmt: skip
"""Readers that come first, where several read files of one ending: the stricter before the looser."""


def reader_names() -> list[str]:
    """Names of dataset plugins, in order of preference."""
    installed = plugins.available("datasets")
    return [name for name in (*PREFERRED, *(name for name in installed if name not in PREFERRED)) if name in installed]


def readers_of(path: Path) -> list[str]:
    """Names of the dataset plugins that may read a file: by its ending, and where that is not enough by what is in it.

    The first that recognises the file has it to itself. Where none does, those have to try that cannot tell, because
    they have no ``recognises``.

    Raises
    ------
    InputError
        When none does.
    MotionError
        When its content has to be looked at and cannot be read.
    """
    able = _able(path)
    if not able:
        raise InputError(f"{path}: no reader knows {path.suffix or 'files without an ending'}; known are "
                         f"{', '.join(sorted(endings()))}. --from names one.")  # fmt: skip
    if len(able) == 1:
        return list(able)
    for name, reader in able.items():
        with plugins.blame("datasets", name):
            if hasattr(reader, "recognises") and reader.recognises(path):
                return [name]
    found = [name for name, reader in able.items() if not hasattr(reader, "recognises")]
    if not found:
        raise InputError(f"{path}: what is in it is none of what {', '.join(able)} read. --from names a reader, which "
                         "then says what it expects.")  # fmt: skip
    return found


def _able(path: Path) -> dict[str, Any]:
    """Readers that know a file's ending, by name."""
    readers = {name: plugins.load("datasets", name) for name in reader_names()}
    return {name: each for name, each in readers.items() if path.suffix.lower() in getattr(each, "suffixes", ())}


def endings() -> frozenset[str]:
    """Endings of all files that some reader reads."""
    readers = (plugins.load("datasets", name) for name in reader_names())
    return frozenset(ending for each in readers for ending in getattr(each, "suffixes", ()))


def exporter_of(path: Path) -> str:
    """Name of the exporter that writes a file, by its ending.

    Raises
    ------
    InputError
        When none does.
    """
    known = {plugins.load("exporters", name).suffix: name for name in plugins.available("exporters")}
    for suffix in sorted(known, key=len, reverse=True):
        if path.name.lower().endswith(suffix):
            return known[suffix]
    raise InputError(f"{path}: no exporter writes {path.suffix or 'files without an ending'}; known are "
                     f"{', '.join(sorted(known))}. --to names one.")  # fmt: skip


def read_take(
    path: Path, *, reader: str | None = None, joints: Path | None = None, reading: Reading = Reading()
) -> Take:
    """The longest usable stretch of a motion file, on the canonical skeleton; of a video, of who dances most.

    Raises
    ------
    MotionError
        When the file cannot be read or has nothing that can be used.
    """
    from choreo.motion.families import read_map

    names = None if joints is None else read_map(joints)
    takes = read_takes(path, reader=reader, joints=names, reading=reading)
    return max(takes, key=lambda take: (-take.facts.get("person", 0.0), len(take.motion)))


def animations_of(path: Path, reader: str | None = None) -> Sequence[tuple[str, float]]:
    """Names and seconds of the animations in a file that may have several.

    Raises
    ------
    InputError
        When files of its kind have one motion.
    MotionError
        When it cannot be read.
    """
    for name in [reader] if reader else readers_of(path):
        plugin = plugins.load("datasets", name)
        if hasattr(plugin, "animations"):
            with plugins.blame("datasets", name):
                return list(plugin.animations(path))
    raise InputError(f"{path}: files of this kind have one motion.")


def read_takes(
    path: Path,
    *,
    reader: str | None = None,
    joints: Mapping[str, str] | None = None,
    reading: Reading = Reading(),
) -> list[Take]:
    """All usable stretches of a motion file, by the first of `readers_of` that can use it.

    Raises
    ------
    MotionError
        When the file cannot be read or has nothing that can be used; says why for each reader that tried.
    """
    try:
        file_size(path)
    except OSError as error:
        raise MotionError(f"{path}: {str(error.strerror).lower()}; name a motion file.") from error
    failed: dict[str, MotionError] = {}
    tried: list[type] = []
    for name in [reader] if reader else readers_of(path):
        plugin = plugins.load("datasets", name)
        if isinstance(plugin, tuple(tried)):
            continue  # a reader of the same files that knows more of one dataset
        tried.append(type(plugin))
        if not hasattr(plugin, "takes"):
            raise InputError(f"{name} does not read single files.")
        if reading.animation is not None and not hasattr(plugin, "animations"):
            raise InputError(f"{path}: {name} reads one motion of a file; --animation is for those with several.")
        if reading.person is not None and not hasattr(plugin, "people"):
            raise InputError(f"{path}: {name} reads no videos; --person says who in a video.")
        try:
            with plugins.blame("datasets", name):
                takes = list(plugin.takes(path, joints=joints, reading=reading))
        except MotionError as error:
            failed[name] = error
            continue
        if takes:
            return takes
        failed[name] = MotionError(f"{path}: has no stretch of motion long enough to be used.")
    raise unusable(path, failed, looked_for=reader is None)


def unusable(path: Path, failed: Mapping[str, MotionError], *, looked_for: bool = True) -> MotionError:
    """The error of a file that no reader could use.

    Parameters
    ----------
    failed
        Why, for each reader that tried.
    looked_for
        Whether the readers were looked for, so that those that did not recognise the file are named, too.
    """
    (name, why), *more = failed.items()
    if more:
        reasons = " ".join(f"{name}: {each.message.removeprefix(f'{path}: ')}" for name, each in failed.items())
        return MotionError(f"{path}: no reader can use it. {reasons} --from names one.")
    others = [each for each, able in _able(path).items() if hasattr(able, "recognises")] if looked_for else []
    if not others or name in others:
        return why
    return MotionError(f"{why.message} Nor is it what {', '.join(others)} read. --from names a reader.")


def character_writer(character: Path, options: CharacterOptions = CharacterOptions()) -> CharacterWriter:
    """Find the plugin that writes motion onto a character's kind of file, and let it check the character.

    Raises
    ------
    InputError
        When no plugin writes such files.
    MotionError
        When the file cannot be read or has no humanoid.
    """
    writers = [plugins.load("characters", name) for name in plugins.available("characters")]
    found: CharacterWriter | None = next((each for each in writers if character.suffix.lower() in each.suffixes), None)
    if found is None:
        known = sorted({suffix for each in writers for suffix in each.suffixes})
        raise InputError(f"{character}: no plugin writes dances onto such files; known are {', '.join(known)}.")
    with plugins.blame("characters", found.name):
        found.check(character, options)
    return found


class Delivering(Protocol):
    """What makes motions for the program that reads them, as `choreo.pipeline.delivery.Delivery` does."""

    def shaped(self, motions: Sequence[Motion], /) -> tuple[tuple[Motion, ...], str]:
        """Motions in place and as a loop, as asked for, and what is to be said of it."""

    def write(self, name: str, exporter: Exporter, motion: Motion, path: Path, /) -> None:
        """Write a shaped motion with the exporter of a name."""


def convert(
    source: Path,
    target: str | Path,
    *,
    reader: str | None = None,
    exporter: str | None = None,
    joints: Path | None = None,
    reading: Reading = Reading(),
    order: str | None = None,
    fps: float | None = None,
    character: Path | None = None,
    character_options: CharacterOptions = CharacterOptions(),
    deliver: Callable[[Mapping[str, Exporter]], Delivering] | None = None,
) -> dict[str, Any]:
    """Convert a motion file.

    Parameters
    ----------
    target
        File, or with `exporter` or `character` a folder; see `choreo.names.output_target`.
    reading
        Rate and axis of the source, overruling what it says and what would be assumed.
    fps
        Frames a second of what is written.
    deliver
        Finds out how the exporter, given by its name, writes for the program that reads the file: on its rig, in place,
        as a loop.

    Returns
    -------
    The file that was written as ``file``, seconds, frames, what was ``assumed``, ``notes`` on what was made of it, and
    figures of the retargeting.

    Raises
    ------
    MotionError, InputError, OutputError
    """
    from choreo.motion.resample import resample

    animator = None if character is None else character_writer(character, character_options)
    writer = None if animator else plugins.ready("exporters", exporter or exporter_of(Path(target)))
    delivery = None if deliver is None else deliver({} if writer is None else {writer.name: writer})
    path = _target(source, target, writer, animator, character)
    require_output(path)
    require_apart(path, source, character, joints)
    if order is not None:
        if writer is None or not hasattr(writer, "order"):
            raise InputError("--order is for BVH files.")
        writer = type(writer)(order.upper())
    take = read_take(source, reader=reader, joints=joints, reading=reading)
    motion = take.motion if fps is None else resample(take.motion, fps)
    (motion,), said = ((motion,), "") if delivery is None else delivery.shaped((motion,))
    facts: dict[str, Any] = {"file": str(path), "seconds": motion.duration, "frames": len(motion), **take.facts}
    facts["assumed"], facts["notes"] = list(assumptions(take.flags)), [said] if said else []
    with atomic(path) as partial:
        if animator is not None and character is not None:
            with plugins.blame("characters", animator.name):
                facts |= animator.write(motion, character, partial, character_options)
        elif writer is not None:
            with plugins.blame("exporters", writer.name):
                if delivery is None:
                    writer.export(motion, partial)
                else:
                    delivery.write(writer.name, writer, motion, partial)
    return facts


def _target(
    source: Path, target: str | Path, writer: Any, animator: CharacterWriter | None, character: Path | None
) -> Path:
    """The file that is written; what its name ends with must be what is written."""
    suffix = str((animator or writer).suffix)
    endings = {suffix, f".{suffix.rpartition('.')[2]}"}
    if character is not None and character.suffix.lower() == ".vrm":
        endings.add(".vrm")  # a GLB file under another name
    return output_file(source, target, sorted(endings), suffix)


__all__ = [
    "animations_of",
    "character_writer",
    "convert",
    "exporter_of",
    "read_take",
    "read_takes",
    "reader_names",
    "readers_of",
]
