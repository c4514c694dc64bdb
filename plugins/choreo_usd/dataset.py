"""Dataset plugin ``usd``: animated skeletons in USD, as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from choreo.datasets import Files, canonical_takes, naming, source_name
from choreo.types import Reading, Take


class UsdDataset(Files):
    """The first skeleton animation of .usda files; needs no USD library, and follows no references."""

    name = "usd"
    description = "A folder of animated skeletons as USD in text (.usda)"
    licence = "unknown"
    citation = ""
    expected = "a folder with .usda files, or one of them"
    skips = "binary USD, what is in files that are referred to, all animations of a file but the first"
    suffixes = (".usda",)
    tree_suffixes = suffixes

    def joint_tree(self, file: Path) -> tuple[Sequence[str], Sequence[int]]:
        """Names and parents of the file's joints."""
        from choreo_usd.skeleton import joint_tree, read_layer

        with naming(file):
            return joint_tree(read_layer(file), file)

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's first animation."""
        from choreo_usd.skeleton import read_animation

        with naming(file):
            motion, rest = read_animation(file, joints)
            base = Take(name=file.stem, motion=motion, source=source_name(file, root), licence=self.licence)
            yield from canonical_takes(base, motion, joints=joints, rest=rest, reading=reading)
