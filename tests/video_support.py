"""Little films, and a reader of MP4 and MOV boxes that shares no code with what wrote them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from render_support import capsule_body, dancing

from choreo.types import Bytes, Scene
from choreo.video import build_scene
from choreo.video.film import Film
from choreo.video.formats import video_format
from choreo.video.scene import some_frames

WIDTH, HEIGHT = 48, 32


class Painter:
    """A renderer of plain colours that follow from the frame's number."""

    name, description, alpha = "painter", "plain colours", True

    def frames(self, scene: Scene) -> Iterator[Bytes]:
        yield from self.part(scene, 0, len(scene))

    def part(self, scene: Scene, first: int, last: int, *, alpha: bool = False) -> Iterator[Bytes]:
        for frame in range(first, last):
            picture = np.full((scene.height, scene.width, 4 if alpha else 3), 255, np.uint8)
            picture[..., :3] = (frame * 5 % 256, frame * 3 % 256, 128)
            picture[:, : frame % scene.width, 0] = 200
            yield picture


@cache
def scene_of(count: int, fps: float = 10.0, width: int = WIDTH, height: int = HEIGHT) -> Scene:
    return build_scene(dancing(count), capsule_body(), fps=fps, width=width, height=height)


def film_of(count: int, kind: str = "mp4", renderer: str = "painter", **size: int) -> Film:
    """A film of `count` frames at 10 a second."""
    return Film(some_frames(scene_of(6 * count + 6, **size), np.arange(count)), renderer, video_format(kind))


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    """Boxes of ISO 14496-12 in `data`: type and content."""
    found, at = [], 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", data[at + 8 : at + 16])[0], 16
        found.append((kind, data[at + head : at + size]))
        at += size
    return found


def tracks(path: Path) -> dict[str, dict[str, Any]]:
    """Per track, ``vide`` and ``soun``: seconds by the movie's clock, number of samples, codec."""
    movie = dict(boxes(path.read_bytes()))[b"moov"]
    scale = struct.unpack(">I", dict(boxes(movie))[b"mvhd"][12:16])[0]
    facts = {}
    for track in (content for kind, content in boxes(movie) if kind == b"trak"):
        parts = dict(boxes(track))
        media = dict(boxes(parts[b"mdia"]))
        table = dict(boxes(dict(boxes(media[b"minf"]))[b"stbl"]))
        times = struct.unpack(f">{(len(table[b'stts']) - 8) // 4}I", table[b"stts"][8:])
        facts[media[b"hdlr"][8:12].decode()] = {
            "seconds": struct.unpack(">I", parts[b"tkhd"][20:24])[0] / scale,
            "samples": sum(times[::2]),
            "codec": table[b"stsd"][12:16].decode(),
        }
    return facts


def pixels(path: Path, form: str = "rgb24") -> list[np.ndarray]:
    import av

    with av.open(str(path)) as container:
        return [frame.to_ndarray(format=form) for frame in container.decode(video=0)]
