"""The beat net in torch, for training; ``choreo_beats/net.py`` computes the same in numpy.

A temporal convolution net after Davies and Boeck (EUSIPCO 2019) and Boeck and Davies (ISMIR 2020): a
small convolutional front end over log-mel frames and their rise, then residual blocks of two dilated
convolutions each, ten dilations, and heads for beats, downbeats, tempo, metre and style.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

BANDS, FRONT, MIDDLE, WIDTH, LAYERS, TAPS = 60, 12, 16, 24, 10, 5
METRES = (2, 3, 4, 5, 7)
TEMPO_BINS, TEMPO_LOW, TEMPO_HIGH = 48, 45.0, 230.0
LABELS = (
    "ballad",
    "cinematic",
    "classical",
    "folk",
    "hiphop",
    "house",
    "latin",
    "march",
    "metal",
    "polka",
    "pop",
    "reggae",
    "rock",
    "swing",
    "tango",
    "waltz",
)


class Block(nn.Module):
    """Residual block: dilations d and 2 d side by side, mixed back to the block's width."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        half = TAPS // 2
        self.near = nn.Conv1d(WIDTH, WIDTH, TAPS, padding=half * dilation, dilation=dilation)
        self.far = nn.Conv1d(WIDTH, WIDTH, TAPS, padding=half * 2 * dilation, dilation=2 * dilation)
        self.mix = nn.Conv1d(2 * WIDTH, WIDTH, 1)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``(N, C, T) -> (N, C, T)``."""
        return x + self.mix(self.drop(F.elu(torch.cat([self.near(x), self.far(x)], dim=1))))


class BeatNet(nn.Module):
    """``(N, T, 60) -> {"beats": (N, 2, T), "tempo": .., "metre": .., "style": ..}`` logits."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(2, BANDS))
        self.register_buffer("scale", torch.ones(2, BANDS))
        self.conv1 = nn.Conv2d(2, FRONT, 3, padding=(1, 0))  # 58 bands, pooled to 19
        self.conv2 = nn.Conv2d(FRONT, MIDDLE, (1, 8))  # 12, pooled to 4
        self.conv3 = nn.Conv2d(MIDDLE, WIDTH, (3, 4), padding=(1, 0))  # 1
        self.drop = nn.Dropout(0.1)
        self.blocks = nn.ModuleList(Block(2**k) for k in range(LAYERS))
        self.beats = nn.Conv1d(WIDTH, 2, 1)
        self.tempo = nn.Linear(2 * WIDTH, TEMPO_BINS)
        self.metre = nn.Linear(2 * WIDTH, len(METRES))
        self.style = nn.Linear(2 * WIDTH, len(LABELS))

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Compute all heads."""
        rise = F.relu(x - F.pad(x, (0, 0, 1, 0))[:, :-1])
        z = (torch.stack([x, rise], dim=1) - self.mean[:, None]) * self.scale[:, None]
        z = F.max_pool2d(F.elu(self.conv1(z)), (1, 3))
        z = F.max_pool2d(F.elu(self.conv2(self.drop(z))), (1, 3))
        z = F.elu(self.conv3(self.drop(z)))[..., 0]
        for block in self.blocks:
            z = block(z)
        z = F.elu(z)
        pooled = torch.cat([z.mean(dim=2), z.std(dim=2)], dim=1)
        return {
            "beats": self.beats(z),
            "tempo": self.tempo(pooled),
            "metre": self.metre(pooled),
            "style": self.style(pooled),
        }
