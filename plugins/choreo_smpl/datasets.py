"""Dataset plugins ``aistpp``, ``amass``, ``smpl`` and ``finedance``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from choreo.datasets import Files, assumed, canonical_takes, naming, source_name
from choreo.datasets.codes import AIST_GENRES, aist_tempo
from choreo.datasets.unpickle import load_arrays
from choreo.errors import MotionError
from choreo.motion import rotations as rot
from choreo.motion.families import FAMILIES
from choreo.types import LEAST_RATE, MOST_RATE, Motion, Reading, Take
from choreo_smpl.reader import BODY, RATES, array_of, arrays_of, body_motion, one_of, poses_of

AIST_FPS, AMASS_FPS, FINEDANCE_FPS, OTHER_FPS = 60.0, 120.0, 30.0, 30.0


class _SmplFiles(Files):
    """What the readers of SMPL parameters share."""

    def _yield(
        self, file: Path, root: Path | None, motion: Motion, reading: Reading, **facts: object
    ) -> Iterator[Take]:
        """Yield a motion that is +Y up and at the rate told, if one is."""
        base = Take(
            name=file.stem, motion=motion, source=source_name(file, root), licence=self.licence,
            citation=self.citation, **facts,  # type: ignore[arg-type]
        )  # fmt: skip
        yield from canonical_takes(base, motion, joints=FAMILIES["canonical"], reading=replace(reading, up="y"))


@lru_cache(maxsize=64)
def _ignored(folder: Path) -> frozenset[str]:
    for parent in (folder, *list(folder.parents)[:2]):
        file = parent / "ignore_list.txt"
        if file.is_file():
            return frozenset(file.read_text(encoding="utf-8", errors="replace").split())
    return frozenset()


@lru_cache(maxsize=64)
def _splits(folder: Path) -> Mapping[str, str]:
    found = {}
    for parent in (folder, *list(folder.parents)[:2]):
        for split in ("train", "val", "test"):
            for file in sorted((parent / "splits").glob(f"crossmodal_{split}.txt")):
                found.update(dict.fromkeys(file.read_text(encoding="utf-8", errors="replace").split(), split))
    return found


class AistppDataset(_SmplFiles):
    """AIST++ (Li et al., ICCV 2021): street dance of ten genres, 60 frames a second."""

    name = "aistpp"
    description = "AIST++ motions (.pkl) with their genres, tempos, splits and ignore list"
    licence = "CC-BY-4.0 (annotations); AIST's own terms for the dances"
    citation = "Li et al., AI Choreographer: Music Conditioned 3D Dance Generation with AIST++, ICCV 2021"
    expected = "the annotations' folder with motions/*.pkl, and ignore_list.txt and splits/ where they are"
    skips = "motions of the ignore list, and stretches that no body can do"
    suffixes = (".pkl",)

    def wanted(self, file: Path) -> bool:
        """Leave out what AIST++ itself says is wrong."""
        return file.stem not in _ignored(file.parent)

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's motion."""
        with naming(file):
            found = load_arrays(file)
            if not isinstance(found, Mapping):
                raise MotionError(
                    f"{file}: holds a {type(found).__name__}, expected smpl_poses, smpl_scaling, smpl_trans."
                )
            poses, translation = poses_of(file, found)
            scaling = one_of(found, ("smpl_scaling",))
            size = float(scaling.reshape(-1)[0]) if scaling is not None and scaling.size else 1.0
            if not size > 0:
                raise MotionError(f"{file}: smpl_scaling is {size:g}, expected a positive number.")
            parts = file.stem.split("_")
            genre = parts[0][1:] if len(parts) > 5 and parts[0].startswith("g") else ""
            music = next((part for part in parts if part.startswith("m") and len(part) == 4), "")
            split = _splits(file.parent).get(file.stem, "")
            labels = tuple(part for part in (f"genre:{genre}" if genre else "", f"music:{music}" if music else "",
                                             f"split:{split}" if split else "") if part)  # fmt: skip
            motion = body_motion(poses, translation / size, reading.fps or AIST_FPS, up=reading.up or "y")
            yield from self._yield(
                file, root, motion, reading,
                styles=(AIST_GENRES.get(genre, "any"),), labels=labels, tempo=aist_tempo(music),
                flags=assumed(reading, fps=AIST_FPS),
            )  # fmt: skip


class SmplDataset(_SmplFiles):
    """Any npz with poses of SMPL, SMPL-H or SMPL-X and a translation."""

    name = "smpl"
    description = "A folder of .npz files with SMPL, SMPL-H or SMPL-X poses"
    licence = "unknown"
    expected = "a folder with .npz files that hold poses and trans, or one of them"
    skips = "npz files without poses, hands and faces, and stretches that no body can do"
    suffixes = (".npz",)
    fps = OTHER_FPS
    up: str | None = None

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's motion."""
        with naming(file):
            found = arrays_of(file)
            poses, translation = poses_of(file, found)
            rate = one_of(found, RATES)
            said = rate is not None and rate.size > 0
            fps = reading.fps or (float(rate.reshape(-1)[0]) if rate is not None and said else self.fps)
            if not LEAST_RATE <= fps <= MOST_RATE:
                wanted = f"{LEAST_RATE:g} to {MOST_RATE:g}; --fps-of tells another"
                raise MotionError(f"{file}: {fps:g} frames a second, expected {wanted}.")
            flags = () if said else assumed(reading, fps=fps)
            motion = body_motion(poses, translation, fps, up=reading.up or self.up)
            yield from self._yield(file, root, motion, reading, flags=flags)


class AmassDataset(SmplDataset):
    """AMASS (Mahmood et al., ICCV 2019): SMPL-H and SMPL-X parameters, Z up."""

    name = "amass"
    description = "AMASS sequences (.npz), SMPL-H or SMPL-X, Z up"
    licence = "AMASS licence (non-commercial research)"
    citation = "Mahmood et al., AMASS: Archive of Motion Capture as Surface Shapes, ICCV 2019"
    expected = "a folder with AMASS's .npz files, or one of them"
    skips = "shape files (shape.npz, neutral_stagei.npz), hands and faces, and stretches that no body can do"
    fps = AMASS_FPS
    up = "z"

    def wanted(self, file: Path) -> bool:
        """Leave out the shapes of the subjects."""
        return file.name not in ("shape.npz", "male_stagei.npz", "female_stagei.npz", "neutral_stagei.npz")


class FineDanceDataset(_SmplFiles):
    """FineDance (Li et al., ICCV 2023): ``motion/*.npy`` of translation and 52 rotations in six numbers each."""

    name = "finedance"
    description = "FineDance motions (.npy, 315 numbers a frame) with their genres"
    licence = "FineDance licence (non-commercial research)"
    citation = "Li et al., FineDance: A Fine-grained Choreography Dataset for 3D Full Body Dance Generation, ICCV 2023"
    expected = "the dataset's folder with motion/*.npy and label_json/*.json"
    skips = "hands, and stretches that no body can do"
    suffixes = (".npy",)

    def wanted(self, file: Path) -> bool:
        """Leave out the arrays of music features."""
        return not file.parent.name.startswith("music")

    def takes(
        self,
        file: Path,
        *,
        root: Path | None = None,
        joints: Mapping[str, str] | None = None,
        reading: Reading = Reading(),
    ) -> Iterator[Take]:
        """Yield the file's motion."""
        with naming(file):
            rows = array_of(file)
            if (
                rows.ndim != 2
                or rows.shape[1] < 3 + 6 * BODY
                or (rows.shape[1] - 3) % 6
                or rows.dtype.kind != "f"
                or not len(rows)
            ):
                raise MotionError(
                    f"{file}: {rows.dtype} of shape {rows.shape}, expected numbers of shape (frames, 315)."
                )
            if not np.isfinite(rows).all() or float(np.abs(rows).max()) > 1e5:
                raise MotionError(f"{file}: holds NaN, infinity or numbers that are no metres.")
            first, second = np.moveaxis(
                rows[:, 3 : 3 + 6 * BODY].astype(np.float64).reshape(len(rows), BODY, 2, 3), 2, 0
            )
            poses = rot.to_axis_angle(rot.from_matrix(_orthonormal(first, second)))
            styles = self._styles(file)
            yield from self._yield(
                file,
                root,
                body_motion(poses, rows[:, :3].astype(np.float64), reading.fps or FINEDANCE_FPS, up=reading.up),
                reading,
                styles=styles,
                flags=assumed(reading, fps=FINEDANCE_FPS),
            )

    def _styles(self, file: Path) -> tuple[str, ...]:
        label = file.parent.parent / "label_json" / f"{file.stem}.json"
        try:
            found = json.loads(label.read_text(encoding="utf-8"))
            names = [str(found[key]).strip().lower() for key in ("style2", "style1") if found.get(key)]
        except (OSError, ValueError, AttributeError, TypeError):
            names = []
        return tuple(dict.fromkeys(names)) or ("any",)


def _orthonormal(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Matrices whose first two rows are these, made orthonormal (Zhou et al., CVPR 2019)."""
    a = first / np.maximum(np.linalg.norm(first, axis=-1, keepdims=True), 1e-9)
    b = second - np.sum(a * second, axis=-1, keepdims=True) * a
    b = b / np.maximum(np.linalg.norm(b, axis=-1, keepdims=True), 1e-9)
    return np.stack([a, b, np.cross(a, b)], axis=-2)
