"""Files for hosts of the repository say what the project says: workflow, citation, image."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from choreo.version import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def readme_commands() -> list[list[str]]:
    """Lines of each block of code of the README, in order."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    return [block.strip().splitlines() for block in blocks]


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    found: dict[str, Any] = read(".github/workflows/tests.yml")
    return found


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_the_workflow_runs_the_readmes_commands(workflow: dict[str, Any]) -> None:
    main, tests = readme_commands()[:2]
    asked = commands(workflow["jobs"]["everywhere"])
    assert main == ["pip install .", "choreo generate song.wav"]
    assert [each for each in asked if each in main] == main
    install = next(line for line in tests if line.startswith("pip install"))
    assert install in commands(workflow["jobs"]["check"])
    assert install.removesuffix(" -c constraints.txt") in asked
    assert 'pytest -m "not slow"' in asked
    lowest = commands(workflow["jobs"]["lowest"])
    assert lowest[0] == f"{main[0]} -c constraints-lowest.txt"
    assert lowest[2:] == [main[1], "choreo doctor"]


def test_the_workflow_runs_on_what_the_project_names(workflow: dict[str, Any]) -> None:
    matrix = workflow["jobs"]["everywhere"]["strategy"]["matrix"]
    named = [each.rsplit(" ", 1)[1] for each in PROJECT["classifiers"] if "Python :: 3." in each]
    assert matrix["python"] == named
    systems = [each.rsplit(" ", 1)[1] for each in PROJECT["classifiers"] if each.startswith("Operating System")]
    assert dict(zip(matrix["system"], sorted(systems), strict=True)) == {
        "ubuntu-latest": "Linux", "macos-latest": "MacOS", "windows-latest": "Windows",
    }  # fmt: skip


def test_the_citation_is_of_this_version_and_these_authors() -> None:
    cited = read("CITATION.cff")
    assert cited["version"] == __version__
    assert [each["name"] for each in cited["authors"]] == [each["name"] for each in PROJECT["authors"]]
    assert cited["license"] == PROJECT["license"]
    assert cited["repository-code"] == PROJECT["urls"]["Source"]


def test_addresses_lie_in_the_repository() -> None:
    """Files that the project's addresses name are there."""
    for name, url in PROJECT["urls"].items():
        assert url.startswith(PROJECT["urls"]["Source"]), name
        if "/blob/main/" in url:
            assert (ROOT / url.split("/blob/main/")[1]).is_file(), name


@pytest.mark.parametrize("name", ["bug", "request", "dataset"])
def test_forms_ask_for_something(name: str) -> None:
    form = read(f".github/ISSUE_TEMPLATE/{name}.yml")
    ids = [field["id"] for field in form["body"]]
    assert len(set(ids)) == len(ids)
    assert any(field.get("validations", {}).get("required") for field in form["body"])
    if name == "bug":
        assert "choreo doctor" in next(each for each in form["body"] if each["id"] == "doctor")["attributes"]["label"]


def allowed(folder: Path) -> Path:
    """A copy of what the image is built from: the paths that .dockerignore lets in."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    for line in (each[1:] for each in lines if each.startswith("!")):
        (folder / line).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / line).is_dir():
            shutil.copytree(ROOT / line, folder / line, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / line, folder / line)
    return folder


def test_the_image_has_all_that_is_packaged(tmp_path: Path) -> None:
    folder = allowed(tmp_path / "context")
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    for name, place in tool["package-dir"].items():
        assert (folder / place / "__init__.py").is_file(), name
    for name in (PROJECT["readme"], *PROJECT["license-files"], "pyproject.toml"):
        assert (folder / name).is_file()
