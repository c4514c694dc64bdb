"""Dataset plugin ``bvh``: any folder of BVH files of humanoids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from choreo.datasets import Files, canonical_takes, naming, source_name
from choreo.datasets.codes import MOTORICA_GENRES, genre_code, styles_of
from choreo.motion import rotations as rot
from choreo.motion.repair import sliced
from choreo.types import Motion, Reading, Take

JUMP = 8.0
"""A first frame this many times farther from the second than frames usually are is a bind pose."""


def without_bind_pose(motion: Motion) -> tuple[Motion, int]:
    """The motion without a bind pose in front, and how many frames were dropped."""
    if len(motion) < 4:
        return motion, 0
    dots = np.abs(np.sum(motion.rotations[1:] * motion.rotations[:-1], axis=-1))
    steps = np.arccos(np.clip(dots, 0, 1)).mean(axis=1)
    turned = np.linalg.norm(rot.to_axis_angle(motion.rotations[0]), axis=-1).mean()
    usual = float(np.median(steps[1:])) + 1e-4
    if steps[0] > JUMP * usual and (turned < 1e-3 or steps[0] > 0.1):
        return sliced(motion, 1, len(motion)), 1
    return motion, 0


class BvhDataset(Files):
    """BVH of any humanoid: any Euler order, three or six channels a joint, any unit, any axis up."""

    name = "bvh"
    description = "A folder of BVH files of any humanoid skeleton"
    licence = "unknown"
    citation = ""
    expected = "a folder with .bvh files, or one of them"
    skips = "bind poses in frame 0, and stretches in which a joint is faster than 12 m/s"
    suffixes = (".bvh",)
    tree_suffixes = suffixes

    def joint_tree(self, file: Path) -> tuple[Sequence[str], Sequence[int]]:
        """Names and parents of the file's joints."""
        from choreo_bvh.reader import read_bvh

        with naming(file):
            skeleton = read_bvh(file).skeleton
        return skeleton.names, skeleton.parents.tolist()

    def joint_map(self, file: Path) -> tuple[str, Mapping[str, str]]:
        """Which joint is which, by names, tree and how they move."""
        from choreo.motion.families import guess_map
        from choreo.motion.map_fit import some_poses
        from choreo_bvh.reader import read_bvh

        with naming(file):
            motion = read_bvh(file)
            return guess_map(motion.skeleton.names, motion.skeleton.parents.tolist(), some_poses(motion))

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's motion, retargeted."""
        from choreo_bvh.reader import read_bvh

        with naming(file):
            motion, dropped = without_bind_pose(read_bvh(file))
            base = Take(
                name=file.stem, motion=motion, source=source_name(file, root), licence=self.licence, first_frame=dropped
            )
            yield from canonical_takes(base, motion, joints=joints, reading=reading)


class MotoricaDataset(BvhDataset):
    """The Motorica dance dataset (Alexanderson et al., SIGGRAPH 2023): BVH with genres in the file names."""

    name = "motorica"
    description = "The Motorica dance dataset (BVH), genres from the file names"
    licence = "see the dataset's LICENSE"
    citation = "Alexanderson et al., Listen, Denoise, Action! Audio-Driven Motion Synthesis with Diffusion Models, 2023"
    expected = "the dataset's folder with bvh/*.bvh"

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's motion with its genre."""
        code = genre_code(file.stem)
        styles, labels = styles_of(file.stem, MOTORICA_GENRES), (f"genre:{code}",) if code else ()
        for take in super().takes(file, root=root, joints=joints, reading=reading):
            yield replace(take, styles=styles, labels=labels, citation=self.citation)
