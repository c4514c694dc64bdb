"""Deep CCA, and supervised deep CCA with attention over chunks of the music."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from choreo.retrieval.learned import Features, TrainingSet
from choreo.types import Floats
from choreo_deep.base import DeepEmbedder, two_towers

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


def correlation(a: Tensor, b: Tensor, ridge: float) -> Tensor:
    """Sum of the canonical correlations of two batches ``(N, K)``: the trace norm of S11^-1/2 S12 S22^-1/2.

    Andrew et al. 2013, section 3. The ridge on the diagonals keeps the covariances of a batch invertible and the
    gradient bounded.
    """
    import torch

    a, b = a - a.mean(dim=0), b - b.mean(dim=0)
    count, eye = len(a) - 1, torch.eye(a.shape[1], device=a.device, dtype=a.dtype)
    s11, s22, s12 = a.T @ a / count + ridge * eye, b.T @ b / count + ridge * eye, a.T @ b / count
    # Whitening by Cholesky factors instead of symmetric roots: they differ by a rotation, which leaves singular values
    # alone, and unlike that of eigh their gradient is finite where eigenvalues coincide.
    left = torch.linalg.cholesky(s11)
    right = torch.linalg.cholesky(s22)
    whitened = torch.linalg.solve_triangular(left, s12, upper=False)
    whitened = torch.linalg.solve_triangular(right, whitened.T, upper=False)
    return torch.linalg.svdvals(whitened).sum()


class DeepCca(DeepEmbedder):
    """Two networks with maximally correlated outputs (Andrew et al., ICML 2013), then linear CCA of the outputs."""

    name = "dcca"
    description = "two nets trained for canonical correlation"
    paper = "Andrew, Arora, Bilmes and Livescu, Deep canonical correlation analysis, ICML 2013"
    defaults: ClassVar[Mapping[str, Any]] = {
        **DeepEmbedder.common, "steps": 120, "dims": 10, "hidden": 128, "dropout": 0.2, "ridge": 1e-3, "batch": 800
    }  # fmt: skip

    def build(self, music: int, motion: int) -> nn.Module:
        """Two towers."""
        from choreo_deep.nets import tower

        s = self.settings

        return two_towers(
            tower(music, (s["hidden"],), s["dims"], dropout=s["dropout"]),
            tower(motion, (s["hidden"],), s["dims"], dropout=s["dropout"]),
        )

    def partners(self, data: TrainingSet, generator: torch.Generator, rows: Tensor) -> Tensor:
        """Clip that each stretch of music is paired with in a batch: the one that it is danced with."""
        from choreo_deep import nets

        return nets.tensor(data.clip)[rows]

    def music_forward(self, data: TrainingSet) -> Callable[[Any, Tensor], Tensor]:
        """Make the function that runs rows of the training set through the music tower."""
        from choreo_deep import nets

        x = nets.vectors(data.music.x)
        return lambda net, rows: net.music(x[rows])

    def loss_of(self, data: TrainingSet, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """Minus the sum of the canonical correlations of a batch."""
        from choreo_deep import nets

        y, weight = nets.vectors(data.motion.x), nets.tensor(data.weight)
        forward, s = self.music_forward(data), self.settings

        def loss(generator: torch.Generator, _: float) -> Tensor:
            rows = nets.drawn(generator, weight, s["batch"])
            shown = self.partners(data, generator, rows)
            return -correlation(forward(net, rows).double(), net.motion(y[shown]).double(), s["ridge"])

        return loss

    def finish(self, data: TrainingSet, net: Any) -> None:
        """Linear CCA of the outputs over many drawn pairs; training leaves the rotation of the outputs undetermined."""
        import torch

        from choreo_cca.solve import canonical
        from choreo_deep import nets

        generator = torch.Generator().manual_seed(data.seed)
        rows = nets.drawn(generator, nets.tensor(data.weight), 8 * len(data.clip))
        shown = self.partners(data, generator, rows)
        with torch.no_grad():
            a = self.music_forward(data)(net, rows).double().cpu().numpy()
            b = net.motion(nets.vectors(data.motion.x)[shown]).double().cpu().numpy()
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

    def _canonical(self, side: str, out: Floats) -> Floats:
        return np.asarray((out - self.arrays[f"{side}.centre"]) @ self.arrays[f"{side}.directions"], np.float32)

    def project_music(self, features: Features) -> Floats:
        """Output of the tower on the canonical directions."""
        return self._canonical("music", super().project_music(features))

    def project_motion(self, features: Features) -> Floats:
        """Output of the tower on the canonical directions."""
        return self._canonical("motion", super().project_motion(features))


class SupervisedDeepCca(DeepCca):
    """Deep CCA over all pairs of a class, with attention over the beats of the music.

    A recurrent network reads the phrase beat by beat and scores the beats; the `chunks` highest are averaged (Zeng, Yu
    and Oyama 2018). Classes are dance styles: music is paired with any clip of its style.
    """

    name = "sdcca"
    description = "deep CCA over pairs of one style, with attention over the beats of the music"
    paper = "Zeng, Yu and Oyama, Audio-visual embedding for cross-modal music video retrieval through S-DCCA, 2018"
    uses_sequences = True
    defaults: ClassVar[Mapping[str, Any]] = {**DeepCca.defaults, "chunks": 8, "read": 32}

    def build(self, music: int, motion: int) -> nn.Module:
        """Attention over beats and a perceptron for music; a tower for motion."""
        import torch
        from torch import nn

        from choreo.retrieval.music_side import STEPS
        from choreo_deep.nets import tower

        s = self.settings

        class AttentionTower(nn.Module):
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

        return two_towers(AttentionTower(), tower(motion, (s["hidden"],), s["dims"], dropout=s["dropout"]))

    def partners(self, data: TrainingSet, generator: torch.Generator, rows: Tensor) -> Tensor:
        """Any clip of the style of the one that is danced, drawn anew for every batch."""
        import torch

        from choreo_deep import nets

        styles = data.style[data.clip[rows.cpu().numpy()]]
        alike = torch.as_tensor(styles[:, None] == data.style).double()
        return torch.multinomial(alike, 1, generator=generator)[:, 0].to(nets.device())

    def music_forward(self, data: TrainingSet) -> Callable[[Any, Tensor], Tensor]:
        """Vector and beats."""
        from choreo_deep import nets

        x, steps, mask = nets.tensors_of(data.music)
        return lambda net, rows: net.music(x[rows], steps[rows], mask[rows])

    def project_music(self, features: Features) -> Floats:
        """Output of the attention tower on the canonical directions."""
        import torch

        from choreo_deep import nets

        with torch.no_grad():
            out = self.net.music(*nets.tensors_of(features))
        return self._canonical("music", np.asarray(out.cpu().numpy(), np.float32))
