"""Character and body plugins ``fbx``: a user's rigged humanoid in FBX dances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from choreo import plugins
from choreo.errors import InputError
from choreo.types import CharacterOptions

if TYPE_CHECKING:
    from choreo.protocols import CharacterWriter
    from choreo.types import Body, Motion


class FbxCharacterWriter:
    """Write a character with the dance in it, as GLB."""

    name = "fbx"
    description = "Your rigged humanoid in FBX, as GLB; needs the extra 'fbx'"
    suffixes = (".fbx",)
    suffix = ".glb"

    def check(self, character: Path, options: CharacterOptions = CharacterOptions()) -> None:
        """Find out whether the file has a humanoid.

        Raises
        ------
        MotionError
        """
        from choreo_fbx.as_glb import glb_of

        with glb_of(character) as glb:
            _gltf().check(glb, options)

    def write(
        self, motion: Motion, character: Path, path: Path, options: CharacterOptions = CharacterOptions()
    ) -> Mapping[str, float]:
        """Write the dancing character; returns what the writer of GLB does.

        Raises
        ------
        MotionError
        """
        from choreo_fbx.as_glb import glb_of

        with glb_of(character) as glb:
            return _gltf().write(motion, glb, path, options)


class FbxBody:
    """The meshes of a character's file on its own bones."""

    name = "fbx"
    description = "your own character (.fbx), with its textures; needs the extra 'fbx'"
    suffixes = (".fbx",)

    def load(self, **options: Any) -> Body:
        """Load a character.

        Parameters
        ----------
        options
            `file`: its path; `options`: `choreo.types.CharacterOptions`.

        Raises
        ------
        InputError
            When an option is unknown or no file is given.
        MotionError
            When the file cannot be read, has no humanoid or no mesh.
        """
        from choreo.video.bodies import load_body
        from choreo_fbx.as_glb import glb_of

        file = options.pop("file", None)
        if file is None:
            raise InputError("a character as a body needs its file: --body me.fbx, or file=... in Python.")
        with glb_of(Path(file)) as glb:
            return replace(load_body("gltf", file=glb, **options), name=Path(file).name)


def _gltf() -> CharacterWriter:
    writer: CharacterWriter = plugins.load("characters", "gltf")
    return writer
