"""VM-Net: two-way ranking with the soft intra-modal structure constraint (Hong, Im and Yang 2017)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from choreo.retrieval.learned import TrainingSet
from choreo_deep.base import DeepEmbedder, two_towers

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


def structure(before: Tensor, after: Tensor, triples: Tensor) -> Tensor:
    """Soft intra-modal structure loss: 0 while the embedding keeps the order of distances between features.

    Hong, Im and Yang 2017. Mean over triples (i, j, k) of ``(sign(d_ij - d_ik) - sign(e_ij - e_ik)) * (e_ik - e_ij)``
    with squared distances d before and e after embedding: only a reversed order costs, as much as it is reversed by.

    Parameters
    ----------
    before, after
        Rows ``(N, D)`` and ``(N, E)``.
    triples
        ``(T, 3)`` row numbers.
    """
    i, j, k = triples.unbind(dim=1)
    order = ((before[i] - before[j]) ** 2).sum(dim=1) - ((before[i] - before[k]) ** 2).sum(dim=1)
    distorted = ((after[i] - after[j]) ** 2).sum(dim=1) - ((after[i] - after[k]) ** 2).sum(dim=1)
    return ((order.sign() - distorted.sign().detach()) * -distorted).mean()


def ranking_loss(cosine: Tensor, right: Tensor, margin: float, hardest: int) -> Tensor:
    """Hinge loss with hard negatives: best positive of each row against its `hardest` negatives within the margin."""
    mine = cosine.masked_fill(~right, -2).max(dim=1, keepdim=True).values
    broken = (margin - mine + cosine).masked_fill(right, 0).clamp(min=0)
    return broken.topk(min(hardest, broken.shape[1]), dim=1).values.mean()


class VmNet(DeepEmbedder):
    """Ranking loss in both directions (weights 3 and 1, margin 0.1, 100 hardest negatives) and the structure loss."""

    name = "vmnet"
    description = "two-way ranking with the soft intra-modal structure constraint"
    paper = "Hong, Im and Yang, Content-based video-music retrieval using soft intra-modal structure constraint, 2017"
    defaults: ClassVar[Mapping[str, Any]] = {
        **DeepEmbedder.common, "dims": 64, "hidden": 256, "margin": 0.1, "hardest": 100, "batch": 256, "dropout": 0.1,
        "there": 3.0, "back": 1.0, "structure": 0.2, "triples": 512,
    }  # fmt: skip

    def build(self, music: int, motion: int) -> nn.Module:
        """Towers with batch norm."""
        from choreo_deep.nets import tower

        s = self.settings
        sizes: Any = {"dropout": s["dropout"], "norm": True}
        return two_towers(
            tower(music, (s["hidden"], s["hidden"]), s["dims"], **sizes),
            tower(motion, (s["hidden"],), s["dims"], **sizes),
        )

    def loss_of(self, data: TrainingSet, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """Ranking loss in both directions and structure loss of both sides."""
        import torch
        from torch import nn

        from choreo_deep import nets

        s = self.settings
        x, y = nets.vectors(data.music.x), nets.vectors(data.motion.x)
        clip, tag, weight = map(nets.tensor, (data.clip, data.tag, data.weight))

        def loss(generator: torch.Generator, _: float) -> Tensor:
            rows = nets.drawn(generator, weight, s["batch"])
            danced = clip[rows]
            a = nn.functional.normalize(net.music(x[rows]), dim=1)
            b = nn.functional.normalize(net.motion(y), dim=1)
            cosine, same = a @ b.T, tag[danced][:, None] == tag
            total = s["there"] * ranking_loss(cosine, same, s["margin"], s["hardest"])
            total = total + s["back"] * ranking_loss(cosine[:, danced].T, same[:, danced].T, s["margin"], s["hardest"])
            for before, after in ((x[rows], a), (y, b)):
                triples = torch.randint(len(before), (s["triples"], 3), generator=generator).to(rows.device)
                total = total + s["structure"] * structure(before, after, triples)
            return total

        return loss
