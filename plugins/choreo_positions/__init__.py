"""Joint positions as data: the arrays and tables of research, and what pose estimators write."""

from choreo_positions.dataset import PositionsDataset

__all__ = ["PositionsDataset"]
