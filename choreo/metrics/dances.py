"""Read what is measured: motions on the canonical skeleton, and joint positions as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from choreo.errors import InputError, MotionError
from choreo.motion.joint_arrays import JointArray
from choreo.types import Motion, Reading, Take


@dataclass(frozen=True, eq=False)
class Danced:
    """A dance of a file: ``begin`` is where it begins in the file, in seconds; `flags` and `facts` as of a `Take`."""

    motion: Motion | JointArray
    begin: float = 0.0
    flags: tuple[str, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)


def read_dances(path: Path, *, joints: str | None = None, reading: Reading = Reading()) -> Sequence[Danced]:
    """The usable stretches of a motion file, or the joint positions of a file of such.

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
    from choreo.datasets.convert import read_takes, readers_of, unusable

    number = numbered(joints)
    for name in readers_of(path):
        reader = plugins.load("datasets", name)
        if hasattr(reader, "joint_array"):
            try:
                with plugins.blame("datasets", name):
                    return [Danced(*reader.joint_array(path, joints=number, reading=reading))]
            except MotionError as error:
                raise unusable(path, {name: error}) from error
    if number is not None:
        raise InputError(f"{path}: names its joints; --joints is for arrays of positions.")
    return [_danced(take) for take in read_takes(path, reading=reading)]


def _danced(take: Take) -> Danced:
    return Danced(take.motion, take.first_frame / (take.source_fps or take.motion.fps), take.flags, take.facts)


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
    return max(read_dances(path, joints=joints, reading=reading), key=lambda each: each.motion.duration)


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
