from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_support import Cluster, ray_cluster, require_cluster


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--sample N``: what another Python does otherwise shows in some tests of each file as in all."""
    parser.addoption("--sample", type=int, metavar="N", help="of each file only N tests, and of each the first case")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what wants real data, so that ``-m "not shared"`` leaves out all of it."""
    if "shared" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.shared)


@pytest.hookimpl(trylast=True)  # when marks and names have chosen
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose a sample when asked to."""
    count = config.getoption("sample")
    if count is not None:
        kept = set(_sample(items, count))
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = [item for item in items if item in kept]


def _sample(items: list[pytest.Item], count: int) -> Iterator[pytest.Item]:
    """Of each file `count` tests, evenly from first to last, each with its first case."""
    files = dict[Path, dict[str, pytest.Item]]()
    for item in items:
        files.setdefault(item.path, {}).setdefault(item.nodeid.partition("[")[0], item)
    for tests in files.values():
        each = list(tests.values())
        yield from each[:: max(1, -(-len(each) // count))]


@pytest.fixture(autouse=True)
def _limits() -> Iterator[None]:
    """A test that leaves its process with less memory, time or files than it found fails, not one of those after it."""
    try:
        import resource
    except ImportError:  # limits are POSIX's
        yield
        return
    names = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    before = {name: resource.getrlimit(getattr(resource, name)) for name in names}
    yield
    after = {name: resource.getrlimit(getattr(resource, name)) for name in names}
    for name in names:
        if after[name] != before[name]:
            resource.setrlimit(getattr(resource, name), before[name])
    assert after == before


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data; tests skip without it, and fail with CHOREO_REQUIRE_SHARED=1."""
    root = Path(os.environ.get("CHOREO_SHARED", Path(__file__).parents[2] / "shared" / "data"))
    if root.is_dir():
        return root
    message = f"real data not found at {root} (set CHOREO_SHARED)"
    if os.environ.get("CHOREO_REQUIRE_SHARED") == "1":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Remembered analyses go to a folder of the session, not to the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHOREO_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """A motion database with the starter clips, for tests that only read it; one for all processes of a run."""
    from choreo.db import ensure_starter

    base = tmp_path_factory.getbasetemp()
    place = (base.parent if hasattr(request.config, "workerinput") else base) / "starter" / "db"
    ensure_starter(place)
    return str(place)


@pytest.fixture
def own_database(database: str, tmp_path: Path) -> str:
    """A copy of it, for a test that writes: filling one takes half a minute."""
    return str(shutil.copytree(database, tmp_path / "db"))


@pytest.fixture
def musicnn_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Weights of musicnn's form, random ones, as if they had been fetched; no options."""
    from tf_checkpoints import net_arrays, published

    from choreo import models

    wheel, model = published(tmp_path, net_arrays())
    monkeypatch.setattr(models, "MODELS", {"musicnn": model})
    monkeypatch.setenv("CHOREO_MODELS", str(tmp_path / "kept"))
    models.get_model("musicnn", wheel)
    return {}


@pytest.fixture
def glove_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Vectors of GloVe's form of a few words, as if they had been fetched; no options."""
    from word_support import publish_vectors

    publish_vectors(tmp_path, monkeypatch)
    return {}


@pytest.fixture
def pose_nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nets that find people in videos, as if they had been fetched; tests skip without them."""
    from pose_support import fetched_nets

    fetched_nets(tmp_path / "models", monkeypatch)


@pytest.fixture(scope="session")
def puppet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Options of the gltf body: a textured character's file."""
    from character_support import Puppet

    return {"file": Puppet(arms_down=0.5).save(tmp_path_factory.mktemp("characters") / "puppet.glb")}


@pytest.fixture(scope="session")
def fbx_dancer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Options of the fbx body: the built-in dancer's file."""
    from choreo import plugins, testing

    path = tmp_path_factory.mktemp("characters") / "dancer.fbx"
    plugins.load("exporters", "fbx").export(testing.sample_motion(0.5), path)
    return {"file": path}


@pytest.fixture(scope="session")
def smpl_model(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Options of the smplx body: a model file made from the built-in dancer."""
    pytest.importorskip("smplx", reason="the smplx extra is not installed")
    from body_support import smpl_arrays, write_npz

    from choreo.video.bodies import load_body

    return {
        "model_path": write_npz(
            tmp_path_factory.mktemp("models") / "SMPL_NEUTRAL.npz", smpl_arrays(load_body(fingers=False))
        )
    }


@pytest.fixture(scope="session")
def gl() -> dict[str, Any]:
    """Nothing, where OpenGL works; where it does not, tests skip, and fail with CHOREO_REQUIRE_GL=1."""
    from choreo.errors import PluginError
    from choreo_pyrender.context import offscreen

    try:
        with offscreen(16, 16):
            return {}
    except PluginError as error:
        if os.environ.get("CHOREO_REQUIRE_GL") == "1":
            pytest.fail(error.message)
        pytest.skip(f"no OpenGL here: {error.message}")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A Ray cluster of two nodes, one item at once each; tests that end its second node start it again."""
    require_cluster()
    with ray_cluster() as made:
        yield made


@pytest.fixture(scope="session")
def _blender_here() -> None:
    """Looks once whether a Python with Blender is here; elsewhere tests skip, or fail: CHOREO_REQUIRE_BLENDER=1."""
    from choreo.errors import PluginError
    from choreo_blender.studio import blender_python

    try:
        blender_python()
    except PluginError as error:
        if os.environ.get("CHOREO_REQUIRE_BLENDER") == "1":
            pytest.fail(error.message)
        pytest.skip(error.message)


@pytest.fixture
def blender(_blender_here: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Nothing, where a Python with Blender is; few samples, as long as the test runs."""
    from choreo_blender.studio import SAMPLES

    monkeypatch.setenv(SAMPLES, "4")
    return {}
