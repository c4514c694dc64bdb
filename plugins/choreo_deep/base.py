"""Base class of the neural embedders: a network of two towers, trained once, rebuilt from saved arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from choreo.plugins import require_extra
from choreo.retrieval.learned import Features, LearnedEmbedder, TrainingSet
from choreo.types import Floats

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


class DeepEmbedder(LearnedEmbedder):
    """A method gives `build` (a network with submodules ``music`` and ``motion``) and `loss_of`.

    Its settings hold the number of optimiser steps, the peak learning rate and the weight decay.
    """

    common: ClassVar[Mapping[str, Any]] = {"steps": 200, "rate": 3e-3, "decay": 1e-2}

    def __init__(self, *, lengths: bool = True, **settings: Any) -> None:
        super().__init__(lengths=lengths, **settings)
        self._net: nn.Module | None = None

    def ready(self) -> None:
        """Find out whether torch is installed.

        Raises
        ------
        PluginError
        """
        require_extra("learning with nets", "learn", "torch")

    def build(self, music: int, motion: int) -> nn.Module:
        """Make the untrained network for feature vectors of these widths."""
        raise NotImplementedError

    def loss_of(self, data: TrainingSet, net: Any) -> Callable[[torch.Generator, float], Tensor]:
        """Make the loss that `choreo_deep.nets.optimise` minimises."""
        raise NotImplementedError

    def learn(self, data: TrainingSet) -> None:
        """Train the network."""
        from choreo_deep import nets

        nets.seeded(data.seed)
        net = self.build(data.music.x.shape[1], data.motion.x.shape[1]).to(nets.device())
        nets.optimise(
            net,
            self.loss_of(data, net),
            steps=self.settings["steps"],
            rate=self.settings["rate"],
            decay=self.settings["decay"],
            seed=data.seed,
            report=data.report,
            checkpoint=data.checkpoint,
        )
        self.finish(data, net)
        self.arrays |= nets.to_arrays(net)
        self._net = net

    def finish(self, data: TrainingSet, net: Any) -> None:
        """Do what is left once the network is trained; nothing by default."""

    @property
    def net(self) -> Any:
        """The network, rebuilt from `arrays` when they were loaded."""
        if self._net is None:
            from choreo_deep import nets

            wide = (len(self.arrays["music.mean"]), len(self.arrays["motion.mean"]))
            self._net = nets.from_arrays(self.build(*wide), self.arrays)
        return self._net

    def load(self, folder: Any) -> Any:
        """Read a model; see the base."""
        self._net = None
        return super().load(folder)

    def _through(self, part: Any, features: Features) -> Floats:
        import torch

        from choreo_deep import nets

        with torch.no_grad():
            return np.asarray(part(nets.vectors(features.x)).cpu().numpy(), np.float32)

    def project_music(self, features: Features) -> Floats:
        """Output of the music tower."""
        return self._through(self.net.music, features)

    def project_motion(self, features: Features) -> Floats:
        """Output of the motion tower."""
        return self._through(self.net.motion, features)


def two_towers(music: nn.Module, motion: nn.Module) -> nn.Module:
    """Module with the towers as its submodules ``music`` and ``motion``, which `DeepEmbedder` projects with."""
    from torch import nn

    class TwoTowers(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.music, self.motion = music, motion

    return TwoTowers()
