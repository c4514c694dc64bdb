"""BVH files: the dataset plugin, the exporter plugin and a reader for any humanoid's own skeleton."""

from choreo_bvh.dataset import BvhDataset, MotoricaDataset
from choreo_bvh.reader import read_bvh
from choreo_bvh.writer import BvhExporter

__all__ = ["BvhDataset", "BvhExporter", "MotoricaDataset", "read_bvh"]
