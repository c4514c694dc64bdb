"""Dataset plugin ``mixamo``: animated humanoids in GLB or glTF, Mixamo's and any other's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from choreo.datasets import Files, canonical_takes, naming, source_name
from choreo.types import Reading, Take

if TYPE_CHECKING:
    from choreo.motion.families import JointMap


class MixamoDataset(Files):
    """Animations of GLB files; Mixamo gives FBX, which Blender saves as GLB."""

    name = "mixamo"
    description = "A folder of animated humanoids as GLB (Mixamo's, saved from Blender, and others)"
    licence = "unknown (Mixamo: free to use, not to redistribute as files)"
    citation = ""
    expected = "a folder with .glb or .gltf files, or one of them"
    skips = "files without a humanoid or an animation, all animations of a file but the longest that dances"
    suffixes = (".glb", ".gltf", ".vrma")
    tree_suffixes = (".glb", ".gltf", ".vrm", ".vrma")

    def joint_tree(self, file: Path) -> tuple[Sequence[str], Sequence[int]]:
        """Names and parents of the file's nodes."""
        from choreo_gltf.reader import read_tree

        tree = read_tree(file)
        return tree.names, tree.parents

    def joint_map(self, file: Path) -> tuple[str, JointMap]:
        """Where the map of joints comes from, and the map: of the file's first humanoid."""
        from choreo_gltf.people import read_people

        return "as the file has them", read_people(file)[1][0]

    def animations(self, file: Path) -> Sequence[tuple[str, float]]:
        """Names and seconds of the file's animations."""
        from choreo_gltf.people import read_people
        from choreo_gltf.sampling import listed

        tree, people = read_people(file)
        with naming(file):
            return [(each.name, each.seconds) for each in listed(tree, people[0])]

    def beside(self, file: Path) -> Sequence[Path]:
        """Files of buffers that the file names; none before it has content."""
        from choreo_gltf.container import buffer_files

        return buffer_files(file)

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the animation that `reading` names, else the file's longest that dances."""
        from choreo_gltf.sampling import read_animation

        with naming(file):
            motion, rest, mine = read_animation(file, reading.animation, joints=joints)
            base = Take(name=file.stem, motion=motion, source=source_name(file, root), licence=self.licence)
            yield from canonical_takes(base, motion, joints=mine, rest=rest, reading=reading)
