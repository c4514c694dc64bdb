"""Train the bar net on the beats of composed music."""

from __future__ import annotations

import barrows
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from choreo_beats.barnet import COLUMNS, DILATIONS, GROUPS, BeatRows, inputs
from choreo_beats.net import METRES

WIDTH, TAPS, BEATS, BATCH = 28, 5, 96, 48
RATE, DECAY = 3e-3, 1e-2
Random = np.random.Generator
PieceArrays = dict[str, np.ndarray]
"""What `barrows.make_rows` gives."""


class BeatBlock(nn.Module):
    """Residual block over the beats."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(WIDTH, WIDTH, TAPS, padding=TAPS // 2 * dilation, dilation=dilation)
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.drop = nn.Dropout(0.15)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, B, C) -> (N, B, C)``."""
        return x + self.mix(self.drop(F.elu(self.conv(x.transpose(1, 2)))).transpose(1, 2))


class BarNet(nn.Module):
    """``(N, B, 49)`` and mask ``(N, B)`` to logits of downbeats ``(N, B)`` and metre ``(N, 5)``."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(COLUMNS, WIDTH)
        self.drop = nn.Dropout(0.1)
        self.blocks = nn.ModuleList(BeatBlock(d) for d in DILATIONS)
        self.down = nn.Linear(WIDTH, 1)
        self.metre = nn.Linear(2 * WIDTH, len(METRES))

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Compute both heads."""
        part = mask[..., None]
        z = self.drop(F.elu(self.first(x))) * part
        for block in self.blocks:
            z = block(z) * part
        z = F.elu(z)
        count = part.sum(dim=1)
        mean = (z * part).sum(dim=1) / count
        spread = (((z - mean[:, None]) ** 2 * part).sum(dim=1) / count + 1e-6).sqrt()
        return self.down(z)[..., 0], self.metre(torch.cat([mean, spread], dim=1))


def example(piece: PieceArrays, rng: Random | None) -> dict[str, np.ndarray]:
    """Inputs and targets of `BEATS` beats; with `rng`, kinds of input left out and noise added."""
    rows = {key: piece[key] for key in barrows.KEYS}
    positions = piece["positions"]
    if rng is not None:
        length = int(rng.integers(24, BEATS + 1))
        start = int(rng.integers(0, max(1, len(positions) - length + 1)))
        rows = {key: value[start : start + length] for key, value in rows.items()}
        positions = positions[start : start + length]
        noise = {"onsets": 0.25, "chroma": 0.1, "bass": 0.15, "loudness": 1.0, "timbre": 4.0}
        for key, most in noise.items():
            rows[key] = rows[key] + rng.normal(0, rng.uniform(0, most), rows[key].shape).astype(np.float32)
    x = inputs(BeatRows(**rows))[:BEATS]
    positions = positions[:BEATS]
    if rng is not None:
        first = 0
        for name, count in GROUPS.items():
            part = slice(first, first + count)
            first += count
            chance = rng.random()
            if chance < (0.3 if name == "net" else 0.12):
                x[:, part] = 0
            elif chance < 0.5:
                x[:, part] = rng.uniform(0.3, 1.1) * x[:, part] + rng.normal(0, rng.uniform(0, 0.5), x[:, part].shape)
    short = BEATS - len(x)
    return {
        "x": np.pad(x, ((0, short), (0, 0))).astype(np.float32),
        "mask": np.pad(np.ones(len(x), np.float32), (0, short)),
        "y": np.pad((positions == 1).astype(np.float32), (0, short)),
        "metre": np.array(METRES.index(int(piece["metre"]))),
    }


def stack(rows: list[dict[str, np.ndarray]]) -> dict[str, torch.Tensor]:
    """A batch."""
    return {key: torch.from_numpy(np.stack([row[key] for row in rows])) for key in rows[0]}


def losses(net: BarNet, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss of downbeats and of the metre."""
    down, metre = net(batch["x"], batch["mask"])
    each = F.binary_cross_entropy_with_logits(down, batch["y"], reduction="none") * batch["mask"]
    return each.sum() / batch["mask"].sum(), F.cross_entropy(metre, batch["metre"], label_smoothing=0.02)


def fit(pieces: list[PieceArrays], held: list[PieceArrays], steps: int, seed: int = 0) -> BarNet:
    """Train; prints the losses on held pieces."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = BarNet()
    averaged = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995))
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    checks = stack([example(piece, None) for piece in held])
    queue: list[int] = []
    for step in range(1, steps + 1):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, step / 100) * (0.5 + 0.5 * np.cos(np.pi * step / steps)) + 1e-5
        if len(queue) < BATCH:
            queue += rng.permutation(len(pieces)).tolist()
        net.train()
        down, metre = losses(net, stack([example(pieces[queue.pop()], rng) for _ in range(BATCH)]))
        optimiser.zero_grad()
        (down + 0.3 * metre).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        averaged.update_parameters(net)
        if step % 250 == 0:
            averaged.eval()
            with torch.no_grad():
                down_held, metre_held = losses(averaged.module, checks)
            print(
                f"{step}: {down.item():.4f} {metre.item():.4f}  held {down_held.item():.4f} {metre_held.item():.4f}",
                flush=True,
            )
    averaged.eval()
    return averaged.module
