"""Exporter plugins ``usd`` and ``usdz``: the skinned dancer as a USD scene with skeleton animation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from choreo.motion.rigs import rest_world, rig_points, skin_joints
from choreo.plugins import require_extra
from choreo.types import Body, Bytes, Doubles, Floats, Ints, Motion, RigMotion
from choreo_usd.materials import add_materials, package

RATE = 24
"""Time codes a second. Blender takes them for its frames and stays at its own rate, 24 where nobody changes it; frames
of other rates lie between codes."""
MILLION = 1_000_000
"""Letters that are written at a time."""


class UsdExporter:
    """UsdSkel: SkelRoot, Skeleton, SkelAnimation and the bound mesh, metres, Y up."""

    name = "usd"
    description = "Skinned dancer with skeleton animation as USD (.usda); needs the extra 'formats'"
    suffix = ".usda"
    units = ("m", "cm")
    ups = ("y", "z")
    packed = False

    def ready(self) -> None:
        """Find out whether usd-core is installed.

        Raises
        ------
        PluginError
        """
        require_extra("USD", "formats", "pxr.Usd")

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the motion on `body`, the built-in dancer when None.

        Raises
        ------
        PluginError
            When usd-core is not installed.
        """
        self.ready()
        from choreo.motion.kinematics import rest_positions
        from choreo.video.bodies import fit_motion, load_body

        body = body or load_body()
        motion = fit_motion(motion, body)
        skeleton = body.skeleton
        turns = np.tile(np.array([1.0, 0, 0, 0]), (len(skeleton), 1))

        def pose(frame: int) -> tuple[Floats, Floats]:
            return np.concatenate([motion.translation[None, frame], skeleton.offsets[1:]]), motion.rotations[frame]

        rest = _Rest(rest_positions(skeleton), turns, skeleton.offsets, turns)
        bones = _Bones(_usd_paths(skeleton.names, skeleton.parents), rest, body.joint_indices, body.vertices)
        _save(path, body, _stage(body, bones, len(motion), motion.fps, pose, pictures=self.packed), self.packed)

    def export_rig(self, rigged: RigMotion, path: Path, *, body: Body | None = None) -> None:
        """Write a motion on a rig with `body`, which its joints were fitted to; the built-in dancer when None.

        Joints of USD have names of letters, digits and ``_``: other signs of the rig's become ``_``.
        """
        self.ready()
        from choreo.video.bodies import load_body

        body = body or load_body()
        rest = _Rest(*rest_world(rigged), rigged.rest_translations, rigged.rest_rotations)
        joints = skin_joints(rigged, body.skeleton)[body.joint_indices]
        bones = _Bones(_usd_paths(rigged.names, rigged.parents), rest, joints, rig_points(rigged, body.vertices))

        def pose(frame: int) -> tuple[Doubles, Doubles]:
            return rigged.translations[frame], rigged.rotations[frame]

        stage = _stage(body, bones, len(rigged), rigged.fps, pose, rigged.unit, rigged.up, pictures=self.packed)
        _save(path, body, stage, self.packed)


class UsdzExporter(UsdExporter):
    """The same as one package with the textures in it."""

    name = "usdz"
    description = "Skinned dancer with textures as a USD package (.usdz); needs the extra 'formats'"
    suffix = ".usdz"
    packed = True


@dataclass(frozen=True, eq=False)
class _Rest:
    """Of the T-pose: places ``(J, 3)`` and turns ``(J, 4)`` in the world, and relative to the joints above."""

    places: Floats | Doubles
    turns: Doubles
    offsets: Floats | Doubles
    local_turns: Doubles


@dataclass(frozen=True, eq=False)
class _Bones:
    """Joints by their paths, their T-pose, the joints of the mesh' vertices ``(V, 4)`` and these ``(V, 3)``."""

    paths: Sequence[str]
    rest: _Rest
    joint_indices: Ints | Bytes
    points: Floats | Doubles


def _usd_paths(names: Sequence[str], parents: Ints) -> list[str]:
    """Paths of joints: the names of all above them, and their own."""
    paths: list[str] = []
    for joint, name in enumerate(names):
        own = re.sub(r"\W", "_", name)
        paths.append(own if joint == 0 else f"{paths[int(parents[joint])]}/{own}")
    return paths


def _stage(
    body: Body,
    bones: _Bones,
    frames: int,
    fps: float,
    pose: Callable[[int], tuple[Floats | Doubles, Floats | Doubles]],
    unit: float = 1.0,
    up: str = "y",
    *,
    pictures: bool,
) -> Any:
    """A skinned body that moves; `pose` gives a frame's translations and rotations of all joints."""
    from pxr import Gf, Sdf, Usd, UsdGeom, UsdSkel, Vt

    paths, rest = list(bones.paths), bones.rest
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z if up == "z" else UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, unit)
    stage.SetTimeCodesPerSecond(RATE)
    stage.SetFramesPerSecond(RATE)
    codes = (np.arange(frames) * RATE / fps).tolist()
    stage.SetStartTimeCode(0)
    stage.SetEndTimeCode(codes[-1])
    root = UsdSkel.Root.Define(stage, "/Dancer")
    stage.SetDefaultPrim(root.GetPrim())
    skeleton = UsdSkel.Skeleton.Define(stage, "/Dancer/Skeleton")
    skeleton.CreateJointsAttr(Vt.TokenArray(paths))
    skeleton.CreateBindTransformsAttr(Vt.Matrix4dArray(_transforms(Gf, rest.places, rest.turns)))
    skeleton.CreateRestTransformsAttr(Vt.Matrix4dArray(_transforms(Gf, rest.offsets, rest.local_turns)))
    animation = UsdSkel.Animation.Define(stage, "/Dancer/Dance")
    animation.CreateJointsAttr(Vt.TokenArray(paths))
    animation.CreateScalesAttr(Vt.Vec3hArray([Gf.Vec3h(1, 1, 1)] * len(paths)))
    turns, translations = animation.CreateRotationsAttr(), animation.CreateTranslationsAttr()
    for frame, code in enumerate(codes):
        here, turned = pose(frame)
        turns.Set(Vt.QuatfArray([Gf.Quatf(*map(float, q)) for q in turned]), code)
        translations.Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(here, np.float32)), code)
    UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([Sdf.Path("/Dancer/Dance")])
    mesh = UsdGeom.Mesh.Define(stage, "/Dancer/Mesh")
    mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(bones.points, np.float32)))
    mesh.CreateFaceVertexCountsAttr(Vt.IntArray([3] * len(body.faces)))
    mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(body.faces.reshape(-1), np.int32)))
    mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    colours = np.ascontiguousarray((body.colours / 255.0) ** 2.2, np.float32)
    mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex).Set(Vt.Vec3fArray.FromNumpy(colours))
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
    indices = np.ascontiguousarray(bones.joint_indices.astype(np.int32).reshape(-1))
    binding.CreateJointIndicesPrimvar(False, 4).Set(Vt.IntArray.FromNumpy(indices))
    weights = np.ascontiguousarray(body.weights.astype(np.float32).reshape(-1))
    binding.CreateJointWeightsPrimvar(False, 4).Set(Vt.FloatArray.FromNumpy(weights))
    if body.surface is not None:
        add_materials(mesh, body.surface, pictures=pictures)
    return stage


def _save(path: Path, body: Body, stage: Any, packed: bool) -> None:
    layer = stage.GetRootLayer()
    if packed:
        package(path, layer, body.surface)
        return
    text = layer.ExportToString()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for first in range(0, len(text), MILLION):  # 350 MB for an hour: it is not encoded as a whole
            file.write(text[first : first + MILLION])


def _transforms(gf: Any, places: Floats | Doubles, turns: Doubles) -> list[object]:
    """Matrices of joints at places ``(J, 3)``, turned ``(J, 4)``."""
    rigid = zip(places.astype(float).tolist(), turns.tolist(), strict=True)
    return [gf.Matrix4d(gf.Rotation(gf.Quatd(*turn)), gf.Vec3d(*place)) for place, turn in rigid]
