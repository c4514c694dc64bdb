"""What changes from frame to frame: camera, lamp and lights, laid out as the uniform block of ``frame.glsl``."""

from __future__ import annotations

import numpy as np

from choreo.types import Floats
from choreo_raster import look
from choreo_raster.painter import RasterScene

LAMP_DISTANCE, LAMP_CANDELA, LAMP_CONE = 7.0, 270.0, 0.42
"""The key light as a spot: metres from the floor's lit middle, strength, half its opening angle in radians."""

FRAME = np.dtype(
    [
        ("to_camera", "<f4", (4, 4)),
        ("to_lamp", "<f4", (4, 4)),
        ("eye", "<f4", 4),
        ("floor_at", "<f4", 4),
        ("ambient", "<f4", 4),
        ("sides", "<f4", (3, 4)),
        ("side_colours", "<f4", (3, 4)),
        ("lamp", "<f4", 4),
        ("lamp_way", "<f4", 4),
        ("lamp_colour", "<f4", 4),
        ("cone", "<f4", 4),
    ]
)
"""Rule std140 of OpenGL: every row takes 16 bytes, matrices stand column by column."""


def perspective(fov_y: float, aspect: float, near: float, far: float) -> np.ndarray:
    """``(4, 4)`` from camera space, which looks along -z, to clip space; `fov_y` in radians."""
    matrix, focal = np.zeros((4, 4)), 1 / np.tan(fov_y / 2)
    matrix[0, 0], matrix[1, 1], matrix[3, 2] = focal / aspect, focal, -1.0
    matrix[2, 2:] = (far + near) / (near - far), 2 * far * near / (near - far)
    return matrix


def view(right: Floats, up: Floats, back: Floats, eye: Floats) -> np.ndarray:
    """``(4, 4)`` from the world to the space of a camera at `eye`."""
    matrix = np.eye(4)
    matrix[:3, :3] = right, up, back
    matrix[:3, 3] = -matrix[:3, :3] @ eye
    return matrix


class Frames:
    """The uniform block of any frame of a scene.

    The lamp's shadow map compares depths with a fixed bias; the near plane sets how many metres that is. Here it is
    7 mm for surfaces that face the lamp, up to 7 cm for grazing ones: no stripes, shadows that touch. For several
    dancers everything of the lamp is larger by one factor.
    """

    def __init__(self, raster: RasterScene) -> None:
        self._raster = raster
        self._size = size = float(raster.pool) / look.place_of(raster.scene).pool
        self._camera = perspective(raster.scene.camera.fov_y, raster.width / raster.height, 0.1 * size**2, 100.0)
        self._lamp = perspective(2.2 * LAMP_CONE, 1.0, 0.1 * size**2, 40.0 * size)
        right = np.cross([0.0, 1.0, 0.0], look.KEY_DIRECTION)
        right /= np.linalg.norm(right)
        self._lamp_axes = right, np.cross(look.KEY_DIRECTION, right), look.KEY_DIRECTION
        self._block = np.zeros((), FRAME)
        self._block["sides"][:, :3] = look.LIGHTS[1:, :3]
        self._block["lamp_way"][:3] = -look.KEY_DIRECTION
        inner, outer = np.cos(LAMP_CONE / 3), np.cos(LAMP_CONE)
        self._block["cone"][:2] = 1 / (inner - outer), -outer / (inner - outer)

    def at(self, frame: int) -> tuple[np.ndarray, Floats]:
        """The block of a frame (overwritten by the next) and its backdrop, ``(3,)`` in 0..1."""
        raster, block, size = self._raster, self._block, self._size
        lights, _, backdrop, lamp_light = look.frame_lights(raster.scene, frame)
        strength = lamp_light / look.place_of(raster.scene).lamp
        axes, target = raster.bases[frame].astype(np.float64), raster.targets[frame]
        lamp = np.array([target[0], 0.5, target[2]]) + size * LAMP_DISTANCE * look.KEY_DIRECTION
        block["to_camera"] = (self._camera @ view(*axes)).T
        block["to_lamp"] = (self._lamp @ view(*self._lamp_axes, lamp)).T
        block["eye"][:3], block["lamp"][:3] = axes[3], lamp
        block["floor_at"][[0, 2]] = np.rint(target[[0, 2]])
        block["ambient"][:3] = look.ambient(raster.scene, frame).mean(axis=0)
        block["side_colours"][:, :3] = 3.0 * lights[1:, 3:]
        block["cone"][2] = strength
        key = look.LIGHTS[0, 3:]
        block["lamp_colour"][:3] = LAMP_CANDELA * size**2 * strength * key / key.max()
        return block, np.sqrt(backdrop[1] + 0.3 * backdrop[2])
