"""Exporter plugin ``usd``: the skinned dancer as a USD scene with skeleton animation."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.plugins import require_extra
from choreo.types import Body, Motion

RATE = 24
"""Time codes a second. Blender takes them for its frames and stays at its own rate, 24 where nobody changes it; frames of
other rates lie between codes."""
MILLION = 1_000_000
"""Letters that are written at a time."""


class UsdExporter:
    """UsdSkel: SkelRoot, Skeleton, SkelAnimation and the bound mesh, metres, Y up."""

    name = "usd"
    description = "Skinned dancer with skeleton animation as USD (.usda); needs the extra 'formats'"
    suffix = ".usda"

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
        from pxr import Gf, Sdf, Usd, UsdGeom, UsdSkel, Vt

        from choreo.motion.kinematics import rest_positions
        from choreo.video.bodies import fit_motion, load_body

        body = body or load_body()
        motion = fit_motion(motion, body)
        skeleton = body.skeleton
        paths: list[str] = []
        for joint, name in enumerate(skeleton.names):
            paths.append(name if joint == 0 else f"{paths[int(skeleton.parents[joint])]}/{name}")
        stage = Usd.Stage.CreateInMemory()
        UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
        UsdGeom.SetStageMetersPerUnit(stage, 1.0)
        stage.SetTimeCodesPerSecond(RATE)
        stage.SetFramesPerSecond(RATE)
        codes = np.arange(len(motion)) * RATE / motion.fps
        stage.SetStartTimeCode(0)
        stage.SetEndTimeCode(float(codes[-1]))
        root = UsdSkel.Root.Define(stage, "/Dancer")
        stage.SetDefaultPrim(root.GetPrim())
        bones = UsdSkel.Skeleton.Define(stage, "/Dancer/Skeleton")
        bones.CreateJointsAttr(Vt.TokenArray(paths))
        rest = rest_positions(skeleton).astype(float)
        bones.CreateBindTransformsAttr(Vt.Matrix4dArray([_translation(Gf, offset) for offset in rest]))
        local = skeleton.offsets.astype(float)
        bones.CreateRestTransformsAttr(Vt.Matrix4dArray([_translation(Gf, offset) for offset in local]))
        animation = UsdSkel.Animation.Define(stage, "/Dancer/Dance")
        animation.CreateJointsAttr(Vt.TokenArray(paths))
        animation.CreateScalesAttr(Vt.Vec3hArray([Gf.Vec3h(1, 1, 1)] * len(paths)))
        turns, translations = animation.CreateRotationsAttr(), animation.CreateTranslationsAttr()
        for frame, code in enumerate(codes.tolist()):
            here = np.concatenate([motion.translation[None, frame], skeleton.offsets[1:]])
            turns.Set(Vt.QuatfArray([Gf.Quatf(*map(float, q)) for q in motion.rotations[frame]]), code)
            translations.Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(here, np.float32)), code)
        UsdSkel.BindingAPI.Apply(bones.GetPrim()).CreateAnimationSourceRel().SetTargets([Sdf.Path("/Dancer/Dance")])
        mesh = UsdGeom.Mesh.Define(stage, "/Dancer/Mesh")
        mesh.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(body.vertices, np.float32)))
        mesh.CreateFaceVertexCountsAttr(Vt.IntArray([3] * len(body.faces)))
        mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(body.faces.reshape(-1), np.int32)))
        mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
        colours = np.ascontiguousarray((body.colours / 255.0) ** 2.2, np.float32)
        mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex).Set(Vt.Vec3fArray.FromNumpy(colours))
        binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
        binding.CreateSkeletonRel().SetTargets([bones.GetPath()])
        indices = np.ascontiguousarray(body.joint_indices.astype(np.int32).reshape(-1))
        binding.CreateJointIndicesPrimvar(False, 4).Set(Vt.IntArray.FromNumpy(indices))
        weights = np.ascontiguousarray(body.weights.astype(np.float32).reshape(-1))
        binding.CreateJointWeightsPrimvar(False, 4).Set(Vt.FloatArray.FromNumpy(weights))
        text = stage.GetRootLayer().ExportToString()
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for first in range(0, len(text), MILLION):  # 350 MB for an hour: it is not encoded as a whole
                file.write(text[first : first + MILLION])


def _translation(gf: object, offset: np.ndarray) -> object:
    return gf.Matrix4d().SetTranslate(gf.Vec3d(*offset.tolist()))  # type: ignore[attr-defined]
