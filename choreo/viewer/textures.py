"""A body's materials and textures for the page: pictures as WebP, coordinates as small integers."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np

from choreo.types import Bytes, Material, Surface
from choreo.viewer.blob import Pack

SIDE = 1024
"""Longest side of a texture in pixels: dancers are seldom larger on a screen."""
QUALITY = 85


def pack_surface(pack: Pack, surface: Surface) -> dict[str, Any]:
    """Materials, textures and coordinates; faces have to be in the order of their materials."""
    uv = surface.uv.astype(np.float64)
    low, high = uv.min(axis=0), uv.max(axis=0)
    step = np.maximum(high - low, 1e-6) / 65535
    counts = np.bincount(surface.material_of, minlength=len(surface.materials)) * 3
    return {
        "uv": pack.add(np.round((uv - low) / step).astype(np.uint16)),
        "low": low.tolist(),
        "step": step.tolist(),
        "counts": counts.tolist(),
        "materials": [material_json(each) for each in surface.materials],
        "textures": [picture(each) for each in surface.textures],
    }


def material_json(material: Material) -> dict[str, Any]:
    """A material for JSON."""
    return {
        "colour": [round(each, 4) for each in material.colour],
        "texture": material.texture,
        "alpha": material.alpha,
        "cutoff": material.cutoff,
        "shading": material.shading,
        "shade": [round(each, 4) for each in material.shade],
        "emission": [round(each, 4) for each in material.emission],
        "doubleSided": material.double_sided,
    }


def picture(texture: Bytes) -> str:
    """A texture as the address of a WebP, at most `SIDE` pixels wide and high; small ones keep every pixel."""
    from PIL import Image

    image = Image.fromarray(texture if (texture[..., 3] < 255).any() else texture[..., :3])
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    stream = io.BytesIO()
    small = image.width * image.height <= 4096
    image.save(stream, "WEBP", quality=QUALITY, lossless=small, exact=True, method=4)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


__all__ = ["pack_surface"]
