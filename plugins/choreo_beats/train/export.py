"""Write a trained net's weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file


def export(weights: dict[str, torch.Tensor], path: Path, more: dict[str, np.ndarray] | None = None) -> None:
    """Write the weights, kernels in half precision, and `more` arrays as they are."""
    arrays = {name: value.numpy() for name, value in weights.items()}
    save_file({n: a.astype(np.float16) if a.ndim > 1 else a for n, a in arrays.items()} | (more or {}), path)
