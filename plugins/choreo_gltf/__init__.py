"""glTF: skinned dancers as GLB, VRM animation, Mixamo's animations, and dances on the user's own character."""

from choreo_gltf.animation import VrmaExporter
from choreo_gltf.body import GltfBody
from choreo_gltf.characters import GltfCharacterWriter
from choreo_gltf.dataset import MixamoDataset
from choreo_gltf.glb import GlbExporter

__all__ = ["GlbExporter", "GltfBody", "GltfCharacterWriter", "MixamoDataset", "VrmaExporter"]
