"""Exporter plugin ``vrma``: VRM animation, which any VRM character can play."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from choreo.motion.hands import hands_of
from choreo.motion.rotations import from_axis_angle, xyzw
from choreo.types import Body, Motion
from choreo_gltf.build import Builder
from choreo_gltf.fingers import vrm_fingers

BONES = {
    "pelvis": "hips", "spine1": "spine", "spine2": "chest", "spine3": "upperChest", "neck": "neck", "head": "head",
    **{f"{side}_{ours}": side + theirs for side in ("left", "right") for ours, theirs in (
        ("hip", "UpperLeg"), ("knee", "LowerLeg"), ("ankle", "Foot"), ("foot", "Toes"), ("collar", "Shoulder"),
        ("shoulder", "UpperArm"), ("elbow", "LowerArm"), ("wrist", "Hand"),
    )},
}  # fmt: skip
"""VRM's names of the canonical joints; the canonical hands have none: fingers hang on the wrists."""


class VrmaExporter:
    """VRMC_vrm_animation 1.0: rotations of the humanoid's bones and the path of the hips, Y up, T-pose at rest."""

    name = "vrma"
    description = "VRM animation (.vrma) for any VRM character"
    suffix = ".vrma"

    def export(self, motion: Motion, path: Path, *, body: Body | None = None) -> None:
        """Write the motion; `body` is not used, the character brings its own."""
        builder = Builder()
        lib, document, skeleton = builder.lib, builder.document, motion.skeleton
        node = {name: number for number, name in enumerate(name for name in skeleton.names if name in BONES)}
        for name in node:
            joint = skeleton.index(name)
            children = [node[other] for other in node if skeleton.parents[skeleton.index(other)] == joint]
            document.nodes.append(
                lib.Node(
                    name=BONES[name], translation=skeleton.offsets[joint].astype(float).tolist(), children=children
                )
            )
        fingers = vrm_fingers() if {"left_wrist", "right_wrist"} <= node.keys() else []
        named = {BONES[name]: number for name, number in node.items()}
        for name, above, place, _ in fingers:
            named[name] = len(document.nodes)
            document.nodes[named[above]].children.append(named[name])
            document.nodes.append(lib.Node(name=name, translation=place.tolist(), children=[]))
        document.scenes[0].nodes = [0]
        animation, clock = builder.animate(np.arange(len(motion)) / motion.fps, "dance")
        builder.channel(animation, clock, 0, "translation", motion.translation)
        for name, number in node.items():
            builder.channel(animation, clock, number, "rotation", xyzw(motion.rotations[:, skeleton.index(name)]))
        for name, _, _, bend in fingers:
            angle = hands_of(motion)[:, bend.side, bend.finger].astype(np.float64) @ np.array(bend.shares)
            turns = from_axis_angle(angle[:, None] * bend.axis)
            builder.channel(animation, clock, named[name], "rotation", xyzw(turns))
        document.extensionsUsed = ["VRMC_vrm_animation"]
        document.extensions = {
            "VRMC_vrm_animation": {
                "specVersion": "1.0",
                "humanoid": {"humanBones": {name: {"node": number} for name, number in named.items()}},
            }
        }
        builder.save(path)
