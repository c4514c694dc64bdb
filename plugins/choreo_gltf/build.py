"""Put arrays into a glTF file: buffer views and accessors, deterministic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

FLOAT, UBYTE, USHORT, UINT = 5126, 5121, 5123, 5125
ARRAY, ELEMENTS = 34962, 34963
KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
CODES = {"f4": FLOAT, "u1": UBYTE, "u2": USHORT, "u4": UINT}


class Builder:
    """A glTF document that grows; ``document`` is pygltflib's, whose buffer is written by `save`."""

    def __init__(self, document: Any = None) -> None:
        import pygltflib

        self.lib = pygltflib
        self.document = document or pygltflib.GLTF2(
            asset=pygltflib.Asset(version="2.0", generator="choreo"), scene=0, scenes=[pygltflib.Scene(nodes=[])]
        )
        blob = self.document.binary_blob() if document is not None else b""
        self.blob = bytearray(blob or b"")

    def add(
        self, array: np.ndarray, *, target: int | None = None, normalised: bool = False, bounds: bool = False
    ) -> int:
        """Add an array ``(N,)`` or ``(N, K)``; returns its accessor."""
        array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
        while len(self.blob) % 4:
            self.blob.append(0)
        view = self.lib.BufferView(buffer=0, byteOffset=len(self.blob), byteLength=array.nbytes, target=target)
        self.blob += array.tobytes()
        self.document.bufferViews.append(view)
        flat = array.reshape(len(array), -1)
        accessor = self.lib.Accessor(
            bufferView=len(self.document.bufferViews) - 1,
            componentType=CODES[array.dtype.str[1:]],
            count=len(flat),
            type=KINDS[flat.shape[1]],
            normalized=normalised or None,
        )
        if bounds:
            accessor.min, accessor.max = flat.min(axis=0).tolist(), flat.max(axis=0).tolist()
        self.document.accessors.append(accessor)
        return len(self.document.accessors) - 1

    def animate(self, times: np.ndarray, name: str) -> tuple[Any, int]:
        """Begin an animation; returns it and the accessor of its times in seconds."""
        animation = self.lib.Animation(name=name, channels=[], samplers=[])
        self.document.animations.append(animation)
        return animation, self.add(times.astype(np.float32), bounds=True)

    def channel(self, animation: Any, clock: int, node: int, path: str, values: np.ndarray) -> None:
        """Animate ``rotation`` (xyzw) or ``translation`` of a node with one value a time."""
        output = self.add(values.astype(np.float32))
        animation.samplers.append(self.lib.AnimationSampler(input=clock, output=output, interpolation="LINEAR"))
        target = self.lib.AnimationChannelTarget(node=node, path=path)
        animation.channels.append(self.lib.AnimationChannel(sampler=len(animation.samplers) - 1, target=target))

    def save(self, path: Path) -> None:
        """Write a GLB."""
        while len(self.blob) % 4:
            self.blob.append(0)
        self.document.buffers = [self.lib.Buffer(byteLength=len(self.blob))]
        self.document.set_binary_blob(bytes(self.blob))
        path.write_bytes(b"".join(self.document.save_to_bytes()))
