"""Dataset plugin ``fbx``: animated humanoids in FBX, Mixamo's and any other's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from choreo import plugins
from choreo.datasets import Files, source_name
from choreo.types import Reading, Take


class FbxDataset(Files):
    """Animations of FBX files, binary and text."""

    name = "fbx"
    description = "A folder of animated humanoids as FBX (Mixamo's and others); needs the extra 'fbx'"
    licence = "unknown (Mixamo: free to use, not to redistribute as files)"
    citation = ""
    expected = "a folder with .fbx files, or one of them"
    skips = "files without a humanoid or an animation, all animations of a file but the longest that dances"
    suffixes = (".fbx",)
    tree_suffixes = (".fbx",)

    def ready(self) -> None:
        """Find out whether ufbx is installed.

        Raises
        ------
        PluginError
        """
        from choreo_fbx.scene import require_ufbx

        require_ufbx()

    def joint_tree(self, file: Path) -> tuple[Sequence[str], Sequence[int]]:
        """Names and parents of the file's nodes."""
        from choreo_fbx.as_glb import glb_of

        with glb_of(file) as glb:
            names, parents = _reader().joint_tree(glb)
        return names, parents

    def joint_map(self, file: Path) -> tuple[str, Mapping[str, str]]:
        """Where the map of joints comes from, and the map."""
        from choreo_fbx.as_glb import glb_of

        with glb_of(file) as glb:
            family, joints = _reader().joint_map(glb)
        return family, joints

    def animations(self, file: Path) -> Sequence[tuple[str, float]]:
        """Names and seconds of the file's stacks that move something."""
        from choreo_fbx.as_glb import glb_of

        with glb_of(file) as glb:
            found: Sequence[tuple[str, float]] = _reader().animations(glb)
        return found

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the animation that `reading` names, else the file's longest that dances."""
        from choreo_fbx.as_glb import glb_of

        with glb_of(file) as glb:
            for take in _reader().takes(glb, joints=joints, reading=reading):
                yield replace(take, name=file.stem, source=source_name(file, root), licence=self.licence)


def _reader() -> Any:
    """The plugin that reads GLB."""
    return plugins.load("datasets", "mixamo")
