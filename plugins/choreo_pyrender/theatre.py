"""A scene on the graphics card, built once: each frame uploads the joints' motion and the lights, nothing else."""

from __future__ import annotations

import ctypes

import numpy as np

from choreo.types import Floats, Scene
from choreo_pyrender.buffers import attributes, buffer, refill, sampled_target, target, texture
from choreo_pyrender.frame import FRAME, Frames
from choreo_pyrender.meshes import COLOUR, LIT, POSED, RIGGED, floor, paint, rigged
from choreo_pyrender.shaders import program, sampler
from choreo_pyrender.surfaces import Surfaces
from choreo_raster import look
from choreo_raster.painter import RasterScene

SHADOW_SIDE = 2048
"""Texels of the shadow map a side."""
SAMPLES = 4
"""Of each pixel."""
ROUGH_BODY, ROUGH_FLOOR = 0.7, 0.75
DUALS, DEPTHS, PICTURE = 0, 1, 2
"""Texture units: motion of the joints, shadow map, drawn picture."""


class Theatre:
    """All that is on the card for a scene; `draw` leaves a frame in the texture of unit `PICTURE`.

    Steps of a frame: the bodies are posed (`skin.vert`), drawn as the lamp sees them (`depth.vert`) and as the camera
    does (`light.frag`, or `surface.frag` with textures), before the floor, through which they show; what is transparent
    of them comes last.
    """

    def __init__(self, scene: Scene) -> None:
        from OpenGL import GL

        self._gl, self._width, self._height = GL, scene.width, scene.height
        raster = RasterScene(scene)
        self._frames, self._duals = Frames(raster), raster.duals
        self._programs()
        self._bodies(raster)
        self._floor(scene)
        self._targets()
        GL.glDisable(GL.GL_DITHER)  # on by default, and the bytes that go out are no colours

    def _programs(self) -> None:
        gl = self._gl
        self._skin = program(["skin.vert"], caught=["world", "normal"])
        self._depth = program(["frame.glsl", "depth.vert"], ["depth.frag"])
        self._light = program(["frame.glsl", "light.vert"], ["frame.glsl", "lights.glsl", "light.frag"])
        sampler(self._skin, "duals", DUALS)
        sampler(self._light, "depths", DEPTHS)
        self._surface = gl.glGetUniformLocation(self._light, "surface")
        self._block = buffer(gl.GL_UNIFORM_BUFFER, None, FRAME.itemsize)
        gl.glBindBufferBase(gl.GL_UNIFORM_BUFFER, 0, self._block)
        for made in (self._depth, self._light):
            gl.glUniformBlockBinding(made, gl.glGetUniformBlockIndex(made, "Frame"), 0)

    def _bodies(self, raster: RasterScene) -> None:
        gl = self._gl
        self._count = len(raster.rest)
        self._resting, self._posed = (int(name) for name in gl.glGenVertexArrays(2))
        gl.glBindVertexArray(self._resting)
        buffer(gl.GL_ARRAY_BUFFER, rigged(raster))
        attributes(RIGGED)
        gl.glBindVertexArray(self._posed)
        caught = buffer(gl.GL_ARRAY_BUFFER, None, self._count * POSED.itemsize)
        attributes(POSED)
        buffer(gl.GL_ARRAY_BUFFER, paint(raster.albedo))
        attributes(COLOUR, len(POSED.names or ()))
        self._surfaces = Surfaces(raster.scene)
        self._surfaces.shadowed_by(DEPTHS)
        self._plain = 3 * self._surfaces.plain
        buffer(gl.GL_ELEMENT_ARRAY_BUFFER, np.ascontiguousarray(raster.faces[self._surfaces.faces], np.uint32))
        gl.glBindBufferBase(gl.GL_TRANSFORM_FEEDBACK_BUFFER, 0, caught)
        self._motion = buffer(gl.GL_TEXTURE_BUFFER, None, 32)
        gl.glActiveTexture(gl.GL_TEXTURE0 + DUALS)
        gl.glBindTexture(gl.GL_TEXTURE_BUFFER, gl.glGenTextures(1))
        gl.glTexBuffer(gl.GL_TEXTURE_BUFFER, gl.GL_RGBA32F, self._motion)

    def _floor(self, scene: Scene) -> None:
        gl = self._gl
        vertices, faces = floor(scene.floor, look.place_of(scene).floor)
        self._ground, self._ground_triangles = int(gl.glGenVertexArrays(1)), faces.size
        gl.glBindVertexArray(self._ground)
        buffer(gl.GL_ARRAY_BUFFER, vertices)
        attributes(LIT)
        buffer(gl.GL_ELEMENT_ARRAY_BUFFER, faces)

    def _targets(self) -> None:
        self._shadows = target(texture(DEPTHS, SHADOW_SIDE, SHADOW_SIDE, depth=True), depth=True)
        self._samples = sampled_target(self._width, self._height, SAMPLES)
        self._picture = target(texture(PICTURE, self._width, self._height))

    def draw(self, frame: int) -> None:
        """Draw a frame."""
        gl = self._gl
        block, backdrop = self._frames.at(frame)
        refill(gl.GL_UNIFORM_BUFFER, self._block, block)
        refill(gl.GL_TEXTURE_BUFFER, self._motion, self._duals[frame])
        self._pose()
        self._cast()
        self._show(backdrop)
        self._mix()

    def _pose(self) -> None:
        gl = self._gl
        gl.glUseProgram(self._skin)
        gl.glBindVertexArray(self._resting)
        gl.glEnable(gl.GL_RASTERIZER_DISCARD)
        gl.glBeginTransformFeedback(gl.GL_POINTS)
        gl.glDrawArrays(gl.GL_POINTS, 0, self._count)
        gl.glEndTransformFeedback()
        gl.glDisable(gl.GL_RASTERIZER_DISCARD)

    def _cast(self) -> None:
        """Draw the bodies into the shadow map. The floor, which is transparent, throws none."""
        gl = self._gl
        gl.glEnable(gl.GL_DEPTH_TEST)
        gl.glEnable(gl.GL_CULL_FACE)
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, self._shadows)
        gl.glViewport(0, 0, SHADOW_SIDE, SHADOW_SIDE)
        gl.glClear(gl.GL_DEPTH_BUFFER_BIT)
        gl.glUseProgram(self._depth)
        self._triangles_of(self._posed, self._plain)
        self._surfaces.cast()

    def _show(self, backdrop: Floats) -> None:
        gl = self._gl
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, self._samples)
        gl.glViewport(0, 0, self._width, self._height)
        gl.glClearColor(*backdrop, 1.0)
        gl.glClear(gl.GL_COLOR_BUFFER_BIT | gl.GL_DEPTH_BUFFER_BIT)
        gl.glUseProgram(self._light)
        gl.glUniform2f(self._surface, 0.0, ROUGH_BODY)
        self._triangles_of(self._posed, self._plain)
        self._surfaces.solid()
        gl.glEnable(gl.GL_BLEND)
        gl.glBlendFunc(gl.GL_SRC_ALPHA, gl.GL_ONE_MINUS_SRC_ALPHA)
        gl.glUseProgram(self._light)
        gl.glUniform2f(self._surface, 1.0, ROUGH_FLOOR)
        self._triangles_of(self._ground, self._ground_triangles)
        gl.glBindVertexArray(self._posed)
        self._surfaces.clear()
        gl.glDisable(gl.GL_BLEND)

    def _triangles_of(self, vertices: int, count: int) -> None:
        gl = self._gl
        gl.glBindVertexArray(vertices)
        gl.glDrawElements(gl.GL_TRIANGLES, count, gl.GL_UNSIGNED_INT, ctypes.c_void_p(0))

    def _mix(self) -> None:
        """Mix the samples of each pixel."""
        gl, box = self._gl, (0, 0, self._width, self._height)
        gl.glBindFramebuffer(gl.GL_READ_FRAMEBUFFER, self._samples)
        gl.glBindFramebuffer(gl.GL_DRAW_FRAMEBUFFER, self._picture)
        gl.glBlitFramebuffer(*box, *box, gl.GL_COLOR_BUFFER_BIT, gl.GL_NEAREST)
