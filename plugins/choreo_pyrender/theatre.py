"""A pyrender scene that is built once; each frame overwrites the body's vertex buffer."""

from __future__ import annotations

from typing import Any

import numpy as np

from choreo.types import Bytes, Floats, Scene
from choreo_raster import look
from choreo_raster.painter import RasterScene
from choreo_raster.skin import skin_vertices

GAMMA = 2.2
"""pyrender's shaders encode linear light with this exponent."""
FLOOR_RADIUS = 24.0
LAMP_DISTANCE, LAMP_CANDELA, LAMP_CONE = 7.0, 270.0, 0.42
"""The key light as a spot: metres from the floor's lit middle, strength, half its opening angle in radians."""


def _look_along(direction: Floats, position: Floats) -> np.ndarray:
    """Pose ``(4, 4)`` whose -z axis points along `direction`."""
    back = -np.asarray(direction, np.float64) / np.linalg.norm(direction)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = right, np.cross(back, right), back, position
    return matrix


def _paint(colours: np.ndarray, alpha: np.ndarray | float = 1.0) -> Floats:
    """Linear light of the look, ``(n, 3)``, as RGBA that survives pyrender's gamma."""
    encoded = np.sqrt(np.clip(colours, 0, 1)) ** GAMMA
    return np.concatenate([encoded, np.broadcast_to(alpha, (len(colours), 1))], axis=1).astype(np.float32)


def _lamp(pyrender: Any, size: float) -> Any:
    """The key light: a spot whose shadow camera covers the dancers, `size` times as far away as for one dancer.

    pyrender compares depths with a fixed bias; the near plane sets how many metres that is. Here it is
    7 mm for surfaces that face the lamp, up to 7 cm for grazing ones: no stripes, shadows that touch.
    """

    class KeyLight(pyrender.SpotLight):  # type: ignore[misc]
        def _get_shadow_camera(self, scene_scale: float) -> Any:
            return pyrender.PerspectiveCamera(
                yfov=2.2 * LAMP_CONE, znear=0.1 * size**2, zfar=40.0 * size, aspectRatio=1.0
            )

    colour = look.LIGHTS[0, 3:]
    return KeyLight(
        color=colour / colour.max(),
        intensity=LAMP_CANDELA * size**2,
        innerConeAngle=LAMP_CONE / 3,
        outerConeAngle=LAMP_CONE,
    )


def _floor_mesh(pyrender: Any, kind: str) -> Any:
    """A disc that vanishes towards its edge and, for the `kind` ``lines``, lines on whole metres a hair above it."""
    radii = FLOOR_RADIUS * np.linspace(0, 1, 25) ** 2
    turn = np.linspace(0, 2 * np.pi, 65)[:-1]
    points = np.stack([np.outer(radii, np.cos(turn)), np.zeros((25, 64)), np.outer(radii, np.sin(turn))], axis=-1)
    index = np.arange(25 * 64).reshape(25, 64)
    a, b, c, d = index[:-1], np.roll(index[:-1], -1, 1), index[1:], np.roll(index[1:], -1, 1)
    faces = np.concatenate([np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)])
    reach = int(FLOOR_RADIUS * 0.6)
    ticks = np.arange(-reach, reach)
    lines = []
    for along, across in ((0, 2), (2, 0)):
        start, line = (axis.ravel() for axis in np.meshgrid(ticks, np.arange(-reach, reach + 1), indexing="ij"))
        strip = np.zeros((len(start), 4, 3))
        strip[..., along] = start[:, None] + np.array([0, 1, 1, 0])
        strip[..., across] = line[:, None] + look.LINE * np.array([-1, -1, 1, 1])
        lines.append(strip)
    strips = np.concatenate(lines).reshape(-1, 3) + np.array([0, 0.002, 0])
    corner = 4 * np.arange(len(strips) // 4)[:, None]
    strip_faces = np.concatenate([corner + np.array([0, 1, 2]), corner + np.array([0, 2, 3])])
    primitives = []
    parts = ((points.reshape(-1, 3), faces, look.FLOOR[0]), (strips, strip_faces, look.FLOOR[1]))
    for vertices, triangles, paint in parts if kind == "lines" else parts[:1]:
        keep = 1 / (1 + (np.linalg.norm(vertices, axis=1, keepdims=True) / look.FADE) ** 4)
        primitives.append(
            pyrender.Primitive(
                positions=vertices,
                normals=np.tile([0.0, 1.0, 0.0], (len(vertices), 1)),
                indices=triangles,
                color_0=_paint(np.tile(2.2 * paint, (len(vertices), 1)), keep),
                material=_material(pyrender, 0.75, "BLEND"),
                mode=4,
            )
        )
    return pyrender.Mesh(primitives)


def _material(pyrender: Any, roughness: float, alpha: str = "OPAQUE") -> Any:
    return pyrender.MetallicRoughnessMaterial(
        baseColorFactor=(1.0, 1.0, 1.0, 1.0),
        metallicFactor=0.0,
        roughnessFactor=roughness,
        doubleSided=False,
        alphaMode=alpha,
    )


class Theatre:
    """A pyrender scene of a choreo scene; `draw` sets pose, camera and lights of a frame."""

    def __init__(self, scene: Scene) -> None:
        import pyrender
        from OpenGL import GL

        self._gl, self._raster = GL, RasterScene(scene)
        raster = self._raster
        self._flags = pyrender.RenderFlags.SHADOWS_SPOT
        self._world, self._normals = np.zeros((2, len(raster.rest), 3), np.float32)
        self._pose(0)
        self._buffer = np.concatenate([self._world, self._normals, _paint(raster.albedo)], axis=1)
        self._body = pyrender.Primitive(
            positions=self._world.copy(),
            normals=self._normals.copy(),
            indices=raster.faces,
            color_0=self._buffer[:, 6:],
            material=_material(pyrender, 0.7),
            mode=4,
        )
        self._scene = pyrender.Scene(ambient_light=look.AMBIENT.mean(axis=0))
        self._floor = self._scene.add(_floor_mesh(pyrender, scene.floor))
        self._scene.add(pyrender.Mesh([self._body]))
        self._size = float(raster.pool) / look.POOL
        camera = pyrender.PerspectiveCamera(yfov=scene.camera.fov_y, znear=0.1 * self._size**2, zfar=100.0)
        self._camera = self._scene.add(camera)
        self._lamp = self._scene.add(_lamp(pyrender, self._size))
        self._sides = [pyrender.DirectionalLight() for _ in look.LIGHTS[1:]]
        for side, row in zip(self._sides, look.LIGHTS[1:], strict=True):
            self._scene.add(side, pose=_look_along(-row[:3], row[:3]))

    def _pose(self, frame: int) -> None:
        raster = self._raster
        skin_vertices(
            raster.rest,
            raster.rest_normals,
            raster.joints,
            raster.weights,
            raster.round,
            raster.duals[frame],
            self._world,
            self._normals,
        )

    def _shine(self, frame: int) -> None:
        """Set the lights and the backdrop of a frame."""
        lights, _, backdrop, lamp = look.frame_lights(self._raster.scene, frame)
        for side, row in zip(self._sides, lights[1:], strict=True):
            strength = max(float(row[3:].max()), 1e-6)
            side.color, side.intensity = row[3:] / strength, 3.0 * strength
        self._lamp.light.intensity = LAMP_CANDELA * self._size**2 * lamp / look.LAMP
        self._scene.bg_color = (*np.sqrt(backdrop[1] + 0.3 * backdrop[2]), 1.0)

    def draw(self, renderer: Any, frame: int) -> Bytes:
        """Draw one frame, ``(h, w, 3) uint8``."""
        raster = self._raster
        basis = raster.bases[frame].astype(np.float64)
        camera = np.eye(4)
        camera[:3, :3], camera[:3, 3] = basis[:3].T, basis[3]
        self._scene.set_pose(self._camera, camera)
        target = raster.targets[frame]
        ground = np.array([target[0], 0.5, target[2]], np.float32)
        lamp = _look_along(-look.KEY_DIRECTION, ground + self._size * LAMP_DISTANCE * look.KEY_DIRECTION)
        self._scene.set_pose(self._lamp, lamp)
        floor = np.eye(4)
        floor[[0, 2], 3] = np.rint(target[[0, 2]])
        self._scene.set_pose(self._floor, floor)
        self._shine(frame)
        self._pose(frame)
        self._upload()
        colour, _ = renderer.render(self._scene, flags=self._flags)
        return np.ascontiguousarray(colour)

    def _upload(self) -> None:
        """Overwrite the vertex buffer; pyrender itself can only throw a mesh away and make it anew."""
        self._buffer[:, :3], self._buffer[:, 3:6] = self._world, self._normals
        if not self._body._buffers:
            self._body.positions, self._body.normals = self._world, self._normals
            return
        self._gl.glBindBuffer(self._gl.GL_ARRAY_BUFFER, self._body._buffers[0])
        self._gl.glBufferSubData(self._gl.GL_ARRAY_BUFFER, 0, self._buffer.nbytes, self._buffer)
