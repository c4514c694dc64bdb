"""The version, alone, so that anything may read it without importing anything else."""

__version__ = "0.1.0"
