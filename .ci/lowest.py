"""Print the lowest version that pyproject.toml allows of each package, as constraints for pip.

python .ci/lowest.py > constraints-lowest.txt
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LEFT_OUT = {"all", "docs", "test", "train"}
"""Extras whose packages choreo does not run on."""
HEAD = """\
# The lowest version that pyproject.toml allows of each package; made by .ci/lowest.py, tried by .ci/run:
#   pip install . -c constraints-lowest.txt
"""


def main() -> None:
    """Write them to standard output."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *(line for name in extras if name not in LEFT_OUT for line in extras[name])]
    lowest = {}
    for line in lines:
        wanted = Requirement(line)
        (bound,) = [each.version for each in wanted.specifier if each.operator == ">="]
        lowest[wanted.name.lower()] = bound
    sys.stdout.write(HEAD + "".join(f"{name}=={lowest[name]}\n" for name in sorted(lowest)))


if __name__ == "__main__":
    main()
