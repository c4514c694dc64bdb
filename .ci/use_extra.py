"""Use extras as their users would: python .ci/use_extra.py dance.bvh song EXTRA...

The doctor must call them ok, with what they are for, and nothing that other extras are for.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLUGINS = {
    "learn": "embedders contrastive",
    "smplx": "bodies smplx",
    "pyrender": "renderers pyrender",
    "formats": "exporters usd",
    "librosa": "beats librosa",
    "fbx": "datasets fbx",
    "draco": "",
    "storage": "",
    "video": "",
    "ray": "engines ray",
    "studio": "",
}
"""What the doctor calls ok with the extra, and not without."""


def choreo(*words: str) -> str:
    """Run a command of choreo and give its output."""
    done = subprocess.run([sys.executable, "-P", "-m", "choreo", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"choreo {' '.join(words)}: code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def learn() -> None:
    """Build a net and send a vector through it."""
    import torch

    from choreo.plugins import ready

    net = ready("embedders", "contrastive").build(12, 8)
    assert sum(weights.numel() for weights in net.parameters()) > 0, torch.__version__


def smplx(dance: str) -> None:
    """Show the dance on a body model, which is made of the built-in dancer."""
    sys.path.insert(0, str(ROOT / "tests"))
    from body_support import smpl_arrays, write_npz

    from choreo.video.bodies import load_body

    model = write_npz(Path("SMPL_NEUTRAL.npz"), smpl_arrays(load_body(fingers=False)))
    choreo(
        "render",
        dance,
        "--body",
        "smplx",
        "--model-path",
        str(model),
        "--size",
        "160x90",
        "--duration",
        "2",
        "-o",
        "smplx.mp4",
    )
    assert Path("smplx.mp4").stat().st_size > 1000


def pyrender(dance: str) -> None:
    """Show the dance by OpenGL."""
    choreo("render", dance, "--renderer", "pyrender", "--size", "160x90", "--duration", "2", "-o", "pyrender.mp4")
    assert Path("pyrender.mp4").stat().st_size > 1000


def formats(dance: str) -> None:
    """Convert the dance to USD."""
    choreo("convert", dance, "dance.usda")
    assert Path("dance.usda").read_text(encoding="utf-8").startswith("#usda")


def librosa(song: str) -> None:
    """Hear the song's beats."""
    assert json.loads(choreo("analyze", song, "--tracker", "librosa", "--json", "--duration", "20"))["beats"]


def fbx(dance: str) -> None:
    """Convert the dance to FBX, and back."""
    choreo("convert", dance, "dance.fbx")
    choreo("convert", "dance.fbx", "again.bvh")
    assert Path("again.bvh").read_text(encoding="utf-8").startswith("HIERARCHY")


def draco(dance: str) -> None:
    """Put the dance on a character with a mesh that is compressed."""
    sys.path.insert(0, str(ROOT / "tests"))
    import numpy as np
    from gltf_support import Rig

    made = Rig()
    head = made.skeleton()["Head"]
    made.draco_triangle(np.eye(3, dtype=np.float32))
    made.node("hat", head, mesh=0)
    choreo("convert", dance, "danced.glb", "--character", str(made.save(Path("packed.glb"))))
    assert Path("danced.glb").stat().st_size > 1000


def storage(dance: str) -> None:
    """Add a recording from an address; a bucket where no store answers is refused in one sentence."""
    import os

    from choreo.db import MotionDB
    from choreo.errors import DatabaseError

    choreo("db", "add", "bvh", Path(dance).absolute().as_uri(), "--as", "fetched", "--db", "stored")
    assert MotionDB.open("stored").stats()["by_dataset"]["fetched"]
    os.environ |= {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "name",
        "AWS_SECRET_ACCESS_KEY": "key",
    }
    told = "none"
    try:
        MotionDB.open("s3://bucket/db")
    except DatabaseError as error:
        told = error.message
    assert told.startswith("s3://bucket/db: "), told


def video(dance: str) -> None:
    """Fetch the nets of poses and find the dancer in a video of the dance."""
    choreo("models", "get", "pose")
    choreo("render", dance, "--size", "320x180", "--duration", "3", "-o", "film.mp4")
    (take,) = json.loads(choreo("video", "film.mp4", "--json"))["takes"]
    assert take["found"] > 0.9, take


def ray() -> None:
    """Ask for a cluster where none is: there is one sentence, and none is started."""
    from choreo.engines import open_engine
    from choreo.errors import PluginError

    told = "none"
    try:
        open_engine("ray:127.0.0.1:9").__enter__()
    except PluginError as error:
        told = error.message
    assert told.startswith("no Ray cluster answers at 127.0.0.1:9"), told


def studio() -> None:
    """Let the studio answer: its page for who has the token, nothing for who has not."""
    from urllib.error import HTTPError
    from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

    words = [sys.executable, "-P", "-m", "choreo", "studio", "--no-open"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split(" at ")[1].strip()
            known = build_opener(ProxyHandler({}), HTTPCookieProcessor())
            assert b"<html" in known.open(address, timeout=60).read()
            refused = 0
            try:
                build_opener(ProxyHandler({})).open(address.split("?")[0], timeout=60)
            except HTTPError as error:
                refused = error.code
            assert refused == 403, refused
        finally:
            process.terminate()


def main(dance: str, song: str, *extras: str) -> None:
    """Ask the doctor, then use each extra."""
    findings = {each["name"]: each for each in json.loads(choreo("doctor", "--json"))["findings"]}
    uses = {
        "learn": learn,
        "smplx": lambda: smplx(dance),
        "pyrender": lambda: pyrender(dance),
        "formats": lambda: formats(dance),
        "librosa": lambda: librosa(song),
        "fbx": lambda: fbx(dance),
        "draco": lambda: draco(dance),
        "storage": lambda: storage(dance),
        "video": lambda: video(dance),
        "ray": ray,
        "studio": studio,
    }
    torch_too = {"learn"} if "smplx" in extras else set()
    for extra, plugin in PLUGINS.items():
        for name in filter(None, (f"extra {extra}", plugin)):
            wanted = "ok" if extra in {*extras, *torch_too} else "note"
            assert findings[name]["status"] == wanted, findings[name]
    for extra in extras:
        uses[extra]()
        sys.stdout.write(f"{extra}: used\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
