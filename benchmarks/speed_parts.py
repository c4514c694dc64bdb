"""One part of the main job in a fresh process, for ``benchmarks/speed.py``: prints its processor seconds as JSON.

``open PLAN OUT``, ``stitch PLAN OUT``, ``bvh PLAN OUT``, ``preview SONG OUT``, ``meshes PLAN FILE``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import NoReturn

import numpy as np

MESH_FRAMES = 60
"""Frames of the dance that other tools draw."""


def tell(cpu: float, wall: float = 0.0) -> None:
    """Print the figures."""
    print(json.dumps({"cpu": cpu, "wall": wall}), flush=True)


def open_database(plan_file: Path) -> None:
    """The clips of the plan from the database, nothing of it imported before."""
    from choreo.pipeline.plan_to_dance import plan_clips, read_cast_plan

    plan = read_cast_plan(plan_file)
    begun = time.process_time()
    plan_clips(plan, plan_file, None)
    tell(time.process_time() - begun)


def dance(plan_file: Path, out: Path, part: str) -> None:
    """Stitching with the guarantees measured, or writing of the motion."""
    from choreo import plugins
    from choreo.pipeline.plan_to_dance import perform_plan, plan_clips, read_cast_plan

    plan = read_cast_plan(plan_file)
    clips = dict(plan_clips(plan, plan_file, None))
    begun = time.process_time()
    motion = perform_plan(plan, clips).motions[0]
    if part == "bvh":
        exporter, body = plugins.load("exporters", "bvh"), plugins.load("bodies", "builtin").load()
        begun = time.process_time()
        exporter.export(motion, out / "speed.bvh", body=body)
    tell(time.process_time() - begun)


def preview(song: Path, out: Path) -> None:
    """Until a player can begin; from the start of the process on."""
    from choreo import preview as make

    def begun(path: Path) -> NoReturn:
        wall = time.time() - PROCESS_BEGUN
        tell(time.process_time(), wall)
        os._exit(0)

    from choreo import Listening

    make(song, output=out / "speed.mp4", listening=Listening(cache=False), begun=begun)


def meshes(plan_file: Path, path: Path) -> None:
    """Vertices ``(T, V, 3)``, faces, joints ``(T, J, 3)`` and parents of a few frames of the dance."""
    from choreo import plugins
    from choreo.motion.kinematics import forward, rest_positions, skin_duals
    from choreo.pipeline.plan_to_dance import perform_plan, plan_clips, read_cast_plan
    from choreo.video.bodies import fit_motion, roundness
    from choreo_raster.skin import skin_vertices

    plan = read_cast_plan(plan_file)
    body = plugins.load("bodies", "builtin").load()
    whole = fit_motion(perform_plan(plan, plan_clips(plan, plan_file, None)).motions[0], body)
    chosen = np.arange(20 * 60, 20 * 60 + 2 * MESH_FRAMES, 2)
    joints, turns = forward(body.skeleton, whole.translation[chosen], whole.rotations[chosen])
    duals = np.asarray(skin_duals(rest_positions(body.skeleton), joints, turns), np.float32)
    count = len(body.vertices)
    vertices, normals = np.zeros((len(chosen), count, 3), np.float32), np.zeros((count, 3), np.float32)
    rest, rest_normals = np.asarray(body.vertices, np.float32), np.asarray(body.normals, np.float32)
    indices, weights = np.asarray(body.joint_indices, np.int32), np.asarray(body.weights, np.float32)
    for number in range(len(chosen)):
        skin_vertices(rest, rest_normals, indices, weights, roundness(body), duals[number], vertices[number], normals)
    np.savez(path, vertices=vertices, faces=body.faces, joints=joints, parents=body.skeleton.parents)


def main() -> None:
    """Do what the first argument says."""
    word, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if word == "open":
        open_database(source)
    elif word in ("stitch", "bvh"):
        dance(source, target, word)
    elif word == "preview":
        preview(source, target)
    else:
        meshes(source, target)


if __name__ == "__main__":
    import psutil

    PROCESS_BEGUN = psutil.Process().create_time()
    main()
