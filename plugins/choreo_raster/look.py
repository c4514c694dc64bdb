"""Colours and lights. Colours are linear light; the picture is encoded with a square root.

The square root stands in for the sRGB curve in both directions (sRGB colours are squared on the way in),
so a white-lit colour comes out as it went in and the whole path stays a multiplication and a ``sqrt``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from choreo.types import Floats, Scene


def _unit(x: float, y: float, z: float) -> Floats:
    vector = np.array([x, y, z], np.float32)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


KEY_DIRECTION = _unit(1.5, 3.1, 1.9)
"""Towards the key light: high, in front, to the dancer's left. The shadow falls back to the right."""

LIGHTS = np.array(
    [
        (*KEY_DIRECTION, 0.95, 0.84, 0.70),  # warm key, the only one that throws a shadow
        (*_unit(-1.0, 0.9, -1.5), 0.16, 0.34, 0.80),  # cool rim from behind
        (*_unit(1.6, 0.7, -1.4), 0.50, 0.16, 0.34),  # rose rim from behind, other side
        (*_unit(-1.8, 0.5, 1.6), 0.06, 0.08, 0.13),  # weak fill from the front
    ],
    dtype=np.float32,
)
"""``(L, 6)``: direction towards the light, colour. Row 0 is the key."""

AMBIENT = np.array([(0.20, 0.22, 0.30), (0.13, 0.095, 0.085)], np.float32)
"""Light from above and from below (the floor's bounce)."""

GLOSS = 0.05
"""Strength of highlights."""

FLOOR = np.array([(0.046, 0.046, 0.068), (0.098, 0.094, 0.124), (0.22, 0.24, 0.32)], np.float32)
"""Floor, floor lines, and how much of them shows outside the key's pool (per channel)."""

BACKDROP = np.array([(0.0042, 0.0046, 0.0105), (0.0205, 0.0190, 0.0400), (0.030, 0.020, 0.052)], np.float32)
"""Backdrop high up, at the horizon, and the glow behind the dancer."""

LAMP = 3.6
"""Strength of the key light on the floor."""
POOL = 2.2
"""Radius of the key's pool of light on the floor, metres."""
FADE = 7.5
"""Distance from the pool's centre at which the floor has half gone into the backdrop, metres."""
LINE = 0.011
"""Half the width of a floor line, metres."""
SHADOW = 0.86
"""How much of the key light a full shadow takes."""
CONTACT = 0.85
"""How much of the ambient light is taken right under a foot."""

TINT = 0.6
"""How much of the stage lights' colour the floor outside the key's pool takes."""


MIRROR = 1.0
"""How strongly the floor mirrors, in terms of varnished wood."""
RIM = 2.6
"""How much stronger the stage lights' colours from behind are on the dancers than on the floor: edges are seen."""
TINGE = 0.18
"""How much of the stage lights' colour the light from the front takes."""


@dataclass(frozen=True)
class Place:
    """A set: floor and backdrop as above, strength and width of the lamp's pool, how far one sees, gloss, ambient."""

    floor: Floats = field(default_factory=lambda: FLOOR)
    backdrop: Floats = field(default_factory=lambda: BACKDROP)
    lamp: float = LAMP
    pool: float = POOL
    fade: float = FADE
    mirror: float = MIRROR
    ambient: float = 1.0
    glow: float = 1.0


PLACES = {
    "stage": Place(),
    # A white cyclorama, evenly lit: floor and wall are of one paint, and colours are seen on the dancers.
    "studio": Place(
        np.array([(0.30, 0.30, 0.31), (0.27, 0.27, 0.28), (1.15, 1.15, 1.18)], np.float32),
        np.array([(0.36, 0.37, 0.39), (0.50, 0.50, 0.52), (0.10, 0.10, 0.11)], np.float32),
        lamp=0.75, pool=4.5, fade=5.0, mirror=0.5, ambient=1.7, glow=0.8,
    ),
    # Black varnish and haze: the floor mirrors, and the colours hang in the air behind the dancers.
    "club": Place(
        np.array([(0.010, 0.010, 0.014), (0.040, 0.040, 0.055), (0.30, 0.30, 0.36)], np.float32),
        np.array([(0.0012, 0.0012, 0.0030), (0.016, 0.014, 0.030), (0.050, 0.030, 0.085)], np.float32),
        lamp=3.0, pool=1.8, fade=9.0, mirror=3.2, ambient=0.6, glow=2.6,
    ),
}  # fmt: skip
"""By the names of `choreo.video.look.SETS`."""


def place_of(scene: Scene) -> Place:
    """The set of a scene; that of an unknown name is the stage."""
    return PLACES.get(scene.place, PLACES["stage"])


def level(scene: Scene, frame: int) -> float:
    """Factor on all light of a frame."""
    return 1.0 if scene.lights is None else float(scene.lights.level[frame])


def ambient(scene: Scene, frame: int) -> Floats:
    """`AMBIENT` of a frame."""
    return np.asarray(AMBIENT * np.float32(place_of(scene).ambient * level(scene, frame)), np.float32)


def frame_lights(scene: Scene, frame: int) -> tuple[Floats, Floats, Floats, float]:
    """Lights, floor, backdrop and lamp of one frame: those above, as the scene's set, lights and floor change them."""
    place = place_of(scene)
    floor = place.floor.copy()
    if scene.floor == "plain":
        floor[1] = floor[0]
    if scene.lights is None:
        return LIGHTS, floor, place.backdrop, place.lamp
    lights, backdrop, key = LIGHTS.copy(), place.backdrop.copy(), scene.lights.key[frame]
    rims, glow, dark = scene.lights.rims[frame], scene.lights.glow[frame] * np.float32(place.glow), level(scene, frame)
    colour = rims.mean(axis=0)
    lights[0, 3:] *= key * (1 - TINGE + TINGE * colour / max(float(colour.mean()), 1e-6))
    lights[1:3, 3:] = RIM * rims
    backdrop[2] = glow
    backdrop[1] += (0.5 * glow - 0.5 * place.backdrop[2]).clip(-0.6 * place.backdrop[1], None)
    floor[2] *= 1 - TINT + TINT * colour / LIGHTS[1:3, 3:].mean(axis=0).mean()
    lights[:, 3:] *= np.float32(dark)
    floor[2] *= dark
    return lights, floor, np.asarray(backdrop * np.float32(dark), np.float32), place.lamp * float(key) * dark
