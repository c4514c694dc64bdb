"""Character plugin ``gltf``: a user's rigged humanoid in GLB, glTF or VRM dances."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from choreo.types import CharacterOptions

if TYPE_CHECKING:
    from choreo.types import Motion


LOG = logging.getLogger(__name__)


class GltfCharacterWriter:
    """Write a character's own file with the dance as its first animation."""

    name = "gltf"
    description = "Your rigged humanoid in GLB, glTF or VRM, as GLB"
    suffixes = (".glb", ".gltf", ".vrm")
    suffix = ".glb"

    def check(self, character: Path, options: CharacterOptions = CharacterOptions()) -> None:
        """Find out whether the file has a humanoid; says which dances where there are several.

        Raises
        ------
        MotionError
        """
        from choreo_gltf.character import read_character
        from choreo_gltf.people import people_of

        tree, joints = read_character(character, options)
        if options.joints is None and options.humanoid is None and len(everybody := people_of(tree)) > 1:
            LOG.warning(
                "%s has %d humanoids; the first dances, whose hips are %r (--humanoid 1 is the next).",
                character,
                len(everybody),
                joints["pelvis"],
            )

    def write(
        self, motion: Motion, character: Path, path: Path, options: CharacterOptions = CharacterOptions()
    ) -> Mapping[str, float]:
        """Write the dancing character; returns ``leg_ratio``, and how many ``joints`` move and ``humanoids`` there are.

        Raises
        ------
        MotionError
        """
        from choreo_gltf.character import dance_on

        return dance_on(motion, character, path, options)
