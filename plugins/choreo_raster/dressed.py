"""Draw one body that has textures into the samples of a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from choreo.types import Body, Floats
from choreo_raster import look
from choreo_raster.surface_light import light_surface
from choreo_raster.surface_triangles import BACKS, FRONTS, VEILS, fill_surface
from choreo_raster.surfaces import RasterSurface


@dataclass(frozen=True, eq=False)
class Samples:
    """What is drawn into, see `choreo_raster.triangles.fill_triangles`; `side` is -1 in the mirror."""

    inverse: Floats
    samples: Floats
    left: np.float32
    top: np.float32
    side: np.float32


class Dressed:
    """One thread's light on one body with textures.

    Its vertices are ``vertices`` of the scene's. ``light, shine : (2, V, 3)`` as of `fill_surface`, on the front and on
    the back; ``tone, fade, full : (V,)``.
    """

    def __init__(self, body: Body, surface: RasterSurface, first: int) -> None:
        count = len(body.vertices)
        self.surface, self.vertices = surface, slice(first, first + count)
        self.light, self.shine = np.zeros((2, 2, count, 3), np.float32)
        self.tone, self.fade, self.full = np.ones((3, count), np.float32)
        self.toon = np.zeros(3, np.float32)

    def shed_light(
        self, world: Floats, normals: Floats, eye: Floats, lights: Floats, ambient: Floats, high: Floats, grid: Floats
    ) -> None:
        """Light the vertices: `world` and `normals` are the scene's, the rest as of `light_surface`."""
        self.toon[:] = lights[0, 3:] / look.LIGHTS[0, 3:]  # toons keep their colours, and dim with the key
        light_surface(
            world[self.vertices], normals[self.vertices], eye, lights, ambient, np.float32(look.GLOSS), high, grid,
            2 if len(self.surface.back[0]) else 1, self.light, self.shine, self.tone, self.fade,
        )  # fmt: skip

    def draw(self, screen: Floats, into: Samples, what: int) -> None:
        """Draw FRONTS, BACKS or VEILS of the body; of a mirrored one the light fades with height."""
        points, surface = screen[self.vertices], self.surface
        faces, material_of = {FRONTS: surface.solid, BACKS: surface.back, VEILS: surface.veils}[what]
        if not len(faces):
            return
        if what == VEILS:
            far_first = points[faces, 2].sum(axis=1).argsort(kind="stable")
            faces, material_of = faces[far_first], material_of[far_first]
        fill_surface(
            points, faces, material_of, surface.uv, self.light, self.shine, self.tone,
            self.full if into.side > 0 else self.fade, surface.materials, self.toon, surface.texels, surface.sizes,
            what, into.side, into.left, into.top, into.inverse, into.samples,
        )  # fmt: skip

    def nearness(self, screen: Floats) -> float:
        """Mean of 1/depth of the body's vertices."""
        return float(screen[self.vertices, 2].mean())


def draw_dressed(bodies: list[Dressed], screen: Floats, into: Samples) -> None:
    """Draw all bodies with textures after those without: first what hides, then, far ones first, what does not."""
    for what in (FRONTS, BACKS):
        for body in bodies:
            body.draw(screen, into, what)
    for body in sorted(bodies, key=lambda each: each.nearness(screen)):
        body.draw(screen, into, VEILS)


__all__ = ["Dressed", "Samples", "draw_dressed"]
