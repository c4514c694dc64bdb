"""Optical motion capture: C3D files with the common marker sets, and the ChoreoNet dataset."""

from choreo_c3d.choreonet import ChoreoNetDataset
from choreo_c3d.dataset import C3dDataset

__all__ = ["C3dDataset", "ChoreoNetDataset"]
