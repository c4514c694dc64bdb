"""Films and songs on a Ray cluster of two nodes, one of which dies."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_support import write_clicks
from cluster_support import Cluster, ray_cluster, require_cluster
from render_support import dancing

from choreo import generate
from choreo.pipeline import render_motion
from choreo.video.look import Look
from choreo_bvh import BvhExporter

pytestmark = pytest.mark.slow
PARTS = ["--size", "64x36", "--fps", "10", "-q"]
LOOK = Look(width=64, height=36, fps=10)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Cluster]:
    require_cluster()
    with ray_cluster(environ={"CHOREO_MOTION_DB": database}) as made:
        yield made


def whole(folder: Path) -> dict[str, bytes]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def dance(path: Path, seconds: int) -> Path:
    BvhExporter().export(dancing(30 * seconds, 30.0), path)
    return path


def test_the_film_of_a_cluster_is_that_of_one_process(cluster: Cluster, tmp_path: Path) -> None:
    source = dance(tmp_path / "walk.bvh", 25)
    formats = ("mp4", "webm", "mov", "png")
    done = cluster.run(
        "-m", "choreo", "render", str(source), "-o", f"{tmp_path / 'ray'}/", "--formats", ",".join(formats),
        "--engine", "ray", *PARTS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    render_motion(source, output=f"{tmp_path / 'here'}/", formats=formats, look=LOOK)
    assert whole(tmp_path / "ray") == whole(tmp_path / "here")


def test_a_node_dies_while_it_draws(cluster: Cluster, tmp_path: Path) -> None:
    source = dance(tmp_path / "walk.bvh", 100)
    driver = cluster.start(
        "-m", "choreo", "render", str(source), "-o", str(tmp_path / "ray.mp4"), "--engine", "ray", *PARTS
    )
    until = time.monotonic() + 60
    while not list(tmp_path.glob(".choreo-*.parts/*.mp4")):
        assert driver.process.poll() is None, driver.process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)
    cluster.kill_second()
    _, errors = driver.process.communicate(timeout=60)
    cluster.start_second(wait=False)
    assert driver.process.returncode == 0, errors
    render_motion(source, output=tmp_path / "here.mp4", look=LOOK)
    assert (tmp_path / "ray.mp4").read_bytes() == (tmp_path / "here.mp4").read_bytes()


def test_a_node_dies_while_songs_are_made(cluster: Cluster, tmp_path: Path) -> None:
    songs = tmp_path / "songs"
    songs.mkdir()
    for number in range(6):
        write_clicks(songs / f"{number}.wav", seconds=8, bpm=100 + 4 * number)
    driver = cluster.start(
        "-m", "choreo", "generate", str(songs), "-o", str(tmp_path / "ray"), "--formats", "bvh,plan", "--engine", "ray",
    )  # fmt: skip
    assert driver.process.stdout is not None
    driver.process.stdout.readline()
    cluster.kill_second()
    _, errors = driver.process.communicate(timeout=100)
    assert driver.process.returncode == 0, errors
    assert "6 of 6 songs made." in errors
    for song in sorted(songs.iterdir()):
        generate(song, output=f"{tmp_path / 'alone'}/", formats=("bvh", "plan"))
    assert whole(tmp_path / "ray") == whole(tmp_path / "alone")
    shutil.rmtree(tmp_path / "ray")
