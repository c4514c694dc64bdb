"""A body's textures and materials, made ready once for all frames."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from choreo.types import Body, Bytes, Floats, Material, Surface
from choreo_raster.surface_triangles import (
    ALPHA,
    COLOUR,
    COLUMNS,
    DOUBLE,
    EMISSION,
    LIT,
    SHADE,
    SHADING,
    SOLID,
    TEXTURE,
    TOON,
    UNLIT,
)
from choreo_raster.textures import pack

NEARLY = 0.98
"""Alpha from which on a sample of a material that blends hides what is behind it: most of hair, cloth and skin that is
marked so is opaque, and is then drawn right in whatever order it comes."""
FAINTEST = 0.002
"""Alpha below which nothing is seen."""
FARTHEST = 1e4
"""How often a texture repeats at most; beyond it float32 has no texels left."""
MOST_TEXELS, LEAST = 32 * 2**20, 256
"""Texels of all textures of a body, of which larger ones are halved as long as there are more; and the least side for
which they are."""
SHADINGS = {"lit": LIT, "toon": TOON, "unlit": UNLIT}


@dataclass(frozen=True, eq=False)
class RasterSurface:
    """A surface as `fill_surface` wants it.

    ``uv : (V, 2)``; ``materials : (M, COLUMNS)``; ``texels, sizes`` as of `choreo_raster.textures.pack`. Faces, ``(n,
    3)`` with their materials: `solid` ones, those of them that are seen from the `back`, too, and those that are, at
    least in part, `veils`; ``casts : (F,) bool`` says which of the body's faces throw shadows.
    """

    uv: Floats
    materials: Floats
    texels: Bytes
    sizes: NDArray[np.int32]
    solid: tuple[NDArray[np.int32], NDArray[np.int32]]
    back: tuple[NDArray[np.int32], NDArray[np.int32]]
    veils: tuple[NDArray[np.int32], NDArray[np.int32]]
    casts: NDArray[np.bool_]


def as_drawn(linear: Floats | tuple[float, ...]) -> Floats:
    """Linear light as the renderer counts it: the square of its sRGB encoding, see `choreo_raster.look`."""
    value = np.maximum(np.asarray(linear, np.float64), 0)
    encoded = np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.asarray(encoded**2, np.float32)


def material_row(material: Material, texture: int) -> Floats:
    """A row of `fill_surface`'s table."""
    row = np.zeros(COLUMNS, np.float32)
    row[TEXTURE], row[ALPHA], row[SHADING] = texture, material.colour[3], SHADINGS.get(material.shading, LIT)
    row[COLOUR : COLOUR + 3], row[SHADE : SHADE + 3] = as_drawn(material.colour[:3]), as_drawn(material.shade)
    row[EMISSION : EMISSION + 3] = as_drawn(material.emission)
    row[SOLID] = {"mask": max(material.cutoff, 1 / 255), "blend": NEARLY}.get(material.alpha, -1.0)
    if material.alpha == "opaque":
        row[ALPHA] = 1
    row[DOUBLE] = material.double_sided
    return row


def texel_shares(alpha: Floats | Bytes, least: float, uv: Floats) -> Floats:
    """Share of texels with at least some alpha in the box around each triangle of a texture.

    Parameters
    ----------
    alpha : (h, w)
        The texture's.
    least
        The alpha that counts, in its numbers.
    uv : (n, 3, 2)
        The triangles' corners.

    Returns
    -------
    ``(n,) float32``
        Exactly 0 or 1 only where that holds for each texel, with one of margin. Of the whole texture where a triangle
        goes over its edge.
    """
    height, width = alpha.shape
    sums = np.zeros((height + 1, width + 1), np.int32)  # a summed-area table: Crow, 1984
    np.cumsum(alpha >= least, axis=0, dtype=np.int32, out=sums[1:, 1:])
    np.cumsum(sums[1:, 1:], axis=1, out=sums[1:, 1:])
    size = np.array([width, height])
    shift = np.floor(uv.min(axis=1, keepdims=True))
    low = np.floor((uv.min(axis=1) - shift[:, 0]) * size - 1).astype(np.int64)
    high = np.ceil((uv.max(axis=1) - shift[:, 0]) * size + 1).astype(np.int64)
    over = ((low < 0) | (high > size)).any(axis=1)
    low[over], high[over] = 0, size
    (x0, y0), (x1, y1) = low.T, high.T
    count = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    return np.asarray(count / ((x1 - x0) * (y1 - y0)), np.float32)


def _kinds(body: Body, surface: Surface, uv: Floats) -> tuple[NDArray[np.bool_], ...]:
    """Which faces hide something, hide everything behind them, may be seen through, and throw a shadow."""
    count = len(body.faces)
    solid, whole, veil, casts = np.ones(count, bool), np.ones(count, bool), np.zeros(count, bool), np.ones(count, bool)
    for number, material in enumerate(surface.materials):
        of = np.flatnonzero(surface.material_of == number)
        if material.alpha == "opaque" or not len(of):
            continue
        least = material.cutoff if material.alpha == "mask" else NEARLY
        texture = surface.textures[material.texture] if material.texture >= 0 else np.full((1, 1, 4), 255, np.uint8)
        alpha, full = texture[..., 3], 255 / max(material.colour[3], 1e-6)
        corners = uv[body.faces[of]]
        hiding = texel_shares(alpha, least * full, corners)
        solid[of], whole[of] = hiding > 0, hiding == 1
        if material.alpha == "blend":
            veil[of] = (hiding < 1) & (texel_shares(alpha, FAINTEST * full, corners) > 0)
        casts[of] = texel_shares(alpha, min(least, 0.5) * full, corners) >= 0.5
    return solid, whole, veil, casts


def _ready(body: Body, surface: Surface, most: int) -> RasterSurface:
    """Make a surface ready, with no texture that has a side over `most`."""
    used = sorted({material.texture for material in surface.materials if material.texture >= 0})
    textures = [surface.textures[number] for number in used]
    while most > LEAST and sum(np.minimum(each.shape[:2], most).prod() for each in textures) > MOST_TEXELS:
        most //= 2
    texels, sizes = pack(textures, most)
    rows = [material_row(each, used.index(each.texture) if each.texture >= 0 else -1) for each in surface.materials]
    # Twice: a face whose texels are all opaque needs no look at alpha.
    materials = np.concatenate([np.stack(rows), np.stack(rows)]).reshape(-1, COLUMNS)
    materials[len(rows) :, SOLID] = -1
    uv = np.ascontiguousarray(np.clip(np.nan_to_num(surface.uv), -FARTHEST, FARTHEST), np.float32)
    solid, whole, veil, casts = _kinds(body, surface, uv)
    faces = body.faces.astype(np.int32)
    material_of = (surface.material_of + np.int32(len(rows)) * whole).astype(np.int32)

    def chosen(which: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return np.ascontiguousarray(faces[which]), np.ascontiguousarray(material_of[which])

    back = materials[material_of, DOUBLE] > 0
    return RasterSurface(uv, materials, texels, sizes, chosen(solid), chosen(solid & back), chosen(veil), casts)


_known: WeakKeyDictionary[Surface, list[tuple[int, NDArray[np.int32], RasterSurface]]] = WeakKeyDictionary()


def ready(body: Body, height: int) -> RasterSurface:
    """The surface of a body that has one, for pictures of a height; kept as long as the surface lives."""
    surface = body.surface
    if surface is None:
        raise ValueError(f"{body.name}: has no surface")
    # Samples are twice as fine as pixels, and a body that fills a picture shows about half of each texture.
    most = max(2048, 1 << int(np.ceil(np.log2(1.5 * height))))
    kept = _known.setdefault(surface, [])
    for limit, faces, found in kept:
        if limit == most and faces is body.faces:
            return found
    kept.append((most, body.faces, _ready(body, surface, most)))
    return kept[-1][2]


__all__ = ["RasterSurface", "as_drawn", "material_row", "ready", "texel_shares"]
