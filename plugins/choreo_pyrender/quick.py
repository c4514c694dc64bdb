"""Work that pyrender does in every frame and that does not change the picture, left out.

Its renderer reads the depths of every picture back and converts them, which nobody here looks at; its fragment shader
reads the shadow map 36 times; and the floor, on which shadows fall, is drawn into the shadow map too. Software drivers
feel all three.
"""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import Any

import numpy as np


def quicken(offscreen: Any) -> None:
    """Make a new ``pyrender.OffscreenRenderer`` read back colours only and draw meshes with ``stage.frag``.

    What is transparent throws no shadow.

    Its `render` then gives the picture and None.
    """
    from OpenGL import GL
    from pyrender.renderer import Renderer
    from pyrender.shader_program import ShaderProgramCache

    class Programs(ShaderProgramCache):  # type: ignore[misc]
        def get_program(
            self, vertex_shader: str, fragment_shader: str, geometry_shader: str | None = None, defines: Any = None
        ) -> Any:
            if fragment_shader != "mesh.frag":
                return super().get_program(vertex_shader, fragment_shader, geometry_shader, defines)
            with as_file(files("choreo_pyrender").joinpath("stage.frag")) as own:
                return super().get_program(vertex_shader, str(own), geometry_shader, defines)

    class ColourRenderer(Renderer):  # type: ignore[misc]
        def __init__(self, width: int, height: int) -> None:
            super().__init__(width, height)
            self._program_cache = Programs()
            self._casting = False

        def _shadow_mapping_pass(self, scene: Any, light_node: Any, flags: int) -> None:
            self._casting = True
            try:
                super()._shadow_mapping_pass(scene, light_node, flags)
            finally:
                self._casting = False

        def _sorted_mesh_nodes(self, scene: Any) -> list[Any]:
            nodes = super()._sorted_mesh_nodes(scene)
            return [node for node in nodes if not (self._casting and node.mesh.is_transparent)]

        def _read_main_framebuffer(self, scene: Any, flags: int) -> tuple[Any, None]:
            width, height = self._main_fb_dims
            box = (0, 0, width, height)
            GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._main_fb_ms)
            GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, self._main_fb)
            GL.glBlitFramebuffer(*box, *box, GL.GL_COLOR_BUFFER_BIT, GL.GL_LINEAR)
            GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._main_fb)
            GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
            pixels = GL.glReadPixels(*box, GL.GL_RGB, GL.GL_UNSIGNED_BYTE)
            return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)[::-1], None

    offscreen._renderer = ColourRenderer(offscreen.viewport_width, offscreen.viewport_height)
