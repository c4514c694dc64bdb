"""What the page is told of the film: the camera and lights that a renderer would have."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
from render_support import dancing, standing
from test_director import timeline

from choreo.studio.filmed import film_frame
from choreo.types import Section
from choreo.video.bodies import fit_motion, load_body
from choreo.video.scene import build_scene
from choreo.viewer.blob import KINDS


def read(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Head, and arrays ``eye`` and ``target``."""
    (length,) = struct.unpack_from("<I", data)
    head, blob = json.loads(data[4 : 4 + length]), zlib.decompress(data[4 + length :])
    kinds = {code: name for name, code in KINDS.items()}
    arrays = {}
    for name in ("eye", "target"):
        kind, first, count = head[name]
        arrays[name] = np.frombuffer(blob, kinds[kind], count, first).reshape(-1, 3)
    return head, arrays


def test_the_camera_is_that_of_the_rendered_film_and_cuts_are_where_it_jumps() -> None:
    line = replace(timeline(bars=10), shots=(Section(4.0, 8.0, "low"),))
    body = load_body()
    motions = [dancing(601, fps=30.0)]
    head, path = read(film_frame(motions, body, line, 1.5, 7, 3))
    danced = [fit_motion(motion, body, line, 0) for motion in motions]
    scene = build_scene(danced, body, fps=30.0, width=1280, height=720, camera="director", timeline=line)
    np.testing.assert_array_equal(path["eye"], scene.camera.eye)
    np.testing.assert_array_equal(path["target"], scene.camera.target)
    assert (head["id"], head["revision"], head["start"], head["fps"], head["frames"]) == (7, 3, 1.5, 30.0, len(scene))
    assert [120, "low"] in head["shots"]
    assert 240 in {first for first, _ in head["shots"]}
    jumps = np.flatnonzero(np.linalg.norm(np.diff(path["eye"], axis=0), axis=1) > 0.5) + 1
    assert set(jumps.tolist()) <= {first for first, _ in head["shots"]}
    assert len(jumps) > 2


def test_a_group_is_filmed_as_a_group_and_a_blackout_is_said() -> None:
    line = replace(timeline(bars=6), lights=(Section(4.0, 6.0, "blackout"),))
    head, path = read(film_frame([standing(361, x=-1.0), standing(361, x=1.0)], load_body(), line, 0.0, None, 1))
    assert abs(float(path["target"][:, 0].mean())) < 0.3, "the camera looks between both"
    levels = {start: rest[3] if len(rest) > 3 else 1 for start, *rest in head["lights"]["cues"]}
    assert levels[4.0] == 0
    assert set(levels.values()) == {0, 1}
    assert levels[6.0] == 1
