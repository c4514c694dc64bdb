"""Run by Blender's Python: open a GLB as a user would, draw it beside its bones, save the picture.

``python engine_blender.py dance.glb FRAME picture.png``
"""

from __future__ import annotations

import math
import sys

import bpy  # type: ignore[import-not-found]  # Blender's own
from mathutils import Vector  # type: ignore[import-not-found]

APART = 1.15
"""Metres between the dancer and the bones."""


def bone_mesh(head: Vector, tail: Vector) -> bpy.types.Object:
    """A bone as Blender draws one: a long octahedron."""
    along = tail - head
    across = along.orthogonal().normalized() * max(0.012, min(0.04, 0.1 * along.length))
    over = along.normalized().cross(across)
    middle = head + 0.15 * along
    corners = [head, *(middle + each for each in (across, over, -across, -over)), tail]
    faces = [(0, k, k % 4 + 1) for k in range(1, 5)] + [(5, k % 4 + 1, k) for k in range(1, 5)]
    mesh = bpy.data.meshes.new("bone")
    mesh.from_pydata([tuple(corner) for corner in corners], [], faces)
    thing = bpy.data.objects.new("bone", mesh)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def material(name: str, colour: tuple[float, float, float]) -> bpy.types.Material:
    """A plain material."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    shader = next(node for node in made.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = 0.6
    return made


def vertex_coloured(mesh: bpy.types.Mesh) -> None:
    """Let a mesh have the colours of its vertices, as the importer keeps them."""
    made = material("dancer", (1, 1, 1))
    nodes, links = made.node_tree.nodes, made.node_tree.links
    colours = nodes.new("ShaderNodeVertexColor")
    colours.layer_name = mesh.color_attributes[0].name
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    links.new(colours.outputs["Color"], shader.inputs["Base Color"])
    mesh.materials.clear()
    mesh.materials.append(made)


def main(source: str, frame: int, picture: str) -> None:
    """Open, draw, save."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=source)
    scene = bpy.context.scene
    scene.frame_set(frame)
    armature = next(thing for thing in scene.objects if thing.type == "ARMATURE")
    steel = material("bones", (0.95, 0.45, 0.12))
    for bone in armature.pose.bones:
        head, tail = armature.matrix_world @ bone.head, armature.matrix_world @ bone.tail
        mesh = bone_mesh(head + Vector((APART, 0, 0)), tail + Vector((APART, 0, 0)))
        mesh.data.materials.append(steel)
    for thing in list(scene.objects):
        if thing.type == "MESH" and thing.name.startswith("Icosphere"):
            bpy.data.objects.remove(thing)  # what the importer gives bones as a shape
    dancer = next(thing for thing in scene.objects if thing.type == "MESH" and thing.find_armature())
    vertex_coloured(dancer.data)
    bpy.ops.mesh.primitive_plane_add(size=40)
    bpy.context.object.data.materials.append(material("floor", (0.16, 0.17, 0.2)))
    sun = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy, sun.data.angle, sun.rotation_euler = 3.5, 0.2, (0.7, 0.2, 0.5)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.location, camera.rotation_euler = (APART / 2, -5.9, 1.5), (math.radians(84.5), 0, 0)
    camera.data.lens = 50
    for thing in (sun, camera):
        scene.collection.objects.link(thing)
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (0.32, 0.36, 0.45, 1)
    scene.world, scene.camera = world, camera
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.device = 24, "CPU"
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x, scene.render.resolution_y = 720, 450
    scene.render.filepath = picture
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
