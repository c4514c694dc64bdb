"""Canonical correlation: against a reference, against its definition, and where it must find nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_views import class_map, digits, known_problem, training_set

from choreo.errors import InputError
from choreo.types import Doubles
from choreo_cca import Cca, ClusterCca, ClusterKernelCca, KernelCca, MeanCca
from choreo_cca.cluster import cross_covariances
from choreo_cca.solve import canonical, kernel, kernel_map


def covariances(x: Doubles, y: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    return x.T @ x / len(x), y.T @ y / len(y), x.T @ y / len(x)


def correlated(rows: int, shared: int, seed: int = 0) -> tuple[Doubles, Doubles]:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(rows, shared))
    x = z @ rng.normal(size=(shared, 7)) + rng.normal(size=(rows, 7))
    return x, z @ rng.normal(size=(shared, 5)) + rng.normal(size=(rows, 5))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), shared=st.integers(1, 4))
def test_cca_is_that_of_the_reference(seed: int, shared: int) -> None:
    from cca_zoo.linear import CCA

    x, y = correlated(200, shared, seed)
    a, b, found = canonical(*covariances(x, y), dims=3, ridge=0.0)
    theirs = CCA(n_components=3).fit([x, y]).transform([x, y])
    for mine, other in zip(((x - x.mean(axis=0)) @ a, (y - y.mean(axis=0)) @ b), theirs, strict=True):
        for k in range(3):
            assert abs(np.corrcoef(mine[:, k], other[:, k])[0, 1]) == pytest.approx(1, abs=1e-6)
    wanted = [abs(np.corrcoef(theirs[0][:, k], theirs[1][:, k])[0, 1]) for k in range(3)]
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_one_view_twice_correlates_fully_and_strangers_hardly() -> None:
    x, _ = correlated(300, 2)
    assert canonical(*covariances(x, x), dims=5, ridge=0.0)[2] == pytest.approx(1, abs=1e-9)
    rng = np.random.default_rng(1)
    both = [rng.normal(size=(400, 30)).astype(np.float32) for _ in range(2)]
    learnt = KernelCca(dims=1, ridge=0.05, width=0.7)
    learnt.learn(training_set(both[0][:200], both[1][:200], np.zeros(200, np.int64), 0))
    held = training_set(both[0][200:], both[1][200:], np.zeros(200, np.int64), 0)
    a, b = learnt.project_music(held.music)[:, 0], learnt.project_motion(held.motion)[:, 0]
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.2


def test_a_linear_kernel_is_cca() -> None:
    x, y = (side.astype(np.float32) for side in correlated(150, 3))
    given = training_set(x, y, np.zeros(150, np.int64), 0)
    plain, kernelled = Cca(dims=4, ridge=0.01), KernelCca(dims=4, ridge=0.01, kernel="linear")
    plain.learn(given)
    kernelled.learn(given)
    np.testing.assert_allclose(plain.arrays["correlations"], kernelled.arrays["correlations"], atol=1e-4)
    a, b = plain.project_music(given.music), kernelled.project_music(given.music)
    for k in range(4):
        assert abs(np.corrcoef(a[:, k], b[:, k])[0, 1]) > 0.999


@pytest.mark.parametrize("name", ["linear", "rbf", "polynomial"])
def test_features_of_a_kernel_multiply_to_it(name: str) -> None:
    x = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
    options = {"kernel": name, "width": 1.0, "degree": 3}
    features = kernel(x, x, options) @ kernel_map(x, options)
    np.testing.assert_allclose(features @ features.T, kernel(x, x, options), atol=1e-5)
    with pytest.raises(InputError, match="linear, rbf, polynomial"):
        kernel(x, x, {"kernel": "laplace"})


def test_nystroem_comes_near_to_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    import choreo_cca.linear as linear

    x, y = (side.astype(np.float32) for side in correlated(400, 3))
    given = training_set(x, y, np.zeros(400, np.int64), 0)
    exact = KernelCca(dims=3, ridge=0.02)
    exact.learn(given)
    monkeypatch.setattr(linear, "EXACT", 300)
    rough = KernelCca(dims=3, ridge=0.02, landmarks=200)
    rough.learn(given)
    assert len(rough.arrays["music.landmarks"]) == 200
    np.testing.assert_allclose(rough.arrays["correlations"], exact.arrays["correlations"], atol=0.03)


def test_clusters_of_one_row_are_pairs() -> None:
    x, y = (side.astype(np.float32) for side in correlated(80, 2))
    given = training_set(x, y, np.arange(80), 0)
    pairs, clusters = Cca(dims=3), ClusterCca(dims=3)
    pairs.learn(given)
    clusters.learn(given)
    for name, array in pairs.arrays.items():
        np.testing.assert_allclose(clusters.arrays[name], array, atol=1e-4)


def test_covariances_of_clusters_are_those_of_all_pairs_written_out() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(30, 4)).astype(np.float32), rng.normal(size=(25, 3)).astype(np.float32)
    of_x, of_y = rng.integers(0, 4, 30), rng.integers(0, 5, 25)
    rows = [(i, j) for i in range(30) for j in range(25) if of_x[i] == of_y[j]]
    every_x, every_y = x[[i for i, _ in rows]].astype(np.float64), y[[j for _, j in rows]].astype(np.float64)
    means, *found = cross_covariances(x, y, of_x, of_y)
    np.testing.assert_allclose(means[0], every_x.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(means[1], every_y.mean(axis=0), atol=1e-9)
    for mine, wanted in zip(found, covariances(every_x, every_y), strict=True):
        np.testing.assert_allclose(mine, wanted, atol=1e-9)


def test_means_of_classes_span_one_direction_fewer() -> None:
    x, y, label = known_problem(400)
    learnt = MeanCca(dims=30)
    learnt.learn(training_set(x, y, label, 0))
    assert learnt.arrays["music.directions"].shape[1] <= 7


@pytest.mark.parametrize("make", [MeanCca, ClusterCca, ClusterKernelCca])
def test_one_class_is_refused(make: type[ClusterCca]) -> None:
    x, y = (side.astype(np.float32) for side in correlated(40, 2))
    with pytest.raises(InputError, match="two classes"):
        make().learn(training_set(x, y, np.zeros(40, np.int64), 0))
    with pytest.raises(InputError, match="style, tag"):
        make(classes="genre").learn(training_set(x, y, np.zeros(40, np.int64), 0))


def test_fewer_rows_than_numbers_and_constant_numbers_are_regularised() -> None:
    x, y = (side.astype(np.float32) for side in correlated(12, 2))
    x = np.concatenate([x, np.ones((12, 30), np.float32)], axis=1)
    given = training_set(x, y, np.arange(12) % 2, 0)
    for make in (Cca, KernelCca, ClusterCca, MeanCca):
        learnt = make()
        learnt.learn(given)
        assert np.isfinite(learnt.project_music(given.music)).all()
        assert (learnt.arrays["correlations"] <= 1).all()


def test_weights_count_as_repeated_rows() -> None:
    x, y = (side.astype(np.float32) for side in correlated(60, 2))
    given = training_set(x, y, np.zeros(60, np.int64), 0)
    twice = np.r_[np.arange(60), np.arange(20)]
    weight = np.bincount(twice) / len(twice)
    a, b = Cca(dims=2), Cca(dims=2)
    a.learn(replace(given, weight=weight))
    music = replace(given.music, x=given.music.x[twice])
    b.learn(replace(given, music=music, clip=given.clip[twice], weight=np.full(80, 1 / 80)))
    np.testing.assert_allclose(a.arrays["correlations"], b.arrays["correlations"], atol=1e-5)


def test_the_published_order_of_linear_methods() -> None:
    for views in (known_problem(), digits()):
        pairs, clusters = class_map(Cca(), views)["forward"], class_map(ClusterCca(), views)["forward"]
        assert clusters > pairs + 0.03
