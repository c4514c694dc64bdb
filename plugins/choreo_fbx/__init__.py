"""FBX: skinned dancers and other programs' rigs out; animations and rigged characters in."""

from choreo_fbx.characters import FbxBody, FbxCharacterWriter
from choreo_fbx.dataset import FbxDataset
from choreo_fbx.exporter import FbxExporter

__all__ = ["FbxBody", "FbxCharacterWriter", "FbxDataset", "FbxExporter"]
