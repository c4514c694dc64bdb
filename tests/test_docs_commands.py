"""Every ``choreo ...`` in the pages is run as it is printed, on a short song, in small pictures."""

from __future__ import annotations

import io
import re
import shlex
import shutil
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dataset_support import FORMATS
from docs_support import BLOCK, ROOT, write_light_song, write_song
from motion_support import dance
from PIL import Image
from positions_support import write_npy

from choreo import plugins
from choreo.cli.app import run
from choreo.datasets import add_dataset
from choreo.db import ensure_starter
from choreo.testing import sample_motion
from choreo.video.look import Look

PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "cli.md")]
ELSEWHERE = {
    "choreo train contrastive choreonet ChoreoNet/": "takes minutes and real data; tests/test_learned.py trains",
    "choreo train all bvh my_dances/ --music my_songs/": "the same",
    "choreo generate song.mp3 --embedder contrastive": "needs the model of the line above",
    "choreo generate song.mp3 --body smplx --model-path SMPL_NEUTRAL.npz": "a licensed file; tests/test_bodies.py",
    "choreo plugins info exporters tsv": "needs the plugin installed by pip, which .ci/run does",
    "choreo generate song.mp3 --no-video --formats plan,tsv": "the same",
    "choreo studio song.mp3": "goes on until it is ended; tests/test_studio_server.py",
    "choreo studio renders/song.plan.json": "the same",
    "choreo studio song.mp3 --style house --dancers 3": "the same",
    "choreo studio": "the same",
    "choreo studio --no-open --port 8800": "the same",
    "choreo studio --host 0.0.0.0 --i-know --no-open": "the same; tests/test_studio_guard.py",
    "choreo generate song.wav": "the README's first command: .ci/run runs it",
    "choreo generate songs/ --jobs 2 -o out/": "tests/test_many.py",
    "choreo db update --db s3://my-bucket/dances": "needs a bucket; tests/test_object_store.py has one",
    "choreo db add bvh my_mocap/ --db s3://my-bucket/dances": "the same",
    "choreo generate song.mp3 --db s3://my-bucket/dances": "the same",
    "choreo db embed contrastive": "needs a trained model; tests/test_embedded.py",
    "choreo db embed contrastive --db s3://bucket/db --engine ray:10.0.0.1:6379": "the same",
    "choreo search song.mp3 --embedder contrastive --db s3://bucket/db": "the same",
    "choreo models get pose": "fetches; .ci/use_extra.py does",
    "choreo video dance.mp4 --overlay seen.mp4": "needs the nets; tests/test_video_pose.py",
    "choreo db add video clips/ --as mine --licence CC-BY-4.0": "the same",
    "choreo convert dance.mp4 dance.glb": "the same",
    "choreo search dance.mp4 --for music --library songs/": "the same; tests/test_video_music.py, by pictures alone",
    "choreo search dance.mp4 --for music --library songs/ --html found.html --write best.mp4": "the same",
    "choreo search dance.mp4 --for music --library songs/ --write second.mp4 --pick 2 --person 1": "the same",
    "choreo train vmnet video my_videos/": "takes minutes; tests/test_video_music.py trains",
    "choreo search dance.mp4 --for music --library songs/ --embedder vmnet-pictures": "needs its model",
    "choreo search dance.mp4 --for music --library songs/ --embedder my_models/vmnet-pictures": "the same",
    "choreo generate song.mp3 --dataset mine": "needs the dataset of the line above",
    "choreo doctor": "tests/test_cli_commands.py",
    "choreo db get cmu --only 60": "fetches; tests/test_db_get.py does from itself",
    "choreo db get cmu --only 60 --only 61": "the same",
    "choreo db get lafan1 --only 'dance1*' --no-add --folder my_mocap/": "the same",
    "choreo db get finedance --from ~/Downloads/FineDance": "the same",
    "choreo db get cmu --from all_asfamc/ --only 60": "the same",
    "choreo db add bvh s3://bucket/mocap": "needs a store; tests/test_addresses.py has one",
    "choreo db add aistpp s3://bucket/aist_plusplus --engine ray": "needs a cluster, too; tests/test_db_ray.py has one",
    "choreo db add bvh my_mocap/ --engine ray:10.0.0.1:6379": "the same",
    "choreo db add bvh s3://takes/mocap --as mine --licence CC-BY-4.0 --engine ray:10.0.0.1:6379": "the same",
    "choreo db add bvh s3://takes/mocap --db s3://takes/db --engine ray": "the same",
    "choreo db optimize --db s3://takes/db": "the same; tests/test_object_store.py",
    "choreo generate songs/ --engine ray:10.0.0.1:6379 -o out/": "needs a cluster; tests/test_ray_films.py has one",
    "choreo render long.plan.json --size 3840x2160 --engine ray:10.0.0.1:6379": "the same",
}
"""Commands that are not run here, and why."""


def blocks_of_commands(page: Path) -> list[list[str]]:
    """Lines that run choreo, by block of a page's code, without comments; those joined by ``&&`` apart."""
    blocks = [text for name, text in BLOCK.findall(page.read_text(encoding="utf-8")) if name in ("", "bash", "sh")]
    out = []
    for block in blocks:
        lines = [re.split(r"(?:^|\s)#", line)[0] for line in block.splitlines()]
        parts = [part.strip() for line in lines for part in line.split("&&")]
        out.append([part for part in parts if part.startswith("choreo ")])
    return [block for block in out if block]


def commands_of(page: Path) -> list[str]:
    """All of them in order."""
    return [command for block in blocks_of_commands(page) for command in block]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, database: str) -> Path:
    """What the pages talk about; the song lasts 34 bars, since pages name bars up to 32."""
    here = tmp_path_factory.mktemp("docs")
    motion = dance(8.0)
    shutil.copytree(database, here / "db")
    write_light_song(here / "song.mp3", seconds=70.0)
    shutil.copy(here / "song.mp3", here / "song.wav")
    (here / "songs").mkdir()
    (here / "chart.osu").write_text("osu file format v14\n\n[TimingPoints]\n100,500,4\n", encoding="utf-8")
    write_song(here / "songs" / "one.wav", seconds=14.0)
    write_song(here / "songs" / "two.wav", seconds=14.0, bpm=100)
    for folder_name, kind in (("my_mocap", "bvh"), ("aist_plusplus", "aistpp"), ("takes", "c3d"), ("mmd", "vmd"),
                              ("subjects", "amc"), ("poses", "positions")):  # fmt: skip
        (here / folder_name).mkdir()
        FORMATS[kind](motion, here / folder_name)
    bvh = next((here / "my_mocap").glob("*.bvh"))
    for name in ("dance", "walk", "take", "mine"):
        shutil.copy(bvh, here / f"{name}.bvh")
    shutil.copy(next((here / "takes").glob("*.c3d")), here / "take.c3d")
    shutil.copy(next((here / "mmd").glob("*.vmd")), here / "dance.vmd")
    write_npy(motion, here).rename(here / "joints.npy")
    for name in ("me.glb", "me.vrm"):
        plugins.load("exporters", "glb").export(sample_motion(0.5), here / name)
    plugins.load("exporters", "fbx").export(motion, here / "Dancing.fbx")
    (here / "song.lrc").write_text("[00:01.00]Clap your hands\n")
    Image.new("RGB", (64, 36), (40, 90, 160)).save(here / "beach.jpg")
    add_dataset(ensure_starter(here / "db"), "bvh", here / "my_mocap", jobs=1, name="my-mocap", licence="CC-BY-4.0")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        patch.setenv("CHOREO_MOTION_DB", str(here / "db"))
        assert run(["generate", "song.mp3", "--no-video", "--quiet"]) == 0
        for name in ("a", "b"):
            shutil.copy(here / "renders" / "song.plan.json", here / f"{name}.plan.json")
    return here


def small(look_of: Callable[[Mapping[str, Any]], Look]) -> Callable[[Mapping[str, Any]], Look]:
    """The look that the command line asks for, in small pictures, two a second."""
    return lambda given: replace(look_of(given), width=64, height=36, fps=2.0)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", [page.name for page in PAGES if commands_of(page)])
def test_commands_run(page: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from choreo.cli import generate, preview

    here = shutil.copytree(folder, tmp_path / "here")
    monkeypatch.chdir(here)
    monkeypatch.setenv("CHOREO_MOTION_DB", str(here / "db"))
    monkeypatch.setenv("PATH", "")  # --open finds no player
    for module in (generate, preview):
        monkeypatch.setattr(module, "look_of", small(module.look_of))
    for block in blocks_of_commands(next(each for each in PAGES if each.name == page)):
        shutil.copytree(folder / "renders", here / "renders", dirs_exist_ok=True)  # blocks are examples by themselves
        for command in block:
            if command not in ELSEWHERE:
                run_command(command, here)


def run_command(command: str, folder: Path) -> None:
    """Run a line of a page; what goes into a file by ``>`` goes there."""
    words = shlex.split(command)
    target = folder / words.pop(words.index(">") + 1) if ">" in words else None
    printed = io.StringIO()
    with redirect_stdout(printed):
        code = run([word for word in words[1:] if word != ">"])
    assert code == 0, command
    if target is not None:
        target.write_text(printed.getvalue(), encoding="utf-8")


def test_what_runs_elsewhere_is_in_the_pages() -> None:
    assert set(ELSEWHERE) <= {command for page in PAGES for command in commands_of(page)}
