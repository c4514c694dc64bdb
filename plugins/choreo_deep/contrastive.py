"""Contrastive two-tower: symmetric InfoNCE, false negatives masked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from choreo.retrieval.learned import Lesson, Rows
from choreo.types import Floats
from choreo_deep.base import DeepEmbedder

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class Contrastive(DeepEmbedder):
    """Two towers that find each other among many (van den Oord et al. 2018; Radford et al. 2021).

    A stretch of music must find its movement among all clips, and a movement its stretches of music among a batch;
    what has the same tag is no wrong answer. A third term asks for the right style before all else (Khosla et al.,
    Supervised contrastive learning, 2020). Several pairs of towers are trained and stand side by side in the space.
    """

    name = "contrastive"
    description = "two towers, symmetric InfoNCE with false negatives masked, styles first; an ensemble"
    steps = True
    paper = "Radford et al., Learning transferable visual models from natural language supervision, 2021"
    defaults: ClassVar[Mapping[str, Any]] = {
        **DeepEmbedder.common, "steps": 120, "dims": 32, "hidden": 128, "dropout": 0.5, "noise": 0.3, "members": 2,
        "batch": 256, "read": 32, "style_weight": 20.0, "style_heat": 0.3,
    }  # fmt: skip

    def build(self, music: int, motion: int) -> nn.Module:
        """Towers that stand side by side."""
        import torch
        from torch import nn

        from choreo.retrieval.motion_side import STEPS as MOTION_STEPS
        from choreo.retrieval.music_side import STEPS
        from choreo_deep.nets import tower

        s = self.settings

        class Reader(nn.Module):
            """Vector and course: convolutions over the steps, the heard mean of them beside the vector."""

            def __init__(self, wide: int, steps: int) -> None:
                super().__init__()
                self.look = nn.Sequential(
                    nn.Conv1d(steps, s["read"], 3, padding=1), nn.ReLU(), nn.Conv1d(s["read"], s["read"], 3, padding=1)
                )
                self.weigh = nn.Linear(s["read"], 1)
                self.out = tower(wide + s["read"], (s["hidden"],), s["dims"], dropout=s["dropout"])

            def forward(self, x: Tensor, steps: Tensor, mask: Tensor) -> Tensor:
                seen = torch.relu(self.look(steps.transpose(1, 2)).transpose(1, 2))
                share = torch.softmax(self.weigh(seen)[..., 0].masked_fill(~mask, -1e4), dim=1)
                heard = (share[..., None] * seen).sum(dim=1)
                x = nn.functional.dropout(x, 0.1, self.training)
                return nn.functional.normalize(self.out(torch.cat([x, heard], dim=1)), dim=1)

        class Ensemble(nn.Module):
            def __init__(self, wide: int, steps: int) -> None:
                super().__init__()
                self.towers = nn.ModuleList(Reader(wide, steps) for _ in range(s["members"]))
                self.normal = nn.BatchNorm1d(steps, affine=False)

            def forward(self, x: Tensor, steps: Tensor, mask: Tensor) -> Tensor:
                if self.training:
                    x = x + s["noise"] * torch.randn_like(x)
                steps = self.normal(steps.transpose(1, 2)).transpose(1, 2) * mask[..., None]
                return torch.stack([one(x, steps, mask) for one in self.towers])

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.music, self.motion = Ensemble(music, STEPS), Ensemble(motion, MOTION_STEPS)
                self.heat = nn.Parameter(torch.full((s["members"],), 2.3))

        return Net()

    def loss_of(self, lesson: Lesson, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """InfoNCE both ways and by style."""
        import torch

        from choreo_deep import nets

        s = self.settings
        x, y = seen(lesson.music), seen(lesson.motion)
        clip, tag, style, weight = map(nets.tensor, (lesson.clip, lesson.tag, lesson.style, lesson.weight))

        def nce(logits: Tensor, right: Tensor) -> Tensor:
            good = torch.logsumexp(logits.masked_fill(~right, -1e4), dim=-1)
            return (torch.logsumexp(logits, dim=-1) - good).mean(dim=-1).sum()

        def loss(generator: torch.Generator, _: float) -> Tensor:
            rows = nets.drawn(generator, weight, s["batch"])
            danced = clip[rows]
            cosine = net.music(*(part[rows] for part in x)) @ net.motion(*y).transpose(1, 2)
            logits = cosine * net.heat.exp()[:, None, None]
            same = tag[danced][:, None] == tag
            back = logits[:, :, danced].transpose(1, 2)
            alike = style[danced][:, None] == style
            return (
                nce(logits, same)
                + nce(back, tag[danced][:, None] == tag[danced])
                + s["style_weight"] * nce(cosine / s["style_heat"], alike)
            )

        return loss

    def _through(self, part: Any, rows: Rows) -> Floats:
        import torch

        with torch.no_grad():
            each = part(*seen(rows))
        return np.asarray(torch.cat(list(each), dim=1).cpu().numpy(), np.float32)


def seen(rows: Rows) -> tuple[Tensor, Tensor, Tensor]:
    """Vector, steps and mask of one side as nets see them."""
    from choreo_deep import nets

    return nets.vectors(rows.x), nets.tensor(rows.steps), nets.tensor(rows.mask)
