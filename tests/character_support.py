"""Textured humanoids of boxes as GLB and VRM, with shapes and colours that are known."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from choreo.motion import rotations as rot
from choreo.motion.families import FAMILIES
from choreo.motion.kinematics import rest_positions
from choreo.motion.skeleton import CANONICAL, NAMES, PARENTS
from choreo.types import Doubles, Ints
from choreo_gltf.build import ARRAY, ELEMENTS, Builder

SIDE = 0.05
"""Half the width of every box, metres."""
RED, BLUE = (230, 40, 30), (30, 60, 220)
"""Left and right half of the texture."""
BOX = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
FACES = np.array([[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6],
                  [0, 6, 4], [1, 5, 7], [1, 7, 3]])  # fmt: skip
"""Of a box, counter-clockwise from outside."""


def png(pixels: np.ndarray) -> bytes:
    """A picture's file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def two_tone(width: int = 16, height: int = 8) -> np.ndarray:
    """A texture ``(h, w, 4)`` that is red on the left and blue on the right."""
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[:, : width // 2], pixels[:, width // 2 :] = (*RED, 255), (*BLUE, 255)
    return pixels


@dataclass
class Puppet:
    """A humanoid of one box at each canonical joint, under Mixamo's names.

    ``places : (24, 3)`` of the joints in the T-pose; `arms_down` radians by which both arms hang in the file's rest
    pose; `unit` metres of one unit of the file; ``turn``: rotation wxyz of a node above all, as exporters write it.
    `change` gets the builder's document before it is saved.
    """

    places: Doubles = field(default_factory=lambda: rest_positions(CANONICAL).astype(np.float64))
    arms_down: float = 0.0
    unit: float = 1.0
    turn: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    more_joints: Mapping[str, str] = field(default_factory=dict)
    texture: bytes | None = field(default_factory=lambda: png(two_tone()))
    material: Mapping[str, Any] = field(default_factory=dict)
    attributes: Callable[[Builder, int], dict[str, int]] | None = None
    change: Callable[[Builder], None] | None = None

    @property
    def vertices(self) -> Doubles:
        """Vertices ``(192, 3)`` in the T-pose, metres; eight a joint."""
        return (self.places[:, None] + SIDE * BOX).reshape(-1, 3)

    @property
    def faces(self) -> Ints:
        """Triangles ``(288, 3)``."""
        return (FACES + 8 * np.arange(len(NAMES))[:, None, None]).reshape(-1, 3)

    def lean(self) -> tuple[Doubles, Doubles]:
        """World turns ``(24, 4)`` and places ``(24, 3)`` of the joints in the file's rest pose."""
        local = np.tile([1.0, 0, 0, 0], (len(NAMES), 1))
        for side, sign in (("left", -1.0), ("right", 1.0)):
            local[NAMES.index(f"{side}_shoulder")] = rot.from_axis_angle(np.array([0, 0, sign * self.arms_down]))
        turns, places = local.copy(), self.places.copy()
        for joint in range(1, len(NAMES)):
            above = int(PARENTS[joint])
            turns[joint] = rot.multiply(turns[above], local[joint])
            places[joint] = places[above] + rot.rotate(turns[above], self.places[joint] - self.places[above])
        return turns, places

    def save(self, path: Path) -> Path:
        """Write it; returns `path`."""
        builder = Builder()
        lib, document = builder.lib, builder.document
        turns, places = self.lean()
        upright = rot.conjugate(np.array(self.turn))
        above = lib.Node(name="Armature", rotation=rot.xyzw(np.array(self.turn)).tolist(), scale=[self.unit] * 3)
        names = [FAMILIES["mixamo"].get(name, name) for name in NAMES]
        document.nodes.append(above)
        bind = np.tile(np.eye(4), (len(NAMES), 1, 1))
        for joint, name in enumerate(names):
            parent = int(PARENTS[joint])
            start = places[parent] if parent >= 0 else np.zeros(3)
            turned = turns[parent] if parent >= 0 else np.array([1.0, 0, 0, 0])
            offset = rot.rotate(rot.conjugate(turned), places[joint] - start)
            local = rot.multiply(rot.conjugate(turned), turns[joint])
            if parent < 0:
                offset, local = rot.rotate(upright, offset), rot.multiply(upright, local)
            document.nodes.append(
                lib.Node(name=name, translation=(offset / self.unit).tolist(), rotation=rot.xyzw(local).tolist())
            )
            document.nodes[parent + 1].children.append(joint + 1)
            bind[joint, :3, :3] = rot.to_matrix(turns[joint]) * self.unit
            bind[joint, :3, 3] = places[joint]
        joints = list(range(1, len(NAMES) + 1))
        for name, parent_name in self.more_joints.items():
            document.nodes.append(lib.Node(name=name))
            joints.append(len(document.nodes) - 1)
            document.nodes[names.index(parent_name) + 1].children.append(joints[-1])
            bind = np.concatenate([bind, bind[names.index(parent_name)][None]])
        inverse = np.linalg.inv(bind).transpose(0, 2, 1).reshape(-1, 16)
        document.skins.append(lib.Skin(joints=joints, inverseBindMatrices=builder.add(inverse.astype(np.float32))))
        document.nodes.append(lib.Node(name="Body", mesh=0, skin=0))
        document.scenes[0].nodes = [0, len(document.nodes) - 1]
        self._mesh(builder, turns, places)
        if self.change is not None:
            self.change(builder)
        builder.save(path)
        return path

    def _mesh(self, builder: Builder, turns: Doubles, places: Doubles) -> None:
        lib, document = builder.lib, builder.document
        corners = np.repeat(np.arange(len(NAMES)), 8)
        own = np.tile(SIDE * BOX, (len(NAMES), 1))
        points = places[corners] + rot.rotate(turns[corners], own)
        slots = np.zeros((len(points), 4), np.uint8)
        slots[:, 0] = corners
        weights = np.zeros((len(points), 4), np.float32)
        weights[:, 0] = 1
        uv = np.where(points[:, :1] > 0, 0.25, 0.75) * np.array([1.0, 0.0]) + np.array([0.0, 0.5])
        made = {
            "POSITION": builder.add(points.astype(np.float32), target=ARRAY, bounds=True),
            "JOINTS_0": builder.add(slots, target=ARRAY),
            "WEIGHTS_0": builder.add(weights, target=ARRAY),
            "TEXCOORD_0": builder.add(uv.astype(np.float32), target=ARRAY),
        }
        if self.attributes is not None:
            made |= self.attributes(builder, len(points))
        attributes = lib.Attributes()
        for name, number in made.items():
            setattr(attributes, name, number)
        indices = builder.add(self.faces.astype(np.uint16).reshape(-1), target=ELEMENTS)
        document.meshes.append(lib.Mesh(primitives=[lib.Primitive(attributes=attributes, indices=indices, material=0)]))
        info = None
        if self.texture is not None:
            while len(builder.blob) % 4:
                builder.blob.append(0)
            document.bufferViews.append(
                lib.BufferView(buffer=0, byteOffset=len(builder.blob), byteLength=len(self.texture))
            )
            builder.blob += self.texture
            document.images.append(lib.Image(bufferView=len(document.bufferViews) - 1, mimeType="image/png"))
            document.textures.append(lib.Texture(source=0))
            info = lib.TextureInfo(index=0)
        told = dict(self.material)
        factor = told.pop("baseColorFactor", [1.0, 1.0, 1.0, 1.0])
        metal = lib.PbrMetallicRoughness(baseColorTexture=info, baseColorFactor=factor)
        document.materials.append(lib.Material(name="cloth", pbrMetallicRoughness=metal, **told))
