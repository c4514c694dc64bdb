"""Several dancers from the song to the files and the picture."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_support import write_clicks
from render_support import capsule_body, dancing, standing

from choreo import plugins
from choreo.cli.app import run
from choreo.errors import PlanError
from choreo.motion.kinematics import mirror
from choreo.options import Choosing
from choreo.pipeline import Result, generate, render_motion, render_plan
from choreo.planfile.troupe import Troupe
from choreo.types import Body, Motion, Scene
from choreo.video import build_scene, follow_camera, project, view_bases
from choreo.video.look import Look
from choreo_bvh import read_bvh

SMALL = Look(body="stick", width=160, height=90, fps=5)


@pytest.fixture(scope="module")
def clicks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clicks(tmp_path_factory.mktemp("song") / "clicks.wav", seconds=14, bpm=110)


@pytest.fixture(scope="module")
def made(clicks: Path, database: str, tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("out")
    formats = ("mp4", "bvh", "glb", "plan")
    troupe = Troupe(3, "V", "mirror")
    return generate(clicks, output=folder, formats=formats, look=SMALL, troupe=troupe, choosing=Choosing(db=database))


def test_every_dancer_has_files(made: Result) -> None:
    assert sorted(made.files) == ["bvh", "bvh.2", "bvh.3", "credits", "glb", "glb.2", "glb.3", "mp4", "plan"]
    assert sorted(path.name for path in made.files["bvh"].parent.iterdir()) == [
        "clicks.2.bvh", "clicks.2.glb", "clicks.3.bvh", "clicks.3.glb", "clicks.bvh", "clicks.credits.txt",
        "clicks.glb", "clicks.mp4", "clicks.plan.json",
    ]  # fmt: skip
    assert made.motion is made.motions[0]
    first, second, third = (read_bvh(made.files[name]) for name in ("bvh", "bvh.2", "bvh.3"))
    np.testing.assert_allclose(first.rotations, second.rotations, atol=1e-3)
    np.testing.assert_allclose(np.abs(mirror(third).rotations), np.abs(first.rotations), atol=1e-3)
    assert second.translation[0, 0] < first.translation[0, 0] < third.translation[0, 0]


def test_a_plan_keeps_its_dancers(made: Result, database: str, tmp_path: Path) -> None:
    sheet = json.loads(made.files["plan"].read_text())
    assert {k: sheet["options"][k] for k in ("dancers", "formation", "unison")} == {
        "dancers": 3, "formation": "V", "unison": "mirror",
    }  # fmt: skip
    assert sheet["guarantees"]["dancers_air"] >= 0.1 - 1e-6
    again = render_plan(made.files["plan"], output=tmp_path, formats=("bvh", "plan"), look=SMALL, db=database)
    for name in ("bvh", "bvh.2", "bvh.3", "plan"):
        assert again.files[name].read_bytes() == made.files[name].read_bytes()


def test_a_plan_is_danced_by_others(made: Result, database: str, tmp_path: Path) -> None:
    alone = render_plan(made.files["plan"], output=tmp_path, formats=("bvh", "plan"), db=database, troupe=Troupe())
    assert sorted(alone.files) == ["bvh", "credits", "plan"]
    assert "dancers" not in json.loads(alone.files["plan"].read_text())["options"]
    assert made.motion is not None
    assert alone.motion is not None
    assert np.array_equal(alone.motion.rotations, made.motion.rotations)
    two = Troupe(2, "line", "canon:1")
    assert len(render_plan(made.files["plan"], output=tmp_path, formats=("bvh",), db=database, troupe=two).motions) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dancers": "many"}, "whole number"),
        ({"dancers": 2, "formation": "heap"}, "line, V"),
        ({"dancers": 3, "formation": None}, "got 'null'"),
        ({"dancers": None}, "got 'null'"),
        ({"dancers": 24, "unison": "canon:9"}, "207 bars late"),
    ],
)
def test_plans_with_dancers_that_cannot_be(
    options: dict[str, Any], words: str, made: Result, database: str, tmp_path: Path
) -> None:
    sheet = json.loads(made.files["plan"].read_text())
    sheet["options"] |= options
    path = tmp_path / "odd.plan.json"
    path.write_text(json.dumps(sheet))
    with pytest.raises(PlanError, match=rf"odd\.plan\.json.*{words}"):
        render_plan(path, output=tmp_path, formats=("bvh",), db=database)


def test_a_motion_file_is_danced_by_several(made: Result, tmp_path: Path) -> None:
    look = replace(SMALL, fps=1)
    result = render_motion(made.files["bvh"], output=tmp_path, look=look, troupe=Troupe(2, "line", "mirror"))
    assert len(result.motions) == 2
    assert result.files["mp4"].stat().st_size > 500


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (["--dancers", "0"], "0 is not in the range"),
        (["--dancers", "3", "--formation", "heap"], "is not one of"),
        (["--dancers", "3", "--unison", "canon"], "canon:BARS"),
        (["--formation", "line"], "--dancers 2 or more"),
        (["--dancers", "1", "--unison", "mirror"], "--dancers 2 or more"),
        (["--dancers", "9", "--unison", "canon:4"], "32 bars late"),
    ],
)
@pytest.mark.parametrize("command", ["generate", "plan"])
def test_the_command_line_refuses(
    command: str,
    wish: list[str],
    words: str,
    clicks: Path,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([command, str(clicks), "--db", database, *wish]) == 2
    seen = capsys.readouterr()
    assert words in " ".join(seen.err.split())
    assert "Traceback" not in seen.err
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_command_line_plans_for_several(
    clicks: Path, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "three.plan.json"
    wish = ["--dancers", "3", "--formation", "v", "--unison", "canon:1"]
    assert run(["plan", str(clicks), "-q", "--db", database, "-o", str(sheet), *wish]) == 0
    options = json.loads(sheet.read_text())["options"]
    assert (options["dancers"], options["formation"], options["unison"]) == (3, "V", "canon:1")
    out = str(tmp_path / "out")
    assert run(["render", str(sheet), "-q", "--json", "--db", database, "--formats", "bvh", "-o", out]) == 0
    assert sorted(json.loads(capsys.readouterr().out.split("\n", 1)[1])["files"]) == [
        "bvh",
        "bvh.2",
        "bvh.3",
        "credits",
    ]


# Pictures


@pytest.mark.parametrize("name", ["raster", "pyrender"])
def test_three_dancers_are_three_silhouettes(name: str, request: pytest.FixtureRequest) -> None:
    if name == "pyrender":
        request.getfixturevalue("gl")
    cast = [standing(1, x=x, z=z) for x, z in ((0.0, 0.6), (-1.5, -0.6), (1.5, -0.6))]
    body = capsule_body()
    scene = build_scene(cast, body, fps=30, width=320, height=180)
    nobody = _away(scene, body)
    picture, empty = (next(plugins.load("renderers", name).frames(each)).astype(int) for each in (scene, nobody))
    # Rows of the chests, above the shadows on the floor.
    chests = [
        project(motion.translation + np.array([0, 0.35, 0], np.float32), scene.camera, 0, 320, 180)[0]
        for motion in cast
    ]
    rows = slice(int(min(c[1] for c in chests)) - 4, int(max(c[1] for c in chests)) + 4)
    covered = np.flatnonzero(np.abs(picture - empty)[rows].max(axis=(0, 2)) > 40)
    runs = np.split(covered, np.flatnonzero(np.diff(covered) > 12) + 1)  # wider than between arm and trunk
    assert len(runs) == 3
    for run_, chest in zip(runs, sorted(chests, key=lambda c: c[0]), strict=True):
        assert run_[0] < chest[0] < run_[-1]


def _away(scene: Scene, body: Body) -> Scene:
    """The same camera and lights, everybody far behind it."""
    gone = tuple(
        (body, replace(m, translation=m.translation + np.array([0, 0, 60], np.float32))) for _, m in scene.performers
    )
    return replace(scene, performers=gone)


def test_everybody_is_in_the_picture_and_the_rear_is_seen() -> None:
    def spread(motion: Motion, x: float, z: float) -> Motion:
        return replace(motion, translation=motion.translation + np.array([x, 0, z], np.float32))

    rows = [spread(dancing(60, reach=0.5), x, z) for x in (-2, 0, 2) for z in (0, -2, -4)]
    camera = follow_camera(rows, width=1280, height=720, fps=30)
    for motion in rows:
        at = project(motion.translation, camera, 30, 1280, 720)[30]
        assert 0 < at[0] < 1280
        assert 0 < at[1] < 720
    tilt = [
        float(view_bases(follow_camera(each, width=1280, height=720, fps=30))[0, 2, 1]) for each in (rows, rows[:1])
    ]
    assert tilt[0] > tilt[1] + 0.1
