"""VM-Net: two-way ranking with the soft intra-modal structure constraint (Hong, Im and Yang 2017)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from choreo.retrieval.learned import Lesson
from choreo_deep.base import DeepEmbedder

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


def structure(before: Tensor, after: Tensor, triples: Tensor) -> Tensor:
    """Soft intra-modal structure loss: 0 while the space keeps the order of distances that the features have.

    Mean over triples (i, j, k) of ``(sign(d_ij - d_ik) - sign(e_ij - e_ik)) * (e_ik - e_ij)`` for distances d before
    and e after embedding: only orders that the embedding breaks cost anything, and as much as they are broken by.

    Parameters
    ----------
    before, after
        Rows ``(N, D)`` and ``(N, E)``.
    triples
        ``(T, 3)`` row numbers.
    """
    i, j, k = triples.unbind(dim=1)
    wanted = ((before[i] - before[j]) ** 2).sum(dim=1) - ((before[i] - before[k]) ** 2).sum(dim=1)
    found = ((after[i] - after[j]) ** 2).sum(dim=1) - ((after[i] - after[k]) ** 2).sum(dim=1)
    return ((wanted.sign() - found.sign().detach()) * -found).mean()


def ranked(cosine: Tensor, right: Tensor, margin: float, hardest: int) -> Tensor:
    """Hinge of every row: the worst right answer against the `hardest` wrong ones that come too near."""
    mine = cosine.masked_fill(~right, -2).max(dim=1, keepdim=True).values
    broken = (margin - mine + cosine).masked_fill(right, 0).clamp(min=0)
    return broken.topk(min(hardest, broken.shape[1]), dim=1).values.mean()


class VmNet(DeepEmbedder):
    """Ranking both ways with weights 3 and 1, margin 0.1, the 100 most violating wrong answers, and the structure."""

    name = "vmnet"
    description = "two-way ranking with the soft intra-modal structure constraint"
    paper = "Hong, Im and Yang, Content-based video-music retrieval using soft intra-modal structure constraint, 2017"
    defaults: ClassVar[Mapping[str, Any]] = {
        **DeepEmbedder.common, "dims": 64, "hidden": 256, "margin": 0.1, "hardest": 100, "batch": 256, "dropout": 0.1,
        "there": 3.0, "back": 1.0, "structure": 0.2, "triples": 512,
    }  # fmt: skip

    def build(self, music: int, motion: int) -> nn.Module:
        """Towers with batch norm."""
        from torch import nn

        from choreo_deep.nets import tower

        s = self.settings
        sizes: Any = {"dropout": s["dropout"], "norm": True}

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.music = tower(music, (s["hidden"], s["hidden"]), s["dims"], **sizes)
                self.motion = tower(motion, (s["hidden"],), s["dims"], **sizes)

        return Net()

    def loss_of(self, lesson: Lesson, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """Ranking and structure."""
        import torch
        from torch import nn

        from choreo_deep import nets

        s = self.settings
        x, y = nets.vectors(lesson.music.x), nets.vectors(lesson.motion.x)
        clip, tag, weight = map(nets.tensor, (lesson.clip, lesson.tag, lesson.weight))

        def loss(generator: torch.Generator, _: float) -> Tensor:
            rows = nets.drawn(generator, weight, s["batch"])
            danced = clip[rows]
            a = nn.functional.normalize(net.music(x[rows]), dim=1)
            b = nn.functional.normalize(net.motion(y), dim=1)
            cosine, same = a @ b.T, tag[danced][:, None] == tag
            total = s["there"] * ranked(cosine, same, s["margin"], s["hardest"])
            total = total + s["back"] * ranked(cosine[:, danced].T, same[:, danced].T, s["margin"], s["hardest"])
            for before, after in ((x[rows], a), (y, b)):
                triples = torch.randint(len(before), (s["triples"], 3), generator=generator).to(rows.device)
                total = total + s["structure"] * structure(before, after, triples)
            return total

        return loss
