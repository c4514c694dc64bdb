"""Character plugin ``gltf``: a user's rigged humanoid in GLB, glTF or VRM dances."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from choreo.types import CharacterOptions

if TYPE_CHECKING:
    from choreo.types import Motion


class GltfCharacterWriter:
    """Write a character's own file with the dance as its only animation."""

    name = "gltf"
    description = "Your rigged humanoid in GLB, glTF or VRM, as GLB"
    suffixes = (".glb", ".gltf", ".vrm")
    suffix = ".glb"

    def check(self, character: Path, options: CharacterOptions = CharacterOptions()) -> None:
        """Find out whether the file has a humanoid.

        Raises
        ------
        MotionError
        """
        from choreo_gltf.character import read_character

        read_character(character, options)

    def write(
        self, motion: Motion, character: Path, path: Path, options: CharacterOptions = CharacterOptions()
    ) -> Mapping[str, float]:
        """Write the dancing character; returns ``leg_ratio`` and how many ``joints`` are animated.

        Raises
        ------
        MotionError
        """
        from choreo_gltf.character import dance_on

        return dance_on(motion, character, path, options)
