"""Read what is measured: motions on the canonical skeleton, and joint positions as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from choreo.errors import InputError, MotionError
from choreo.motion.joint_arrays import JointArray
from choreo.types import Motion, Reading


@dataclass(frozen=True, eq=False)
class Danced:
    """A dance of a file: ``begin`` is where it begins in the file, in seconds; `flags` and `facts` as of a `Take`."""

    motion: Motion | JointArray
    begin: float = 0.0
    flags: tuple[str, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)


def read_dances(path: Path, *, joints: str | None = None, reading: Reading = Reading()) -> Iterator[Danced]:
    """Yield the usable stretches of a motion file, or the joint positions of a file of such.

    Parameters
    ----------
    joints
        Name of the joint set of an array of positions, where the number of joints does not tell it.

    Raises
    ------
    InputError, MotionError
        When the file cannot be read, or `joints` is told of a file that is no array of positions.
    """
    from choreo import plugins
    from choreo.datasets.convert import read_takes, readers_of

    name = readers_of(path)[0]
    plugin = plugins.load("datasets", name)
    with plugins.blame("datasets", name):
        if hasattr(plugin, "joint_array"):
            array, begin, flags = plugin.joint_array(path, joints=numbered(joints), reading=reading)
            yield Danced(array, begin, flags)
            return
        if joints is not None:
            raise InputError(f"{path}: is read as {name}, which names its joints; --joints is for arrays of positions.")
    for take in read_takes(path, reading=reading):
        begin = take.first_frame / (take.source_fps or take.motion.fps)
        yield Danced(take.motion, begin, take.flags, take.facts)


def read_dance(path: Path, *, joints: str | None = None, reading: Reading = Reading()) -> Danced:
    """The longest dance of a file; see `read_dances`.

    Raises
    ------
    InputError, MotionError
        When the file cannot be read, or has nothing that can be used.
    """
    from choreo.inputs import file_size

    try:
        file_size(path)
    except OSError as error:
        raise MotionError(f"{path}: {str(error.strerror).lower()}; name a motion file.") from error
    found = max(read_dances(path, joints=joints, reading=reading), key=lambda each: each.motion.duration, default=None)
    if found is None:
        raise MotionError(f"{path}: has no stretch of motion long enough to be used.")
    return found


def numbered(joints: str | None) -> dict[str, str] | None:
    """A joint set as a map from its names to their numbers in an array; None for none.

    Raises
    ------
    InputError
        When there is no such set.
    """
    from choreo.motion.joint_sets import SETS

    if joints is None:
        return None
    if joints not in SETS:
        raise InputError(f"joints: no set is called {joints!r}; known are {', '.join(SETS)}.")
    return {name: str(number) for number, name in enumerate(SETS[joints].joints)}
