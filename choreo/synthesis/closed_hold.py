"""A couple in closed hold: the partner of a leader, and the arms of both.

The hold is that of ballroom dances: his right hand on the partner's left shoulder blade, the partner's left hand on his
right upper arm, the other hands joined beside them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from choreo.motion import rotations as rot
from choreo.motion.hands import HAND_SHAPES
from choreo.motion.ik import bone_length, two_bone
from choreo.motion.kinematics import forward
from choreo.motion.skeleton import CANONICAL, both
from choreo.synthesis.partner import ahead_and_left, calm, couple_heading, partner_of
from choreo.types import Doubles, Floats, Motion

PALM = 0.075
"""Metres from the wrist to the middle of the palm."""
BLADE = np.array([0.09, 0.13, -0.12])
FLANK = np.array([0.16, 0.06, 0.02])
"""The left shoulder blade and the side below the arm, metres from spine3: his hand goes around as far as it reaches."""
SLEEVE = np.array([-0.10, 0.045, 0.0])
"""Of the right upper arm, metres from the right shoulder along the bone, above it and before it."""
REACH = 0.985
"""Share of the arm's length within which the palm goes around."""
JOINED = 0.52
"""Metres from the middle of the couple to the joined hands."""


class Hold(NamedTuple):
    """Where hands meet what they hold: ``(T, 4, 3)`` each, metres.

    The four are the leader's right palm on the partner's shoulder blade, the partner's left palm on the leader's upper
    arm, and twice the joined hands: his left and the partner's right palm, at the place between them.
    """

    palms: Floats
    places: Floats

    @property
    def gaps(self) -> Floats:
        """Metres ``(T, 4)`` from palms to where they should be."""
        return np.asarray(np.linalg.norm(self.palms - self.places, axis=-1))


def couple(lead: Motion) -> tuple[Motion, Motion]:
    """The leader and the partner in closed hold; canonical skeleton only.

    The leader's feet and trunk are as they were.
    """
    heading = couple_heading(lead)
    return _holding(lead, partner_of(lead, heading), heading)


def hold_of(lead: Motion, partner: Motion) -> Hold:
    """How the hands of a couple meet what they hold."""
    places, _ = _places(lead, partner)
    palms = []
    for motion, side in ((lead, "right"), (partner, "left"), (lead, "left"), (partner, "right")):
        wrist, hand = CANONICAL.index(f"{side}_wrist"), CANONICAL.index(f"{side}_hand")
        found, _ = forward(motion.skeleton, motion.translation, motion.rotations, [wrist, hand])
        way = found[:, 1] - found[:, 0]
        palms.append(found[:, 0] + PALM * way / np.linalg.norm(way, axis=-1, keepdims=True))
    return Hold(np.stack(palms, axis=1), places)


def _places(lead: Motion, partner: Motion) -> tuple[Floats, Doubles]:
    """Where palms belong ``(T, 4, 3)``, and which way hands point there ``(T, 4, 3)``."""
    chest, shoulders = CANONICAL.index("spine3"), both(CANONICAL, "shoulder")
    elbow = CANONICAL.index("right_elbow")
    his, _ = forward(lead.skeleton, lead.translation, lead.rotations, [chest, *shoulders, elbow])
    own, own_world = forward(partner.skeleton, partner.translation, partner.rotations, [chest, *shoulders])
    his, own = his.astype(np.float64), own.astype(np.float64)
    bone = his[:, 3] - his[:, 2]
    bone /= np.linalg.norm(bone, axis=-1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0])
    sleeve = his[:, 2] - SLEEVE[0] * bone + SLEEVE[1] * up
    middle = 0.5 * (his[:, 0] + own[:, 0])
    across = (his[:, 1] - his[:, 2]) + (own[:, 2] - own[:, 1])  # to the leader's left
    across[:, 1] = 0
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    joined = middle + JOINED * across
    joined[:, 1] = 0.25 * (his[:, 1] + his[:, 2] + own[:, 1] + own[:, 2])[:, 1] + 0.02
    joined = calm(joined, 0.4 * lead.fps)
    ways = np.stack([across * 0.9 + 0.3 * up, bone * -1.0, across + 0.6 * up, across + 0.6 * up], axis=1)
    ways /= np.linalg.norm(ways, axis=-1, keepdims=True)
    around = _around(np.asarray(his[:, 2]), np.asarray(own[:, 0]), own_world[:, 0].astype(np.float64), ways[:, 0])
    return np.stack([around, sleeve, joined, joined], axis=1).astype(np.float32), ways


def _around(shoulder: Doubles, chest: Doubles, turned: Doubles, way: Doubles) -> Doubles:
    """Where his palm is on the partner ``(T, 3)``: at the shoulder blade, or as far on the way there as he reaches."""
    flank, blade = (chest + rot.rotate(turned, np.broadcast_to(each, chest.shape)) for each in (FLANK, BLADE))
    arm = sum(bone_length(CANONICAL, CANONICAL.index(f"right_{joint}")) for joint in ("elbow", "wrist"))
    near, far = (np.linalg.norm(place - PALM * way - shoulder, axis=-1) for place in (flank, blade))
    # the distance is convex along the way, so that it is no more than this line says
    share = np.clip((REACH * arm - near) / np.maximum(far - near, 1e-6), 0, 1)
    return np.asarray(np.where((far <= REACH * arm)[:, None], blade, flank + share[:, None] * (blade - flank)))


def _holding(lead: Motion, partner: Motion, heading: Doubles) -> tuple[Motion, Motion]:
    """Both with their arms in the hold; the leader's right arm first, for the partner's left hand lies on it."""
    ahead, left = ahead_and_left(heading)
    up = np.array([0.0, 1.0, 0.0])
    frame = HAND_SHAPES["frame"]
    hands = np.broadcast_to(frame, (len(lead), 2, *frame.shape)).astype(np.float32)
    lead, partner = replace(lead, hands=hands), replace(partner, hands=hands)
    places, ways = _places(lead, partner)
    lead = _reaching(lead, "right", places[:, 0], ways[:, 0], -left - 0.25 * up)
    lead = _reaching(lead, "left", places[:, 2], ways[:, 2], left - 0.9 * up - 0.2 * ahead)
    places, ways = _places(lead, partner)
    partner = _reaching(partner, "left", places[:, 1], ways[:, 1], -left - 0.1 * up)
    return lead, _reaching(partner, "right", places[:, 3], ways[:, 3], left - 0.9 * up + 0.2 * ahead)


def _reaching(motion: Motion, side: str, palm: Floats, way: Doubles, pole: Doubles) -> Motion:
    """With one arm so bent that the palm is at a place ``(T, 3)`` and the hand points a way; elbows go to the pole."""
    skeleton = motion.skeleton
    names = ("collar", "shoulder", "elbow", "wrist", "hand")
    collar, shoulder, elbow, wrist, hand = (skeleton.index(f"{side}_{name}") for name in names)
    found, world = forward(skeleton, motion.translation, motion.rotations, [collar, shoulder, elbow, wrist])
    places, turned = found.astype(np.float64), world.astype(np.float64)
    bones = [(bone_length(skeleton, elbow), bone_length(skeleton, wrist))]
    target = palm.astype(np.float64) - PALM * way
    middle, end = two_bone(places[:, 1][:, None], target[:, None], pole[:, None], bones)
    upper = _swung(np.asarray(turned[:, 1]), skeleton.offsets[elbow], middle[:, 0] - places[:, 1])
    own = motion.rotations.astype(np.float64)
    lower = _swung(rot.multiply(upper, own[:, elbow]), skeleton.offsets[wrist], end[:, 0] - middle[:, 0])
    last = _swung(rot.multiply(lower, own[:, wrist]), skeleton.offsets[hand], way)
    rotations = own.copy()
    rotations[:, shoulder] = rot.multiply(rot.conjugate(turned[:, 0]), upper)
    rotations[:, elbow] = rot.multiply(rot.conjugate(upper), lower)
    rotations[:, wrist] = rot.multiply(rot.conjugate(lower), last)
    return replace(motion, rotations=rot.continuous(rot.normalize(rotations)).astype(np.float32))


def _swung(world: Doubles, bone: Floats, way: Doubles) -> Doubles:
    """Orientations ``(T, 4)`` turned the shortest way so that the bone points a way."""
    return np.asarray(rot.multiply(rot.between(rot.rotate(world, bone.astype(np.float64)), way), world))


__all__ = ["Hold", "couple", "hold_of"]
