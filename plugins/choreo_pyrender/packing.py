"""The drawn picture as bytes in the order in which they are wanted, made on the graphics card.

Cards hand out four bytes a texel, in rows from below; other forms are converted by the driver, on the processor. So
what is read is a target of such texels that holds the picture's bytes, the uppermost row first.
"""

from __future__ import annotations

import numpy as np

from choreo.types import Bytes
from choreo_pyrender.buffers import target, texture
from choreo_pyrender.shaders import program, sampler

TARGET = 3
"""Texture unit."""


class Packing:
    """Pictures of a size as RGB, from the unit `picture`; `columns` and `rows` are the target's, of 4 bytes each."""

    def __init__(self, width: int, height: int, *, picture: int) -> None:
        from OpenGL import GL

        self._gl, self._width, self._height = GL, width, height
        self.columns, self.rows = -(-3 * width // 4), height
        self._program = program(["screen.vert"], ["rgb.frag"])
        sampler(self._program, "picture", picture)
        self._target = target(texture(TARGET, self.columns, self.rows))
        self._no_vertices = int(GL.glGenVertexArrays(1))

    def pack(self) -> None:
        """Write the picture's bytes into the target, which is bound afterwards."""
        gl = self._gl
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, self._target)
        gl.glDisable(gl.GL_DEPTH_TEST)
        gl.glDisable(gl.GL_CULL_FACE)
        gl.glBindVertexArray(self._no_vertices)
        gl.glUseProgram(self._program)
        gl.glViewport(0, 0, self.columns, self.rows)
        gl.glDrawArrays(gl.GL_TRIANGLES, 0, 3)

    def room(self) -> Bytes:
        """Memory for the target's bytes."""
        return np.empty((self.rows, 4 * self.columns), np.uint8)

    def unpack(self, read: Bytes) -> Bytes:
        """``(height, width, 3) uint8`` from the target's bytes, whose rows begin on whole texels."""
        return np.ascontiguousarray(read[:, : 3 * self._width]).reshape(self._height, self._width, 3)
