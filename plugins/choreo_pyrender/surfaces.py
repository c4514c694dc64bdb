"""Textured bodies on the graphics card: textures with mip-maps, and materials as uniform blocks."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import numpy as np

from choreo.types import Bytes, Material, Scene
from choreo_pyrender.buffers import attributes, buffer, picture
from choreo_pyrender.parts import Part, parts_of, uv_of
from choreo_pyrender.shaders import program, sampler

SHADINGS, ALPHAS = ("lit", "toon", "unlit"), ("opaque", "mask", "blend")
ROUGH = 0.7
BLOCK, UNIT, UV = 1, 4, 3
"""Where materials are bound, the texture unit, and the number of the attribute."""
STEP = 256
"""Bytes from one material to the next: no card asks for more."""
MATERIAL = np.dtype([("colour", "<f4", 4), ("shade", "<f4", 4), ("emission", "<f4", 4), ("kind", "<f4", 4)])
"""As ``material.glsl`` has it."""
PLACE = np.dtype([("uv", "<f4", 2)])
WHITE = np.full((1, 1, 4), 255, np.uint8)


def block(material: Material) -> np.ndarray:
    """A material as the shaders want it."""
    made = np.zeros((), MATERIAL)
    made["colour"], made["shade"][:3], made["emission"][:3] = material.colour, material.shade, material.emission
    made["kind"] = SHADINGS.index(material.shading), ALPHAS.index(material.alpha), material.cutoff, ROUGH
    return made


class Surfaces:
    """The parts of a scene that have a material, drawn from the vertex array that is bound.

    `faces` are the numbers of the scene's in the order of the parts, `plain` how many have no material: they are first.
    """

    def __init__(self, scene: Scene) -> None:
        from OpenGL import GL

        self._gl = GL
        self.faces, parts = parts_of(scene)
        self._parts = [part for part in parts if part.material is not None]
        self.plain = len(self.faces) - sum(part.count for part in self._parts)
        if not self._parts:
            return
        self._see = program(
            ["frame.glsl", "surface.vert"], ["frame.glsl", "lights.glsl", "material.glsl", "surface.frag"]
        )
        self._cast = program(["frame.glsl", "masked.vert"], ["material.glsl", "masked.frag"])
        for made in (self._see, self._cast):
            GL.glUniformBlockBinding(made, GL.glGetUniformBlockIndex(made, "Frame"), 0)
            GL.glUniformBlockBinding(made, GL.glGetUniformBlockIndex(made, "Material"), BLOCK)
            sampler(made, "picture", UNIT)
        self._layer = GL.glGetUniformLocation(self._see, "layer")
        blocks = np.zeros(len(self._parts) * STEP, np.uint8)
        for at, part in enumerate(self._parts):
            assert part.material is not None
            blocks[at * STEP : at * STEP + MATERIAL.itemsize] = np.frombuffer(block(part.material).tobytes(), np.uint8)
        self._blocks = buffer(GL.GL_UNIFORM_BUFFER, blocks)
        self._pictures = _pictures(self._parts)
        places = uv_of(scene)
        buffer(GL.GL_ARRAY_BUFFER, np.ascontiguousarray(places))
        attributes(PLACE, UV)

    def shadowed_by(self, depths: int) -> None:
        """Say which texture unit has the shadow map."""
        if self._parts:
            sampler(self._see, "depths", depths)

    def cast(self) -> None:
        """Draw into the shadow map."""
        if self._parts:
            self._gl.glUseProgram(self._cast)
            self._draw(range(len(self._parts)))

    def solid(self) -> None:
        """Draw all that hides what is behind it."""
        if not self._parts:
            return
        gl = self._gl
        gl.glUseProgram(self._see)
        gl.glUniform1i(self._layer, 0)
        masks = [self._alpha(at) == "mask" for at in range(len(self._parts))]
        self._draw(at for at, mask in enumerate(masks) if not mask)
        gl.glEnable(gl.GL_SAMPLE_ALPHA_TO_COVERAGE)
        self._draw(at for at, mask in enumerate(masks) if mask)
        gl.glDisable(gl.GL_SAMPLE_ALPHA_TO_COVERAGE)

    def clear(self) -> None:
        """Draw what shows what is behind it; blending is on. It hides nothing, not even of itself."""
        blends = [at for at in range(len(self._parts)) if self._alpha(at) == "blend"]
        if not blends:
            return
        gl = self._gl
        gl.glUseProgram(self._see)
        gl.glUniform1i(self._layer, 1)
        gl.glDepthMask(gl.GL_FALSE)
        self._draw(blends)
        gl.glDepthMask(gl.GL_TRUE)

    def _alpha(self, at: int) -> str:
        material = self._parts[at].material
        return material.alpha if material is not None else ""

    def _draw(self, numbers: Iterator[int] | range | list[int]) -> None:
        gl = self._gl
        gl.glActiveTexture(gl.GL_TEXTURE0 + UNIT)
        for at in numbers:
            part = self._parts[at]
            both = part.material is not None and part.material.double_sided
            (gl.glDisable if both else gl.glEnable)(gl.GL_CULL_FACE)
            gl.glBindBufferRange(gl.GL_UNIFORM_BUFFER, BLOCK, self._blocks, at * STEP, MATERIAL.itemsize)
            gl.glBindTexture(gl.GL_TEXTURE_2D, self._pictures[at])
            start = ctypes.c_void_p(12 * part.first)
            gl.glDrawElements(gl.GL_TRIANGLES, 3 * part.count, gl.GL_UNSIGNED_INT, start)
        gl.glEnable(gl.GL_CULL_FACE)


def _pictures(parts: list[Part]) -> list[int]:
    """Names of the parts' textures; each is put on the card once, and once more where alpha counts."""
    made: dict[tuple[int, int, bool], int] = {}
    names = []
    for part in parts:
        assert part.material is not None
        number = part.material.texture
        key = (id(part.surface), number, part.material.alpha == "opaque") if number >= 0 else (0, -1, True)
        if key not in made:
            pixels: Bytes | None = part.texture
            made[key] = picture(UNIT, WHITE if pixels is None else pixels)
        names.append(made[key])
    return names
