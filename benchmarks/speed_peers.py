"""Other tools that draw the frames of ``speed_parts.py meshes``: prints processor seconds a frame as JSON.

``aitviewer FILE [PICTURE]``, ``pyrender FILE [PICTURE]``, ``matplotlib FILE [PICTURE]``; needs the tool of that name
and nothing of choreo. The picture is the first frame, to see that all show the same.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np

WIDTH, HEIGHT = 1280, 720
FEW = 15
"""Frames that are drawn, after one that is not counted."""


def aitviewer(data: Any) -> Callable[[int], object]:
    """Its headless renderer, with its own scene around one mesh sequence."""
    moderngl: Any = import_module("moderngl")
    plain = moderngl.create_standalone_context
    moderngl.create_standalone_context = lambda **named: plain(**{**named, "backend": "egl"})
    renderer = import_module("aitviewer.headless").HeadlessRenderer(size=(WIDTH, HEIGHT))
    renderer.scene.add(
        import_module("aitviewer.renderables.meshes").Meshes(data["vertices"], data["faces"].astype(np.int32))
    )
    renderer.scene.camera.position = data["joints"][0, 0] + (0, 0.2, 5)
    renderer.scene.camera.target = data["joints"][0, 0]

    def draw(frame: int) -> object:
        renderer.scene.current_frame_id = frame
        return np.asarray(renderer.get_frame())

    return draw


def pyrender(data: Any) -> Callable[[int], object]:
    """Its offscreen renderer with a spot light that throws shadows, floor and body; the mesh anew for each frame."""
    tool, trimesh = import_module("pyrender"), import_module("trimesh")

    scene = tool.Scene(ambient_light=(0.3, 0.3, 0.3))
    away = np.eye(4)
    away[:3, 3] = data["joints"][0, 0] + (0, 0.2, 4)
    scene.add(tool.PerspectiveCamera(yfov=0.7), pose=away)
    scene.add(tool.SpotLight(intensity=60, innerConeAngle=0.5, outerConeAngle=0.9), pose=away)
    floor = trimesh.creation.box((10, 0.02, 10))
    scene.add(tool.Mesh.from_trimesh(floor))
    renderer = tool.OffscreenRenderer(WIDTH, HEIGHT)
    flags = tool.RenderFlags.SHADOWS_SPOT

    def draw(frame: int) -> object:
        body = trimesh.Trimesh(data["vertices"][frame], data["faces"], process=False)
        node = scene.add(tool.Mesh.from_trimesh(body))
        colour, _ = renderer.render(scene, flags=flags)
        scene.remove_node(node)
        return colour

    return draw


def matplotlib(data: Any) -> Callable[[int], object]:
    """Bones as lines in a 3D axis, moved for each frame, as papers draw them."""
    figure: Any = import_module("matplotlib.pyplot").figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100)
    axis = figure.add_subplot(projection="3d")
    joints, parents = data["joints"], data["parents"]
    bones = [(child, parent) for child, parent in enumerate(parents) if parent >= 0]
    lines = [axis.plot(*joints[0][[child, parent]].T[[0, 2, 1]])[0] for child, parent in bones]
    centre = joints[0, 0]
    axis.set(xlim=(centre[0] - 1, centre[0] + 1), ylim=(centre[2] - 1, centre[2] + 1), zlim=(0, 2))

    def draw(frame: int) -> object:
        for line, (child, parent) in zip(lines, bones, strict=True):
            line.set_data_3d(*joints[frame][[child, parent]].T[[0, 2, 1]])
        memory = BytesIO()
        figure.savefig(memory, format="rgba")  # what its movie writers do for each frame
        return np.frombuffer(memory.getvalue(), np.uint8).reshape(HEIGHT, WIDTH, 4)

    return draw


def main() -> None:
    """Draw with the tool that the first argument names."""
    draw = {"aitviewer": aitviewer, "pyrender": pyrender, "matplotlib": matplotlib}[sys.argv[1]](np.load(sys.argv[2]))
    picture = draw(0)
    if len(sys.argv) > 3:
        import_module("PIL.Image").fromarray(picture).save(sys.argv[3])
    begun = time.process_time()
    for frame in range(1, FEW + 1):
        draw(frame)
    print(json.dumps({"cpu": (time.process_time() - begun) / FEW}))


if __name__ == "__main__":
    main()
