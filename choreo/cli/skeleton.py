"""A plugin package to start from: ``plugins new``."""

from __future__ import annotations

import re
from pathlib import Path

from choreo.cli.templates import IMPORTS, PLUGINS
from choreo.errors import InputError, OutputError

NAME = re.compile(r"[a-z][a-z0-9_-]*")

PYPROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "choreo-{dashed}"
version = "0.1.0"
description = "choreo {kind} plugin {name}"
requires-python = ">=3.11"
dependencies = ["choreo-dance"]

[project.entry-points."choreo.{kind}"]
{name} = "{module}:{cls}"

[tool.setuptools]
packages = ["{module}"]
"""

README = """\
# choreo-{dashed}

A choreo plugin of the kind `{kind}`.

    pip install -e .
    choreo plugins info {kind} {name}
    pytest
"""

TEST = '''\
"""The same contract that choreo's own {kind} plugins pass."""

from choreo.testing import {check}

from {module} import {cls}


def test_contract() -> None:
    {check}({cls}())
'''


DATASET_TEST = '''\
"""The same contract that choreo's own datasets plugins pass, on a file written here."""

import json
from pathlib import Path

from choreo.testing import check_datasets, sample_motion

from {module} import {cls}


def test_contract(tmp_path: Path) -> None:
    motion = sample_motion(6.0)
    found = {{
        "fps": motion.fps,
        "names": motion.skeleton.names,
        "parents": motion.skeleton.parents.tolist(),
        "offsets": motion.skeleton.offsets.tolist(),
        "translation": motion.translation.tolist(),
        "rotations": motion.rotations.tolist(),
    }}
    (tmp_path / "take.json").write_text(json.dumps(found))
    check_datasets({cls}(), tmp_path)
'''


CHARACTER_TEST = '''\
"""The same contract that choreo's own characters plugins pass, on a character written here."""

import json
from pathlib import Path

from choreo.testing import check_characters

from {module} import {cls}


def test_contract(tmp_path: Path) -> None:
    puppet = tmp_path / "puppet.json"
    puppet.write_text(json.dumps({{"bones": {{"pelvis": "hips", "left_elbow": "arm.l"}}}}))
    check_characters({cls}(), puppet)
'''
TESTS = {"datasets": DATASET_TEST, "characters": CHARACTER_TEST}


def write_package(kind: str, name: str, folder: Path) -> Path:
    """Write a package with one plugin that passes the contract of its kind.

    Returns
    -------
    Path
        The package's folder, ``folder/choreo-<name>``.

    Raises
    ------
    InputError
        When the name cannot be one of a package.
    OutputError
        When the folder is there already or cannot be written.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"{name!r} cannot name a plugin. Use small letters, digits, - and _, a letter first.")
    module = f"choreo_{name.replace('-', '_')}"
    words = {
        "kind": kind,
        "name": name,
        "dashed": name.replace("_", "-"),
        "module": module,
        "cls": "".join(part.capitalize() for part in re.split("[-_]", name)) + CLASS_TAILS[kind],
        "check": f"check_{CHECKS[kind]}",
    }
    source = f'"""A choreo plugin."""\n\n{IMPORTS[kind]}\n\n{PLUGINS[kind]}'
    files = {
        "pyproject.toml": PYPROJECT.format(**words),
        "README.md": README.format(**words),
        f"{module}/__init__.py": source.replace("CLASS", words["cls"]).replace("NAME", name),
        f"tests/test_{module}.py": TESTS.get(kind, TEST).format(**words),
    }
    root = folder / f"choreo-{words['dashed']}"
    try:
        root.mkdir(parents=True)
        for relative, text in files.items():
            path = root / relative
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except FileExistsError as error:
        raise OutputError(f"{root}: is there already. Choose another name or --dir.") from error
    except OSError as error:
        raise OutputError(f"{root}: cannot be written ({error.strerror}). Choose another place with --dir.") from error
    return root


CHECKS = {
    "beats": "beats",
    "taggers": "taggers",
    "words": "words",
    "datasets": "datasets",
    "embedders": "embedders",
    "bodies": "bodies",
    "renderers": "renderers",
    "exporters": "exporters",
    "characters": "characters",
    "engines": "engines",
}
CLASS_TAILS = {
    "beats": "Tracker",
    "taggers": "Tagger",
    "words": "Encoder",
    "datasets": "Dataset",
    "embedders": "Embedder",
    "bodies": "Body",
    "renderers": "Renderer",
    "exporters": "Exporter",
    "characters": "CharacterWriter",
    "engines": "Engine",
}
