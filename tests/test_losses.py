"""Losses of the nets: their gradients are those of finite differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from dance_support import two_kinds

from choreo.retrieval import models
from choreo.retrieval.learned import TrainingSet

torch = pytest.importorskip("torch")

NETS = [name for name in models.learners() if "steps" in models.untrained(name).settings]
SMALL = {"batch": 24, "dims": 5, "hidden": 12, "triples": 40, "read": 6, "members": 2, "hardest": 7, "wrong": 0.6}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def small(name: str) -> Any:
    """A small embedder of the method, with whatever it has of sizes."""
    known = models.untrained(name).settings
    mine = {key: value for key, value in SMALL.items() if key in known}
    if name == "rating":
        mine |= {"wrong": 4}
    return models.untrained(name, mine)


@pytest.mark.parametrize("name", NETS)
def test_the_gradient_is_that_of_finite_differences(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo_deep import nets

    embedder = small(name)
    seen: list[TrainingSet] = []
    monkeypatch.setattr(embedder, "learn", seen.append)
    embedder.fit(two_kinds(6), seed=3)
    data, plain = seen[0], nets.tensor

    def exact(rows: Any) -> Any:
        found = plain(rows)
        return found.double() if found.is_floating_point() else found

    monkeypatch.setattr(nets, "tensor", exact)
    torch.manual_seed(0)
    net = embedder.build(data.music.x.shape[1], data.motion.x.shape[1])
    loss_of = embedder.loss_of(data, net)
    net.double().eval()  # no dropout and no noise: the loss is a function of the weights

    def loss() -> Any:
        return loss_of(torch.Generator().manual_seed(5), 0.5)

    parameters = [part for part in net.parameters() if part.requires_grad]
    gradients = torch.autograd.grad(loss(), parameters, allow_unused=True)
    assert any(part is not None and float(part.abs().max()) > 1e-6 for part in gradients)
    generator, step = torch.Generator().manual_seed(7), 1e-6
    for _ in range(3):
        ways = [torch.randn(part.shape, generator=generator, dtype=torch.float64) for part in parameters]
        told = sum(float((g * way).sum()) for g, way in zip(gradients, ways, strict=True) if g is not None)
        values = []
        for sign in (1, -1, -1, 1):  # there, back, and to the start again
            with torch.no_grad():
                for part, way in zip(parameters, ways, strict=True):
                    part += sign * step * way
                values.append(float(loss()))
        found = (values[0] - values[2]) / (2 * step)
        assert found == pytest.approx(told, rel=1e-3, abs=1e-6)
