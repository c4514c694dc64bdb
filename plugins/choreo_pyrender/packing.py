"""The drawn picture as bytes in the order in which they are wanted, made on the graphics card.

Cards hand out four bytes a texel, in rows from below; other forms are converted by the driver, on the processor. So
what is read is a target of such texels that holds RGB, or luma and chroma for video, the uppermost row first.
"""

from __future__ import annotations

import numpy as np

from choreo.types import Bytes
from choreo_pyrender.buffers import target, texture
from choreo_pyrender.shaders import program, sampler

TARGET = 3
"""Texture unit."""


class Packing:
    """Pictures of a size, from the unit `picture`, as RGB or with `planes` as YUV 4:2:0.

    The target has `columns` and `rows` of four bytes; rows of luma and of RGB begin on whole texels. Chroma lies above
    luma, two of its rows in one of the target's.
    """

    def __init__(self, width: int, height: int, *, picture: int, planes: bool = False) -> None:
        from OpenGL import GL

        self._gl, self._planes = GL, planes
        self._width, self._height = width, height
        if planes:
            self._width, self._height = width + width % 2, height + height % 2
            self.columns, self.rows = 2 * -(-width // 8), 3 * self._height // 2
            steps = [("luma.frag", 0, self._height), ("chroma.frag", self._height, self._height // 2)]
        else:
            self.columns, self.rows = -(-3 * width // 4), height
            steps = [("rgb.frag", 0, height)]
        self._steps = [(program(["screen.vert"], [name]), first, count) for name, first, count in steps]
        for made, *_ in self._steps:
            sampler(made, "picture", picture)
        self._target = target(texture(TARGET, self.columns, self.rows))
        self._no_vertices = int(GL.glGenVertexArrays(1))

    def pack(self) -> None:
        """Write the picture's bytes into the target, which is bound afterwards."""
        gl = self._gl
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, self._target)
        gl.glDisable(gl.GL_DEPTH_TEST)
        gl.glDisable(gl.GL_CULL_FACE)
        gl.glBindVertexArray(self._no_vertices)
        for made, first, count in self._steps:
            gl.glUseProgram(made)
            gl.glViewport(0, first, self.columns, count)
            gl.glDrawArrays(gl.GL_TRIANGLES, 0, 3)

    def room(self) -> Bytes:
        """Memory for the target's bytes."""
        return np.empty((self.rows, 4 * self.columns), np.uint8)

    def unpack(self, read: Bytes) -> Bytes:
        """``(height, width, 3)``, or ``(H * 3 // 2, W)`` with even sides, from the target's bytes."""
        if not self._planes:
            return np.ascontiguousarray(read[:, : 3 * self._width]).reshape(self._height, self._width, 3)
        if read.shape[1] == self._width:
            return read
        chroma = read[self._height :].reshape(self._height, -1)[:, : self._width // 2]
        luma = read[: self._height, : self._width]
        return np.concatenate([luma.ravel(), chroma.ravel()]).reshape(-1, self._width)
