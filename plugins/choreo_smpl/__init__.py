"""Motion in SMPL's parameters: AIST++, AMASS, FineDance and any npz; exporters in AIST++'s and AMASS' conventions."""

from choreo_smpl.datasets import AistppDataset, AmassDataset, FineDanceDataset, SmplDataset
from choreo_smpl.exporters import AistppExporter, AmassExporter

__all__ = ["AistppDataset", "AistppExporter", "AmassDataset", "AmassExporter", "FineDanceDataset", "SmplDataset"]
