"""Motion in SMPL's parameters: AIST++, AMASS, EDGE, FineDance, LODGE, Motion-X and others; two exporters."""

from choreo_smpl.datasets import (
    AistppDataset,
    AmassDataset,
    EdgeDataset,
    FineDanceDataset,
    LodgeDataset,
    MotionXDataset,
    SmplDataset,
)
from choreo_smpl.exporters import AistppExporter, AmassExporter

__all__ = [
    "AistppDataset",
    "AistppExporter",
    "AmassDataset",
    "AmassExporter",
    "EdgeDataset",
    "FineDanceDataset",
    "LodgeDataset",
    "MotionXDataset",
    "SmplDataset",
]
