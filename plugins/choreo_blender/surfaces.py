"""Textured bodies for Blender: their textures as files, their materials as text, numbers for vertices and faces."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from choreo.types import Scene, Surface


def save_surfaces(scene: Scene, folder: Path) -> dict[str, Any]:
    """Write the textures of a scene's bodies into a folder.

    Returns
    -------
    dict
        ``uv : (V, 2)``, 0,0 the lower left corner, as Blender has it; ``material_of : (F,)``, 0 for faces with colours
        of vertices, from 1 on numbers of ``materials``, which are JSON: a list of the fields of `choreo.types.Material`
        with the texture's file as ``image``, or null.
    """
    from PIL import Image

    firsts: dict[int, int] = {}
    materials: list[dict[str, Any]] = []
    uv, numbers = [], []
    for body, _ in scene.performers:
        surface = body.surface
        if surface is None:
            uv.append(np.zeros((len(body.vertices), 2), np.float32))
            numbers.append(np.zeros(len(body.faces), np.int32))
            continue
        if id(surface) not in firsts:
            first = firsts[id(surface)] = len(materials)
            for number, pixels in enumerate(surface.textures):
                Image.fromarray(np.ascontiguousarray(pixels)).save(folder / _name(first, number), compress_level=1)
            materials += _materials(surface, first)
        uv.append(np.stack([surface.uv[:, 0], 1 - surface.uv[:, 1]], axis=1))
        numbers.append(surface.material_of + 1 + firsts[id(surface)])
    return {
        "uv": np.concatenate(uv).astype(np.float32),
        "material_of": np.concatenate(numbers).astype(np.int32),
        "materials": json.dumps(materials),
    }


def _name(first: int, number: int) -> str:
    return f"texture-{first}-{number}.png"


def _materials(surface: Surface, first: int) -> list[dict[str, Any]]:
    return [
        {**asdict(each), "image": None if each.texture < 0 else _name(first, each.texture)}
        for each in surface.materials
    ]
