"""What the nets have in common: a model of two towers, built from the arrays' shapes, made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from choreo.retrieval.learned import LearnedEmbedder, Lesson, Rows
from choreo.types import Floats

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class DeepEmbedder(LearnedEmbedder):
    """A method gives `build` (its net, with parts ``music`` and ``motion``) and `loss_of`; settings say how long."""

    common: ClassVar[Mapping[str, Any]] = {"steps": 200, "rate": 3e-3, "decay": 1e-2}

    def __init__(self, *, lengths: bool = True, **settings: Any) -> None:
        super().__init__(lengths=lengths, **settings)
        self._net: nn.Module | None = None

    def build(self, music: int, motion: int) -> nn.Module:
        """Make the untrained net for vectors of these widths."""
        raise NotImplementedError

    def loss_of(self, lesson: Lesson, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """Make the function that `choreo_deep.nets.optimise` minimises."""
        raise NotImplementedError

    def learn(self, lesson: Lesson) -> None:
        """Train the net."""
        from choreo_deep import nets

        nets.seeded(lesson.seed)
        net = self.build(lesson.music.x.shape[1], lesson.motion.x.shape[1]).to(nets.device())
        nets.optimise(
            net,
            self.loss_of(lesson, net),
            steps=self.settings["steps"],
            rate=self.settings["rate"],
            decay=self.settings["decay"],
            seed=lesson.seed,
            report=lesson.report,
            checkpoint=lesson.checkpoint,
        )
        self.finish(lesson, net)
        self.arrays |= nets.to_arrays(net)
        self._net = net

    def finish(self, lesson: Lesson, net: Any) -> None:
        """What is to be done when the net is trained."""

    @property
    def net(self) -> Any:
        """The net, rebuilt from `arrays` when they were loaded."""
        if self._net is None:
            from choreo_deep import nets

            wide = (len(self.arrays["music.mean"]), len(self.arrays["motion.mean"]))
            self._net = nets.from_arrays(self.build(*wide), self.arrays)
        return self._net

    def load(self, folder: Any) -> Any:
        """Read a model; see the base."""
        self._net = None
        return super().load(folder)

    def _through(self, part: Any, rows: Rows) -> Floats:
        import torch

        from choreo_deep import nets

        with torch.no_grad():
            return np.asarray(part(nets.vectors(rows.x)).cpu().numpy(), np.float32)

    def project_music(self, rows: Rows) -> Floats:
        """Through the music's tower."""
        return self._through(self.net.music, rows)

    def project_motion(self, rows: Rows) -> Floats:
        """Through the dance's tower."""
        return self._through(self.net.motion, rows)


def two_towers(music: nn.Module, motion: nn.Module) -> nn.Module:
    """Hold two towers as one module."""
    from torch import nn

    return nn.ModuleDict({"music": music, "motion": motion})
