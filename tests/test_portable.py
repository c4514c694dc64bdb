"""What runs on Linux alone is found here: the code is read, not run, so no other system is needed for it."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pathvalidate import is_valid_filename

ROOT = Path(__file__).parents[1]
MAKERS = ROOT / "plugins" / "choreo_beats" / "train"
"""Scripts that made the weights of the beat tracker, on Debian with its sound fonts; no part of what users run."""
SOURCES = sorted(
    path for room in ("choreo", "plugins") for path in (ROOT / room).rglob("*.py") if path.parent != MAKERS
)
KNOWN = {
    "choreo/workers.py": "loky.ProcessPoolExecutor",
    "choreo/video/lettering.py": "'/usr(/local)?/share/fonts'",
}
"""What is meant: the one place that starts processes, and the folders of fonts of each system."""
MODULES = frozenset(
    ("crypt", "curses", "fcntl", "grp", "imp", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource",
     "spwd", "syslog", "termios", "tty")
)  # fmt: skip
"""Modules that Windows has not."""
NAMES = re.compile(
    r"os\.(fork\w*|set[eug]+id|setsid|setpg\w+|killpg|kill|get[eug]+id|getpg\w+|getloadavg|mkfifo|mknod|l?chown|"
    r"fchmod|sched_\w+|wait\w*|posix_\w+|nice|sysconf|uname|pipe2|symlink|rename|system|popen|chroot|statvfs)"
    r"|signal\.(SIGKILL|SIGHUP|SIGUSR\d|SIGALRM|SIGCHLD|SIGPIPE|SIGQUIT|SIGSTOP|SIGCONT|alarm|setitimer|pause|pthread_\w+)"
    r"|select\.(poll|epoll|kqueue)|time\.tzset|socket\.AF_UNIX|multiprocessing\.\w+|shutil\.chown"
)
"""Names that Windows has not, or that do something else there; ``hasattr`` and ``getattr`` guard what is needed."""
METHODS = frozenset(("rename", "symlink_to", "hardlink_to"))
"""Of paths: a rename does not replace there, and links want rights."""
PLACES = re.compile(r"/(dev|tmp|proc|sys|etc|usr|bin|opt|home|root|var|mnt)(/.*)?")
TEXTS = frozenset(("open", "read_text", "write_text", "TextIOWrapper", "fdopen"))
OTHERS = frozenset(("av", "webbrowser", "zipfile", "tarfile", "wave", "Image", "MotionDB", "ClipPool"))
"""What opens something else than text."""
STARTS = frozenset(("run", "Popen", "check_output", "check_call", "call"))


def guarded(tree: ast.AST) -> set[int]:
    """Lines that are told, by what is caught there, that the system may not have what they ask for."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        caught: list[ast.expr] = []
        if isinstance(node, ast.Try):
            caught = [each.type for each in node.handlers if each.type is not None]
        elif isinstance(node, ast.With):
            calls = [each.context_expr for each in node.items if isinstance(each.context_expr, ast.Call)]
            caught = [arg for call in calls if getattr(call.func, "id", "") == "suppress" for arg in call.args]
        names = {name.id for each in caught for name in ast.walk(each) if isinstance(name, ast.Name)}
        if names & {"ImportError", "AttributeError"}:
            body: list[ast.stmt] = node.body  # type: ignore[attr-defined]  # both have one
            lines.update(range(body[0].lineno, (body[-1].end_lineno or 0) + 1))
    return lines


def problems(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and reason of whatever does not run everywhere, and is not guarded."""
    safe = guarded(tree)
    yield from ((line, reason) for line, reason in suspects(tree) if line not in safe)


def suspects(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and reason of what may not run everywhere."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    asked = {
        node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hasattr"
        if isinstance(node.args[1], ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
            whole = [f"{node.module}.{each.name}" for each in node.names] if isinstance(node, ast.ImportFrom) else []
            yield from ((node.lineno, name) for name in names if name.split(".")[0] in MODULES)
            yield from ((node.lineno, name) for name in whole if NAMES.fullmatch(name))
            yield from ((node.lineno, name) for name in whole if name.endswith(".ProcessPoolExecutor"))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            if (NAMES.fullmatch(name) and node.attr not in asked) or node.attr == "ProcessPoolExecutor":
                yield node.lineno, f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            if PLACES.fullmatch(node.value) or "%-d" in node.value:
                yield node.lineno, repr(node.value)
        elif isinstance(node, ast.Call):
            yield from calls(node)


def calls(node: ast.Call) -> Iterator[tuple[int, str]]:
    """Calls that mean something else elsewhere: text in the system's own code, shells, what only forks can do."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    owner = node.func.value.id if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) else ""
    given = {word.arg: word.value for word in node.keywords}
    if name in METHODS and isinstance(node.func, ast.Attribute):
        yield node.lineno, name
    if {"preexec_fn", "shell", "pass_fds"} & given.keys():
        yield node.lineno, f"{name}(shell or fork)"
    text = given.keys() & {"text", "universal_newlines", "errors"}
    if name in STARTS and owner in ("subprocess", "") and text and "encoding" not in given:
        yield node.lineno, f"{name}(text without encoding)"
    method = isinstance(node.func, ast.Attribute)
    if name in TEXTS and owner not in OTHERS and (method or name == "open"):
        place = {"open": 0 if method and owner not in ("io", "codecs") else 1, "fdopen": 1}.get(name, len(node.args))
        mode = given.get("mode") or (node.args[place] if len(node.args) > place else None)
        unknown = mode is not None and not isinstance(mode, ast.Constant)
        binary = isinstance(mode, ast.Constant) and "b" in str(mode.value)
        encoded = "encoding" in given or (name == "read_text" and len(node.args) == 1)
        if not (binary or encoded or unknown):
            yield node.lineno, f"{name}(text without encoding)"


def test_nothing_is_for_one_system_only() -> None:
    assert len(SOURCES) > 200
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}: {reason}"
        for path in SOURCES
        for line, reason in problems(ast.parse(path.read_text(encoding="utf-8")))
        if not re.fullmatch(KNOWN.get(path.relative_to(ROOT).as_posix(), "-"), reason)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "import fcntl",
        "from resource import getrusage",
        "from os import fork",
        "import os\nos.killpg(1, 2)",
        "import signal\nsignal.SIGKILL",
        "from concurrent.futures import ProcessPoolExecutor",
        "import multiprocessing\nmultiprocessing.Process()",
        "open('a')",
        "open('a', 'w')",
        "path.open('w')",
        "path.read_text()",
        "path.write_text('a', newline='')",
        "path.rename(other)",
        "subprocess.run(['a'], text=True)",
        "subprocess.Popen('a', shell=True)",
        "place = '/tmp/choreo'",
    ],
)
def test_what_is_found(code: str) -> None:
    assert list(problems(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.replace(a, b)\nos.getpid()",
        "import signal\ngetattr(signal, 'SIGHUP', None)",
        "import os\ntry:\n    os.sysconf('a')\nexcept (AttributeError, OSError):\n    pass",
        "with suppress(ImportError):\n    import resource",
        "import os\nif hasattr(os, 'geteuid'):\n    os.geteuid()",
        "open('a', 'rb')",
        "path.open('wb')",
        "path.open('w', encoding='utf-8')",
        "path.read_text('utf-8')",
        "subprocess.run(['a'], text=True, encoding='utf-8')",
        "'''In /tmp it lies.'''",
    ],
)
def test_what_is_not(code: str) -> None:
    assert list(problems(ast.parse(code))) == []


def test_every_file_can_be_on_every_system() -> None:
    """Names that Windows cannot have, and two that differ in case alone, cannot be checked out there."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, encoding="utf-8", check=False
    )
    if listed.returncode:
        pytest.skip("not in a checkout")
    names = [name for name in listed.stdout.split("\0") if name]
    parts = {part for name in names for part in name.split("/")}
    assert [part for part in parts if not is_valid_filename(part, platform="universal")] == []
    assert len({name.casefold() for name in names}) == len(names)
    assert max(len(name) for name in names) < 160
