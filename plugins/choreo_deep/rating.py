"""A learnt score of how well music and motion match (Fan, Xu and Geng, TVCG 2012)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from choreo.retrieval.learned import Features, TrainingSet, no_steps
from choreo.types import Floats
from choreo_deep.base import DeepEmbedder

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class Rating(DeepEmbedder):
    """A network that reads both sides together and scores the match, 0 to 1; the distance is one minus the score.

    Trained on pairs against music and clips put together at random.
    """

    name = "rating"
    description = "a learnt quality of the match of music and dance, both seen at once"
    paper = "Fan, Xu and Geng, Example-based automatic music-driven conventional dance motion synthesis, TVCG 2012"
    defaults: ClassVar[Mapping[str, Any]] = {
        **DeepEmbedder.common, "hidden": 192, "dropout": 0.4, "batch": 256, "wrong": 8
    }  # fmt: skip

    def build(self, music: int, motion: int) -> nn.Module:
        """One hidden layer over both sides and over products of their projections."""
        import torch
        from torch import nn

        s = self.settings

        class RatingNet(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.music, self.motion = nn.Linear(music, s["hidden"]), nn.Linear(motion, s["hidden"])
                self.drop = nn.Dropout(s["dropout"])
                self.sums, self.products = nn.Linear(s["hidden"], 1), nn.Linear(s["hidden"], 1, bias=False)

            def forward(self, a: Tensor, b: Tensor) -> Tensor:
                both = self.sums(torch.relu(self.drop(a + b))) + self.products(self.drop(torch.tanh(a) * torch.tanh(b)))
                return torch.as_tensor(both[..., 0])

        return RatingNet()

    def loss_of(self, data: TrainingSet, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """Logistic loss; a pair weighs as much as its `wrong` negatives together."""
        import torch
        from torch import nn

        from choreo_deep import nets

        s = self.settings
        x, y = nets.vectors(data.music.x), nets.vectors(data.motion.x)
        clip, tag, weight = map(nets.tensor, (data.clip, data.tag, data.weight))

        def loss(generator: torch.Generator, _: float) -> Tensor:
            rows = nets.drawn(generator, weight, s["batch"])
            danced = clip[rows]
            others = torch.randint(len(y), (len(rows), s["wrong"]), generator=generator).to(rows.device)
            shown = torch.cat([danced[:, None], others], dim=1)
            logits = net(net.music(x[rows])[:, None], net.motion(y)[shown])
            good = (tag[shown] == tag[danced][:, None]).to(logits.dtype)
            return nn.functional.binary_cross_entropy_with_logits(logits, good, weight=1 + good * (s["wrong"] - 1))

        return loss

    def embed_music(self, analysis: Any, phrases: Any) -> Floats:
        """``(P, H) float32``: first layer of the music side, which does not depend on the clip."""
        from choreo.retrieval.music_side import music_vectors

        return self.project_music(Features(self._scaled("music", music_vectors(analysis, phrases)), *no_steps()))

    def embed_motion(self, clips: Any) -> Floats:
        """``(C, H) float32``: first layer of the motion side, which does not depend on the music."""
        from choreo.retrieval.motion_side import motion_vectors

        return self.project_motion(Features(self._scaled("motion", motion_vectors(clips)), *no_steps()))

    def compare(self, music: Floats, motion: Floats) -> Mapping[str, Floats]:
        """One minus the score, 0 to 1."""
        import torch

        from choreo_deep import nets

        b = nets.tensor(motion)
        with torch.no_grad():
            rows = [1 - torch.sigmoid(self.net(nets.tensor(a)[None], b)) for a in music]
        return {self.name: np.stack([row.cpu().numpy() for row in rows]).astype(np.float32)}
