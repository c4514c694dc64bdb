"""Sections of the page on reliability: files made to do harm, what is no file, and one broken file among good ones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from cli_support import write_clicks
from fuzzing.crashy import WAYS, write_dances, write_plugin
from reliability_tables import Effort, Ran, Section, cost, first_line, measured

CASES = Path(__file__).parents[1] / "tests" / "cases" / "security"
LISTEN = ["analyze", "--no-cache"]
COMMANDS = {
    "arr_sub.pkl": ["convert", "arr_sub.pkl", "out.bvh", "--from", "aistpp"],
    "laughs.pkl": ["convert", "laughs.pkl", "out.bvh", "--from", "aistpp"],
    "laughs.yaml": ["moves", "check", "laughs.yaml"],
    "deep.yaml": ["moves", "check", "deep.yaml"],
    "rate1Hz_small.wav": [*LISTEN, "rate1Hz_small.wav"],
    "ff.mp3": [*LISTEN, "ff.mp3"],
    "hls_rel.m3u8": [*LISTEN, "hls_rel.m3u8"],
    "wav_latin1.wav": [*LISTEN, "wav_latin1.wav"],
    "beats_nan.txt": [*LISTEN, "clicks.wav", "--beats", "beats_nan.txt"],
    "end_1e7.plan.json": ["show", "end_1e7.plan.json"],
    "opt_unknown.plan.json": ["show", "opt_unknown.plan.json"],
    "warn_esc.plan.json": ["show", "warn_esc.plan.json"],
}
"""What their users would give; the remembered analysis is put where ``analyze clicks.wav`` looks for its own."""
CACHED = "31_error_cache.py_124.npz"
HEAD = ["file", "command", "what happened", "memory", "time", "what was said"]


def _line(name: str, shown: str, ran: Ran, folder: Path) -> list[str]:
    said = first_line(ran.said, str(folder)) if ran.code else ""
    return [f"`{name}`", f"`{shown}`", ran.outcome, *cost(ran), said]


def security_cases(folder: Path, effort: Effort) -> Section:
    """Each of the files in ``tests/cases/security`` by the command that its user would give."""
    for path in CASES.iterdir():
        shutil.copy(path, folder)
    write_clicks(folder / "clicks.wav")
    rows = [_line(name, " ".join(words), measured(words, folder), folder) for name, words in COMMANDS.items()]
    measured(["analyze", "clicks.wav"], folder)
    for path in (folder / "cache").rglob("*.npz"):
        shutil.copy(folder / CACHED, path)
    rows.append(_line(CACHED, "analyze clicks.wav", measured(["analyze", "clicks.wav"], folder), folder))
    return Section(
        "Files made to do harm",
        "What attackers make, and what lies about its size, is in `tests/cases/security`. Pickles are read by a "
        "grammar of arrays and run nothing, texts that name other files are not followed, and sizes are checked before "
        "anything is unpacked. Memory is that of the whole command, of which Python and the libraries are most.",
        HEAD,
        rows,
    )


def no_files(folder: Path, effort: Effort) -> Section:
    """What may stand under a name instead of a file."""
    (folder / "folder.mp3").mkdir()
    (folder / "empty.mp3").touch()
    (folder / "words.mp3").write_text("not a song\n" * 50)
    os.mkfifo(folder / "pipe.mp3")
    os.symlink("/dev/zero", folder / "device.mp3")
    os.symlink("circle.mp3", folder / "circle.mp3")
    write_clicks(folder / "Artist: Title.wav")
    write_clicks(folder / "-o.wav")
    names = ["folder.mp3", "empty.mp3", "words.mp3", "pipe.mp3", "device.mp3", "circle.mp3", "gone.mp3",
             "Artist: Title.wav", "./-o.wav"]  # fmt: skip
    rows = []
    for name in names:
        ran = measured(["analyze", "--no-cache", name], folder)
        rows.append(_line(name, f"analyze {name}", ran, folder))
    return Section(
        "What is no file",
        "Folders, pipes and devices are refused before they are opened: reading a pipe waits for ever, and a device "
        "never ends. Odd names are names.",
        HEAD,
        rows,
    )


def broken_in_folder(folder: Path, effort: Effort) -> Section:
    """Good dances beside files that end, hang or fill the process that reads them."""
    plugin, dances = write_plugin(folder / "plugin"), write_dances(folder / "dances")
    paths = os.pathsep.join(filter(None, [str(plugin), os.environ.get("PYTHONPATH")]))
    ran = measured(
        ["db", "add", "crashy", "dances", "--db", "added", "--jobs", "2"],
        folder,
        {"PYTHONPATH": paths, "PYTHONSAFEPATH": ""},
    )
    told = {line.split(":")[0].removeprefix("Skipped "): line for line in ran.said.splitlines() if "Skipped" in line}
    words = {"segv": "crashes its reader", "leave": "ends the process", "hoard": "wants 64 TiB of memory"}
    rows = [[f"`{way}.bad`", words[way], first_line(told.get(f"{way}.bad", "not named"))] for way in WAYS]
    summary = next((line for line in ran.said.splitlines() if "clips are new" in line), first_line(ran.said))
    return Section(
        "One broken file among good ones",
        f"`choreo db add` over a folder of {len(list(dances.rglob('*.bvh')))} dances and {len(WAYS)} files that their "
        f"reader does not survive. Its exit code was {ran.code}, and it said: {summary}",
        ["file", "which", "what was said"],
        rows,
    )


__all__ = ["broken_in_folder", "no_files", "security_cases"]
