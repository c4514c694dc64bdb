"""Protocols: how published code measures, for numbers comparable with it; the default is choreo's own, corrected form.

========  ====================================================================================================
protocol  what its code does
========  ====================================================================================================
choreo    motion at 60 frames a second; features at the true frame time, on the dancer's own bone lengths, in
          windows; beats in seconds
bailando  60 frames a second, the first 1200, relative to the root of the first frame; acceleration with its
          precedence slip, geometric features as if at 120 frames a second; each music beat to a motion beat
aist      60 frames a second, all frames as they lie; acceleration right (as in ``aistplusplus_api``), geometric
          features as if at 120; each motion beat to a music beat, minima of at least 10 frames around
edge      30 frames a second for PFC, which is all that its code measures; the rest as ``bailando``
lodge     30 frames a second, the first 1024, 22 joints relative to the root; kinetic features as if at 60;
          Bailando's beats with sigma and smoothing in frames of 1/30 s; signed mean in the foot-skate ratio
========  ====================================================================================================

Sources: ``lisiyao21/Bailando`` (``utils/``), ``google-research/mint`` (``tools/``) with ``google/aistplusplus_api``,
``Stanford-TML/EDGE`` (``eval/``), ``li-ronghui/LODGE`` (``metric/``), read in their public repositories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BeatForm = Literal["choreo", "aist", "bailando"]


@dataclass(frozen=True)
class Protocol:
    """One protocol of measuring.

    ``fps`` of features and beats; ``frames`` that count for features, all when 0; ``rooted``: what positions
    are relative to (``none``, the ``first`` frame's root, or ``first`` and then ``each`` frame's); ``joints`` of
    kinetic features; ``published`` features keep their fixed frame rate and lengths; ``slip``: acceleration with wrong
    precedence; ``signed`` foot-skate ratio.
    """

    name: str
    fps: float
    beats: BeatForm
    published: bool
    slip: bool = False
    frames: int = 0
    rooted: Literal["none", "first", "each"] = "none"
    joints: int = 24
    signed: bool = False


PROTOCOLS = {
    each.name: each
    for each in (
        Protocol("choreo", 60.0, "choreo", published=False),
        Protocol("bailando", 60.0, "bailando", published=True, slip=True, frames=1200, rooted="first"),
        Protocol("aist", 60.0, "aist", published=True),
        Protocol("edge", 60.0, "bailando", published=True, slip=True, frames=1200, rooted="first"),
        Protocol("lodge", 30.0, "bailando", published=True, slip=True, frames=1024, rooted="each", joints=22,
                 signed=True),
    )
}  # fmt: skip
