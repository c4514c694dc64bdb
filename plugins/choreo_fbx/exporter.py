"""Exporter plugin ``fbx``: the skinned dancer, or any target's rig, as binary FBX 7.4."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.types import Body, Motion, RigMotion
from choreo_fbx.bones import add_bind_pose, add_bones, rest_matrices
from choreo_fbx.curves import add_animation
from choreo_fbx.document import Document
from choreo_fbx.figure import Figure, of_motion, of_rig
from choreo_fbx.materials import add_materials
from choreo_fbx.mesh import add_mesh, add_skin
from choreo_fbx.palette import palette_of


class FbxExporter:
    """Skeleton, mesh, skin, materials, textures, and one key a frame; centimetres, Y up, unless a rig says other."""

    name = "fbx"
    description = "Skinned dancer with animation as binary FBX (Unity, Unreal, Maya, Blender)"
    suffix = ".fbx"

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the motion on `body`, the built-in dancer when None."""
        from choreo.video.bodies import fit_motion, load_body

        body = body or load_body()
        _write(of_motion(fit_motion(motion, body)), body, path)

    def export_rig(self, rigged: RigMotion, path: Path, *, body: Body | None = None) -> None:
        """Write a motion on a target's rig, the skeleton alone when `body` is None."""
        _write(of_rig(rigged), body, path)


def _write(figure: Figure, body: Body | None, path: Path) -> None:
    document = Document(figure.fps, len(figure.rotations), figure.unit, figure.up)
    bones, matrices = add_bones(document, figure), rest_matrices(figure)
    posed, places = list(bones), matrices
    if body is not None:
        palette = palette_of(body)
        node, geometry, joints = add_mesh(document, body, figure, palette)
        add_materials(document, body, node, palette)
        add_skin(document, body, geometry, bones, joints, matrices)
        posed, places = [node, *bones], np.concatenate([np.eye(4)[None], matrices])
    add_bind_pose(document, posed, places)
    add_animation(document, figure, bones)
    document.save(path)
