"""The triangles of a scene's bodies in the order in which they are drawn: by material, each of which is one call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from choreo.types import Bytes, Floats, Material, Scene, Surface
from choreo.video.colours import linear_light


@dataclass(frozen=True, eq=False)
class Part:
    """Triangles that look alike: `count` from `first` on, those of a `surface` of its `material`; else None."""

    first: int
    count: int
    surface: Surface | None = None
    material: Material | None = None

    @property
    def texture(self) -> Bytes | None:
        """The texture ``(h, w, 4)``, its colours times their alpha where alpha counts; None where there is none."""
        if self.surface is None or self.material is None or self.material.texture < 0:
            return None
        straight = self.surface.textures[self.material.texture]
        return straight if self.material.alpha == "opaque" else premultiplied(straight)


def parts_of(scene: Scene) -> tuple[NDArray[np.int64], tuple[Part, ...]]:
    """Numbers ``(F,)`` of the scene's faces in the order of the parts, and the parts; what has no surface is first.

    Dancers with one surface share its parts. Parts that blend are last, otherwise they stand as their materials do.
    """
    chosen = list(_faces_by_material(scene))
    chosen.sort(key=lambda each: 0 if each[1] is None else 2 if each[1].alpha == "blend" else 1)
    firsts = np.cumsum([0, *(len(faces) for *_, faces in chosen)])
    parts = tuple(
        Part(int(first), len(faces), surface, material)
        for first, (surface, material, faces) in zip(firsts[:-1], chosen, strict=True)
    )
    return np.concatenate([faces for *_, faces in chosen]), parts


def _faces_by_material(scene: Scene) -> Iterator[tuple[Surface | None, Material | None, NDArray[np.int64]]]:
    bodies = [body for body, _ in scene.performers]
    firsts = np.cumsum([0, *(len(body.faces) for body in bodies)])
    of: dict[int, list[int]] = {}
    for number, body in enumerate(bodies):
        of.setdefault(id(body.surface) if body.surface is not None else 0, []).append(number)
    for numbers in of.values():
        surface = bodies[numbers[0]].surface
        if surface is None:
            yield None, None, np.concatenate([np.arange(firsts[k], firsts[k + 1]) for k in numbers])
            continue
        for at, material in enumerate(surface.materials):
            own = np.flatnonzero(surface.material_of == at)
            if len(own):
                yield surface, material, np.concatenate([firsts[k] + own for k in numbers])


def uv_of(scene: Scene) -> Floats:
    """Places in the textures of all dancers' vertices, ``(V, 2)``; 0 where there is none."""
    bodies = [body for body, _ in scene.performers]
    return np.concatenate(
        [np.zeros((len(body.vertices), 2)) if body.surface is None else body.surface.uv for body in bodies]
    ).astype(np.float32)


def premultiplied(texture: Bytes) -> Bytes:
    """Colours times their alpha in linear light, ``(h, w, 4) uint8`` sRGB: means of such colours are no one's halo."""
    encoded, alpha = np.arange(256) / 255, np.arange(256)[:, None] / 255
    linear = linear_light(encoded) * alpha
    again = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    by_alpha = np.rint(255 * again).astype(np.uint8)
    made = texture.copy()
    made[..., :3] = by_alpha[texture[..., 3:], texture[..., :3]]
    return made
