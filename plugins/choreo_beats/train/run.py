"""Make the beat net from nothing: ``python plugins/choreo_beats/train/run.py``.

Composes and renders the training music, trains, and writes ``plugins/choreo_beats/beats.safetensors``.
Needs the extra ``train`` (torch, pyfluidsynth) and, on Debian, ``apt-get install libfluidsynth3
fluid-soundfont-gm musescore-general-soundfont``. About 15 minutes of rendering and 55 of training on two
cores. The pieces are the same every time; torch's threads keep the weights from being so to the last bit.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from dataset import make, read
from fit import fit
from safetensors.numpy import save_file

HOME = Path(__file__).parents[1]
FIRST_TRAINING = 1000
"""Seeds below are held out: 0 to 99 for the training's own checks, 0 to 299 for the decoder's settings."""


def export(weights: dict[str, torch.Tensor], path: Path) -> None:
    """Write the weights, kernels in half precision."""
    arrays = {name: value.numpy() for name, value in weights.items()}
    save_file({n: a.astype(np.float16) if a.ndim > 1 else a for n, a in arrays.items()}, path)


def main() -> None:
    """Run all steps; what is there already is not made again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("beat-training"), help="folder for the training data")
    parser.add_argument("--pieces", type=int, default=2400)
    parser.add_argument("--steps", type=int, default=3600)
    parser.add_argument("--out", type=Path, default=HOME / "beats.safetensors")
    chosen = parser.parse_args()
    make(chosen.work, 0, 300)
    make(chosen.work, FIRST_TRAINING, chosen.pieces)
    held = read(chosen.work, 0, 100)[:64]
    pieces = read(chosen.work, FIRST_TRAINING)
    first = fit(pieces, held, chosen.work / "first.pt", chosen.steps)
    net = fit(pieces, held, chosen.work / "net.pt", chosen.steps // 3, seed=1, start=first.state_dict())
    export(net.state_dict(), chosen.out)


if __name__ == "__main__":
    main()
