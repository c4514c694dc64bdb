"""What the site shows that does not lie in ``docs``: the gallery, the examples, the changes, how to contribute."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "renders" / "gallery"
PAGES = {"changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
EXAMPLES = "examples.md"


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add pictures and pages; links of pages at the top of the tree are made to fit the site's."""
    from mkdocs.structure.files import File

    for picture in sorted(GALLERY.iterdir()):
        files.append(File.generated(config, f"gallery/{picture.name}", abs_src_path=str(picture)))
    for uri, name in PAGES.items():
        text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, uri, content=text))
    files.append(File.generated(config, EXAMPLES, content=examples()))
    return files


def examples() -> str:
    """The examples' page, with every program on it."""
    folder = ROOT / "examples"
    parts = [(folder / "README.md").read_text(encoding="utf-8")]
    for program in sorted(folder.glob("*.py")):
        code = program.read_text(encoding="utf-8")
        parts.append(f"## {program.name} {{: #{program.stem} }}\n\n```python\n{code}```\n")
        parts[0] = parts[0].replace(f"]({program.name})", f"](#{program.stem})")
    return "\n".join(parts)
