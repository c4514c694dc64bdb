"""BVH files: the exporter plugin and a reader for any humanoid's own skeleton."""

from choreo_bvh.reader import read_bvh
from choreo_bvh.writer import BvhExporter

__all__ = ["BvhExporter", "read_bvh"]
