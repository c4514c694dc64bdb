"""A learnt rating of how well music and dance match (Fan, Xu and Geng, TVCG 2012)."""

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


class Rating(DeepEmbedder):
    """A net that sees both sides at once and says how good a match they are, 0 to 1; the distance is what lacks to 1.

    Learnt from synchronised pairs against music and dance put together at random.
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

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.music, self.motion = nn.Linear(music, s["hidden"]), nn.Linear(motion, s["hidden"])
                self.drop = nn.Dropout(s["dropout"])
                self.sums, self.products = nn.Linear(s["hidden"], 1), nn.Linear(s["hidden"], 1, bias=False)

            def forward(self, a: Tensor, b: Tensor) -> Tensor:
                both = self.sums(torch.relu(self.drop(a + b))) + self.products(self.drop(torch.tanh(a) * torch.tanh(b)))
                return torch.as_tensor(both[..., 0])

        return Net()

    def loss_of(self, lesson: Lesson, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """Logistic loss, as many good matches as bad ones by weight."""
        import torch
        from torch import nn

        from choreo_deep import nets

        s = self.settings
        x, y = nets.vectors(lesson.music.x), nets.vectors(lesson.motion.x)
        clip, tag, weight = map(nets.tensor, (lesson.clip, lesson.tag, lesson.weight))

        def loss(generator: torch.Generator, _: float) -> Tensor:
            rows = nets.drawn(generator, weight, s["batch"])
            danced = clip[rows]
            others = torch.randint(len(y), (len(rows), s["wrong"]), generator=generator).to(rows.device)
            shown = torch.cat([danced[:, None], others], dim=1)
            good = (tag[shown] == tag[danced][:, None]).float()
            logits = net(net.music(x[rows])[:, None], net.motion(y)[shown])
            return nn.functional.binary_cross_entropy_with_logits(logits, good, weight=1 + good * (s["wrong"] - 1))

        return loss

    def embed_music(self, analysis: Any, phrases: Any) -> Floats:
        """``(P, H) float32``: what the net makes of the music before it sees the dance."""
        from choreo.retrieval.music_side import music_vectors

        return self.project_music(self._rows(self._scaled("music", music_vectors(analysis, phrases))))

    def embed_motion(self, clips: Any) -> Floats:
        """``(C, H) float32``: what the net makes of the dance before it hears the music."""
        from choreo.retrieval.motion_side import motion_vectors

        return self.project_motion(self._rows(self._scaled("motion", motion_vectors(clips))))

    @staticmethod
    def _rows(x: Floats) -> Rows:
        return Rows(x, np.zeros((0, 0, 0), np.float32), np.zeros((0, 0), bool))

    def compare(self, music: Floats, motion: Floats) -> Mapping[str, Floats]:
        """What lacks to a perfect rating, 0 to 1."""
        import torch

        from choreo_deep import nets

        b = nets.tensor(motion)
        with torch.no_grad():
            rows = [1 - torch.sigmoid(self.net(nets.tensor(a)[None], b)) for a in music]
        return {self.name: np.stack([row.cpu().numpy() for row in rows]).astype(np.float32)}
