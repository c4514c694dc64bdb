"""Contrastive two-tower embedder: symmetric InfoNCE with false negatives masked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from choreo.retrieval.learned import Features, TrainingSet
from choreo.types import Floats
from choreo_deep.base import DeepEmbedder

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class Contrastive(DeepEmbedder):
    """Two towers trained to pick each other out of many (InfoNCE: van den Oord et al. 2018; Radford et al. 2021).

    Music is classified against all clips, and a clip against the music of the batch. A clip of the right movement tag
    is never a negative. A third term does the same by dance style (Khosla et al., Supervised contrastive learning,
    2020). An ensemble of tower pairs is trained; their embeddings are concatenated.
    """

    name = "contrastive"
    description = "two towers, symmetric InfoNCE with false negatives masked, styles first; an ensemble"
    uses_sequences = True
    paper = "Radford et al., Learning transferable visual models from natural language supervision, 2021"
    defaults: ClassVar[Mapping[str, Any]] = {
        **DeepEmbedder.common, "steps": 120, "dims": 32, "hidden": 128, "dropout": 0.5, "noise": 0.3, "members": 2,
        "batch": 256, "read": 32, "style_weight": 20.0, "style_heat": 0.3,
    }  # fmt: skip

    def build(self, music: int, motion: int) -> nn.Module:
        """Ensembles of towers for both sides, and a learnt temperature for each pair of towers."""
        import torch
        from torch import nn

        from choreo.retrieval.motion_side import STEPS as MOTION_STEPS
        from choreo.retrieval.music_side import STEPS
        from choreo_deep.nets import tower

        s = self.settings

        class SequenceTower(nn.Module):
            """Perceptron over the vector and an attention-weighted mean of convolved steps."""

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
                pooled = (share[..., None] * seen).sum(dim=1)
                x = nn.functional.dropout(x, 0.1, self.training)
                return nn.functional.normalize(self.out(torch.cat([x, pooled], dim=1)), dim=1)

        class TowerEnsemble(nn.Module):
            def __init__(self, wide: int, steps: int) -> None:
                super().__init__()
                self.towers = nn.ModuleList(SequenceTower(wide, steps) for _ in range(s["members"]))
                self.normal = nn.BatchNorm1d(steps, affine=False)

            def forward(self, x: Tensor, steps: Tensor, mask: Tensor) -> Tensor:
                if self.training:
                    x = x + s["noise"] * torch.randn_like(x)
                steps = self.normal(steps.transpose(1, 2)).transpose(1, 2) * mask[..., None]
                return torch.stack([one(x, steps, mask) for one in self.towers])

        class ContrastiveNet(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.music, self.motion = TowerEnsemble(music, STEPS), TowerEnsemble(motion, MOTION_STEPS)
                # log of the inverse temperature, as in CLIP; exp(2.3) is about 10
                self.heat = nn.Parameter(torch.full((s["members"],), 2.3))

        return ContrastiveNet()

    def loss_of(self, data: TrainingSet, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """InfoNCE in both directions and by style."""
        import torch

        from choreo_deep import nets

        s = self.settings
        x, y = nets.tensors_of(data.music), nets.tensors_of(data.motion)
        clip, tag, style, weight = map(nets.tensor, (data.clip, data.tag, data.style, data.weight))

        def nce(logits: Tensor, right: Tensor) -> Tensor:
            # -log of the probability of all positives together. Clips of one movement tag are the same dance, so
            # every one of them stands in the numerator: as negatives they would be pushed away for being right.
            # -1e4 stands for minus infinity, which would give NaN gradients in rows without a positive.
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

    def _through(self, part: Any, features: Features) -> Floats:
        import torch

        from choreo_deep import nets

        with torch.no_grad():
            each = part(*nets.tensors_of(features))
        return np.asarray(torch.cat(list(each), dim=1).cpu().numpy(), np.float32)
