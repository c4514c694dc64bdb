"""Materials of bodies as Blender has them; runs inside Blender's Python.

What is no lit surface shines by itself, to the camera and in mirrors, and lights nothing. Cycles can ask no surface for
its shadow, so that what is toon has the tone of its side of the lamp.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from worker_nodes import Nodes

ROUGH = 0.65
TONES = 0.1
"""Half the width of the border between two tones, as cosine."""


def coloured() -> Any:
    """A material of the mesh's colours."""
    material = bpy.data.materials.new("skin")
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    surface = material.node_tree.nodes["Principled BSDF"]
    surface.inputs["Roughness"].default_value = ROUGH
    nodes.link(nodes.add("ShaderNodeAttribute", attribute_name="colour").outputs["Color"], surface.inputs["Base Color"])
    return material


class Textured:
    """A material of a textured body; `look` has the fields of `choreo.types.Material`, `key` is towards the lamp."""

    def __init__(self, look: dict[str, Any], folder: Path, key: tuple[float, float, float]) -> None:
        self.material = material = bpy.data.materials.new(look["name"])
        material.use_nodes = True
        material.node_tree.nodes.clear()
        material.surface_render_method = "BLENDED" if look["alpha"] == "blend" else "DITHERED"
        material.use_backface_culling = not look["double_sided"]
        self._nodes, self._look, self._lamp = Nodes(material.node_tree), look, None
        texel, alpha = self._texel(folder)
        colour = self._nodes.blend("MULTIPLY", 1.0, texel, (*look["colour"][:3], 1.0))
        if look["shading"] == "lit":
            surface = self._lit(colour)
        else:
            material.cycles.emission_sampling = "NONE"
            if look["shading"] == "toon":
                colour = self._toned(colour, self._nodes.blend("MULTIPLY", 1.0, texel, (*look["shade"], 1.0)), key)
            surface = self._shining(self._nodes.blend("ADD", 1.0, colour, (*look["emission"], 1.0)))
        output = self._nodes.add("ShaderNodeOutputMaterial")
        self._nodes.link(self._there(surface, alpha), output.inputs["Surface"])

    def light(self, strength: float) -> None:
        """Let the lamp be so many times as strong as usual."""
        if self._lamp is not None:
            self._lamp.outputs[0].default_value = strength

    def _texel(self, folder: Path) -> tuple[Any, Any]:
        """Colour and alpha of the texture."""
        if self._look["image"] is None:
            return (1.0, 1.0, 1.0, 1.0), 1.0
        image = bpy.data.images.load(str(folder / self._look["image"]), check_existing=False)
        # Colours under no alpha count where alpha does not; else they are no part of a mean.
        image.alpha_mode = "CHANNEL_PACKED" if self._look["alpha"] == "opaque" else "STRAIGHT"
        node = self._nodes.add("ShaderNodeTexImage", image=image)
        return node.outputs["Color"], node.outputs["Alpha"]

    def _lit(self, colour: Any) -> Any:
        surface = self._nodes.add("ShaderNodeBsdfPrincipled")
        surface.inputs["Roughness"].default_value = ROUGH
        self._nodes.put(colour, surface.inputs["Base Color"])
        surface.inputs["Emission Color"].default_value = (*self._look["emission"], 1.0)
        surface.inputs["Emission Strength"].default_value = 1.0
        return surface.outputs[0]

    def _toned(self, bright: Any, dark: Any, key: tuple[float, float, float]) -> Any:
        nodes = self._nodes
        facing = nodes.add("ShaderNodeVectorMath", operation="DOT_PRODUCT")
        nodes.link(nodes.add("ShaderNodeNewGeometry").outputs["Normal"], facing.inputs[0])
        facing.inputs[1].default_value = key
        step = nodes.add("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
        step.inputs["From Min"].default_value, step.inputs["From Max"].default_value = -TONES, TONES
        nodes.link(facing.outputs["Value"], step.inputs["Value"])
        self._lamp = nodes.add("ShaderNodeValue")
        self._lamp.outputs[0].default_value = 1.0
        lit = nodes.add("ShaderNodeVectorMath", operation="SCALE")
        nodes.link(nodes.blend("MIX", step.outputs["Result"], dark, bright), lit.inputs[0])
        nodes.link(self._lamp.outputs[0], lit.inputs["Scale"])
        return lit.outputs[0]

    def _shining(self, colour: Any) -> Any:
        nodes = self._nodes
        surface = nodes.add("ShaderNodeEmission")
        nodes.put(colour, surface.inputs["Color"])
        diffuse = nodes.add("ShaderNodeLightPath").outputs["Is Diffuse Ray"]
        nodes.link(nodes.math("SUBTRACT", 1.0, diffuse), surface.inputs["Strength"])
        return surface.outputs[0]

    def _there(self, surface: Any, texel: Any) -> Any:
        """The surface where it is seen, and nothing elsewhere."""
        nodes, look = self._nodes, self._look
        seen: list[Any] = []
        if look["alpha"] != "opaque":
            alpha = nodes.math("MULTIPLY", texel, float(look["colour"][3]))
            if look["alpha"] == "mask":
                alpha = nodes.math("SUBTRACT", 1.0, nodes.math("LESS_THAN", alpha, float(look["cutoff"])))
            seen.append(alpha)
        if not look["double_sided"]:
            back = nodes.add("ShaderNodeNewGeometry").outputs["Backfacing"]
            seen.append(nodes.math("SUBTRACT", 1.0, back))
        if not seen:
            return surface
        mixed = nodes.add("ShaderNodeMixShader")
        nodes.put(seen[0] if len(seen) == 1 else nodes.math("MULTIPLY", *seen), mixed.inputs["Fac"])
        nodes.link(nodes.add("ShaderNodeBsdfTransparent").outputs[0], mixed.inputs[1])
        nodes.link(surface, mixed.inputs[2])
        return mixed.outputs[0]
