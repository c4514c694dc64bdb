"""Buffers, vertex arrays and targets of OpenGL. Nothing is freed one by one: all goes with its context."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from choreo.types import Bytes


def buffer(kind: int, data: np.ndarray | None, size: int = 0) -> int:
    """A buffer with `data`, or with room for `size` bytes, bound to `kind`."""
    from OpenGL import GL

    name = GL.glGenBuffers(1)
    GL.glBindBuffer(kind, name)
    GL.glBufferData(kind, size if data is None else data.nbytes, data, GL.GL_STATIC_DRAW)
    return int(name)


def refill(kind: int, name: int, data: np.ndarray) -> None:
    """Put `data` in place of what a buffer has; what is still being drawn keeps the old, so nothing waits."""
    from OpenGL import GL

    GL.glBindBuffer(kind, name)
    GL.glBufferData(kind, data.nbytes, data, GL.GL_STREAM_DRAW)


def attributes(layout: np.dtype[Any], first: int = 0) -> None:
    """Make the fields of the bound buffer's vertices the bound vertex array's attributes `first` and following."""
    from OpenGL import GL

    for at, (kind, offset, *_) in enumerate((layout.fields or {}).values(), first):
        base, shape = kind.subdtype or (kind, (1,))
        place = ctypes.c_void_p(offset)
        GL.glEnableVertexAttribArray(at)
        if base.kind == "i":
            GL.glVertexAttribIPointer(at, shape[0], GL.GL_INT, layout.itemsize, place)
        else:
            GL.glVertexAttribPointer(at, shape[0], GL.GL_FLOAT, GL.GL_FALSE, layout.itemsize, place)


def texture(unit: int, width: int, height: int, *, depth: bool = False) -> int:
    """A texture of RGBA bytes or of depths, bound to the unit, whose texels are read as they are."""
    from OpenGL import GL

    name = GL.glGenTextures(1)
    GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
    GL.glBindTexture(GL.GL_TEXTURE_2D, name)
    colours = GL.GL_RGBA8, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE
    depths = GL.GL_DEPTH_COMPONENT24, GL.GL_DEPTH_COMPONENT, GL.GL_UNSIGNED_INT
    stored, form, of = depths if depth else colours
    GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, stored, width, height, 0, form, of, None)
    for filtering in (GL.GL_TEXTURE_MIN_FILTER, GL.GL_TEXTURE_MAG_FILTER):
        GL.glTexParameteri(GL.GL_TEXTURE_2D, filtering, GL.GL_NEAREST)
    return int(name)


def target(of: int, *, depth: bool = False) -> int:
    """A framebuffer that draws into a texture."""
    from OpenGL import GL

    name = GL.glGenFramebuffers(1)
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, name)
    place = GL.GL_DEPTH_ATTACHMENT if depth else GL.GL_COLOR_ATTACHMENT0
    GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, place, GL.GL_TEXTURE_2D, of, 0)
    if depth:
        GL.glDrawBuffer(GL.GL_NONE)
        GL.glReadBuffer(GL.GL_NONE)
    return int(name)


def sampled_target(width: int, height: int, samples: int) -> int:
    """A framebuffer with colour and depth, several `samples` a pixel."""
    from OpenGL import GL

    name = GL.glGenFramebuffers(1)
    GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, name)
    stores = ((GL.GL_COLOR_ATTACHMENT0, GL.GL_RGBA8), (GL.GL_DEPTH_ATTACHMENT, GL.GL_DEPTH_COMPONENT24))
    for place, stored in stores:
        store = GL.glGenRenderbuffers(1)
        GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, store)
        GL.glRenderbufferStorageMultisample(GL.GL_RENDERBUFFER, samples, stored, width, height)
        GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, place, GL.GL_RENDERBUFFER, store)
    return int(name)


def picture(unit: int, pixels: Bytes) -> int:
    """A texture of sRGB bytes ``(h, w, 4)``, bound to the unit, which repeats and is read smoothly at any size."""
    from OpenGL import GL

    most = int(GL.glGetIntegerv(GL.GL_MAX_TEXTURE_SIZE))
    while max(pixels.shape[:2]) > most:
        pixels = pixels[::2, ::2]
    name = GL.glGenTextures(1)
    GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
    GL.glBindTexture(GL.GL_TEXTURE_2D, name)
    height, width = pixels.shape[:2]
    form, data = (GL.GL_RGBA, GL.GL_UNSIGNED_BYTE), np.ascontiguousarray(pixels)
    GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, GL.GL_SRGB8_ALPHA8, width, height, 0, *form, data)
    GL.glGenerateMipmap(GL.GL_TEXTURE_2D)
    GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_MIN_FILTER, GL.GL_LINEAR_MIPMAP_LINEAR)
    GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_MAG_FILTER, GL.GL_LINEAR)
    return int(name)
