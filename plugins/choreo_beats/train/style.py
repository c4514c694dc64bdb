"""Train the style net of ``choreo/music/style.py`` on the rows that `barrows` measures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.music.style import FAR
from choreo.music.style_features import BeatPatterns, profile

TARGET = Path(__file__).parents[3] / "choreo" / "music" / "style.npz"
HIDDEN, EPOCHS, DECAY, NETS, SMOOTHING = 64, 35, 5e-2, 4, 0.05
COLOURLESS = 0.6
"""Share of the examples whose colour of sound says nothing: composed music has few of the colours that there are."""
VIEWS = 5
"""Profiles of each piece: of other stretches of it, some with bars shifted by half, or counted at half the pace."""
COLOUR = np.r_[136:148, 154:176]
"""Inputs that tell how it sounds and not when: every other net goes without them."""
EXACT = np.r_[148:154, 176:199]
"""Inputs that get no noise: the tempo and the metre."""
Random = np.random.Generator
Rows = dict[str, np.ndarray]


def patterns_of(piece: Rows) -> BeatPatterns:
    """What `barrows` stored of a piece."""
    found = {name[6:]: value for name, value in piece.items() if name.startswith("style_")}
    return BeatPatterns(**{**found, "interval": float(found["interval"])})  # type: ignore[arg-type]


def label_of(piece: Rows) -> str:
    """Music in three is a waltz, whatever else it is: it is danced as one."""
    if int(piece["metre"]) == 3 and int(piece["subdivision"]) == 2:
        return "waltz"
    return str(piece["label"])


def halved(p: BeatPatterns) -> BeatPatterns:
    """Counted at half the pace: two beats are one. Thirds of the slow beat are nearest to thirds of the fast ones."""
    count = len(p.onsets) // 2 * 2
    a, b = p.onsets[:count:2], p.onsets[1:count:2]
    onsets = np.stack([a[:, 0], a[:, 3], a[:, 4], b[:, 0], b[:, 2], b[:, 3]], axis=1)
    chroma, bass = (np.stack([x[:count:2].mean(axis=1), x[1:count:2].mean(axis=1)], axis=1) for x in (p.chroma, p.bass))
    return BeatPatterns(onsets, chroma, bass, p.colour, p.spread, p.level, 2 * p.interval)


def doubled(p: BeatPatterns) -> BeatPatterns:
    """Counted at double the pace: a beat is two. What lies between the measured phases is taken from its neighbours."""
    count = 2 * len(p.onsets)
    onsets = np.zeros((count, *p.onsets.shape[1:]), np.float32)
    on, quarter, third, half, two_thirds, late = (p.onsets[:, k] for k in range(6))
    little = 0.7 * np.minimum(quarter, third)
    onsets[::2] = np.stack([on, little, little, quarter, third, little], axis=1)
    little = 0.7 * np.minimum(two_thirds, late)
    onsets[1::2] = np.stack([half, little, two_thirds, late, little, little], axis=1)
    chroma, bass = (np.repeat(x.reshape(count, 12), 2, axis=0).reshape(count, 2, 12) for x in (p.chroma, p.bass))
    return BeatPatterns(onsets, chroma, bass, p.colour, p.spread, p.level, p.interval / 2)


def view(piece: Rows, rng: Random | None) -> np.ndarray:
    """One profile of a piece; with `rng`, of a stretch of it, with the mistakes that a tracker makes."""
    p, positions, metre = patterns_of(piece), piece["positions"], int(piece["metre"])
    if rng is not None:
        count = max(min(24, len(positions)), int(rng.uniform(0.5, 1) * len(positions)))
        first = int(rng.integers(0, len(positions) - count + 1))
        part = slice(first, first + count)
        p = BeatPatterns(p.onsets[part], p.chroma[part], p.bass[part], p.colour, p.spread, p.level, p.interval)
        positions = positions[part]
        chance = rng.random()
        if metre == 4 and chance < 0.25:
            positions = (positions + 1) % 4 + 1
        elif metre == 4 and chance < 0.3:
            positions = (positions + int(rng.integers(0, 4))) % 4 + 1
        elif metre == 4 and chance < 0.4 and 60 / p.interval > 120:
            p = halved(p)
            positions = np.arange(int(rng.integers(0, 4)), len(p.onsets) + 4)[: len(p.onsets)] % 4 + 1
        elif metre == 4 and chance < 0.55 and 60 / p.interval < 112:
            p = doubled(p)
            positions = (2 * np.repeat(positions - 1, 2) + np.arange(len(p.onsets)) % 2) % 4 + 1
        elif metre == 4 and chance < 0.6:
            positions, metre = (positions - 1) % 2 + 1, 2
    return profile(p, positions, metre, compound=int(piece["subdivision"]) == 3)


def fit(x: np.ndarray, y: np.ndarray, kinds: int, seed: int, *, colourless: float) -> tuple[np.ndarray, ...]:
    """Train one net on standardised inputs; noise and left-out inputs keep it from counting on one of them."""
    import torch
    from torch.nn import functional as F

    torch.manual_seed(seed)
    inputs, wanted = torch.from_numpy(x).float(), torch.from_numpy(y)
    count = torch.bincount(wanted, minlength=kinds).float().clamp(min=1)
    net = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(0.25), torch.nn.Linear(HIDDEN, kinds)
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, EPOCHS * (len(inputs) // 128 + 1))
    weight = (count.mean() / count).sqrt()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(inputs)).split(128):
            noisy = inputs[batch] + 0.35 * torch.randn(len(batch), x.shape[1])
            noisy = noisy * (torch.rand_like(noisy) > 0.1)
            noisy[:, EXACT] = inputs[batch][:, EXACT]
            left_out = torch.rand(len(batch), 1) < colourless
            noisy[:, COLOUR] = torch.where(left_out, torch.zeros(1), noisy[:, COLOUR])
            loss = F.cross_entropy(net(noisy), wanted[batch], weight=weight, label_smoothing=SMOOTHING)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            rate.step()
    first, last = net[0], net[3]
    if colourless >= 1:
        first.weight.data[:, COLOUR] = 0
    return tuple(v.detach().numpy().copy() for v in (first.weight.T, first.bias, last.weight.T, last.bias))


def temperature_of(logits: np.ndarray, y: np.ndarray) -> float:
    """Temperature of the least negative log-likelihood on held-out pieces (Guo et al., ICML 2017)."""

    def cost(t: float) -> float:
        z = logits / t
        z = z - z.max(axis=1, keepdims=True)
        return float((np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean())

    return min(np.exp(np.linspace(-1.5, 1.5, 121)).tolist(), key=cost)


def train(pieces: list[Rows], held: list[Rows], target: Path = TARGET) -> float:
    """Train, calibrate on held-out pieces, write; the share of these that is named right."""
    rng = np.random.default_rng(0)
    names = sorted({label_of(piece) for piece in pieces})
    x = np.stack([view(piece, rng) for piece in pieces for _ in range(VIEWS)])
    y = np.array([names.index(label_of(piece)) for piece in pieces for _ in range(VIEWS)])
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-2
    z = np.clip((x - mean) / scale, -FAR, FAR)
    nets = [fit(z, y, len(names), seed, colourless=1.0 if seed % 2 else COLOURLESS) for seed in range(NETS)]
    w1, b1, w2, b2 = (np.stack(part).astype(np.float16) for part in zip(*nets, strict=True))
    checks = [piece for piece in held if label_of(piece) in names]
    z = np.clip((np.stack([view(piece, rng) for piece in checks]) - mean) / scale, -FAR, FAR)
    wanted = np.array([names.index(label_of(piece)) for piece in checks])
    hidden = np.maximum(np.einsum("ni,kij->nkj", z, w1.astype(float)) + b1, 0)
    logits = (np.einsum("nkj,kjl->nkl", hidden, w2.astype(float)) + b2).mean(axis=1)
    temperature = temperature_of(logits, wanted)
    arrays = {
        "w1": w1,
        "b1": b1,
        "w2": w2,
        "b2": b2,
        "mean": mean.astype(np.float32),
        "scale": scale.astype(np.float32),
    }
    np.savez(target, labels=np.array(names), temperature=np.array(temperature, np.float32), **arrays)  # type: ignore[arg-type]
    return float(np.mean(logits.argmax(axis=1) == wanted))
