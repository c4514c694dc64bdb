"""What runs inside Blender's Python: builds the scene once, then draws each pose that is asked for.

With ``worker_nodes.py`` and ``worker_materials.py`` it knows Blender and numpy, and nothing of choreo; ``studio.py``
starts it and talks to it. The folder given as argument holds ``scene.npz``; every line of input names a frame whose
``<name>.npz`` lies there, and ``<name>.png`` is its answer, followed by the line ``choreo: <name>``. Blender's z is up:
(x, y, z) is (x, -z, y) here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.append(str(Path(__file__).parent))  # at the end, where it hides nothing; Python was started without it
from worker_materials import Textured, coloured
from worker_nodes import Nodes

TURN = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float64)
"""From choreo's axes to Blender's."""
REACH = 60.0
"""Half the side of the floor, metres; it has gone into the backdrop long before."""
ROUGH = 4
"""Samples a pixel up to which a picture is for a quick look."""
BRIGHT = (1.1, 2.4)
"""The floor's colour outside the key's pool of light, and what its middle has more."""


class Studio:
    """A Blender scene for a choreo scene."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with np.load(folder / "scene.npz") as stored:
            self.facts = {name: stored[name] for name in stored.files}
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.scene = bpy.context.scene
        self.body = self._add_body()
        self.lit = bpy.data.collections.new("dancers")
        self.lit.objects.link(self.body)
        self.centre = self._add_floor()
        self.lamps = [self._add_sun(row, number) for number, row in enumerate(self.facts["lights"])]
        self.sky = self._add_backdrop()
        camera = bpy.data.cameras.new("camera")
        camera.sensor_fit, camera.angle = "VERTICAL", float(self.facts["fov_y"])
        camera.clip_end = 200
        self.camera = self._add("camera", camera)
        self.scene.camera = self.camera
        self._configure()

    def _add(self, name: str, data: Any) -> Any:
        thing = bpy.data.objects.new(name, data)
        self.scene.collection.objects.link(thing)
        return thing

    def _configure(self) -> None:
        render, facts = self.scene.render, self.facts
        render.resolution_x, render.resolution_y = (int(side) for side in facts["size"])
        render.resolution_percentage = 100
        render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGB"
        render.image_settings.compression = 10
        render.use_persistent_data = True
        self.scene.view_settings.view_transform = "Standard"
        samples = int(facts["samples"])
        if str(facts["engine"]) == "cycles":
            bpy.ops.preferences.addon_enable(module="cycles")
            render.engine = "CYCLES"
            cycles = self.scene.cycles
            cycles.samples, cycles.seed, cycles.max_bounces = samples, 0, 4
            cycles.use_denoising = True
        else:
            names = [item.identifier for item in render.bl_rna.properties["engine"].enum_items]
            render.engine = next(name for name in names if "EEVEE" in name)
            self.scene.eevee.taa_render_samples = samples
            self.scene.eevee.use_raytracing = False
            self.scene.eevee.use_shadows = samples > ROUGH  # a processor takes a minute a frame for them

    def _add_body(self) -> Any:
        facts = self.facts
        mesh = bpy.data.meshes.new("dancers")
        mesh.from_pydata(np.zeros((len(facts["colours"]), 3)), [], facts["faces"].tolist())
        mesh.shade_smooth()
        colours = mesh.attributes.new("colour", "FLOAT_COLOR", "POINT")
        alpha = np.ones((len(facts["colours"]), 1))
        colours.data.foreach_set("color", np.hstack([facts["colours"], alpha]).astype(np.float32).ravel())
        mesh.materials.append(coloured())
        key = tuple((TURN @ facts["lights"][0, :3]).tolist())
        self.textured = [Textured(each, self.folder, key) for each in json.loads(str(facts["materials"]))]
        for each in self.textured:
            mesh.materials.append(each.material)
        if self.textured:
            mesh.polygons.foreach_set("material_index", facts["material_of"])
            places = mesh.uv_layers.new(name="uv")
            places.data.foreach_set("uv", facts["uv"][facts["faces"].ravel()].ravel())
        return self._add("dancers", mesh)

    def _add_floor(self) -> Any:
        """A plane with lines on whole metres, which fades with the distance from the node that is returned."""
        mesh = bpy.data.meshes.new("floor")
        mesh.from_pydata(
            [(-REACH, -REACH, 0), (REACH, -REACH, 0), (REACH, REACH, 0), (-REACH, REACH, 0)], [], [(0, 1, 2, 3)]
        )
        self._add("floor", mesh)
        material = bpy.data.materials.new("floor")
        material.use_nodes, material.surface_render_method = True, "BLENDED"
        mesh.materials.append(material)
        nodes = Nodes(material.node_tree)
        surface = material.node_tree.nodes["Principled BSDF"]
        surface.inputs["Roughness"].default_value = 0.3
        surface.inputs["Specular IOR Level"].default_value = 0.35
        position = nodes.add("ShaderNodeNewGeometry").outputs["Position"]
        centre = nodes.add("ShaderNodeCombineXYZ")
        away = nodes.add("ShaderNodeVectorMath", operation="SUBTRACT")
        nodes.link(position, away.inputs[0])
        nodes.link(centre.outputs[0], away.inputs[1])
        length = nodes.add("ShaderNodeVectorMath", operation="LENGTH")
        nodes.link(away.outputs[0], length.inputs[0])
        distance = length.outputs["Value"]
        pool = nodes.math("POWER", nodes.falloff(distance, float(self.facts["pool"]), 2), 2)
        apart = nodes.add("ShaderNodeSeparateXYZ")
        nodes.link(position, apart.inputs[0])
        lines = [
            nodes.math("COMPARE", nodes.math("PINGPONG", apart.outputs[k], 0.5), 0.0, float(self.facts["line"]))
            for k in (0, 1)
        ]
        colour = nodes.add("ShaderNodeMix", data_type="RGBA")
        nodes.link(nodes.math("MAXIMUM", *lines), colour.inputs["Factor"])
        for socket, row in zip(("A", "B"), self.facts["floor"], strict=False):
            next(s for s in colour.inputs if s.name == socket and s.type == "RGBA").default_value = (*row, 1)
        strength = nodes.math("MULTIPLY_ADD", pool, BRIGHT[1], BRIGHT[0])
        scaled = nodes.add("ShaderNodeVectorMath", operation="SCALE")
        nodes.link(next(s for s in colour.outputs if s.type == "RGBA"), scaled.inputs[0])
        nodes.link(strength, scaled.inputs["Scale"])
        nodes.link(scaled.outputs[0], surface.inputs["Base Color"])
        nodes.link(nodes.falloff(distance, float(self.facts["fade"]), 4), surface.inputs["Alpha"])
        return centre

    def _add_sun(self, row: Any, number: int) -> Any:
        sun = bpy.data.lights.new(f"light {number}", "SUN")
        sun.angle = 0.09 if number == 0 else 0.3
        sun.use_shadow = number == 0
        lamp = self._add(f"light {number}", sun)
        if number:  # what is bright behind the dancers would mirror itself in the floor
            lamp.light_linking.receiver_collection = self.lit
        lamp.matrix_world = matrix(TURN @ axes(np.asarray(row[:3], np.float64)))
        return lamp

    def _add_backdrop(self) -> tuple[Any, Any]:
        """Sky that lights from above and below as the look says, while the camera sees the backdrop."""
        world = bpy.data.worlds.new("backdrop")
        self.scene.world = world
        world.use_nodes = True
        nodes = Nodes(world.node_tree)
        nodes.tree.nodes.clear()
        rise = nodes.add("ShaderNodeSeparateXYZ")
        nodes.link(nodes.add("ShaderNodeTexCoord").outputs["Generated"], rise.inputs[0])
        seen, lit = nodes.add("ShaderNodeValToRGB"), nodes.add("ShaderNodeValToRGB")
        nodes.link(nodes.math("MULTIPLY", rise.outputs["Z"], 2.2), seen.inputs[0])
        nodes.link(nodes.math("MULTIPLY_ADD", rise.outputs["Z"], 0.5, 0.5), lit.inputs[0])
        for point, colour in zip(lit.color_ramp.elements, self.facts["ambient"][::-1], strict=True):
            point.color = (*colour, 1)
        chosen = nodes.add("ShaderNodeMix", data_type="RGBA")
        nodes.link(nodes.add("ShaderNodeLightPath").outputs["Is Camera Ray"], chosen.inputs["Factor"])
        for socket, ramp in (("A", lit), ("B", seen)):
            nodes.link(ramp.outputs["Color"], next(s for s in chosen.inputs if s.name == socket and s.type == "RGBA"))
        background, output = nodes.add("ShaderNodeBackground"), nodes.add("ShaderNodeOutputWorld")
        nodes.link(next(s for s in chosen.outputs if s.type == "RGBA"), background.inputs["Color"])
        nodes.link(background.outputs[0], output.inputs["Surface"])
        return tuple(seen.color_ramp.elements)

    def draw(self, name: str) -> None:
        """Take the pose, camera and lights of a frame, and render it."""
        with np.load(self.folder / f"{name}.npz") as frame:
            vertices, normals = frame["vertices"], frame["normals"]
            basis, target = frame["basis"], frame["target"]
            lights, backdrop = frame["lights"], frame["backdrop"]
        mesh = self.body.data
        mesh.vertices.foreach_set("co", (vertices @ TURN.T.astype(np.float32)).ravel())
        if self.textured:  # corners with two places in a texture are two vertices, which would show as an edge
            mesh.normals_split_custom_set_from_vertices((normals @ TURN.T.astype(np.float32)).tolist())
        mesh.update()
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = TURN @ basis[:3].T, TURN @ basis[3]
        self.camera.matrix_world = matrix(pose[:3, :3], pose[:3, 3])
        for socket, value in zip(self.centre.inputs, TURN @ (target * [1, 0, 1]), strict=True):
            socket.default_value = float(value)
        for lamp, row in zip(self.lamps, lights, strict=True):
            strength = max(float(row[3:].max()), 1e-6)
            lamp.data.color, lamp.data.energy = (row[3:] / strength).tolist(), np.pi * strength
        for each in self.textured:
            each.light(float(lights[0, 3:].max() / self.facts["lights"][0, 3:].max()))
        for point, colour in zip(self.sky, (backdrop[1] + 0.3 * backdrop[2], backdrop[0]), strict=True):
            point.color = (*colour.tolist(), 1)
        self.scene.render.filepath = str(self.folder / f"{name}.png")
        bpy.ops.render.render(write_still=True)


def axes(back: Any) -> Any:
    """Columns right, up and back of something that looks along ``-back``."""
    back = back / np.linalg.norm(back)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(back, right), back], axis=1)


def matrix(turn: Any, position: Any = (0, 0, 0)) -> Any:
    """Blender's matrix of a rotation and a position."""
    from mathutils import Matrix

    rows = np.eye(4)
    rows[:3, :3], rows[:3, 3] = turn, position
    return Matrix(rows.tolist())


def main() -> None:
    """Draw what the lines of standard input name, until it ends."""
    studio = Studio(Path(sys.argv[-1]))
    sys.stdout.write("\nchoreo: ready\n")
    for line in sys.stdin:
        studio.draw(line.strip())
        sys.stdout.write(f"\nchoreo: {line.strip()}\n")
        sys.stdout.flush()


main()
