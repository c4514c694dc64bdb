"""Pictures on their way from the graphics card: read into buffers of the driver's, fetched when they are there.

Asking for a picture's pixels waits until it is drawn. Asking for them into a buffer object does not: the next pictures
are drawn meanwhile, and a fence says when the buffer is full.
"""

from __future__ import annotations

import ctypes
from collections import deque
from typing import Any

from choreo.types import Bytes

SECONDS = 30
"""Longer than any picture takes; a driver that does not answer by then hangs."""


class Ring:
    """Up to `count` targets, of four bytes a texel, drawn and read at the same time; they come out in order."""

    def __init__(self, columns: int, rows: int, count: int = 3) -> None:
        from OpenGL import GL

        self._gl, self._box = GL, (0, 0, columns, rows)
        self._size = 4 * columns * rows
        self._free = deque(int(GL.glGenBuffers(1)) for _ in range(count))
        self._busy: deque[tuple[int, Any]] = deque()
        for name in self._free:
            GL.glBindBuffer(GL.GL_PIXEL_PACK_BUFFER, name)
            GL.glBufferData(GL.GL_PIXEL_PACK_BUFFER, self._size, None, GL.GL_STREAM_READ)

    @property
    def room(self) -> int:
        """How many more can be read before one is fetched."""
        return len(self._free)

    def read(self) -> None:
        """Ask for the pixels of the bound target."""
        gl, name = self._gl, self._free.popleft()
        gl.glBindBuffer(gl.GL_PIXEL_PACK_BUFFER, name)
        gl.glReadPixels(*self._box, gl.GL_RGBA, gl.GL_UNSIGNED_BYTE, ctypes.c_void_p(0))
        # Where there are no fences, fetching waits by itself, only without end.
        fence = gl.glFenceSync(gl.GL_SYNC_GPU_COMMANDS_COMPLETE, 0) if gl.glFenceSync else None
        gl.glFlush()
        self._busy.append((name, fence))

    def fetch(self, into: Bytes) -> None:
        """Copy the oldest target's bytes, contiguous and as many.

        Raises
        ------
        RuntimeError
            When the driver does not finish it.
        """
        gl, (name, fence) = self._gl, self._busy.popleft()
        if fence is not None:
            state = gl.glClientWaitSync(fence, gl.GL_SYNC_FLUSH_COMMANDS_BIT, SECONDS * 10**9)
            gl.glDeleteSync(fence)
            if state not in (gl.GL_ALREADY_SIGNALED, gl.GL_CONDITION_SATISFIED):
                raise RuntimeError(f"the driver did not finish a picture in {SECONDS} seconds")
        gl.glBindBuffer(gl.GL_PIXEL_PACK_BUFFER, name)
        gl.glGetBufferSubData(gl.GL_PIXEL_PACK_BUFFER, 0, self._size, into.ctypes.data_as(ctypes.c_void_p))
        self._free.append(name)
