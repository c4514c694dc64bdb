"""Perceptrons, the training loop with checkpoints, and weights as arrays. Needs torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from choreo.errors import MissingExtraError
from choreo.output import atomic
from choreo.retrieval.learned import Features
from choreo.types import Floats

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise MissingExtraError("learning with nets", "learn") from error

INPUT_GAIN = 20.0
"""`Scaler` gives a vector variance 1 in total; this brings its columns near variance 1, which training wants."""
CHECKPOINT_SECONDS = 5.0
"""Seconds between two checkpoints."""


def device() -> torch.device:
    """GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def tensor(rows: Any) -> Tensor:
    """An array on the device."""
    return torch.as_tensor(np.ascontiguousarray(rows), device=device())


def vectors(rows: Floats) -> Tensor:
    """Scaled vectors as network input."""
    return tensor(rows) * INPUT_GAIN


def tensors_of(features: Features) -> tuple[Tensor, Tensor, Tensor]:
    """Vector, steps and mask of one side as network input."""
    return vectors(features.x), tensor(features.steps), tensor(features.mask)


def tower(wide: int, hidden: tuple[int, ...], out: int, *, dropout: float = 0.0, norm: bool = False) -> nn.Sequential:
    """Make a perceptron with ReLU, from `wide` inputs through layers of `hidden` units to `out` outputs."""
    layers: list[nn.Module] = []
    for size in hidden:
        layers += [nn.Linear(wide, size), *([nn.BatchNorm1d(size)] if norm else []), nn.ReLU(), nn.Dropout(dropout)]
        wide = size
    return nn.Sequential(*layers, nn.Linear(wide, out))


def seeded(seed: int) -> None:
    """Seed torch, so that initial weights are repeatable."""
    torch.manual_seed(seed)


def optimise(
    model: nn.Module,
    loss: Callable[[torch.Generator, float], Tensor],
    *,
    steps: int,
    rate: float,
    decay: float,
    seed: int,
    report: Callable[[float], None],
    checkpoint: Path | None,
) -> None:
    """AdamW with one cycle of the learning rate; leaves `model` on the device in evaluation mode.

    Every step is seeded with the seed and its own number, so that a training resumed from a checkpoint ends with the
    same weights as one that was never stopped.

    Parameters
    ----------
    loss
        Function of a random generator (on the CPU, so that draws do not depend on the device) and of the share of
        the training that is done, 0 to 1.
    """
    model.to(device()).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
    parts = {"model": model, "optimiser": optimiser, "schedule": schedule}
    first, saved = _resumed(checkpoint, parts, steps), time.monotonic()
    for step in range(first, steps):
        torch.manual_seed(seed * 1_000_003 + step)
        generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
        value = loss(generator, step / steps)
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        report((step + 1) / steps)
        if checkpoint is not None and time.monotonic() - saved > CHECKPOINT_SECONDS:
            _save(checkpoint, parts, step + 1, steps)
            saved = time.monotonic()
    model.eval()


def _save(checkpoint: Path, parts: Mapping[str, Any], step: int, steps: int) -> None:
    with atomic(checkpoint) as partial:
        torch.save({"step": step, "steps": steps, **{name: part.state_dict() for name, part in parts.items()}}, partial)


def _resumed(checkpoint: Path | None, parts: Mapping[str, Any], steps: int) -> int:
    """Load a checkpoint and return the step to go on from; 0 when it is broken or of a training of other length."""
    if checkpoint is None or not checkpoint.is_file():
        return 0
    before = {name: {k: v for k, v in part.state_dict().items()} for name, part in parts.items()}
    try:
        state = torch.load(checkpoint, map_location=device(), weights_only=True)
        if state["steps"] != steps:
            return 0
        for name, part in parts.items():
            part.load_state_dict(state[name])
        return int(state["step"])
    except Exception:  # noqa: BLE001  # whatever is wrong with it, training from the start is right
        for name, part in parts.items():
            part.load_state_dict(before[name])
        return 0


def to_arrays(model: nn.Module) -> dict[str, Floats]:
    """Weights by name, for safetensors."""
    return {
        f"net.{name}": value.detach().cpu().numpy().astype(np.float32) for name, value in model.state_dict().items()
    }


def from_arrays(model: nn.Module, arrays: Mapping[str, Floats]) -> nn.Module:
    """Load the weights that `to_arrays` gave."""
    state = {name[4:]: torch.as_tensor(np.array(value)) for name, value in arrays.items() if name.startswith("net.")}
    model.load_state_dict(state)
    return model.to(device()).eval()


def drawn(generator: torch.Generator, weight: Tensor, count: int) -> Tensor:
    """`count` row numbers drawn by weight, with replacement."""
    return torch.multinomial(weight.cpu(), count, replacement=True, generator=generator).to(device())
