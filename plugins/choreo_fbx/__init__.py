"""FBX: skinned dancers out."""

from choreo_fbx.exporter import FbxExporter

__all__ = ["FbxExporter"]
