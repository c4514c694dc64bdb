"""Train the beat net on composed music."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import torch
from net import BANDS, LABELS, METRES, TEMPO_BINS, TEMPO_HIGH, TEMPO_LOW, BeatNet
from torch.nn import functional as F

FPS = 22_050 / 220 / 2
"""Frames a second of the features: the spectrum's hop is a whole number of samples, and every second frame is used."""
FRAMES = 2000
BATCH = 12
RATE = 3e-3
SPREAD = ((-2, 0.1), (-1, 0.5), (0, 1.0), (1, 0.5), (2, 0.1))
Random = np.random.Generator
PieceArrays = dict[str, np.ndarray]
"""What `dataset.make_piece` gives."""


def target(times: np.ndarray, frames: int) -> np.ndarray:
    """1 at each time's frame, less beside it, ``(frames,)``."""
    out = np.zeros(frames, np.float32)
    at = np.round(times * FPS).astype(int)
    for shift, value in SPREAD:
        frame = at + shift
        frame = frame[(frame >= 0) & (frame < frames)]
        out[frame] = np.maximum(out[frame], value)
    return out


def tempo_bin(beats: np.ndarray) -> int:
    """Bin of the median tempo, on a logarithmic scale."""
    bpm = 60 / float(np.median(np.diff(beats)))
    bins = np.log(bpm / TEMPO_LOW) / np.log(TEMPO_HIGH / TEMPO_LOW) * TEMPO_BINS
    return int(np.clip(bins, 0, TEMPO_BINS - 1))


def varied(piece: PieceArrays, rng: Random) -> tuple[np.ndarray, np.ndarray]:
    """Augmentation: features and beat times at another tempo, pitch, equalisation and level, with noise and gaps."""
    x = piece["x"].astype(np.float32)
    beats = piece["beats"]
    factor = float(np.exp(rng.uniform(-0.17, 0.17))) if rng.random() < 0.7 else 1.0
    length = int(len(x) / factor)
    frame = np.linspace(0, len(x) - 1, length)
    low = np.minimum(frame.astype(int), len(x) - 2)
    part = (frame - low)[:, None].astype(np.float32)
    x = x[low] * (1 - part) + x[low + 1] * part
    beats = beats / factor
    shift = int(rng.integers(-3, 4))
    if shift:
        x = np.roll(x, shift, axis=1)
        x[:, :shift] = x[:, shift : shift + 1] if shift > 0 else x[:, :shift]
        if shift < 0:
            x[:, shift:] = x[:, shift - 1 : shift]
    if rng.random() < 0.7:
        curve = np.interp(np.arange(BANDS), np.linspace(0, BANDS - 1, 5), rng.normal(0, 0.5, 5))
        x = np.log1p(np.expm1(np.minimum(x, 12)) * np.exp(curve)[None].astype(np.float32))
    if rng.random() < 0.3:
        x = np.maximum(x, np.abs(rng.normal(0, rng.uniform(0.1, 1.2), x.shape)).astype(np.float32))
    if rng.random() < 0.3:
        first = int(rng.integers(0, BANDS - 10))
        x[:, first : first + int(rng.integers(3, 12))] *= rng.uniform(0, 0.4)
    if rng.random() < 0.15:
        first = int(rng.integers(0, len(x) - 100))
        x[first : first + int(rng.integers(10, 90))] *= rng.uniform(0, 0.3)
    return x * np.float32(rng.uniform(0.85, 1.15)), beats


def example(piece: PieceArrays, rng: Random | None) -> dict[str, np.ndarray]:
    """Inputs and targets of `FRAMES` frames."""
    x, beats = varied(piece, rng) if rng is not None else (piece["x"].astype(np.float32), piece["beats"])
    start = int(rng.integers(0, max(1, len(x) - FRAMES + 1))) if rng is not None else 0
    cut = x[start : start + FRAMES]
    frames = len(cut)
    if frames < FRAMES:
        cut = np.pad(cut, ((0, FRAMES - frames), (0, 0)))
    times = beats - start / FPS
    positions = piece["positions"]
    label = str(piece["label"]).split("/")[-1]
    metre = int(piece["metre"])
    weight = np.zeros(FRAMES, np.float32)
    weight[:frames] = 1
    return {
        "x": cut,
        "y": np.stack([target(times, FRAMES), target(times[positions == 1], FRAMES)]),
        "w": weight,
        "tempo": np.array(tempo_bin(beats) if len(beats) > 4 else -1),
        "metre": np.array(METRES.index(metre) if metre in METRES else -1),
        "style": np.array(LABELS.index(label) if label in LABELS else -1),
    }


def losses(net: BeatNet, batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Loss terms."""
    out = net(batch["x"])
    each = F.binary_cross_entropy_with_logits(out["beats"], batch["y"], reduction="none")
    each = (each * batch["w"][:, None]).sum(dim=(0, 2)) / batch["w"].sum()
    found = {"beat": each[0], "downbeat": each[1]}
    for name in ("tempo", "metre", "style"):
        found[name] = F.cross_entropy(out[name], batch[name], ignore_index=-1)
    return found


WEIGHTS = {"beat": 1.0, "downbeat": 1.0, "tempo": 0.03, "metre": 0.03, "style": 0.05}
LATE = {"downbeat": 2.0, "metre": 0.1}
"""Weights of the second round."""


def _stack(rows: list[dict[str, np.ndarray]]) -> dict[str, torch.Tensor]:
    return {key: torch.from_numpy(np.stack([row[key] for row in rows])) for key in rows[0]}


def fit(
    pieces: list[PieceArrays],
    held: list[PieceArrays],
    target_file: Path,
    steps: int,
    seed: int = 0,
    start: dict[str, torch.Tensor] | None = None,
) -> BeatNet:
    """Train for `steps` and write ``.pt`` of the averaged weights after every check on the held pieces.

    With `start`, go on from those weights: a gentler pace, and more weight on downbeats and metre, which learn last.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = BeatNet()
    sample = np.concatenate([p["x"][::20] for p in pieces]).astype(np.float32)
    rise = np.concatenate([np.maximum(np.diff(p["x"][:200].astype(np.float32), axis=0), 0) for p in pieces[:400]])
    for k, values in enumerate((sample, rise)):
        net.mean[k] = torch.from_numpy(values.mean(axis=0))
        net.scale[k] = torch.from_numpy(1 / (values.std(axis=0) + 1e-3))
    rate, weights = RATE, WEIGHTS
    if start is not None:
        net.load_state_dict(start)
        rate, weights = RATE / 3, WEIGHTS | LATE
    averaged = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998))
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=1e-3)
    begun = time.time()
    queue: list[int] = []
    running: dict[str, float] = {}
    checks = _stack([example(p, None) for p in held])
    for step in range(1, steps + 1):
        done = step / steps
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1, step / 200) * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-5
        if len(queue) < BATCH:
            queue += rng.permutation(len(pieces)).tolist()
        batch = _stack([example(pieces[queue.pop()], rng) for _ in range(BATCH)])
        net.train()
        terms = losses(net, batch)
        loss = sum(weights[name] * value for name, value in terms.items())
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        optimiser.step()
        averaged.update_parameters(net)
        for name, value in terms.items():
            running[name] = 0.98 * running.get(name, value.item()) + 0.02 * value.item()
        if step % 200 == 0:
            averaged.eval()
            with torch.no_grad():
                held_terms = {n: v.item() for n, v in losses(averaged.module, checks).items()}
            line = {"step": step, "minutes": round((time.time() - begun) / 60, 1), "train": running, "held": held_terms}
            print(json.dumps(line, default=lambda v: round(v, 4)), flush=True)
            torch.save(averaged.module.state_dict(), target_file)
    averaged.eval()
    torch.save(averaged.module.state_dict(), target_file)
    return averaged.module
