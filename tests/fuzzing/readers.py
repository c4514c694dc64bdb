"""Who reads what: every reader of foreign bytes, with its seeds and the form of its files."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fuzzing import seeds

BY_ENDING = {
    ".txt": "text", ".lrc": "text", ".osu": "text", ".sm": "text", ".csv": "text", ".bvh": "text", ".amc": "text",
    ".asf": "text", ".usda": "text", ".json": "json",
    ".gltf": "json", ".yaml": "yaml", ".toml": "toml", ".glb": "glb", ".vrm": "glb", ".npz": "npz", ".npy": "npy",
    ".pkl": "pickle", ".safetensors": "tensors", ".ogg": "ogg", ".png": "png",
}  # fmt: skip
"""Form of a file by its ending; bytes where none is known."""


@dataclass(frozen=True)
class Reader:
    """One reader: `make` writes its seeds into a folder, `read` reads one of them after it was damaged.

    `read` gives True when the file was used, False when it was left out without a word, as a broken cache is.
    `forms` are forms of files where the ending says another; `names` is what a refusal has to mention, the file's name
    when None.
    """

    make: Callable[[Path], list[Path]]
    read: Callable[[Path], bool]
    forms: Mapping[str, str] | None = None
    names: str | None = None
    binary: bool = False

    def form(self, path: Path) -> str:
        """What a seed is made of."""
        return (self.forms or {}).get(path.suffix) or BY_ENDING.get(path.suffix, "bytes")


def _sound(path: Path) -> bool:
    """As songs are heard, and as they get into videos."""
    from choreo.music.audio import decode
    from choreo.video.soundtrack import decode_stereo

    decode(path)
    for _ in decode_stereo(path, 0.1, 0.4):
        pass
    return True


def _film(path: Path) -> bool:
    from choreo.errors import MotionError
    from choreo.video.media_facts import probe
    from choreo_video.pictures import pictures

    probe(path)
    with suppress(MotionError):  # where it has no picture
        for _ in pictures(path):
            pass
    return _sound(path)


def _takes(plugin: str) -> Callable[[Path], bool]:
    def read(path: Path) -> bool:
        from choreo import plugins
        from choreo.datasets.cut import cut_take

        clips = [clip for take in plugins.load("datasets", plugin).takes(path) for clip in cut_take(take, "fuzz")]
        return bool(clips)

    return read


def _acclaim(path: Path) -> bool:
    """A motion, and with a damaged skeleton the motion that needs it."""
    return _takes("amc")(path.with_name("05_02.amc"))


def _markers(path: Path) -> bool:
    """Every fifth file to the end: what solves a skeleton takes much longer than what reads."""
    from choreo_c3d.reader import read_c3d

    if zlib.crc32(path.read_bytes()) % 5 == 0:
        return _takes("c3d")(path)
    return len(read_c3d(path).points) > 0


def _names_of_joints(path: Path) -> bool:
    from choreo.datasets.joint_maps import map_of

    map_of(path)
    return True


def _character(path: Path) -> bool:
    from choreo.datasets.convert import character_writer

    character_writer(path).write(_motion(), path, path.with_name("out.part"))
    return True


def _motion() -> Any:
    from choreo.motion.repair import sliced

    return sliced(seeds.short_dance(), 0, 3)


def _joint_map(path: Path) -> bool:
    from choreo.motion.families import read_map

    return bool(read_map(path))


def _plan(path: Path) -> bool:
    """As `show` prints it, as a table and as a page."""
    from choreo.planfile import plan_table, read_plan
    from choreo.planfile.page import write_page

    plan = read_plan(path)
    plan_table(plan)
    write_page(plan, path.with_name("page.html"))
    return True


def _danced(path: Path) -> bool:
    from choreo.pipeline.plan_to_dance import perform_plan, read_cast_plan
    from choreo.planfile.sources import require_clips

    plan, clips = read_cast_plan(path), seeds.dance_clips()
    require_clips(plan, clips, f"{path}: ")
    perform_plan(plan, clips, best_effort=True, name=str(path))
    return True


def _beats(path: Path) -> bool:
    from choreo.music.beat_files import track_from_file
    from choreo.music.octave import at_octave

    track = track_from_file(path, 60.0)
    if track.metre % 2 == 0:
        at_octave(track, "half")
    at_octave(track, "double")
    return True


def _lyrics(path: Path) -> bool:
    from choreo.retrieval.lyrics import read_lyrics
    from choreo.retrieval.words import word_matrix

    lyrics = read_lyrics(path)
    assert all(word.start <= word.end for line in lyrics.sung for word in line)
    word_matrix(lyrics.within(0.0, 5.0)[:6], 6)
    return True


def _moves(path: Path) -> bool:
    """As `moves check` does, at one tempo."""
    from choreo.moves.compiler import compile_move
    from choreo.moves.variations import read

    for move in read(path)[:2]:
        compile_move(move, bpm=move.tempo)
    return True


def _analysis(path: Path) -> bool:
    from choreo.music import phrases
    from choreo.music.cache import _read

    found = _read(path)
    if found is None:
        return False
    phrases(found)
    return True


def _picture(path: Path) -> bool:
    from choreo.video.background import backdrop

    return backdrop(str(path), 48, 32) is not None


def _body(path: Path) -> bool:
    from choreo.video.bodies import load_body

    load_body("smplx", model_path=path)
    return True


def _character_body(path: Path) -> bool:
    from choreo.video.bodies import load_body

    load_body("gltf", file=path)
    return True


def _tables(path: Path) -> bool:
    from choreo_c3d.choreonet import choreographies, units

    units.cache_clear()
    if path.suffix == ".csv":
        return bool(units(path))
    return bool(list(choreographies(path)))


def _model(path: Path) -> bool:
    import os

    from choreo.retrieval import models

    os.environ[models.VARIABLE] = str(path.parents[1])
    models.load_embedder(path.parent.name)
    return True


def _index(path: Path) -> bool:
    """With the head's sums made anew, so that more is looked at than the sums."""
    import hashlib
    import json

    import numpy as np

    from choreo.retrieval.index import VectorIndex

    head = path.with_name("index.json")
    if path != head:
        digest, whole = hashlib.sha256(path.read_bytes()).hexdigest(), head.read_text(encoding="utf-8")
        other = path.with_name(f"index-{digest[:16]}{path.suffix}")
        other.write_bytes(path.read_bytes())
        head.write_text(json.dumps({**json.loads(whole), "tensors": digest}), encoding="utf-8")
        try:
            VectorIndex.load(path.parent).search(np.ones((1, 8), np.float32), 3)
        finally:
            head.write_text(whole, encoding="utf-8")
            if other != path:
                other.unlink()
        return True
    VectorIndex.load(path.parent).search(np.ones((1, 8), np.float32), 3)
    return True


def _database(path: Path) -> bool:
    from choreo.db import MotionDB
    from choreo.db.verify import verify

    folder = next(folder for folder in path.parents if folder.name == "db")
    verify(MotionDB.open(folder, checked=False))
    db = MotionDB.open(folder)
    db.stats()
    return bool(db.clips())


def _archive(path: Path) -> bool:
    """All that it has; what comes must lie in the folder."""
    import shutil

    from choreo.datasets.unpack import unpack

    out = path.with_name("unpacked")
    shutil.rmtree(out, ignore_errors=True)
    return all((out / name).stat().st_size == size for name, size in unpack(path, out, ["*"]).items())


def _collections(path: Path) -> bool:
    from choreo.datasets.collections import chosen_files, read_collections

    return bool([chosen_files(each) for each in read_collections(path).values()])


def _seen(path: Path) -> bool:
    from choreo.datasets.seen import read_record

    record = read_record(path.parent)
    return any(record.has(address, ("*.bvh",), path.parent) for address in record.unpacked) or bool(record.seen)


def _media(kind: str) -> Reader:
    return Reader(seeds.sounds(kind), _film if kind in ("mp4", "webm") else _sound, binary=True)


def _dataset(name: str, binary: bool = False) -> Reader:
    return Reader(seeds.motions(name), _takes(name), {".txt": "json"} if name == "deepmimic" else None, binary=binary)


READERS: dict[str, Reader] = {
    **{kind: _media(kind) for kind in ("wav", "mp3", "flac", "ogg", "m4a", "mp4", "webm")},
    **{name: _dataset(name) for name in ("bvh", "deepmimic", "usd")},
    "amc": Reader(seeds.acclaim_files, _acclaim, names="05"),
    "c3d": Reader(seeds.motions("c3d"), _markers, binary=True),
    **{
        name: _dataset(name, True)
        for name in ("vmd", "aistpp", "amass", "smpl", "edge", "finedance", "lodge", "motionx")
    },
    "positions": Reader(seeds.positions, _takes("positions"), {".trc": "text"}, binary=True),
    "mixamo": Reader(seeds.gltf_files, _takes("mixamo"), binary=True),
    "character": Reader(seeds.gltf_files, _character, binary=True),
    "character-body": Reader(seeds.textured_characters, _character_body, binary=True),
    "fbx": Reader(seeds.fbx_files, _takes("fbx"), binary=True),
    "character-fbx": Reader(seeds.fbx_files, _character, binary=True),
    "joints-gltf": Reader(seeds.gltf_files, _names_of_joints, binary=True),
    "joints-bvh": Reader(seeds.motions("bvh"), _names_of_joints),
    "joint-map": Reader(seeds.joint_maps, _joint_map),
    "body": Reader(seeds.bodies, _body, binary=True),
    "plan": Reader(seeds.plans, _plan),
    "plan-danced": Reader(seeds.plans, _danced),
    "beats": Reader(seeds.beats, _beats),
    "lyrics": Reader(seeds.lyrics, _lyrics),
    "moves": Reader(seeds.moves, _moves),
    "choreonet": Reader(seeds.choreonet_tables, _tables),
    "analysis": Reader(seeds.analyses, _analysis, binary=True),
    "picture": Reader(seeds.pictures, _picture, binary=True),
    "model": Reader(seeds.models, _model, binary=True),
    "index": Reader(seeds.indexes, _index, binary=True, names="index"),
    "archive": Reader(seeds.archives, _archive, binary=True),
    "collections": Reader(seeds.collections, _collections),
    "seen": Reader(seeds.seen, _seen),
    "database": Reader(seeds.databases, _database, {".txt": "bytes"}, names="db"),
}
"""By name; a reader that is not here is not tried."""
