"""Deep CCA, and supervised deep CCA with attention over chunks of the music."""

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


def correlation(a: Tensor, b: Tensor, ridge: float) -> Tensor:
    """Sum of the canonical correlations of two batches ``(N, K)``: the trace norm of S11^-1/2 S12 S22^-1/2."""
    import torch

    a, b = a - a.mean(dim=0), b - b.mean(dim=0)
    count, eye = len(a) - 1, torch.eye(a.shape[1], device=a.device, dtype=a.dtype)
    s11, s22, s12 = a.T @ a / count + ridge * eye, b.T @ b / count + ridge * eye, a.T @ b / count
    left = torch.linalg.cholesky(s11)
    right = torch.linalg.cholesky(s22)
    whitened = torch.linalg.solve_triangular(left, s12, upper=False)
    whitened = torch.linalg.solve_triangular(right, whitened.T, upper=False)
    return torch.linalg.svdvals(whitened).sum()


class DeepCca(DeepEmbedder):
    """Two nets whose outputs correlate as much as can be (Andrew et al., ICML 2013), then linear CCA of the outputs."""

    name = "dcca"
    description = "two nets trained for canonical correlation"
    paper = "Andrew, Arora, Bilmes and Livescu, Deep canonical correlation analysis, ICML 2013"
    defaults: ClassVar[Mapping[str, Any]] = {
        **DeepEmbedder.common, "steps": 120, "dims": 10, "hidden": 128, "dropout": 0.2, "ridge": 1e-3, "batch": 800
    }  # fmt: skip

    def build(self, music: int, motion: int) -> nn.Module:
        """Two towers."""
        from torch import nn

        from choreo_deep.nets import tower

        s = self.settings

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.music = tower(music, (s["hidden"],), s["dims"], dropout=s["dropout"])
                self.motion = tower(motion, (s["hidden"],), s["dims"], dropout=s["dropout"])

        return Net()

    def partners(self, lesson: Lesson, generator: torch.Generator, rows: Tensor) -> Tensor:
        """Clips that stretches of music are shown with: those that they are danced with."""
        from choreo_deep import nets

        return nets.tensor(lesson.clip)[rows]

    def music_of(self, lesson: Lesson) -> Callable[[Any, Tensor], Tensor]:
        """How the net hears rows of the lesson."""
        from choreo_deep import nets

        x = nets.vectors(lesson.music.x)
        return lambda net, rows: net.music(x[rows])

    def loss_of(self, lesson: Lesson, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """Minus the correlation."""
        from choreo_deep import nets

        y, weight = nets.vectors(lesson.motion.x), nets.tensor(lesson.weight)
        heard, s = self.music_of(lesson), self.settings

        def loss(generator: torch.Generator, _: float) -> Tensor:
            rows = nets.drawn(generator, weight, s["batch"])
            shown = self.partners(lesson, generator, rows)
            return -correlation(heard(net, rows).double(), net.motion(y[shown]).double(), s["ridge"])

        return loss

    def finish(self, lesson: Lesson, net: Any) -> None:
        """Linear CCA on what the nets give."""
        import torch

        from choreo_cca.solve import canonical
        from choreo_deep import nets

        generator = torch.Generator().manual_seed(lesson.seed)
        rows = nets.drawn(generator, nets.tensor(lesson.weight), 8 * len(lesson.clip))
        shown = self.partners(lesson, generator, rows)
        with torch.no_grad():
            a = self.music_of(lesson)(net, rows).double().cpu().numpy()
            b = net.motion(nets.vectors(lesson.motion.x)[shown]).double().cpu().numpy()
        centres = a.mean(axis=0), b.mean(axis=0)
        a, b = a - centres[0], b - centres[1]
        n = len(a)
        left, right, found = canonical(
            a.T @ a / n, b.T @ b / n, a.T @ b / n, dims=self.settings["dims"], ridge=self.settings["ridge"]
        )
        for side, centre, directions in zip(("music", "motion"), centres, (left, right), strict=True):
            self.arrays[f"{side}.centre"] = centre.astype(np.float32)
            self.arrays[f"{side}.directions"] = (directions * found).astype(np.float32)
        self.arrays["correlations"] = found.astype(np.float32)

    def _turned(self, side: str, out: Floats) -> Floats:
        return np.asarray((out - self.arrays[f"{side}.centre"]) @ self.arrays[f"{side}.directions"], np.float32)

    def project_music(self, rows: Rows) -> Floats:
        """Through the net, then on the canonical directions."""
        return self._turned("music", super().project_music(rows))

    def project_motion(self, rows: Rows) -> Floats:
        """Through the net, then on the canonical directions."""
        return self._turned("motion", super().project_motion(rows))


class SupervisedDeepCca(DeepCca):
    """Deep CCA over pairs of one class, where attention chooses the beats of the music that count.

    A recurrent net reads the phrase beat by beat and weighs the beats; the `chunks` heaviest are kept (Zeng, Yu and
    Oyama 2018). Classes are dance styles; clips of one style are shown with any music of that style.
    """

    name = "sdcca"
    description = "deep CCA over pairs of one style, with attention over the beats of the music"
    paper = "Zeng, Yu and Oyama, Audio-visual embedding for cross-modal music video retrieval through S-DCCA, 2018"
    steps = True
    defaults: ClassVar[Mapping[str, Any]] = {**DeepCca.defaults, "chunks": 8, "read": 32}

    def build(self, music: int, motion: int) -> nn.Module:
        """Attention over beats beside the vector; a tower for dance."""
        import torch
        from torch import nn

        from choreo.retrieval.music_side import STEPS
        from choreo_deep.nets import tower

        s = self.settings

        class Listener(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.reader = nn.LSTM(STEPS, s["read"], batch_first=True, bidirectional=True)
                self.weigh = nn.Linear(2 * s["read"], 1)
                self.out = tower(music + 2 * s["read"], (s["hidden"],), s["dims"], dropout=s["dropout"])

            def forward(self, x: Tensor, steps: Tensor, mask: Tensor) -> Tensor:
                read, _ = self.reader(steps)
                score = self.weigh(read)[..., 0].masked_fill(~mask, -1e4)
                least = score.topk(min(s["chunks"], score.shape[1]), dim=1).values[:, -1:]
                share = torch.softmax(score.masked_fill(score < least, -1e4), dim=1)
                return torch.as_tensor(self.out(torch.cat([x, (share[..., None] * read).sum(dim=1)], dim=1)))

        class Net(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.music = Listener()
                self.motion = tower(motion, (s["hidden"],), s["dims"], dropout=s["dropout"])

        return Net()

    def partners(self, lesson: Lesson, generator: torch.Generator, rows: Tensor) -> Tensor:
        """Any clip of the style of the one that is danced."""
        import torch

        from choreo_deep import nets

        styles = lesson.style[lesson.clip[rows.cpu().numpy()]]
        alike = torch.as_tensor(styles[:, None] == lesson.style).double()
        return torch.multinomial(alike, 1, generator=generator)[:, 0].to(nets.device())

    def music_of(self, lesson: Lesson) -> Callable[[Any, Tensor], Tensor]:
        """Vector and beats."""
        from choreo_deep import nets

        x, steps, mask = nets.vectors(lesson.music.x), nets.tensor(lesson.music.steps), nets.tensor(lesson.music.mask)
        return lambda net, rows: net.music(x[rows], steps[rows], mask[rows])

    def project_music(self, rows: Rows) -> Floats:
        """Through the listener, then on the canonical directions."""
        import torch

        from choreo_deep import nets

        with torch.no_grad():
            out = self.net.music(nets.vectors(rows.x), nets.tensor(rows.steps), nets.tensor(rows.mask))
        return self._turned("music", np.asarray(out.cpu().numpy(), np.float32))
