"""Embedders by canonical correlation analysis (CCA): linear, kernel and cluster CCA. numpy only."""

from choreo_cca.cluster import ClusterCca, ClusterKernelCca, MeanCca
from choreo_cca.linear import Cca, KernelCca

__all__ = ["Cca", "ClusterCca", "ClusterKernelCca", "KernelCca", "MeanCca"]
