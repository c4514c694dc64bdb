"""Make the three nets from nothing: ``python plugins/choreo_beats/train/run.py``.

Composes and renders the training music, trains, and writes ``beats.safetensors`` and ``bars.safetensors`` of
``plugins/choreo_beats`` and ``choreo/music/style.npz``. Needs the extra ``train`` (torch, pyfluidsynth) and, on Debian,
``apt-get install libfluidsynth3 fluid-soundfont-gm musescore-general-soundfont``. On two cores the beat net takes about
15 minutes of rendering and 55 of training; the other two 15 of rendering, 15 of measuring and 15 of training. The
pieces are composed the same every time; the reverb of fluidsynth and torch's threads keep the weights from being so to
the last bit.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import barfit
import barrows
import style
from calibrate_bars import calibrate
from dataset import make, read
from export import export
from fit import fit

HOME = Path(__file__).parents[1]
FIRST_TRAINING = 1000
"""Seeds below are held out: 0 to 99 for the training's own checks, 0 to 299 for the decoder's settings."""


def main() -> None:
    """Run all steps; what is there already is not made again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("beat-training"), help="folder for the training data")
    parser.add_argument("--pieces", type=int, default=2400)
    parser.add_argument("--steps", type=int, default=3600)
    parser.add_argument("--bar-pieces", type=int, default=1600)
    parser.add_argument("--bar-steps", type=int, default=3000)
    parser.add_argument("--only-bars", action="store_true", help="keep the beat net that is there")
    chosen = parser.parse_args()
    if not chosen.only_bars:
        make(chosen.work, 0, 300)
        make(chosen.work, FIRST_TRAINING, chosen.pieces)
        held = read(chosen.work, 0, 100)[:64]
        pieces = read(chosen.work, FIRST_TRAINING)
        first = fit(pieces, held, chosen.work / "first.pt", chosen.steps)
        net = fit(pieces, held, chosen.work / "net.pt", chosen.steps // 3, seed=1, start=first.state_dict())
        export(net.state_dict(), HOME / "beats.safetensors")
    # Bars and styles are measured through the beat net, so after it.
    audio, rows = chosen.work / "audio", chosen.work / "rows"
    held = barrows.read(audio / "held", rows / "held", 0, 300)
    taught = barrows.read(audio / "train", rows / "train", FIRST_TRAINING, chosen.bar_pieces)
    weights = barfit.fit(taught, held, chosen.bar_steps).state_dict()
    export(
        weights,
        HOME / "bars.safetensors",
        calibrate(audio / "held", 0, 300, {name: x.numpy() for name, x in weights.items()}),
    )
    print(f"styles: {style.train(taught, held):.3f} of the held-out pieces right")


if __name__ == "__main__":
    main()
