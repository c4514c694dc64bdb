"""Dances on characters: which bone was taken for which, where limbs and soles are, what Khronos' validator says.

    python benchmarks/characters.py [--cases DIR] [--npm DIR] [--only WORD] [--write]

Every family of names of ``tests/rig_names.py`` in four rest poses, the cases of ``--cases`` (characters and BVH), real
characters in ``characters/`` of ``--data``, and with ``--npm`` those in packages of npm that were installed there
(``npm install --prefix DIR three``). What is written is read by a reader of this script's own. The validator is npm's
``gltf-validator``: from ``--npm``, CHOREO_NODE_MODULES or npm's own folder. ``--write`` writes
``docs/benchmarks/characters.md``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from characters_measured import BONES, Measured, limb_angles, limb_errors, sole_errors, validated
from characters_pictures import pictures, write_sheet
from motion_support import stepping_dance
from rig_makers import NAMINGS, POSES, Rig, make, write_glb

from choreo import plugins
from choreo.datasets.convert import read_take
from choreo.errors import ChoreoError
from choreo.motion.families import guess_map
from choreo.motion.resample import resample
from choreo.protocols import CharacterWriter
from choreo.types import Motion

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "characters.md"
SEEN = """\
## Seen

Two moments of the dance on each of {names}, row by row, as the default renderer draws it.

![Characters that dance](characters.jpg)
"""
HEAD = """\
# Which characters dance

<!-- Made by `python benchmarks/characters.py --write`; change that script, not this page. -->

A dance of two seconds, in steps, with both arms and a turn, is put on each character. **Arms, legs** are
the largest angles in degrees, over all frames, between the direction of an upper arm or forearm, of a thigh or shin, in
the file that was written and in the dance; legs of other proportions give way so that feet stand and do not slide.
**Soles** is how far in cm the lowest point of the meshes, arms left out, is from the floor at most,
over eight frames. **Validator** is how many errors Khronos' validator finds in the file before and after.
"""
TRUE_FAMILIES = {"cc_iclone": "character-creator", "daz_g8": "daz-genesis8", "mmd_en": "mmd-english",
                 "noitom": "noitom", "rigify_def": "rigify-deform"}  # fmt: skip
"""Families of the cases whose file's name says it; all others have Mixamo's names."""


@dataclass(frozen=True)
class Row:
    """What became of one character."""

    name: str
    how: str
    measured: Measured | None
    before: Path
    after: Path


def truth_in(path: Path, names: Sequence[str]) -> Mapping[str, str]:
    """True joints of a case, from the names of its family, whatever number or sign stands after them."""
    word = next((word for word in TRUE_FAMILIES if word in path.stem), "")
    rig = make(TRUE_FAMILIES.get(word, "mixamo"))
    found = {}
    for ours, theirs in rig.truth.items():
        able = [theirs, theirs.replace("_", " "), theirs.replace(" ", "_"), theirs.replace("_hand", "hand")]
        hit = next((name for name in names for each in able if name == each), "")
        hit = hit or next((name for name in names if name.rpartition("_")[0] == theirs), "")
        if hit:
            found[ours] = hit
    return found


def danced(motion: Motion, character: Path, out: Path, truth: Mapping[str, str] | None, name: str) -> Row:
    """Put the dance on a character and measure what was written."""
    writer = next(each for each in map_writers() if character.suffix.lower() in each.suffixes)
    reader = plugins.load("datasets", "mixamo")
    try:
        writer.write(motion, character, out)
        label, joints = reader.joint_map(character)
    except ChoreoError as error:
        return Row(name, f"refused: {error.message.removeprefix(f'{character}: ')[:160]}", None, character, out)
    names, parents = reader.joint_tree(character)
    try:
        label = guess_map(names, parents)[0]
    except ChoreoError:
        label = "places" if label == "as the file has them" else label
    wrong = [ours for ours in truth or {} if ours != "neck" and joints.get(ours) != (truth or {})[ours]]
    how = f"{label}, wrong: {', '.join(wrong)}" if wrong else label
    limbs = [limb_errors(out, motion, truth or joints, bones) for bones in (BONES[2:], BONES[:2])]
    measured = Measured(limbs[0], limbs[1], sole_errors(out, truth or joints))
    return Row(name, how, measured, character, out)


def map_writers() -> list[CharacterWriter]:
    """All plugins that write characters."""
    return [plugins.load("characters", name) for name in plugins.available("characters")]


def families(motion: Motion, folder: Path, only: str) -> dict[str, list[Row]]:
    """Each family in each rest pose; one in mid-stride is bound in T-pose."""
    found: dict[str, list[Row]] = {}
    for number, family in enumerate(NAMINGS):
        if only in family:
            rig = make(family, axes=number)
            found[family] = [danced(motion, _file(rig, folder, family, pose), folder / f"{family}.{pose}.out.glb",
                                    rig.truth, pose) for pose in POSES]  # fmt: skip
            print(family, *(_limbs(row) for row in found[family]), flush=True)
    return found


def _file(rig: Rig, folder: Path, family: str, pose: str) -> Path:
    return write_glb(rig, folder / f"{family}.{pose}.glb", pose=pose, bind="t" if pose == "stride" else None)


def cases(motion: Motion, paths: Sequence[Path], folder: Path, *, known: bool) -> list[Row]:
    """Characters in files; the truth of those that are `known` is in their names."""
    found = []
    for number, path in enumerate(paths):
        truth = None
        if known:
            truth = truth_in(path, plugins.load("datasets", "mixamo").joint_tree(path)[0])
        found.append(danced(motion, path, folder / f"case{number}.out.glb", truth, path.name))
        print(path.name, found[-1].how, _limbs(found[-1]), flush=True)
    return found


def _limbs(row: Row) -> str:
    return "-" if row.measured is None else f"{row.measured.arms:.1f}, {row.measured.legs:.1f}"


def _soles(rows: Sequence[Row]) -> str:
    found = [row.measured.soles for row in rows if row.measured is not None and np.isfinite(row.measured.soles)]
    return f"{100 * max(found):.1f}" if found else "-"


def _errors(rows: Sequence[Row], told: Mapping[Path, int]) -> str:
    found = [(told[row.before], told[row.after]) for row in rows if row.before in told and row.after in told]
    return f"{max(a for a, _ in found)}, {max(b for _, b in found)}" if found else "-"


def family_table(found: Mapping[str, Sequence[Row]], told: Mapping[Path, int]) -> str:
    """The families as Markdown."""
    right = sum(all(row.measured is not None and "wrong" not in row.how for row in rows) for rows in found.values())
    silent = sum("wrong" in row.how for rows in found.values() for row in rows)
    lines = [
        "## Families of names, four rest poses\n",
        f"{right} of {len(found)} families are right in all four rest poses; {silent} of {4 * len(found)} characters "
        "were danced with a joint that is another.\n",
        "| family | mapped as | arms, legs: T-pose | A-pose | saved in mid-stride | lying | soles | validator |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for family, rows in found.items():
        how = "; ".join(dict.fromkeys(row.how for row in rows))
        lines.append(f"| {family} | {how} | {' | '.join(_limbs(row) for row in rows)} | {_soles(rows)} | "
                     f"{_errors(rows, told)} |")  # fmt: skip
    return "\n".join(lines) + "\n"


def case_table(title: str, rows: Sequence[Row], told: Mapping[Path, int]) -> str:
    """Characters in files as Markdown."""
    lines = [f"## {title}\n", "| file | mapped as | arms, legs | soles | validator |", "|---|---|---|---|---|"]
    for row in rows:
        how = row.how.replace("|", "/")
        lines.append(f"| {row.name} | {how} | {_limbs(row)} | {_soles([row])} | {_errors([row], told)} |")
    return "\n".join(lines) + "\n"


def _characters(folder: Path) -> list[Path]:
    """Files of characters in a folder and those below it."""
    return sorted(each for each in folder.rglob("*") if each.suffix in (".glb", ".gltf", ".vrm"))


def bvh_table(folder: Path) -> str:
    """One dance in BVH files under other names, beside the same under known ones."""
    same = read_take(folder / "same.bvh").motion
    lines = [
        "## One dance in BVH under other names\n",
        "Against the same dance under known names. Legs give way a little where standing feet are held.\n",
        "| file | mapped as | arms | legs | hands and feet off, % of the height |",
        "|---|---|---|---|---|",
    ]
    for path in sorted(folder.glob("*.bvh")):
        label, _ = plugins.load("datasets", "bvh").joint_map(path)
        take = read_take(path)
        arms, legs = (limb_angles(take.motion, same, bones) for bones in (BONES[2:], BONES[:2]))
        lines.append(f"| {path.name} | {label} | {arms:.1f} | {legs:.1f} | {100 * take.facts['end_error']:.2f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run everything and print the page."""
    here = Path(__file__).resolve().parents[2] / "shared"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, default=Path(os.environ.get("CHOREO_CASES", here / "cases")))
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("CHOREO_SHARED", here / "data")))
    parser.add_argument("--npm", type=Path, help="folder in which npm installed packages with characters")
    parser.add_argument("--only", default="", help="families with this word in their names")
    parser.add_argument("--write", action="store_true", help="write the page of the documentation")
    options = parser.parse_args()
    motion = resample(stepping_dance(2.0), 30.0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = families(motion, folder, options.only)
        found = cases(motion, _characters(options.cases / "characters"), folder, known=True)
        more = [*_characters(options.data / "characters"), *(_characters(options.npm) if options.npm else [])]
        others = cases(motion, more, Path(tempfile.mkdtemp(dir=folder)), known=False)
        every = [*(row for each in rows.values() for row in each), *found, *others]
        told = validated([path for row in every for path in (row.before, row.after)], options.npm)
    parts = [HEAD, family_table(rows, told), case_table("Cases", found, told)]
    if others:
        parts.append(case_table("Characters made by others", others, told))
    parts.append(bvh_table(options.cases / "bvh"))
    shown = [row for row in (*found, *others) if row.measured is not None]
    parts.append(SEEN.format(names=", ".join(row.name for row in shown)))
    page = "\n".join(parts)
    print(page)
    if options.write:
        frames = [pictures(motion, row.before) for row in shown]
        write_sheet(frames, PAGE.with_suffix(".jpg"))
        PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
