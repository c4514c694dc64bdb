"""Train the style net of ``choreo/music/style.py``: ``python plugins/choreo_beats/train/style.py``."""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

SECONDS = 40.0
TARGET = Path(__file__).parents[3] / "choreo" / "music" / "style.npz"
HIDDEN, EPOCHS, DECAY = 24, 150, 3e-2
_orchestra = None


def row(seed: int) -> tuple[np.ndarray, str] | None:
    """Profile and label of a piece in two or four; the beats are the true ones, bars sometimes shifted by half."""
    from compose import compose
    from render import RATE, Orchestra, render

    from choreo.music.spectrum import spectrum
    from choreo.music.style import profile
    from choreo.types import Audio, BeatTrack

    global _orchestra
    if _orchestra is None:
        _orchestra = Orchestra()
    piece = compose(seed, SECONDS)
    if piece.metre not in (2, 4) or not piece.label:
        return None
    beats = piece.beats[piece.beats < SECONDS]
    positions = piece.positions[: len(beats)].astype(np.int64)
    rng = np.random.default_rng(seed)
    if piece.metre == 4 and rng.random() < 0.25:
        positions = (positions + 1) % 4 + 1
    sound = spectrum(Audio(render(piece, SECONDS, seed, _orchestra), RATE))
    return profile(BeatTrack(beats, positions, piece.metre, 1.0, "truth"), sound), piece.label


def collect(first: int, count: int, workers: int) -> tuple[np.ndarray, list[str]]:
    """Profiles ``(N, 103)`` and labels."""
    with ProcessPoolExecutor(workers) as pool:
        rows = [found for found in pool.map(row, range(first, first + count), chunksize=25) if found is not None]
    return np.stack([x for x, _ in rows]), [label for _, label in rows]


def fit(x: np.ndarray, y: np.ndarray, kinds: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Train one hidden layer."""
    import torch
    from torch.nn import functional as F

    torch.manual_seed(seed)
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-3
    inputs, wanted = torch.from_numpy((x - mean) / scale).float(), torch.from_numpy(y)
    count = torch.bincount(wanted, minlength=kinds).float()
    net = torch.nn.Sequential(torch.nn.Linear(x.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, kinds))
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=DECAY)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(inputs)).split(64):
            noisy = inputs[batch] + 0.3 * torch.randn(len(batch), x.shape[1])
            loss = F.cross_entropy(
                net(noisy), wanted[batch], weight=(count.mean() / count).sqrt(), label_smoothing=0.05
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    first, last = net[0], net[2]
    arrays = {"w1": first.weight.T, "b1": first.bias, "w2": last.weight.T, "b2": last.bias}
    return {"mean": mean.astype(np.float32), "scale": scale.astype(np.float32)} | {
        n: v.detach().numpy().copy() for n, v in arrays.items()
    }


def main() -> None:
    """Collect, train, report on held-out pieces, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pieces", type=int, default=1800)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    x, names = collect(20_000, chosen.pieces, chosen.workers)
    labels = sorted(set(names))
    y = np.array([labels.index(name) for name in names])
    held = len(x) // 6
    weights = fit(x[held:], y[held:], len(labels))
    hidden = np.maximum((x[:held] - weights["mean"]) / weights["scale"] @ weights["w1"] + weights["b1"], 0)
    guess = (hidden @ weights["w2"] + weights["b2"]).argmax(axis=1)
    print(f"{len(x)} pieces, {len(labels)} styles, {np.mean(guess == y[:held]):.3f} of {held} held-out ones right")
    np.savez(TARGET, labels=np.array(labels), **weights)


if __name__ == "__main__":
    main()
