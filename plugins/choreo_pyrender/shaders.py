"""Programs for the graphics card from the files of this package."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from importlib.resources import files


def _text(*names: str) -> str:
    parts = [files("choreo_pyrender").joinpath(name).read_text("utf-8") for name in names]
    return "\n".join(["#version 330 core", *parts])


def program(vertex: Sequence[str], fragment: Sequence[str] = (), caught: Sequence[str] = ()) -> int:
    """Compile and link files, put together in order; outputs that are `caught` go into a buffer, interleaved.

    Raises
    ------
    OpenGL.error.Error, RuntimeError
        With the driver's words, when it does not take them.
    """
    from OpenGL import GL
    from OpenGL.GL import shaders

    made = GL.glCreateProgram()
    for names, kind in ((vertex, GL.GL_VERTEX_SHADER), (fragment, GL.GL_FRAGMENT_SHADER)):
        if names:
            GL.glAttachShader(made, shaders.compileShader(_text(*names), kind))
    if caught:
        strings = (ctypes.c_char_p * len(caught))(*(name.encode() for name in caught))
        pointers = ctypes.cast(strings, ctypes.POINTER(ctypes.POINTER(ctypes.c_char)))
        GL.glTransformFeedbackVaryings(made, len(caught), pointers, GL.GL_INTERLEAVED_ATTRIBS)
    GL.glLinkProgram(made)
    if GL.glGetProgramiv(made, GL.GL_LINK_STATUS) != GL.GL_TRUE:
        raise RuntimeError(f"{vertex[-1]}: {GL.glGetProgramInfoLog(made)!r}")
    return int(made)


def sampler(made: int, name: str, unit: int) -> None:
    """Let a program's sampler read the texture of a unit."""
    from OpenGL import GL

    GL.glUseProgram(made)
    GL.glUniform1i(GL.glGetUniformLocation(made, name), unit)
