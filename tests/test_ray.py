"""Work on a real Ray cluster of two nodes, also when one of them, a process, or the driver is killed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from cluster_support import Cluster

from choreo import __version__

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
DRIVERS = str(Path(__file__).with_name("ray_drivers.py"))


def said(cluster: Cluster, *arguments: str, cwd: str | None = None, **environ: str) -> str:
    """What a driver prints: nothing else may be there, on either stream."""
    done = cluster.run(DRIVERS, *arguments, environ=environ, cwd=cwd)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


def until(holds: Callable[[], object], longest: float = 60) -> None:
    end = time.monotonic() + longest
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_the_contract_of_engines_is_kept(cluster: Cluster) -> None:
    assert said(cluster, "contract") == "kept"


def test_odd_items_are_told_apart(cluster: Cluster) -> None:
    told = json.loads(said(cluster, "odds"))
    assert told["ends"].startswith("died 3 times")
    assert told["stays"] == "took longer than 3 s and was given up"
    assert told["choreo"][:2] == ["AudioError", "song.wav: no sound"]
    assert told["own"][:2] == ["ArithmeticError", "two and two"]
    assert told["own"][2].startswith("on node 127.0.0.")
    assert "in odd" in told["own"][2]
    assert told["unfit"][0] == "RuntimeError"
    assert "frame" in told["unfit"][1]
    assert told["large"] is True
    assert (told["slots"], told["one"]) == (2, 1)


def test_large_results_wait_on_the_cluster(cluster: Cluster) -> None:
    """Four are begun and not given at most; of 600 MB the driver has two copies of one, pickled and not."""
    assert int(said(cluster, "weighs")) < 100


def test_nothing_is_lost_with_a_node_or_done_twice(cluster: Cluster, tmp_path: Path) -> None:
    driver = cluster.start(DRIVERS, "noted", str(tmp_path), "24")
    assert driver.process.stdout is not None
    came = [driver.process.stdout.readline() for _ in range(4)]
    cluster.kill_second()
    output = driver.process.stdout.read()  # not `communicate`: it leaves out what `readline` has buffered
    assert driver.process.stderr is not None
    errors = driver.process.stderr.read()
    driver.process.wait(60)
    cluster.start_second()
    assert (driver.process.returncode, errors) == (0, "")
    lines = [*map(str.strip, came), *output.split()]
    assert lines[-1] == "true"
    assert sorted(map(int, lines[:-1])) == list(range(24))


@pytest.mark.parametrize("how", ["killed", "interrupted"])
def test_a_driver_that_ends_leaves_nothing_running(cluster: Cluster, tmp_path: Path, how: str) -> None:
    driver = cluster.start(DRIVERS, "stays", str(tmp_path))
    until(lambda: len(list(tmp_path.glob("at-*"))) == 2)
    busy = [each for each in cluster.processes() if "ray::do" in " ".join(each.cmdline())]
    assert len(busy) == 2
    driver.kill(9 if how == "killed" else 2)
    driver.process.communicate(timeout=60)
    assert driver.process.returncode not in (0, None)
    _, alive = psutil.wait_procs(busy, 60)
    assert not alive


def test_modules_of_the_current_folder_are_not_ours(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "fractions.py").write_text("raise SystemExit('mine')")
    found = json.loads(said(cluster, "paths", cwd=str(tmp_path)))
    assert str(tmp_path) not in found


@pytest.mark.parametrize("token", ["0" * 64, ""])
def test_another_token_is_refused_and_not_told(cluster: Cluster, token: str) -> None:
    mode = "token" if token else "disabled"
    done = cluster.run(DRIVERS, "refused", "ray", environ={"RAY_AUTH_MODE": mode, "RAY_AUTH_TOKEN": token})
    told = done.stdout
    assert done.returncode == 0, done.stderr
    assert told.startswith("PluginError: the Ray cluster at 127.0.0.2:6379 wants a token"), done.stderr
    assert "RAY_AUTH_TOKEN" in told
    for secret in filter(None, (token, cluster.environ["RAY_AUTH_TOKEN"])):
        assert secret not in told + done.stderr


def test_nodes_with_another_choreo_are_named(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import choreo.version\nchoreo.version.__version__ = '9.9'\n")
    told = said(cluster, "refused", "ray", PYTHONPATH=str(tmp_path))
    assert told.startswith("PluginError: node 127.0.0.")
    assert f"of the Ray cluster has choreo {__version__} on Python " in told
    assert "this process choreo 9.9 on Python" in told
    told = said(cluster, "late")
    assert told.startswith("PluginError: node 127.0.0.")
    assert f"has choreo {__version__}, the process that asks has 9.9. Install the same." in told


def test_addresses_where_no_cluster_is(cluster: Cluster) -> None:
    assert "no Ray cluster answers at 127.0.0.2:6380" in said(cluster, "refused", "ray:127.0.0.2:6380")
    assert "is no address of a Ray cluster" in said(cluster, "refused", "ray:here")
    assert "cannot be used: write HOST:PORT" in said(cluster, "refused", "ray:ray://127.0.0.2:10001")
    assert "ray start --head" in said(cluster, "refused", "ray:local")


def test_without_a_cluster_none_is_started(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "RAY_TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, DRIVERS, "refused", "ray"], capture_output=True, text=True, timeout=120, env=environ
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("PluginError: no Ray cluster runs on this machine, and RAY_ADDRESS names none.")


def test_a_port_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, DRIVERS, "refused", f"ray:{address}"], capture_output=True, text=True, timeout=200
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"PluginError: the Ray cluster at {address}")
