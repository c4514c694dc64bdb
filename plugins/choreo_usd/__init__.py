"""USD: the skinned dancer written, animated skeletons read."""

from choreo_usd.dataset import UsdDataset
from choreo_usd.writer import UsdExporter, UsdzExporter

__all__ = ["UsdDataset", "UsdExporter", "UsdzExporter"]
