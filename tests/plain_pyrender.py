"""A scene by pyrender as its documentation has it: meshes, camera and lights are its objects, drawn by its renderer."""

from __future__ import annotations

from typing import Any

import numpy as np

from choreo.types import Bytes, Floats, Scene
from choreo_pyrender.frame import LAMP_CANDELA, LAMP_CONE, LAMP_DISTANCE
from choreo_pyrender.meshes import floor, paint
from choreo_pyrender.theatre import ROUGH_BODY, ROUGH_FLOOR
from choreo_raster import look
from choreo_raster.painter import RasterScene
from choreo_raster.skin import skin_vertices


def pose_along(direction: Floats, position: Floats) -> np.ndarray:
    """Pose ``(4, 4)`` whose -z axis points along `direction`."""
    back = -np.asarray(direction, np.float64) / np.linalg.norm(direction)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = right, np.cross(back, right), back, position
    return matrix


def mesh(positions: Floats, normals: Floats, colours: Floats, faces: np.ndarray, rough: float, alpha: str) -> Any:
    import pyrender

    material = pyrender.MetallicRoughnessMaterial(
        baseColorFactor=(1.0, 1.0, 1.0, 1.0), metallicFactor=0.0, roughnessFactor=rough, alphaMode=alpha
    )
    return pyrender.Mesh(
        [
            pyrender.Primitive(
                positions=positions, normals=normals, color_0=colours, indices=faces, material=material, mode=4
            )
        ]
    )


def draw_plainly(renderer: Any, scene: Scene, raster: RasterScene, frame: int) -> Bytes:
    """One frame, ``(h, w, 3) uint8``; all of it is made anew."""
    import pyrender

    size, target = float(raster.pool) / look.POOL, raster.targets[frame]

    class KeyLight(pyrender.SpotLight):  # type: ignore[misc]
        def _get_shadow_camera(self, scene_scale: float) -> Any:
            return pyrender.PerspectiveCamera(2.2 * LAMP_CONE, znear=0.1 * size**2, zfar=40.0 * size, aspectRatio=1.0)

    lights, _, backdrop, strength = look.frame_lights(scene, frame)
    stage = pyrender.Scene(ambient_light=look.AMBIENT.mean(axis=0))
    stage.bg_color = (*np.sqrt(backdrop[1] + 0.3 * backdrop[2]), 1.0)
    vertices, faces = floor(scene.floor)
    at = np.eye(4)
    at[[0, 2], 3] = np.rint(target[[0, 2]])
    ground = mesh(vertices["world"], vertices["normal"], vertices["colour"], faces, ROUGH_FLOOR, "BLEND")
    stage.add(ground, pose=at)
    world, normals = np.zeros((2, len(raster.rest), 3), np.float32)
    posing = raster.rest, raster.rest_normals, raster.joints, raster.weights, raster.round, raster.duals[frame]
    skin_vertices(*posing, world, normals)
    stage.add(mesh(world, normals, paint(raster.albedo), raster.faces, ROUGH_BODY, "OPAQUE"))
    camera, basis = np.eye(4), raster.bases[frame].astype(np.float64)
    camera[:3, :3], camera[:3, 3] = basis[:3].T, basis[3]
    stage.add(pyrender.PerspectiveCamera(scene.camera.fov_y, znear=0.1 * size**2, zfar=100.0), pose=camera)
    colour = look.LIGHTS[0, 3:]
    key = KeyLight(
        color=colour / colour.max(),
        intensity=LAMP_CANDELA * size**2 * strength / look.LAMP,
        innerConeAngle=LAMP_CONE / 3,
        outerConeAngle=LAMP_CONE,
    )
    middle = np.array([target[0], 0.5, target[2]])
    stage.add(key, pose=pose_along(-look.KEY_DIRECTION, middle + size * LAMP_DISTANCE * look.KEY_DIRECTION))
    for row in lights[1:]:
        most = max(float(row[3:].max()), 1e-6)
        side = pyrender.DirectionalLight(color=row[3:] / most, intensity=3.0 * most)
        stage.add(side, pose=pose_along(-row[:3], row[:3]))
    picture, _ = renderer.render(stage, flags=pyrender.RenderFlags.SHADOWS_SPOT)
    return np.ascontiguousarray(picture)
