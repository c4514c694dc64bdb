"""MikuMikuDance: dance motions in VMD files, read and written."""

from choreo_vmd.dataset import VmdDataset
from choreo_vmd.writer import VmdExporter

__all__ = ["VmdDataset", "VmdExporter"]
