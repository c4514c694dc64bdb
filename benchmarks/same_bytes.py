"""Compare what two states of choreo make of the same songs, byte for byte.

::

    python benchmarks/same_bytes.py COMMIT [COMMIT or .] [--full] [--seeds-by-number] [--keep FOLDER]

Each side is a commit of this repository, or ``.`` for the working tree. Both are installed side by side (without
their requirements: both use those of the running Python) and dance to 20 seconds of six songs in three styles, once
with a ChoreoNet database, once with three dancers. `--full` adds pages, pictures, videos, edits and all motion formats.

With ``--seeds-by-number`` the second side counts the seeds of the small unevenness by the number of a step, as
choreo 0.1.0 did before they came from a step's first beat: then everything must be equal again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
SONGS = ("C_1", "C_5", "R_4", "R_10", "T_2", "W_1")
STYLES = ("hiphop", "latin", "pop")
WALTZES = ("waltz", "ballet", "folk")
CHILD = """
import sys
sys.dont_write_bytecode = True
if {old_seeds}:
    from itertools import takewhile
    import choreo.synthesis.seeds as seeds
    def by_number(plan):
        waiting = sum(1 for _ in takewhile(lambda step: step.clip_id.startswith("canon/"), plan.steps))
        return [plan.seed + number - waiting for number in range(len(plan.steps))]
    seeds.step_seeds = by_number
from choreo.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


def scenarios(songs: Path, shared: Path, full: bool) -> dict[str, list[list[str]]]:
    """Commands by name of the dance; ``{out}`` is the folder of their files, ``{db}`` a ChoreoNet database."""
    files = "bvh,glb,plan"
    span = ["--start", "20", "--duration", "20", "--no-video", "--no-cache", "--quiet", "-o", "{out}/"]
    found = {
        f"{name}-{style}": [["generate", str(songs / f"{name}.mp3"), "--style", style, "--formats", files, *span]]
        for name in SONGS
        for style in (WALTZES if name.startswith("W") else STYLES)
    }
    one = str(songs / "C_1.mp3")
    found["choreonet"] = [["generate", one, "--dataset", "choreonet", "--db", "{db}", "--formats", files, *span]]
    found["mixed"] = [["generate", str(songs / "W_1.mp3"), "--db", "{db}", "--formats", files, *span]]
    for unison in ("unison", "mirror", "canon:1"):
        cast = ["--dancers", "3", "--unison", unison]
        found[f"three-{unison.replace(':', '')}"] = [["generate", one, *cast, "--formats", files, *span]]
    if full:
        plan = "{out}/C_1.plan.json"
        video = ["--size", "160x90", "--quiet"]
        listed = "plan,bvh,glb,vrma,smpl,amass,vmd,csv,usd,web"
        found["formats"] = [
            ["generate", one, "--formats", listed, "--alternatives", "2", "--sheet", "4x2", *span],
            ["show", plan, "--html", "{out}/sheet.html"],
            ["render", plan, "--formats", "mp4,gif", *video, "-o", "{out}/film/"],
            ["render", plan, "--formats", "png", *video, "--camera", "director", "--titles", "--captions",
             "--background", "green", "--fps", "10", "-o", "{out}/green/"],
            ["render", plan, "--formats", "web,mp4", "--beside", "{out}/C_1.bvh", *video, "--dancers", "2",
             "-o", "{out}/two/"],
            ["render", "{out}/C_1.bvh", "--song", one, *video, "--renderer", "stick", "-o", "{out}/bones/"],
            ["edit", plan, "--replace", "2:4", "--with", "moonwalk", "-o", "{out}/edited.plan.json"],
            ["render", "{out}/edited.plan.json", "--formats", "mp4", *video, "-o", "{out}/edited/"],
            ["convert", "{out}/C_1.bvh", "{out}/again.glb"],
            ["eval", "{out}/C_1.bvh", one, "--json", "{out}/eval.json"],
        ]  # fmt: skip
        found["preview"] = [["preview", one, "--start", "20", "--duration", "6", "-o", "{out}/", "--quiet"]]
        found["heard"] = [["analyze", one, "--json"], ["analyze", one, "--html", "{out}/heard.html", "--plot",
                          "{out}/heard.png"]]  # fmt: skip
        found["character"] = [["generate", one, "--character", str(shared / "characters/Knight.glb"),
                              "--formats", "plan", *span]]  # fmt: skip
        found["graph"] = [["graph", "stats", "--json"], ["graph", "export", "{out}/moves.svg"]]
        found["search"] = [["search", one, "--json"], ["search", "slow turn", "--json"]]
        found["moves"] = [["moves", "check"], ["moves", "list"]]
    return found


def installed(state: str, work: Path) -> Path:
    """Install a state without its requirements into a folder, and return that."""
    source = work / "tree"
    if state != ".":
        subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "--detach", str(source), state], check=True,
                       capture_output=True)  # fmt: skip
    else:
        names = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"], check=True,
                               capture_output=True, text=True).stdout.split("\0")  # fmt: skip
        for name in filter(None, names):
            if (ROOT / name).is_file():
                (source / name).parent.mkdir(parents=True, exist_ok=True)
                (source / name).write_bytes((ROOT / name).read_bytes())
    site = work / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(source)]
    subprocess.run(pip, check=True)
    return site


def danced(site: Path, work: Path, wanted: dict[str, list[list[str]]], shared: Path, *, old_seeds: bool) -> None:
    """Run all commands of one side; files and printed output go to ``work/out``."""
    paths = {"XDG_DATA_HOME": str(work / "data"), "CHOREO_CACHE": str(work / "cache"), "PYTHONPATH": str(site)}
    env = {**os.environ, **paths, "NUMBA_CACHE_DIR": str(work / "numba"), "PYTHONWARNINGS": "ignore"}
    code = CHILD.format(old_seeds=old_seeds)
    db = work / "choreonet-db"

    def command(words: list[str], out: Path) -> None:
        words = [word.format(out=out, db=db) for word in words]
        done = subprocess.run([sys.executable, "-c", code, *words], env=env, cwd=out, capture_output=True, text=True)
        output = done.stdout.replace(str(work), "WORK") + done.stderr.replace(str(work), "WORK")
        with open(out / "printed.txt", "a", encoding="utf-8") as printed:
            printed.write(f"{' '.join(words).replace(str(work), 'WORK')}\n{done.returncode}\n{output}\n")

    def dance(name: str) -> None:
        out = work / "out" / name
        out.mkdir(parents=True)
        for words in wanted[name]:
            command(words, out)

    (work / "out").mkdir()
    (work / "setup").mkdir()
    command(["db", "add", "choreonet", str(shared / "choreonet"), "--db", "{db}"], work / "setup")
    for words in (["db", "update"], ["db", "stats"]):  # which of them fills the database depends on the state's age
        command(words, work / "setup")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(dance, wanted))


def digests(folder: Path) -> dict[str, str]:
    """Hash of every file below a folder, machine paths taken out."""
    out = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes().replace(str(folder.parent).encode(), b"WORK")
            out[path.relative_to(folder).as_posix()] = hashlib.sha256(data).hexdigest()
    return out


def without_guarantees(path: Path) -> object:
    """A plan file without what was measured on the motion."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return {key: value for key, value in data.items() if key not in ("guarantees", "warnings")}


def main() -> int:
    """Run both sides and list the files that differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before")
    parser.add_argument("after", nargs="?", default=".")
    parser.add_argument("--shared", type=Path, default=os.environ.get("CHOREO_SHARED", ROOT.parent / "shared/data"))
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seeds-by-number", action="store_true")
    parser.add_argument("--only", help="Only dances whose names begin so.")
    parser.add_argument(
        "--keep", type=Path, help="Folder that keeps both sides; a side that is there is not run again."
    )
    given = parser.parse_args()
    shared = Path(given.shared).resolve()
    wanted = scenarios(shared / "songs", shared, given.full)
    wanted = {name: words for name, words in wanted.items() if not given.only or name.startswith(given.only)}
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        sides = {}
        for side, state in (("before", given.before), ("after", given.after)):
            work = folder / side
            if not (work / "done").exists():
                work.mkdir(parents=True)
                old = side == "after" and given.seeds_by_number
                danced(installed(state, work), work, wanted, shared, old_seeds=old)
                (work / "done").touch()
            sides[side] = work / "out"
        before, after = (digests(sides[side]) for side in ("before", "after"))
        names = sorted(name for name in before | after if name.split("/")[0] in wanted)
        differing = [name for name in names if before.get(name) != after.get(name)]
        for name in differing:
            both = name in before and name in after
            plan = both and name.endswith(".plan.json")
            if plan and without_guarantees(sides["before"] / name) == without_guarantees(sides["after"] / name):
                print(f"{name}: the same steps, other guarantees")
            else:
                print(f"{name}: {'differs' if both else 'is missing on one side'}")
        print(f"{len(names) - len(differing)} of {len(names)} files are equal, {len(differing)} differ")
        for side in ("before", "after"):
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(folder / side / "tree")],
                           capture_output=True, check=False)  # fmt: skip
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
