"""Dataset plugin ``amc``: Acclaim's skeletons (ASF) and motions (AMC), the form of CMU's and of HDM05's recordings."""

from choreo_amc.dataset import AmcDataset
from choreo_amc.reader import read_amc

__all__ = ["AmcDataset", "read_amc"]
