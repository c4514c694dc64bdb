"""Khronos' validator of glTF files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

VALIDATOR = """
const validator = require(process.argv[1] + '/gltf-validator');
const bytes = new Uint8Array(require('fs').readFileSync(process.argv[2]));
validator.validateBytes(bytes, {maxIssues: 0}).then(report => console.log(JSON.stringify(report.issues)));
"""


def validator() -> str:
    """Folder of node's packages that has Khronos' gltf-validator: CHOREO_NODE_MODULES, or npm's own; skips without."""
    node, places = shutil.which("node"), [os.environ.get("CHOREO_NODE_MODULES", "")]
    if node and not places[0] and (npm := shutil.which("npm")):
        places = [subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()]
    found = [place for place in places if place and (Path(place) / "gltf-validator").is_dir()]
    if node and found:
        return found[0]
    message = "Khronos' validator is not here: npm install --prefix FOLDER gltf-validator, and name FOLDER/node_modules"
    if os.environ.get("CHOREO_REQUIRE_VALIDATOR") == "1":
        pytest.fail(f"{message} in CHOREO_NODE_MODULES")
    pytest.skip(f"{message} in CHOREO_NODE_MODULES")


def issues(path: Path) -> dict[str, Any]:
    """What the validator says of a file."""
    done = subprocess.run(["node", "-e", VALIDATOR, validator(), str(path)], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
