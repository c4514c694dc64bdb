"""Run as a script: read an FBX file with ufbx and write what is in it, as npz, to standard output.

It runs in a process of its own since ufbx' Python binding can bring a process down: what a list of elements gives
out loses a reference each time (0.0.5). Everything that comes from it is therefore kept until the end, which comes at
once. A limit of memory is set here, because the binding takes none.

Arguments: the file, frames a second at which curves are sampled, the most frames times nodes, bytes of memory.
"""

from __future__ import annotations

import ctypes
import gc
import io
import json
import os
import sys
from contextlib import suppress
from typing import Any

import numpy as np
import ufbx

DEPTH = 512
"""Records within records."""
REFUSED = 3
"""Exit code where the last line of the errors is about the file's content."""


def kept(thing: Any) -> Any:
    """What the binding gave out, never to be freed."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
    return thing


def each(things: Any) -> list[Any]:
    """All of a list of the binding."""
    kept(things)
    return [kept(things[k]) for k in range(len(things))]


def limit(memory: int) -> None:
    """Let allocations beyond `memory` bytes fail, where the system can."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        least, most = (
            part if part != resource.RLIM_INFINITY else memory for part in resource.getrlimit(resource.RLIMIT_AS)
        )
        resource.setrlimit(resource.RLIMIT_AS, (min(memory, least), min(memory, most)))


def load(path: str) -> Any:
    """The scene in metres, Y up, with transforms of geometry applied."""
    return kept(
        ufbx.load_file(
            path,
            load_external_files=False,
            node_depth_limit=DEPTH,
            generate_missing_normals=True,
            target_axes=ufbx.axes_right_handed_y_up,
            target_unit_meters=1.0,
            space_conversion=ufbx.SpaceConversion.MODIFY_GEOMETRY,
            geometry_transform_handling=ufbx.GeometryTransformHandling.MODIFY_GEOMETRY_NO_FALLBACK,
            inherit_mode_handling=ufbx.InheritModeHandling.COMPENSATE_NO_FALLBACK,
            index_error_handling=ufbx.IndexErrorHandling.CLAMP,
            clean_skin_weights=True,
        )
    )


def real(values: Any) -> np.ndarray:
    """A list of numbers or vectors."""
    kept(values)
    return np.array(memoryview(values)) if len(values) else np.zeros(0)


def whole(values: Any) -> np.ndarray:
    """A list of integers."""
    kept(values)
    return np.array([values[k] for k in range(len(values))], np.int64)


def matrix(found: Any) -> np.ndarray:
    """``(4, 4)``, the translation in the last column."""
    out = np.eye(4)
    out[:3] = np.array([tuple(found.c0), tuple(found.c1), tuple(found.c2), tuple(found.c3)]).T
    return out


class Reading:
    """Arrays by name, and a description of what they are, as JSON has it."""

    def __init__(self, path: str, rate: float, most: float) -> None:
        self.rate, self.most = rate, most
        self.arrays: dict[str, np.ndarray] = {}
        scene = load(path)
        nodes = [node for node in each(scene.nodes) if not node.is_root]
        self.node = {node.typed_id: k for k, node in enumerate(nodes)}
        self.told: dict[str, Any] = {"names": [node.name for node in nodes]}
        settings = kept(scene.settings)
        up = str(settings.original_axis_up.name).removeprefix("POSITIVE_").replace("NEGATIVE_", "-").lower()
        self.told |= {"fps": settings.frames_per_second, "up": up, "unit": settings.original_unit_meters}
        self.nodes(nodes)
        self.poses(scene)
        elements = {name: each(getattr(scene, name)) for name in ("textures", "materials", "meshes", "anim_stacks")}
        self.texture = {texture.element_id: k for k, texture in enumerate(elements["textures"])}
        self.material = {material.element_id: k for k, material in enumerate(elements["materials"])}
        self.told["textures"] = [self.textured(k, each) for k, each in enumerate(elements["textures"])]
        self.told["materials"] = [self.coloured(material) for material in elements["materials"]]
        self.told["meshes"] = [self.mesh(k, mesh) for k, mesh in enumerate(elements["meshes"])]
        self.told["stacks"] = [self.stack(scene, k, stack) for k, stack in enumerate(elements["anim_stacks"])]

    def nodes(self, nodes: list[Any]) -> None:
        """Parents, and local transforms as they stand in the file."""
        parents = [kept(node.parent) for node in nodes]
        local = [kept(node.local_transform) for node in nodes]
        self.arrays["parents"] = np.array([self.node.get(each.typed_id, -1) for each in parents], np.int64)
        self.arrays["places"] = np.array([tuple(each.translation) for each in local]).reshape(-1, 3)
        self.arrays["turns"] = np.array([tuple(each.rotation) for each in local]).reshape(-1, 4)
        self.arrays["sizes"] = np.array([tuple(each.scale) for each in local]).reshape(-1, 3)

    def poses(self, scene: Any) -> None:
        """World matrices of nodes in the poses of binding."""
        found: dict[int, np.ndarray] = {}
        for pose in each(scene.poses):
            for bone in each(pose.bone_poses) if pose.is_bind_pose else []:
                node = kept(bone.bone_node)
                if node.typed_id in self.node:
                    found.setdefault(self.node[node.typed_id], matrix(kept(bone.bone_to_world)))
        self.arrays["posed"] = np.array(list(found), np.int64)
        self.arrays["poses"] = np.array(list(found.values())).reshape(-1, 4, 4)

    def textured(self, number: int, texture: Any) -> dict[str, Any]:
        """The picture that lies in the file, and the name of one that does not."""
        content = bytes(texture.content or b"")
        if content:
            self.arrays[f"texture{number}"] = np.frombuffer(content, np.uint8)
        return {"name": texture.name, "file": texture.relative_filename or texture.filename or ""}

    def coloured(self, material: Any) -> dict[str, Any]:
        """What is seen of a material."""
        maps = kept(material.fbx)
        diffuse, emission = kept(maps.diffuse_color), kept(maps.emission_color)
        factor, glow = kept(maps.diffuse_factor), kept(maps.emission_factor)
        clear, clearness = kept(maps.transparency_color), kept(maps.transparency_factor)
        texture, mask = kept(diffuse.texture), kept(clear.texture)
        strength = kept(factor.value_vec4).x if factor.has_value else 1.0
        light = kept(glow.value_vec4).x if glow.has_value else 1.0
        clearer = kept(clearness.value_vec4).x if clearness.has_value else 0.0
        cleared = tuple(kept(clear.value_vec4))[:3] if clear.has_value else (0.0, 0.0, 0.0)
        return {
            "name": material.name,
            "colour": [value * strength for value in tuple(kept(diffuse.value_vec4))[:3]],
            "emission": [value * light for value in tuple(kept(emission.value_vec4))[:3]],
            "alpha": 1.0 - clearer * sum(cleared) / 3,
            "texture": self.texture.get(texture.element_id, -1) if texture is not None else -1,
            "clear": mask is not None,
        }

    def mesh(self, number: int, mesh: Any) -> dict[str, Any]:
        """Corners, faces, skin and materials of a mesh."""
        add = {f"mesh{number}_{name}": array for name, array in self.corners(mesh).items()}
        self.arrays |= add
        instances = [node for node in each(mesh.instances) if node.typed_id in self.node]
        materials = each(instances[0].materials) if instances else []
        skins = each(mesh.skin_deformers)
        clusters = each(skins[0].clusters) if skins else []
        bones: list[int] = []
        for cluster in clusters:
            bone = kept(cluster.bone_node)
            if bone is None or bone.typed_id not in self.node:
                continue
            name = f"mesh{number}_bone{len(bones)}"
            bones.append(self.node[bone.typed_id])
            self.arrays[f"{name}_vertices"] = whole(cluster.vertices)
            self.arrays[f"{name}_weights"] = real(cluster.weights)
            self.arrays[f"{name}_bind"] = matrix(kept(cluster.bind_to_world))
            self.arrays[f"{name}_inverse"] = matrix(kept(cluster.geometry_to_bone))
        return {
            "name": mesh.name,
            "nodes": [self.node[node.typed_id] for node in instances],
            "materials": [self.material.get(material.element_id, -1) for material in materials],
            "bones": bones,
        }

    def corners(self, mesh: Any) -> dict[str, np.ndarray]:
        """Arrays of a mesh: of its vertices, of its faces, and of what its faces' corners have."""
        out = {"vertices": real(mesh.vertices).reshape(-1, 3), "vertex": whole(mesh.vertex_indices)}
        out["faces"] = real(mesh.faces).astype(np.int64).reshape(-1, 2)
        out["material"] = whole(mesh.face_material)
        for name, of in (("normal", mesh.vertex_normal), ("uv", mesh.vertex_uv), ("colour", mesh.vertex_color)):
            kept(of)
            if of.exists:
                values = real(of.values)
                out[f"{name}s"], out[name] = values.reshape(len(of.values), -1), whole(of.indices)
        return out

    def stack(self, scene: Any, number: int, stack: Any) -> dict[str, Any]:
        """The motion of a stack: keys of the nodes that move in it."""
        begin, end = stack.time_begin, stack.time_end
        if not 0 <= (end - begin) * self.rate * max(len(self.node), 1) <= self.most:
            raise ValueError(f"the animation {stack.name!r} lasts {end - begin:.6g} s for {len(self.node)} nodes")
        baked = kept(ufbx.bake_anim(scene, kept(stack.anim), resample_rate=self.rate, trim_start_time=True))
        moving: list[int] = []
        for node in each(baked.nodes):
            if node.typed_id not in self.node:
                continue
            name = f"stack{number}_node{len(moving)}"
            moving.append(self.node[node.typed_id])
            for what, keys in (("places", node.translation_keys), ("turns", node.rotation_keys)):
                found = each(keys)
                self.arrays[f"{name}_{what}"] = np.array([(key.time, *kept(key.value)) for key in found])
        return {"name": stack.name, "seconds": end - begin, "nodes": moving}


def main() -> None:
    """Read the file that the arguments name."""
    gc.disable()
    path, rate, most, memory = sys.argv[1:]
    limit(int(memory))
    try:
        found = Reading(path, float(rate), float(most))
    except (ufbx.UfbxError, ValueError, MemoryError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        sys.stderr.write(f"\n{words}\n")
        sys.stderr.flush()
        os._exit(REFUSED)
    found.arrays["told"] = np.frombuffer(json.dumps(found.told).encode(), np.uint8)
    stream = io.BytesIO()
    np.savez(stream, **found.arrays)  # type: ignore[arg-type]
    sys.stdout.buffer.write(stream.getbuffer())
    sys.stdout.buffer.flush()
    os._exit(0)  # without freeing what the binding counts wrongly


if __name__ == "__main__":
    main()
