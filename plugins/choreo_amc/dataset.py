"""Dataset plugin ``amc``: folders of AMC files, each with the ASF file of its skeleton beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from choreo.datasets import Files, assumed, canonical_takes, naming, source_name
from choreo.errors import MotionError
from choreo.types import Reading, Take


def skeleton_file(file: Path) -> Path:
    """The ASF file that belongs to an AMC file.

    Of those in its folder the one with the same name, else with the longest beginning of it (``05.asf`` for
    ``05_02.amc``), else the only one.

    Raises
    ------
    MotionError
        When there is none, or several of which none is named so.
    """
    found = sorted(each for each in file.parent.glob("*") if each.suffix.lower() == ".asf")
    own = [each for each in found if _begins(file.stem.lower(), each.stem.lower())] or found
    if not own:
        raise MotionError(
            f"{file}: no .asf file beside it; an AMC file needs its skeleton, such as 05.asf for 05_02.amc."
        )
    longest = max(len(each.stem) for each in own)
    best = [each for each in own if len(each.stem) == longest]
    if len(best) > 1 or (own is found and len(found) > 1):
        raise MotionError(
            f"{file}: {len(found)} .asf files beside it ({', '.join(each.name for each in found[:3])} ...), expected "
            f"one, or one that is named as this file begins."
        )
    return best[0]


def _begins(name: str, start: str) -> bool:
    """Whether a name begins with another, with no letter or digit after it."""
    return name.startswith(start) and not name[len(start) :][:1].isalnum()


class AmcDataset(Files):
    """Acclaim's ASF and AMC of any humanoid, as CMU's database has them by subject."""

    name = "amc"
    description = "A folder of AMC files with the ASF file of their skeleton beside them (Acclaim; CMU, HDM05)"
    licence = "unknown"
    citation = ""
    expected = "a folder with .amc and .asf files, or one .amc file with its .asf beside it"
    skips = "files without a skeleton, and stretches in which a joint is faster than 12 m/s"
    suffixes = (".amc",)
    tree_suffixes = (".amc", ".asf")

    def joint_tree(self, file: Path) -> tuple[Sequence[str], Sequence[int]]:
        """Names and parents of the bones of the file's skeleton."""
        from choreo_amc.skeleton import read_asf

        with naming(file):
            skeleton = read_asf(file if file.suffix.lower() == ".asf" else skeleton_file(file))
        return [bone.name for bone in skeleton.bones], skeleton.parents

    def beside(self, file: Path) -> Sequence[Path]:
        """The skeleton of a motion; where it cannot be told which, all that are beside it."""
        try:
            return (skeleton_file(file),)
        except MotionError:
            return sorted(each for each in file.parent.glob("*") if each.suffix.lower() == ".asf")

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's motion, retargeted; at 120 frames a second unless the file or the user says another rate."""
        from choreo_amc.reader import read_amc

        with naming(file):
            if file.suffix.lower() == ".asf":
                raise MotionError(f"{file}: is a skeleton; name the .amc file of a motion, or the folder.")
            motion, told = read_amc(file, skeleton_file(file))
            flags = () if told else assumed(reading, fps=motion.fps)
            base = Take(
                name=file.stem, motion=motion, source=source_name(file, root), licence=self.licence, flags=flags
            )
            yield from canonical_takes(base, motion, joints=joints, reading=reading)
