"""MikuMikuDance: dance motions in VMD files, read and written, and cameras, written."""

from choreo_vmd.camera import VmdCameraExporter
from choreo_vmd.dataset import VmdDataset
from choreo_vmd.writer import FoldedVmdExporter, VmdExporter

__all__ = ["FoldedVmdExporter", "VmdCameraExporter", "VmdDataset", "VmdExporter"]
