"""Joint embedding by cosine and classification (Suris et al., ECCVW 2018)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from choreo.retrieval.learned import TrainingSet
from choreo_deep.base import DeepEmbedder, two_towers

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class JointEmbedding(DeepEmbedder):
    """Pairs are drawn to a cosine of 1, negatives pushed below a margin; one classifier reads both embeddings.

    As published: margin 0.2, 60 % negatives, a weight of the classification loss that starts at 0 and grows. The
    classes are the movement tags; the towers are smaller than the published ones because there are fewer data.
    """

    name = "joint"
    description = "cosine loss with a margin and a shared classifier of movements"
    paper = "Suris et al., Cross-modal embeddings for video and audio retrieval, ECCV workshops 2018"
    defaults: ClassVar[Mapping[str, Any]] = {
        **DeepEmbedder.common, "dims": 128, "hidden": 256, "margin": 0.2, "wrong": 0.6, "batch": 512,
        "cosine_weight": 1.0, "class_weight": 0.5, "dropout": 0.3,
    }  # fmt: skip

    def build(self, music: int, motion: int) -> nn.Module:
        """Two towers."""
        from choreo_deep.nets import tower

        s = self.settings
        sizes: Any = {"dropout": s["dropout"]}
        return two_towers(
            tower(music, (s["hidden"], s["hidden"]), s["dims"], **sizes),
            tower(motion, (s["hidden"], s["hidden"]), s["dims"], **sizes),
        )

    def loss_of(self, data: TrainingSet, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """Cosine loss and cross entropy."""
        import torch
        from torch import nn

        from choreo_deep import nets

        s = self.settings
        x, y = nets.vectors(data.music.x), nets.vectors(data.motion.x)
        clip, tag, weight = map(nets.tensor, (data.clip, data.tag, data.weight))
        net.classes = nn.Linear(s["dims"], int(data.tag.max()) + 1).to(nets.device())

        def loss(generator: torch.Generator, done: float) -> Tensor:
            rows = nets.drawn(generator, weight, s["batch"])
            danced = clip[rows]
            wrong = (torch.rand(len(rows), generator=generator) < s["wrong"]).to(rows.device)
            others = torch.randint(len(y), (len(rows),), generator=generator).to(rows.device)
            shown = torch.where(wrong, others, danced)
            wrong = tag[shown] != tag[danced]
            a = nn.functional.normalize(net.music(x[rows]), dim=1)
            b = nn.functional.normalize(net.motion(y[shown]), dim=1)
            cosine = (a * b).sum(dim=1)
            apart = torch.where(wrong, torch.relu(cosine - s["margin"]), 1 - cosine).mean()
            read = nn.functional.cross_entropy(net.classes(a) * 10, tag[danced])
            read = read + nn.functional.cross_entropy(net.classes(b) * 10, tag[shown])
            return s["cosine_weight"] * apart + s["class_weight"] * done * read

        return loss

    def finish(self, data: TrainingSet, net: Any) -> None:
        """Drop the classifier, which only shapes the embedding during training."""
        del net.classes
