"""Small valid files, one set for each reader, written by choreo's own writers and the helpers of the tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from acclaim_support import write_acclaim
from body_support import smpl_arrays, write_npz
from dance_support import song, sway_clip, two_kinds
from dataset_support import FORMATS
from motion_support import dance, on_other_skeleton
from sound_support import write_pcm

from choreo.motion.families import FAMILIES
from choreo.types import ChoreographyPlan, Clip, Motion

CODECS = {
    "mp3": ("song.mp3", "libmp3lame", None), "flac": ("song.flac", "flac", None), "ogg": ("song.ogg", "libopus", None),
    "m4a": ("song.m4a", "aac", None), "mp4": ("film.mp4", "aac", "libx264"),
    "webm": ("film.webm", "libopus", "libvpx-vp9"),
}  # fmt: skip
RATE = 48_000


def hum(seconds: float = 0.7, rate: int = RATE) -> np.ndarray:
    """A tone with clicks."""
    time = np.arange(int(seconds * rate)) / rate
    return 0.4 * np.sin(2 * np.pi * 330 * time) * (1 - (4 * time) % 1)


def write_sound(path: Path, codec: str, picture: str | None) -> Path:
    """Stereo sound in any format, beside ten small pictures where a codec for them is named."""
    import av

    with av.open(str(path), "w") as container:
        film: Any = None
        if picture:
            film = container.add_stream(picture, rate=15)
            film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        track: Any = container.add_stream(codec, rate=RATE, layout="stereo")
        if film is not None:
            for number in range(10):
                shades = np.full((48, 64, 3), 20 * number, np.uint8)
                container.mux(film.encode(av.VideoFrame.from_ndarray(shades, format="rgb24")))
            container.mux(film.encode(None))
        form = "s16" if codec in ("flac", "pcm_s16le") else "fltp" if codec in ("aac", "libmp3lame") else "flt"
        both = np.stack([hum(), hum()])
        if form == "s16":
            block = (both.T.reshape(1, -1) * 32767).astype(np.int16)
        else:
            block = (both if form == "fltp" else both.T.reshape(1, -1)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format=form, layout="stereo")
        frame.sample_rate = RATE
        for out in av.AudioResampler(track.format, "stereo", RATE, frame_size=track.frame_size or 1024).resample(frame):
            container.mux(track.encode(out))
        container.mux(track.encode(None))
    return path


def sounds(kind: str) -> Callable[[Path], list[Path]]:
    """A sound file of a kind."""

    def make(folder: Path) -> list[Path]:
        if kind != "wav":
            name, codec, picture = CODECS[kind]
            return [write_sound(folder / name, codec, picture)]
        plain = write_pcm(folder / "song.wav", hum(rate=22_050) * 30_000, 22_050)
        samples = hum(0.3, 8000).astype("<f4").tobytes()
        head = b"WAVEfmt " + (18).to_bytes(4, "little") + b"\3\0\1\0" + (8000).to_bytes(4, "little")
        head += (32_000).to_bytes(4, "little") + b"\4\0\x20\0\0\0LIST\x1a\0\0\0INFOIART\x0e\0\0\0Bj\xf6rk \xe9 Foo\0"
        head += b"\0\0data" + len(samples).to_bytes(4, "little")
        (folder / "float.wav").write_bytes(b"RIFF" + (len(head) + len(samples)).to_bytes(4, "little") + head + samples)
        return [plain, folder / "float.wav"]

    return make


def short_dance() -> Motion:
    """Four seconds, one whole bar of a dance, at few frames a second: read quickly."""
    return dance(4.0, fps=20.0, bpm=150)


def motions(name: str) -> Callable[[Path], list[Path]]:
    """A motion file in the true form of a dataset."""

    def make(folder: Path) -> list[Path]:
        always_60 = name == "aistpp"
        return [FORMATS[name](dance(3.6, bpm=150) if always_60 else short_dance(), folder)]

    return make


def positions(folder: Path) -> list[Path]:
    """Joint positions in every kind of file; of those with one for each frame, the first."""
    from positions_support import POSITIONS

    found = []
    for kind, write in POSITIONS.items():
        (folder / kind).mkdir()
        found.append(write(dance(3.6, bpm=150) if kind == "pkl" else short_dance(), folder / kind))
    return found


def acclaim_files(folder: Path) -> list[Path]:
    """A motion and its skeleton; each needs the other."""
    paths = [folder / "05_02.amc", folder / "05.asf"]
    motion = on_other_skeleton(short_dance(), FAMILIES["acclaim"])
    write_acclaim(motion, paths[1], paths[0], decimals=".6g", rate=True)
    return paths


def gltf_files(folder: Path) -> list[Path]:
    """The small rigged dancer as GLB and as glTF with its numbers in it, and under VRM's names of bones."""
    import base64

    import pygltflib

    whole = bare_dancer(folder / "dance.glb")
    document = pygltflib.GLTF2().load(str(whole))
    document.buffers[0].uri = (
        "data:application/octet-stream;base64," + base64.b64encode(document.binary_blob()).decode()
    )
    (folder / "dance.gltf").write_text(document.gltf_to_json(), encoding="utf-8")
    document = pygltflib.GLTF2().load(str(whole))
    bones = {"hips": "pelvis", "leftUpperLeg": "left_hip", "leftLowerLeg": "left_knee", "leftFoot": "left_ankle",
             "rightUpperLeg": "right_hip", "rightLowerLeg": "right_knee", "rightFoot": "right_ankle",
             "leftUpperArm": "left_shoulder", "leftLowerArm": "left_elbow", "leftHand": "left_wrist",
             "rightUpperArm": "right_shoulder", "rightLowerArm": "right_elbow", "rightHand": "right_wrist",
             "head": "head", "neck": "neck", "spine": "spine1"}  # fmt: skip
    names = [node.name for node in document.nodes]
    document.extensions = {
        "VRMC_vrm": {"humanoid": {"humanBones": {bone: {"node": names.index(joint)} for bone, joint in bones.items()}}}
    }
    document.save_binary(str(folder / "dance.vrm"))
    return [whole, folder / "dance.gltf", folder / "dance.vrm", packed_triangles(folder / "packed.glb")]


def packed_triangles(path: Path) -> Path:
    """A small skinned humanoid in mid-stride, with a sparse accessor and triangles compressed by meshopt."""
    import base64

    from gltf_support import MIXAMO, Rig

    rig = Rig()
    joints = rig.skeleton(rig.node("Armature", scale=[1.0, 1.0, 1.0]))
    world: dict[str, np.ndarray] = {}
    for name, (above, place) in MIXAMO.items():
        own = np.eye(4)
        own[:3, 3] = place
        world[name] = world[above] @ own if above else own
    for name, angle in (("LeftUpLeg", 0.3), ("RightLeg", -0.2)):
        rig.json["nodes"][joints[name]]["rotation"] = [float(np.sin(angle)), 0.0, 0.0, float(np.cos(angle))]
    rig.skinned(
        joints,
        world,
        {name: np.full((75, 3), world[name][1, 3]) for name in ("LeftFoot", "RightToeBase", "Head", "Hips")},
    )
    data = base64.b64decode("4fAQABD/Hx//H///EgEBygTDBFcTFv8CAgIAdodWZ3iphmWJaJgBaQAA")
    views, accessors = rig.json["bufferViews"], rig.json["accessors"]
    said = {"buffer": 0, "byteOffset": views[rig.view(data)]["byteOffset"], "byteLength": len(data), "byteStride": 2,
            "count": 30, "mode": "TRIANGLES"}  # fmt: skip
    views.append({"buffer": 1, "byteLength": 60, "extensions": {"EXT_meshopt_compression": said}})
    primitive = rig.json["meshes"][0]["primitives"][0]
    accessors[primitive["indices"]] |= {"bufferView": len(views) - 1, "count": 30}
    places, given = rig.view(bytes([1, 4])), rig.view(bytes(24))
    accessors[primitive["attributes"]["POSITION"]]["sparse"] = {
        "count": 2, "indices": {"bufferView": places, "componentType": 5121}, "values": {"bufferView": given}
    }  # fmt: skip
    swing = np.sin(np.arange(21) * np.pi / 2)[:, None] * [0.0, 0, 0.5, 0] + [0.0, 0, 0, 0.8]
    keys = np.stack([0 * swing, swing, 0 * swing], axis=1).reshape(-1, 4)
    rig.animation("Swing", joints["LeftArm"], "rotation", np.arange(21) * 0.2, keys, "CUBICSPLINE")
    rig.more = [{"byteLength": 60, "extensions": {"EXT_meshopt_compression": {"fallback": True}}}]
    rig.json["extensionsUsed"] = rig.json["extensionsRequired"] = ["EXT_meshopt_compression"]
    return rig.save(path)


def fbx_files(folder: Path) -> list[Path]:
    """The same small dancer as FBX."""
    return [bare_dancer(folder / "dance.fbx", "fbx")]


def bare_dancer(path: Path, exporter: str = "glb") -> Path:
    """The exporter's file on a body of four corners, so that it is small."""
    from dataclasses import replace

    from choreo import plugins
    from choreo.video.bodies import load_body

    body = load_body()
    keep = slice(0, 4)
    small = replace(
        body, vertices=body.vertices[keep], normals=body.normals[keep],
        faces=np.array([[0, 1, 2], [0, 2, 3]], np.int32), joint_indices=body.joint_indices[keep],
        weights=body.weights[keep], colours=body.colours[keep],
    )  # fmt: skip
    plugins.load("exporters", exporter).export(short_dance(), path, body=small)
    return path


CLIPS: dict[str, Clip] = {}


def dance_clips() -> dict[str, Clip]:
    """What the plans of `plans` dance, by id."""
    if not CLIPS:
        made = [sway_clip(name, counts=4, bpm=150) for name in "abcd"]
        CLIPS.update({clip.clip_id: clip for clip in [*made, sway_clip("bow", counts=4, bpm=150, role="ending")]})
    return CLIPS


def small_plan() -> ChoreographyPlan:
    """Four seconds of dance."""
    from choreo.music import phrases
    from choreo.planning import plan
    from choreo.retrieval import retrieve

    music = song(4.8, bpm=150, form="A")
    parts, clips = phrases(music), list(dance_clips().values())
    return plan(music, parts, clips, retrieve(music, parts, clips))


def plans(folder: Path) -> list[Path]:
    """A plan of one dancer, and one of three with all options set."""
    from dataclasses import replace

    from choreo.planfile import write_plan

    one = small_plan()
    many = replace(
        one,
        options={**one.options, "dancers": 3, "formation": "line", "style": "pop", "energy": "high", "lyrics": None,
                 "listening": {"start": 0.0, "duration": None, "tempo": None, "cache": True}},
        warnings=("<b>a warning</b> \x1b[31m",),
    )  # fmt: skip
    write_plan(one, folder / "one.plan.json")
    write_plan(many, folder / "many.plan.json")
    return [folder / "one.plan.json", folder / "many.plan.json"]


def beats(folder: Path) -> list[Path]:
    """Beats as lists, labels, a table, and charts of two games."""
    texts = {
        "labels.txt": "".join(f"{0.5 * k:.3f}\t{0.5 * k + 0.1:.3f}\t{k // 4 + 1}.{k % 4 + 1}\n" for k in range(12)),
        "table.csv": "index,time,beat\n" + "".join(f"{k},{0.5 * k},{k % 4 + 1}\n" for k in range(12)),
        "a.osu": "osu file format v14\n\n[General]\nAudioFilename: x.mp3\n\n[TimingPoints]\n500,500,4,1,0,100,1,0\n"
        "9000,400,3,1,0,100,1,0\n9500,-100,3,1,0,100,0,0\n",
        "a.sm": "#TITLE:x;\n#OFFSET:-0.5;\n#BPMS:0.000=120.000,32=90;\n#STOPS:8=0.5;\n#DELAYS:;\n#WARPS:40=2;\n",
        "plain.txt": "".join(f"{0.5 * k:.3f}\n" for k in range(16)),
        "counted.txt": "# beats\n" + "".join(f"{0.5 * k:.3f}\t{k % 4 + 1}\n" for k in range(16)),
        "commas.csv": "".join(f"{0.5 * k:.3f},{k % 3 + 1}\n" for k in range(16)),
    }
    return written(folder, texts)


def lyrics(folder: Path) -> list[Path]:
    """Lyrics without times, with those of lines, and with those of words."""
    lines = ["Dance with me tonight", "Über allen Gipfeln ist Ruh", "slow down, slow down"]
    stamped = "[ar:Nobody]\n" + "".join(f"[00:{5 * k:02d}.50]{line}\n" for k, line in enumerate(lines))
    worded = "[offset:-250]\n[00:01.00][00:09.00]<00:01.20>turn <00:01.90>around <00:02.40>\n"
    return written(folder, {"song.txt": "\n".join(lines), "song.lrc": stamped, "words.lrc": worded})


def written(folder: Path, texts: dict[str, str]) -> list[Path]:
    """Text files."""
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in texts]


def moves(folder: Path) -> list[Path]:
    """Five authored moves of choreo's own."""
    from choreo.moves.library import starter_folder

    names = ("running-man", "idle-bounce", "waltz-idle", "farmer", "moonwalk")
    found = [starter_folder() / f"{name}.yaml" for name in names]
    return written(folder, {path.name: path.read_text(encoding="utf-8") for path in found if path.is_file()})


def joint_maps(folder: Path) -> list[Path]:
    """A map of joints as choreo prints it."""
    from choreo.motion.families import FAMILIES, to_toml

    return written(folder, {"joints.toml": to_toml("mixamo", FAMILIES["mixamo"])})


def analyses(folder: Path) -> list[Path]:
    """A remembered analysis."""
    from choreo.music import cache

    cache._write(folder / "remembered.npz", song(8.0))
    return [folder / "remembered.npz"]


def pictures(folder: Path) -> list[Path]:
    """A picture in each of the formats that a background may have."""
    from PIL import Image

    shades = np.add.outer(np.arange(24) * 5, np.arange(32) * 3).astype(np.uint8)
    picture = Image.fromarray(np.stack([shades, shades.T.reshape(24, 32), 255 - shades], axis=-1))
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("a.png", "a.webp", "a.gif", "a.bmp"):
        picture.save(folder / name)
    picture.save(folder / "a.jpg", exif=exif)
    picture.save(folder / "a.tiff", compression="tiff_lzw")
    picture.convert("P").save(folder / "palette.png", transparency=0)
    return sorted(folder.iterdir())


def bodies(folder: Path) -> list[Path]:
    """A body model of few corners as npz and as pickle."""
    import pickle

    from choreo.video.bodies import load_body

    arrays = {key: value for key, value in smpl_arrays(load_body("stick")).items() if key != "posedirs"}
    (folder / "model.pkl").write_bytes(pickle.dumps(arrays, 2))
    return [write_npz(folder / "model.npz", arrays), folder / "model.pkl"]


def textured_characters(folder: Path) -> list[Path]:
    """Small characters with a texture and VRM's materials."""
    from character_support import Puppet

    from choreo_gltf.build import Builder

    def vrm(builder: Builder) -> None:
        toon = {
            "name": "cloth",
            "shader": "VRM/MToon",
            "vectorProperties": {"_ShadeColor": [1, 0.5, 0, 1]},
            "floatProperties": {"_BlendMode": 1},
            "textureProperties": {"_MainTex": 0, "_ShadeTexture": 0},
        }
        builder.document.extensions["VRM"] = {"materialProperties": [toon], "meta": {"author": "Ann"}}

    return [Puppet(arms_down=0.5).save(folder / "me.glb"), Puppet(change=vrm).save(folder / "me.vrm")]


def choreonet_tables(folder: Path) -> list[Path]:
    """ChoreoNet's table of units and its choreographies, beside an empty song."""
    table = "c3d_file,movement_tag,start_frame,end_frame,beats\n" + "".join(
        f"take{k},W-{k},{80 * k},{80 * k + 100},3\n" for k in range(6)
    )
    written(folder, {"movement_interval.csv": table})
    for name in ("choreography", "music"):
        (folder / name).mkdir()
    (folder / "music" / "W_1.ogg").touch()
    dances = [{"name": "DANCE_W_1", "dance_type": "W", "movements": ["W-1", "W-2"], "durations": [3, 3],
               "start_pos": 0, "end_pos": 90}]  # fmt: skip
    return [folder / "movement_interval.csv", *written(folder / "choreography", {"w.json": json.dumps(dances)})]


def models(folder: Path) -> list[Path]:
    """A trained embedder of each of two kinds."""
    from choreo import plugins
    from choreo.retrieval.learned import MODEL

    out = []
    for name in ("cca", "cluster-cca"):
        learned = plugins.load("embedders", name).fit(two_kinds(4), seed=0)
        (folder / name).mkdir()
        learned.save(folder / name)
        out.append(folder / name / MODEL)
    return out


def indexes(folder: Path) -> list[Path]:
    """A search index: its head and its tensors."""
    from choreo.retrieval.index import VectorIndex

    vectors = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    VectorIndex.build([f"clip{k}" for k in range(40)], vectors).save(folder)
    return sorted(folder.iterdir())


def databases(folder: Path) -> list[Path]:
    """A database of five clips: all of its files."""
    from choreo.db import MotionDB

    db = MotionDB.open(folder / "db", create=True)
    db.add(list(dance_clips().values()))
    return sorted(path for path in (folder / "db").rglob("*") if path.is_file())


def archives(folder: Path) -> list[Path]:
    """ZIP archives of motion, stored and deflated, with folders in them."""
    import zipfile

    made = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = folder / f"takes{kind}.zip"
        with zipfile.ZipFile(path, "w", kind) as archive:
            for name in ("set/dance1.bvh", "set/deep/walk.bvh", "readme.txt"):
                archive.writestr(zipfile.ZipInfo(name), f"HIERARCHY {name}\n" * 20, kind)
        made.append(path)
    return made


def collections(folder: Path) -> list[Path]:
    """A table of two collections, with all of their keys."""
    text = """
        [one]
        title = "One"
        page = "https://example.org"
        dataset = "bvh"
        licence = "CC-BY-4.0"
        citation = "One, 2020"
        contents = "steps"
        [[one.parts]]
        name = "a"
        address = "https://example.org/a/"
        also = ["skeleton.asf"]
        files = ["x/1.bvh", "all.zip"]
        members = ["*.bvh"]
        sizes = { "all.zip" = 12 }
        styles = ["salsa"]
        [two]
        title = "Two"
        page = "https://example.org/two"
        dataset = "c3d"
        licence = "unknown"
        citation = ""
        contents = "steps"
        by_hand = "Ask."
    """
    return written(folder, {"table.toml": text})


def seen(folder: Path) -> list[Path]:
    """What is remembered of two files."""
    record = {
        "seen": {"https://example.org/1": {"sha256": "a" * 64, "bytes": 3, "date": "2026-01-01"}},
        "unpacked": {"https://example.org/2": {"*.bvh": {"set/dance1.bvh": 4}}},
    }
    return written(folder, {"seen.json": json.dumps(record)})
