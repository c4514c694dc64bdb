"""Facts and pictures of the motion graph."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pytest
from dance_support import sway_clip
from PIL import Image

from choreo.cli.app import run
from choreo.db import MotionDB
from choreo.planning.graph import MotionGraph
from choreo.planning.graph_picture import COLOURS, draw_graph, layout
from choreo.planning.graph_stats import graph_stats, leading, some_clips, write_graphml
from choreo.types import Clip


def made(
    costs: list[list[float]], names: str, continues: Sequence[tuple[int, int]] = (), pose_change: float = 0.05
) -> tuple[MotionGraph, list[Clip]]:
    """A graph of clips without mirrors whose smooth transitions are those of 0.1 m or less."""
    count = len(costs)
    natural = np.zeros((count, count), bool)
    for a, b in continues:
        natural[a, b] = True
    graph = MotionGraph(
        np.arange(count), np.zeros(count, bool), np.array(costs, np.float32), natural,
        np.zeros((count, 3)), np.full((count, 2), pose_change, np.float32), np.zeros(count, bool),
    )  # fmt: skip
    return graph, [replace(sway_clip(name), mirrorable=False) for name in names]


def ring(count: int, extra: int = 0) -> list[list[float]]:
    """Transition costs of 0.08 around a ring, 0.5 else; `extra` nodes more that nothing is near to."""
    size = count + extra
    costs = np.full((size, size), 0.5)
    for k in range(count):
        costs[k, (k + 1) % count] = 0.08
    return costs.tolist()


class OnlySmooth(MotionGraph):
    """Without the nearest neighbours, so that small graphs can have dead ends."""

    def transitions(self) -> np.ndarray:
        return np.asarray(self.smooth() | self.continues)


def test_facts_of_a_graph_that_is_known() -> None:
    costs = np.array(ring(4, 2))
    costs[1, 4] = 0.09  # 4 is a dead end
    costs[5, 0] = 0.02  # 5 cannot be reached
    graph, clips = made(costs.tolist(), "abcdef")
    graph = OnlySmooth(*(getattr(graph, name) for name in graph.__dataclass_fields__))
    facts = graph_stats(graph, clips)
    assert (facts["clips"], facts["nodes"], facts["edges"], facts["natural"]) == (6, 6, 6, 0)
    assert facts["core_share"] == pytest.approx(4 / 6, abs=1e-4)
    assert facts["components"] == 3
    assert facts["dead_ends"] == ["e"]
    assert facts["unreached"] == ["f"]
    assert facts["seams"] == {"p5": 0.035, "median": 0.08, "p95": 0.0875}
    assert [each["name"] for each in facts["hardest"][:2]] == ["f", "e"]
    assert facts["hardest"][0] == {"clip": "test-f", "name": "f", "misfit": 0.5, "ways_in": 0}


def test_endings_may_end_and_entrances_need_not_be_reached() -> None:
    costs = np.array(ring(4, 2))
    costs[1, 4] = costs[5, 0] = 0.09
    graph, clips = made(costs.tolist(), "abcdef")
    clips[4], clips[5] = replace(clips[4], role="ending"), replace(clips[5], role="entrance")
    graph = OnlySmooth(*(getattr(graph, name) for name in graph.__dataclass_fields__))
    facts = graph_stats(graph, clips)
    assert facts["dead_ends"] == facts["unreached"] == []
    assert "f" not in {each["name"] for each in facts["hardest"]}


def test_natural_continuations_are_no_misfit() -> None:
    costs = np.array(ring(4))
    costs[0, 1] = 0
    facts = graph_stats(*made(costs.tolist(), "abcd", [(0, 1)]))
    assert facts["natural"] == 1
    assert facts["all_pairs"]["p5"] >= 0.08


def test_names_tell_which_side_is_meant() -> None:
    costs = np.array(ring(4, 3))
    costs[1, [4, 5, 6]] = 0.09
    graph, clips = made(costs.tolist(), "abcdef")
    clips = [replace(clip, mirrorable=True) for clip in clips]
    facts = {name: getattr(graph, name) for name in graph.__dataclass_fields__}
    sides = {"clip": np.array([0, 0, 1, 1, 2, 2, 3]), "mirrored": np.array([0, 1, 0, 1, 0, 1, 1], bool)}
    assert graph_stats(OnlySmooth(**facts | sides), clips)["dead_ends"] == ["c", "d (mirrored)"]


def test_one_clip_is_a_graph() -> None:
    graph, clips = made([[0.02]], "a")
    facts = graph_stats(graph, clips)
    assert facts["core_share"] == 1
    assert facts["hardest"] == []
    assert facts["all_pairs"]["median"] == 0


def test_the_layout_keeps_distances_that_fit_a_plane() -> None:
    points = np.random.default_rng(3).normal(size=(30, 2))
    apart = np.linalg.norm(points[:, None] - points, axis=-1)
    graph, _ = made(apart.tolist(), "a" * 30)
    found = layout(graph)
    np.testing.assert_allclose(np.linalg.norm(found[:, None] - found, axis=-1), apart, atol=1e-4)
    np.testing.assert_array_equal(found, layout(graph))
    assert layout(made([[0.1]], "a")[0]).shape == (1, 2)


def test_the_layout_takes_the_mean_of_both_directions() -> None:
    costs = [[0.0, 0.2, 0.3], [0.4, 0.0, 0.3], [0.3, 0.3, 0.0]]
    found = layout(made(costs, "abc")[0])
    assert np.linalg.norm(found[0] - found[1]) == pytest.approx(0.3, abs=1e-3)


def test_the_picture_has_a_dot_for_every_node(tmp_path: Path) -> None:
    graph, clips = made(ring(8), "abcdefgh")
    clips = [replace(clip, styles=("pop" if k % 2 else "<&>",)) for k, clip in enumerate(clips)]
    draw_graph(graph, clips, tmp_path / "a.svg", "svg")
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    dots = root.findall(f"{space}circle")
    assert len(dots) == 8 + 2 + 3
    words = {each.text for each in root.findall(f"{space}text")}
    assert {"<&>", "pop", "a", "h"} <= words
    draw_graph(graph, clips, tmp_path / "a.png", "png")
    with Image.open(tmp_path / "a.png") as image:
        pixels = np.asarray(image)
    for colour in COLOURS[:2]:
        assert (pixels == np.array(colour)).all(axis=2).sum() > 200
    assert not (pixels == np.array(COLOURS[2])).all(axis=2).any()


def test_leading_values() -> None:
    assert leading(["b", "a", "c", "c"], 2) == ["c", "a"]


def test_graphml_can_be_read_whatever_clips_are_called(tmp_path: Path) -> None:
    graph, clips = made(ring(4), "abcd")
    clips[0] = replace(clips[0], name="a\x01\ud800<&é舞")
    write_graphml(graph, clips, tmp_path / "g.graphml")
    again = nx.read_graphml(tmp_path / "g.graphml")
    assert again.nodes["0"]["name"] == "a??<&é舞"
    assert again.number_of_nodes() == 4
    assert again.edges["0", "1"]["cost"] == pytest.approx(0.08)


def test_few_of_many_clips_keep_recordings_together(tmp_path: Path) -> None:
    clips = []
    for take in range(6):
        for k in range(5):
            clip = sway_clip(f"{take}-{k}", styles=("pop", "slow") if take < 4 else ("pop",))
            clips.append(replace(clip, source_hash=f"hash{take}", frames=(240 * k, 240 * k + 241)))
    clips.append(sway_clip("waltz", metre=3, counts=6))
    db = MotionDB.open(tmp_path / "db", create=True)
    db.add(clips)
    found, total = some_clips(db, most=10)
    assert (len(found), total) == (10, 30)
    assert len({clip.source_hash for clip in found}) == 2
    assert [clip.clip_id for clip in some_clips(db, most=10)[0]] == [clip.clip_id for clip in found]
    assert some_clips(db, style="slow")[1] == 20
    assert [clip.name for clip in some_clips(db, metre=3)[0]] == ["waltz"]


def test_stats_for_people_and_programs(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "stats", "--db", database, "--metre", "3", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["nodes"] >= facts["clips"] > 10
    assert facts["edges"] >= 5 * facts["nodes"]
    assert "note" not in facts
    assert run(["graph", "stats", "--db", database, "--metre", "3"]) == 0
    text = capsys.readouterr().out
    assert f"nodes       {facts['nodes']}, mirrors included" in text
    assert facts["hardest"][0]["name"] in text
    assert run(["graph", "stats", "--db", database, "--most", "20"]) == 0
    assert "Warning: 20 of" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".graphml", ".png", ".SVG"])
def test_export(suffix: str, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deep" / f"g{suffix}"
    assert run(["graph", "export", str(path), "--db", database, "--style", "hiphop", "--most", "30"]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert path.stat().st_size > 10_000
    first = path.read_bytes()
    assert run(["graph", "export", str(path), "--db", database, "--style", "hiphop", "--most", "30"]) == 0
    assert path.read_bytes() == first
    assert [each.name for each in path.parent.iterdir()] == [path.name]


MISTAKES = {
    "suffix": (["export", "g.pdf"], "expected .graphml, .png or .svg"),
    "style": (["stats", "--style", "hip-hop"], "no clip has the style 'hip-hop'. Did you mean 'hiphop'"),
    "dataset": (["stats", "--dataset", "startr"], "no clip is of the dataset 'startr'. Did you mean 'starter'?"),
    "metre": (["stats", "--metre", "7"], "no clip of that kind has 7 beats a bar"),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_mistakes_are_explained(kind: str, database: str, capsys: pytest.CaptureFixture[str]) -> None:
    args, message = MISTAKES[kind]
    assert run(["graph", *args, "--db", database]) == 2
    assert message in capsys.readouterr().err
