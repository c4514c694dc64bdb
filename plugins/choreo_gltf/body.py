"""Body plugin ``gltf``: a user's rigged humanoid in GLB, glTF or VRM, with its textures, in the canonical T-pose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import InputError, MotionError
from choreo.motion.families import JointMap
from choreo.plugins import suggest
from choreo.types import Body, Bytes, CharacterOptions, Doubles, Material, Surface
from choreo_gltf.character import read_character
from choreo_gltf.images import linear, mean_light, sampled, srgb, textures_of
from choreo_gltf.materials import Paint, paints_of, toned
from choreo_gltf.mesh import Part, parts_of
from choreo_gltf.people import BAD_FILE
from choreo_gltf.reader import Tree
from choreo_gltf.rights import rights_of
from choreo_gltf.shape import shape_of
from choreo_gltf.stance import stance_of

STEPS = 63
"""Shades of each colour that faces of a mesh without texture may have."""
PLAIN = Material("plain", (0.8, 0.8, 0.8, 1.0))


class GltfBody:
    """The meshes of a character's file on its own bones."""

    name = "gltf"
    description = "your own character (.glb, .gltf, .vrm), with its textures"
    suffixes = (".glb", ".gltf", ".vrm")

    def load(self, **options: Any) -> Body:
        """Load a character.

        Parameters
        ----------
        options
            `file`: its path; `options`: `choreo.types.CharacterOptions`.

        Raises
        ------
        InputError
            When an option is unknown or no file is given.
        MotionError
            When the file cannot be read, has no humanoid or no mesh.
        """
        file, said = options.pop("file", None), options.pop("options", None) or CharacterOptions()
        for other in options:
            if other in ("look", "build"):
                raise InputError("--outfit and --build dress the built-in dancer, not a character; say --body builtin.")
            raise InputError(f"a character as a body has no option {other!r}.{suggest(other, ['file', 'options'])}")
        if file is None:
            raise InputError("a character as a body needs its file: --body me.glb, or file=... in Python.")
        return body_of(Path(file), said)


def body_of(path: Path, options: CharacterOptions = CharacterOptions()) -> Body:
    """A character's body; see `GltfBody.load`."""
    tree, joints = read_character(path, options)
    try:
        return _built(path.name, tree, joints)
    except MotionError as error:
        raise MotionError(f"{path}: {error.message}") from error
    except BAD_FILE as error:
        raise MotionError(f"{path}: its meshes cannot be drawn ({error}).") from error


def _built(name: str, tree: Tree, joints: JointMap) -> Body:
    paints = paints_of(tree.document)
    uv_sets = {number: paint.uv_set for number, paint in enumerate(paints)}
    parts = parts_of(tree, stance_of(tree, joints), uv_sets)
    if not parts:
        raise MotionError("the humanoid has no mesh; expected one with triangles on its bones.")
    parts = [_coloured_by_face(part) if _has_shades(part, paints) else part for part in parts]
    surface, colours = _surface(tree.document, parts, paints)
    body, _ = shape_of(name, tree, joints, parts)
    return replace(body, colours=colours, licence=rights_of(tree.document), surface=surface)


def _has_shades(part: Part, paints: list[Paint]) -> bool:
    """Whether its vertices' colours differ and are all the colour that it has."""
    paint = paints[part.material] if 0 <= part.material < len(paints) else Paint(PLAIN)
    if part.colours is None or paint.image >= 0 or paint.material.shading == "toon":
        return False
    return bool(np.ptp(part.colours[:, :3], axis=0).max() > 1 / STEPS)


def _coloured_by_face(part: Part) -> Part:
    """The same triangles, each in the mean colour of its corners: vertices between two colours are there twice."""
    assert part.colours is not None
    colours = np.round(srgb(part.colours[part.faces, :3].mean(axis=1)) / 255 * STEPS).astype(np.int64)
    codes = (colours * [1 << 12, 1 << 6, 1]).sum(axis=1)
    keys = (part.faces << 18) | codes[:, None]
    kept, faces = np.unique(keys, return_inverse=True)
    old, code = kept >> 18, kept & ((1 << 18) - 1)
    steps = np.stack([code >> 12, (code >> 6) & 63, code & 63], axis=1)
    light = np.concatenate([linear(steps / STEPS * 255), part.colours[old, 3:]], axis=1)
    return replace(
        part,
        points=part.points[old],
        normals=part.normals[old],
        joints=part.joints[old],
        weights=part.weights[old],
        uv=None,
        colours=light,
        faces=faces.reshape(-1, 3),
    )


def _surface(document: Any, parts: list[Part], paints: list[Paint]) -> tuple[Surface, Bytes]:
    """Textures and materials of the parts, and the colour of each vertex for renderers that draw no textures."""
    used = sorted({part.material for part in parts})
    known = [number for number in used if 0 <= number < len(paints)]
    images = sorted({paints[number].image for number in known if paints[number].image >= 0})
    tones = sorted({paints[number].shade_image for number in known if paints[number].shade_image >= 0} - set(images))
    pictures = textures_of(document, images)
    means = {number: mean_light(picture) for number, picture in pictures.items()}
    means |= {number: mean_light(picture) for number, picture in textures_of(document, tones).items()}
    textures = [pictures[number] for number in images]
    materials: list[Material] = []
    uvs, of_face, colours = [], [], []
    for part in parts:
        paint = paints[part.material] if 0 <= part.material < len(paints) else Paint(PLAIN)
        material = toned(paint, means.get(paint.image), means.get(paint.shade_image))
        uv = np.zeros((len(part.points), 2)) if part.uv is None else paint.uv(part.uv)
        uv = np.where(np.isfinite(uv), uv, 0.0)
        light = np.tile(np.array(material.colour[:3]), (len(uv), 1))
        if _has_shades(part, paints) and part.colours is not None:
            texture, uv = _palette(part.colours)
            material = replace(material, texture=len(textures))
            textures.append(texture)
            light = light * part.colours[:, :3]
        elif paint.image >= 0 and part.uv is not None:
            material = replace(material, texture=images.index(paint.image))
            light = light * sampled(pictures[paint.image], uv)
        if part.colours is not None and material.shading != "toon" and not _has_shades(part, paints):
            tint = part.colours[:, :3].mean(axis=0)
            light = light * tint
            red, green, blue = (float(each) for each in np.array(material.colour[:3]) * tint)
            material = replace(material, colour=(red, green, blue, material.colour[3]))
        if material not in materials:
            materials.append(material)
        uvs.append(uv)
        of_face.append(np.full(len(part.faces), materials.index(material), np.int32))
        colours.append(srgb(light + np.array(material.emission)))
    surface = Surface(
        uv=np.concatenate(uvs).astype(np.float32),
        material_of=np.concatenate(of_face),
        materials=tuple(materials),
        textures=tuple(textures),
    )
    return surface, np.concatenate(colours)


def _palette(colours: Doubles) -> tuple[Bytes, Doubles]:
    """A texture with a texel for each of the ``colours (V, 4)``, and the place of each in it."""
    kept, which = np.unique(srgb(colours[:, :3]), axis=0, return_inverse=True)
    side = int(np.ceil(np.sqrt(len(kept))))
    texels = np.full((side * side, 4), 255, np.uint8)
    texels[: len(kept), :3] = kept
    which = which.reshape(-1)
    uv = (np.stack([which % side, which // side], axis=1) + 0.5) / side
    return texels.reshape(side, side, 4), uv


__all__ = ["GltfBody", "body_of"]
