"""Train the bar net on the beats of composed music."""

from __future__ import annotations

import barrows
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from choreo_beats.barnet import COLUMNS, DILATIONS, GROUPS, BeatRows, inputs
from choreo_beats.net import METRES

WIDTH, TAPS, BEATS, BATCH = 40, 5, 128, 48
RATE, DECAY = 3e-3, 2e-2
NOISE = {"onsets": 0.25, "chroma": 0.3, "bass": 0.4, "loudness": 1.0, "bands": 1.5, "timbre": 4.0}
"""Most noise that is added to each kind of rows."""
LEFT_OUT = {"net": 0.25, "accents": 0.2, "chroma": 0.3, "bass": 0.3, "rhythm": 0.2}
"""How often a kind of input is left out in an example; the others `SELDOM`."""
SELDOM = 0.12
LATE, LATER = 0.25, 0.06
"""How often chords, or the bass, are heard half a beat early or late, and a whole one: players anticipate, tones swell."""
VIEWS = 4
"""How often each piece is prepared, each time with other noise."""
Random = np.random.Generator
PieceArrays = dict[str, np.ndarray]
"""What `barrows.rows_of` gives."""


class BeatBlock(nn.Module):
    """Residual block over the beats."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(WIDTH, WIDTH, TAPS, padding=TAPS // 2 * dilation, dilation=dilation)
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.drop = nn.Dropout(0.15)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, B, C) -> (N, B, C)``; the convolution as one matrix product of shifted copies, far faster on CPUs."""
        dilation = self.conv.dilation[0]
        padded = F.pad(x, (0, 0, TAPS // 2 * dilation, TAPS // 2 * dilation))
        shifted = torch.cat([padded[:, k * dilation : k * dilation + x.shape[1]] for k in range(TAPS)], dim=2)
        mixed = F.linear(shifted, self.conv.weight.permute(0, 2, 1).reshape(WIDTH, -1), self.conv.bias)
        return x + self.mix(self.drop(F.elu(mixed)))


class BarNet(nn.Module):
    """``(N, B, 99)`` and mask ``(N, B)`` to logits of downbeats ``(N, B)``, metre ``(N, 5)`` and compound time ``(N,)``."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(COLUMNS, WIDTH)
        self.drop = nn.Dropout(0.1)
        self.blocks = nn.ModuleList(BeatBlock(d) for d in DILATIONS)
        self.down = nn.Linear(WIDTH, 1)
        self.metre = nn.Linear(2 * WIDTH, len(METRES))
        self.compound = nn.Linear(2 * WIDTH, 1)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Compute the heads."""
        part = mask[..., None]
        z = self.drop(F.elu(self.first(x))) * part
        for block in self.blocks:
            z = block(z) * part
        z = F.elu(z)
        count = part.sum(dim=1)
        mean = (z * part).sum(dim=1) / count
        spread = (((z - mean[:, None]) ** 2 * part).sum(dim=1) / count + 1e-6).sqrt()
        pooled = torch.cat([mean, spread], dim=1)
        return self.down(z)[..., 0], self.metre(pooled), self.compound(pooled)[:, 0]


def prepared(piece: PieceArrays, rng: Random | None) -> PieceArrays:
    """Inputs and targets of all beats of a piece; with `rng`, noise is added to what was measured."""
    rows = {key: piece[key] for key in barrows.KEYS}
    if rng is not None:
        for key, most in NOISE.items():
            rows[key] = rows[key] + rng.normal(0, rng.uniform(0, most), rows[key].shape).astype(np.float32)
        for key in ("chroma", "bass"):
            chance = rng.random()
            halves = 2 if chance < LATER else 1 if chance < LATER + LATE else 0
            by = halves if rng.random() < 0.5 else -halves
            rows[key] = np.roll(rows[key].reshape(-1, 12), by, axis=0).reshape(rows[key].shape)
    compound = np.array(int(piece["subdivision"]) == 3, np.float32)
    return {"x": inputs(BeatRows(**rows)), "compound": compound, **{n: piece[n] for n in ("positions", "metres")}}


def example(piece: PieceArrays, rng: Random | None) -> dict[str, np.ndarray]:
    """Inputs and targets of at most `BEATS` beats of a prepared piece; with `rng`, kinds of input left out."""
    positions, metres, x = piece["positions"], piece["metres"], piece["x"]
    start, length = 0, BEATS
    if rng is not None:
        length = int(rng.integers(24, BEATS + 1))
        start = int(rng.integers(0, max(1, len(positions) - length + 1)))
    part = slice(start, start + length)
    x, positions, metres = x[part].copy(), positions[part], metres[part]
    if rng is not None:
        first = 0
        for name, count in GROUPS.items():
            group = slice(first, first + count)
            first += count
            chance = rng.random()
            if chance < LEFT_OUT.get(name, SELDOM):
                x[:, group] = 0
            elif chance < 0.5:
                x[:, group] = rng.uniform(0.3, 1.1) * x[:, group] + rng.normal(
                    0, rng.uniform(0, 0.5), x[:, group].shape
                )
    short = BEATS - len(x)
    return {
        "x": np.pad(x, ((0, short), (0, 0))).astype(np.float32),
        "mask": np.pad(np.ones(len(x), np.float32), (0, short)),
        "y": np.pad((positions == 1).astype(np.float32), (0, short)),
        "metre": np.array(METRES.index(int(np.bincount(metres).argmax()))),
        "compound": piece["compound"],
    }


def stack(rows: list[dict[str, np.ndarray]]) -> dict[str, torch.Tensor]:
    """A batch."""
    return {key: torch.from_numpy(np.stack([row[key] for row in rows])) for key in rows[0]}


def losses(net: BarNet, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Loss of downbeats, of the metre and of compound time."""
    down, metre, compound = net(batch["x"], batch["mask"])
    each = F.binary_cross_entropy_with_logits(down, batch["y"], reduction="none") * batch["mask"]
    return (
        each.sum() / batch["mask"].sum(),
        F.cross_entropy(metre, batch["metre"], label_smoothing=0.02),
        F.binary_cross_entropy_with_logits(compound, batch["compound"]),
    )


def fit(pieces: list[PieceArrays], held: list[PieceArrays], steps: int, seed: int = 0) -> BarNet:
    """Train; prints the losses on held pieces."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = BarNet()
    averaged = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995))
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    checks = stack([example(prepared(piece, None), None) for piece in held])
    views = [prepared(piece, rng) for piece in pieces for _ in range(VIEWS)]
    queue: list[int] = []
    for step in range(1, steps + 1):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, step / 100) * (0.5 + 0.5 * np.cos(np.pi * step / steps)) + 1e-5
        if len(queue) < BATCH:
            queue += rng.permutation(len(views)).tolist()
        net.train()
        down, metre, compound = losses(net, stack([example(views[queue.pop()], rng) for _ in range(BATCH)]))
        optimiser.zero_grad()
        (down + 0.3 * metre + 0.1 * compound).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        averaged.update_parameters(net)
        if step % 200 == 0:
            averaged.eval()
            with torch.no_grad():
                found = [float(value) for value in losses(averaged.module, checks)]
            print(step, f"train {float(down):.4f}", "held", " ".join(f"{value:.4f}" for value in found), flush=True)
    averaged.eval()
    return averaged.module
