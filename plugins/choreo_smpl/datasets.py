"""Dataset plugins of SMPL's parameters: AIST++, AMASS, EDGE, FineDance, LODGE, Motion-X, and any other.

Each recognises its own files; ``smpl`` takes all of them, each in its layout.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from choreo.datasets import Files, canonical_takes, naming, source_name
from choreo.datasets.codes import AIST_GENRES, aist_tempo, genre_code, music_code, styles_of
from choreo.errors import MotionError
from choreo.motion.families import FAMILIES
from choreo.types import Reading, Take
from choreo_smpl.aist import IGNORED, ignored, split_files, splits
from choreo_smpl.layouts import LAYOUTS, described, has_poses, layout_of
from choreo_smpl.recording import content_of, recording_of


class SmplFiles(Files):
    """What the readers of SMPL's parameters share: one reads the files of `layouts`, by its own name when empty."""

    layouts: tuple[str, ...] = ()

    def recognises(self, file: Path) -> bool:
        """Whether the file is in this dataset's layout, by its keys or its form.

        Raises
        ------
        MotionError
            When it cannot be read.
        """
        with naming(file):
            found = content_of(file)
            return layout_of(found) in (self.layouts or (self.name,)) and has_poses(found)

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
            found = content_of(file)
            layout = self._layout(file, found)
            motion, flags = recording_of(file, found, layout).motion(LAYOUTS[layout], reading)
            base = Take(
                name=file.stem, motion=motion, source=source_name(file, root), licence=self.licence,
                citation=self.citation, flags=flags, **self._facts(file),
            )  # fmt: skip
            yield from canonical_takes(base, motion, joints=FAMILIES["canonical"])

    def _layout(self, file: Path, found: Any) -> str:
        """The layout that a file is read in.

        Raises
        ------
        MotionError
            When it is none of this dataset's.
        """
        layout = layout_of(found)
        if layout in (self.layouts or (self.name,)):
            return layout
        other = f", which is read as '{layout}'" if layout else ""
        raise MotionError(f"{file}: found {described(found)}{other}; expected {self.holds}.")

    holds = ""
    """What a file of the dataset holds, for errors."""

    def _facts(self, file: Path) -> dict[str, Any]:
        """Styles, labels and tempo of a file, by its name or what lies beside it."""
        return {"styles": styles_of(file.stem, AIST_GENRES)}


class AistppDataset(SmplFiles):
    """AIST++ (Li et al., ICCV 2021): street dance of ten genres, 60 frames a second."""

    name = "aistpp"
    description = "AIST++ motions (.pkl) with their genres, tempos, splits and ignore list"
    licence = "CC-BY-4.0 (annotations); AIST's own terms for the dances"
    citation = "Li et al., AI Choreographer: Music Conditioned 3D Dance Generation with AIST++, ICCV 2021"
    expected = "the annotations' folder with motions/*.pkl, and ignore_list.txt and splits/ where they are"
    skips = "motions of the ignore list, and stretches that no body can do"
    suffixes = (".pkl",)
    holds = "smpl_poses, smpl_scaling, smpl_trans"

    def lists(self, path: Path) -> Sequence[Path]:
        """The lists of motions that are wrong."""
        return [*path.rglob(IGNORED), *(folder / IGNORED for folder in list(path.parents)[:2])]

    def beside(self, file: Path) -> Sequence[Path]:
        """The splits."""
        return [path for _, path in split_files(file.parent)]

    def wanted(self, file: Path) -> bool:
        """Leave out what AIST++ itself says is wrong."""
        return file.stem not in ignored(file.parent)

    def _facts(self, file: Path) -> dict[str, Any]:
        genre, music = genre_code(file.stem), music_code(file.stem)
        said = {"genre": genre, "music": music, "split": splits(file.parent).get(file.stem, "")}
        labels = tuple(f"{name}:{word}" for name, word in said.items() if word)
        return {"styles": styles_of(file.stem, AIST_GENRES), "labels": labels, "tempo": aist_tempo(music)}


class EdgeDataset(SmplFiles):
    """Dances that EDGE made (Tseng et al., CVPR 2023): 30 frames a second, Z up, neither said in the file."""

    name = "edge"
    description = "Dances of EDGE (.pkl with smpl_poses, smpl_trans, full_pose), 30 frames a second, Z up"
    licence = "unknown"
    citation = "Tseng et al., EDGE: Editable Dance Generation From Music, CVPR 2023"
    expected = "a folder with the .pkl files that EDGE saves (--save_motions), or one of them"
    skips = "full_pose but for the length of its legs, and stretches that no body can do"
    suffixes = (".pkl",)
    holds = "smpl_poses, smpl_trans, full_pose"


class FineDanceDataset(SmplFiles):
    """FineDance (Li et al., ICCV 2023): ``motion/*.npy`` of translation and 52 rotations in six numbers each."""

    name = "finedance"
    description = "FineDance motions (.npy, 315 numbers a frame) with their genres"
    licence = "FineDance licence (non-commercial research)"
    citation = "Li et al., FineDance: A Fine-grained Choreography Dataset for 3D Full Body Dance Generation, ICCV 2023"
    expected = "the dataset's folder with motion/*.npy and label_json/*.json"
    skips = "hands, and stretches that no body can do"
    suffixes = (".npy",)
    holds = "rows of 315 numbers (135 or 147 without hands): translation, then rotations in six numbers each"

    def wanted(self, file: Path) -> bool:
        """Leave out the arrays of music features."""
        return not file.parent.name.startswith("music")

    def beside(self, file: Path) -> Sequence[Path]:
        """The genres."""
        return (_label_file(file),)

    def _facts(self, file: Path) -> dict[str, Any]:
        return {"styles": _labelled(file) or styles_of(file.stem, AIST_GENRES)}


class LodgeDataset(FineDanceDataset):
    """Arrays of LODGE (Li et al., CVPR 2024), its training data and its dances: contacts in front of FineDance's."""

    name = "lodge"
    description = "Arrays of LODGE (.npy, 319 or 139 numbers a frame), with FineDance's genres"
    citation = "Li et al., Lodge: A Coarse to Fine Diffusion Network for Long Dance Generation, CVPR 2024"
    expected = "a folder with LODGE's .npy files (mofea319, or what infer_lodge.py saves), or one of them"
    skips = "contacts, hands, and stretches that no body can do"
    holds = "rows of 319 numbers (139 or 151 without hands): 4 contacts, translation, rotations in six numbers each"


class MotionXDataset(SmplFiles):
    """Motion-X (Lin et al., NeurIPS 2023): SMPL-X with hands and face in 322 numbers a frame."""

    name = "motionx"
    description = "Motion-X (.npy, 322 numbers a frame), SMPL-X"
    licence = "Motion-X licence (non-commercial research)"
    citation = "Lin et al., Motion-X: A Large-scale 3D Expressive Whole-body Human Motion Dataset, NeurIPS 2023"
    expected = "motion_data/smplx_322 with .npy files, or one of them"
    skips = "hands, faces, and stretches that no body can do"
    suffixes = (".npy",)
    holds = "rows of 322 numbers: root, body, hands, jaw, expression, face shape, translation, shape"

    def wanted(self, file: Path) -> bool:
        """Leave out arrays of faces alone."""
        return "face_motion_data" not in file.parts


class SmplDataset(SmplFiles):
    """Any file with poses of SMPL, SMPL-H or SMPL-X and a translation, in any of the layouts."""

    name = "smpl"
    description = "A folder of files with SMPL, SMPL-H or SMPL-X poses (.npz, .pkl, .npy) in any known layout"
    licence = "unknown"
    expected = "a folder with .npz, .pkl or .npy files that hold poses and trans, or one of them"
    skips = "files without poses, hands and faces, and stretches that no body can do"
    suffixes = (".npz", ".pkl", ".npy")
    layouts = ("aistpp", "edge", "finedance", "lodge", "motionx", "smpl")
    holds = "poses under a name such as smpl_poses or poses, or rows of 135, 139, 147, 151, 315, 319 or 322 numbers"


class AmassDataset(SmplFiles):
    """AMASS (Mahmood et al., ICCV 2019): SMPL-H and SMPL-X parameters, Z up."""

    name = "amass"
    description = "AMASS sequences (.npz), SMPL-H or SMPL-X, Z up"
    licence = "AMASS licence (non-commercial research)"
    citation = "Mahmood et al., AMASS: Archive of Motion Capture as Surface Shapes, ICCV 2019"
    expected = "a folder with AMASS's .npz files, or one of them"
    skips = "shape files (shape.npz, neutral_stagei.npz), hands and faces, and stretches that no body can do"
    suffixes = (".npz",)
    holds = "poses, trans and mocap_framerate"

    def wanted(self, file: Path) -> bool:
        """Leave out the shapes of the subjects."""
        return file.name not in ("shape.npz", "male_stagei.npz", "female_stagei.npz", "neutral_stagei.npz")

    def recognises(self, file: Path) -> bool:
        """Never: nothing in such a file tells it from others with poses, which are read as `smpl`."""
        return False

    def _layout(self, file: Path, found: Any) -> str:
        if isinstance(found, Mapping):
            return "amass"
        return super()._layout(file, found)


def _label_file(file: Path) -> Path:
    return file.parent.parent / "label_json" / f"{file.stem}.json"


def _labelled(file: Path) -> tuple[str, ...]:
    """Genres that FineDance's ``label_json`` says of a file."""
    try:
        found = json.loads(_label_file(file).read_text(encoding="utf-8"))
        names = [str(found[key]).strip().lower() for key in ("style2", "style1") if found.get(key)]
    except (OSError, ValueError, AttributeError, TypeError):
        return ()
    return tuple(dict.fromkeys(names))
