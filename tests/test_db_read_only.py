"""Databases that cannot be written, and commands that do not."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_db_store import listing, make_clip

from choreo.cli.app import run
from choreo.db import MotionDB, ensure_starter
from choreo.errors import DatabaseError

READING = (["stats"], ["list"], ["path"], ["verify"], ["versions"], ["show", "sway"])


@pytest.fixture
def small(tmp_path: Path) -> Path:
    MotionDB.open(tmp_path / "db", create=True).add([make_clip("sway", 1), make_clip("step", 2)])
    return tmp_path / "db"


@pytest.mark.parametrize("command", READING, ids=lambda command: command[0])
def test_looking_writes_nothing(command: list[str], small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / ".choreo.lock").unlink()
    before, folders = listing(small), sorted(path for path in small.rglob("*") if path.is_dir())
    assert run(["db", *command, "--db", str(small)]) == 0
    assert capsys.readouterr().out
    assert listing(small) == before
    assert sorted(path for path in small.rglob("*") if path.is_dir()) == folders


@pytest.mark.parametrize("command", [each for each in READING if each != ["path"]], ids=lambda command: command[0])
def test_looking_for_a_database_makes_none(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["db", *command, "--db", str(tmp_path / "a db")]) == 1
    assert f"choreo db update --db '{tmp_path / 'a db'}'" in capsys.readouterr().err
    assert not (tmp_path / "a db").exists()


READ = """
import sys
from choreo.cli.app import run
from choreo.db import MotionDB, ensure_starter
from choreo.errors import DatabaseError
place, other = sys.argv[1:]
clips = ensure_starter(place).clips()
print([(clip.name, len(clip.motion)) for clip in clips])
print([run(["db", *command, "--db", place]) for command in (["stats"], ["verify"], ["list"])])
for command in (["add", "moves", other], ["remove", "test"], ["restore", "1"], ["repair"], ["update"]):
    print(command[0], run(["db", *command, "--db", place]))
"""


def read_only(folder: Path, *command: str) -> list[str]:
    """A command for which `folder` is on a read-only mount; skips where none can be made."""
    if sys.platform != "linux" or os.getuid() != 0 or not shutil.which("unshare"):
        pytest.skip("only root of a Linux can make a read-only mount")
    mount = f'mount --bind "{folder}" "{folder}" && mount -o remount,ro,bind "{folder}" && exec "$0" "$@"'
    if subprocess.run(["unshare", "-m", "sh", "-c", mount, "true"], capture_output=True, check=False).returncode:
        pytest.skip("mounts are not allowed here")
    return ["unshare", "-m", "sh", "-c", mount, *command]


def test_a_read_only_mount_is_read_and_what_would_write_says_so(small: Path, tmp_path: Path) -> None:
    before = listing(small)
    command = read_only(small, sys.executable, "-c", READ, str(small), str(tmp_path))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "[('step', 61), ('sway', 61)]\n" in done.stdout, done.stderr
    assert "[0, 0, 0]\n" in done.stdout
    for name in ("add", "remove", "restore", "repair", "update"):
        assert f"{name} 1\n" in done.stdout
    assert done.stderr.count("cannot be written (Read-only file system)") >= 5
    assert "--db or $CHOREO_MOTION_DB" in done.stderr
    assert listing(small) == before


def test_an_empty_database_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with pytest.raises(DatabaseError, match=r"cannot be written \(Read-only file system\). Make the folder writable"):
        ensure_starter(tmp_path)


def test_a_full_disk_leaves_the_database_as_it_was(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource", reason="limits of files are POSIX's")
    db = MotionDB.open(small)
    before = list(db.rows())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(DatabaseError, match=r"could not be written: .*Free some space"):
            db.add([make_clip("turn", 3)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(MotionDB.open(small).rows()) == before
    assert run(["db", "verify", "--db", str(small)]) == 0
    assert db.add([make_clip("turn", 3)]) == 1
