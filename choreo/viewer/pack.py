"""Body and motions as few bytes: small integers, differences in time, deflate."""

from __future__ import annotations

from typing import Any

import numpy as np

from choreo.motion.resample import resample
from choreo.motion.rotations import xyzw
from choreo.types import Body, Dance, Motion, Timeline
from choreo.video.bodies import fit_motion, roundness
from choreo.video.camera import FLESH
from choreo.video.colours import linear_uint16
from choreo.video.lights import FADE, PULSE, cues
from choreo.video.outline import mean_size, outlines_of
from choreo.viewer.blob import Pack
from choreo.viewer.textures import pack_surface

FPS = 30.0
"""Poses a second; the page puts others between them. Faster motion is thinned out."""
DIGITS = 3


def pack_body(pack: Pack, body: Body) -> dict[str, Any]:
    """Mesh and skeleton; positions in steps of the box's 65535th part (0.03 mm of a person)."""
    low, high = body.vertices.min(axis=0).astype(np.float64), body.vertices.max(axis=0).astype(np.float64)
    step = np.maximum(high - low, 1e-6) / 65535
    surface = body.surface
    order = np.arange(len(body.faces)) if surface is None else np.argsort(surface.material_of, kind="stable")
    faces = body.faces[order].reshape(-1)
    return {
        "name": body.name,
        "licence": body.licence,
        "size": round(mean_size(outlines_of([body], FLESH)), 4),
        "joints": list(body.skeleton.names),
        "parents": body.skeleton.parents.tolist(),
        "offsets": np.round(body.skeleton.offsets.astype(np.float64), 6).tolist(),
        "low": low.tolist(),
        "step": step.tolist(),
        "positions": pack.add(np.round((body.vertices - low) / step).astype(np.uint16)),
        "normals": pack.add(np.round(np.clip(body.normals, -1, 1) * 127).astype(np.int8)),
        "colours": pack.add(linear_uint16(body.colours)),
        "indices": pack.add(np.where(body.weights > 0, body.joint_indices, 0).astype(np.uint8)),
        "weights": pack.add(_shares(body.weights)),
        "roundness": pack.add(np.round(255 * roundness(body)).astype(np.uint8)),
        "faces": pack.add(faces.astype(np.uint16 if len(body.vertices) <= 65536 else np.uint32)),
        "surface": None if surface is None else pack_surface(pack, surface),
    }


def _shares(weights: np.ndarray) -> np.ndarray:
    """Weights as bytes that sum to 255 exactly: what rounding leaves goes to the largest."""
    shares = np.round(255 * weights / weights.sum(axis=1, keepdims=True)).astype(np.int64)
    shares[np.arange(len(shares)), shares.argmax(axis=1)] += 255 - shares.sum(axis=1)
    return np.asarray(shares, np.uint8)


def pack_motion(pack: Pack, motion: Motion) -> dict[str, Any]:
    """Rotations as 16-bit quaternions (xyzw, 0.006 degrees), differences from frame to frame, joint by joint."""
    whole = np.round(xyzw(motion.rotations).astype(np.float64) * 32767).astype(np.int16)
    by_joint = np.ascontiguousarray(whole.transpose(1, 2, 0))
    change = np.diff(by_joint, axis=-1, prepend=np.int16(0))  # wraps around, and back again when summed
    return {"translation": pack.add(motion.translation.astype(np.float32)), "rotations": pack.add(change)}


def pack_dance(pack: Pack, dance: Dance, body: Body, lights: bool = False) -> dict[str, Any]:
    """One dance with its dancers, what happens when, and the lights that go with it."""
    danced = [fit_motion(motion, body, dance.timeline, number) for number, motion in enumerate(dance.motions)]
    fps = min(FPS, *(motion.fps for motion in danced))
    thinned = [motion if motion.fps == fps else resample(motion, fps) for motion in danced]
    return {
        "name": dance.name,
        "fps": fps,
        "dancers": [{"frames": len(motion), **pack_motion(pack, motion)} for motion in thinned],
        "timeline": None if dance.timeline is None else timeline_json(dance.timeline),
        "lights": lights_json(dance.timeline) if lights and dance.timeline is not None else None,
    }


def lights_json(timeline: Timeline) -> dict[str, Any]:
    """Stage lights for JSON; a cue: start, three colours, key, energy, and a factor on all light where it is not 1."""
    return {
        "fade": FADE,
        "pulse": PULSE,
        "cues": [
            [round(c.start, DIGITS), np.round(np.ravel(c.colours), 4).tolist(), round(c.key, 4), round(c.energy, 4)]
            + ([] if c.level == 1 else [c.level])  # full light, which is the usual, is not said
            for c in cues(timeline)
        ],
    }


def timeline_json(timeline: Timeline) -> dict[str, Any]:
    """A timeline for JSON."""
    return {
        "title": timeline.title,
        "metre": timeline.metre,
        "tempo": round(timeline.tempo, 2),
        "beats": np.round(timeline.beats, DIGITS).tolist(),
        "positions": timeline.positions.tolist(),
        "steps": [[round(s.start, DIGITS), round(s.end, DIGITS), s.label] for s in timeline.steps],
        "sections": [[round(s.start, DIGITS), round(s.end, DIGITS), s.label] for s in timeline.sections],
    }
