"""Cut a take into clips of whole bars, on beats."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from choreo.db.ids import clip_id
from choreo.motion.dance_beats import dance_beats, snapped_beats
from choreo.motion.features import energy_level, rhythm, speed
from choreo.motion.packed import as_stored
from choreo.motion.placement import placed
from choreo.motion.resample import sample
from choreo.types import Clip, Doubles, Take

BARS = (1, 2)
"""Clips last one and two bars: 4 and 8 counts, 3 and 6 in a waltz; those of two bars overlap by one."""
IN_THREE = (6, 3)
"""Counts of the clips that recordings in four are also cut into, and counts from one start to the next, to be danced
in three: there are few recordings of waltzes."""
STANDING, MOSTLY = 0.15, 0.6
"""Metres a second of wrists, ankles, head and pelvis below which a dancer stands; and the share of a clip from which on
it is no move but what is danced in a pause: dancers of recordings wait for their music and bow after it."""
SLOWEST, FASTEST = 40.0, 240.0
"""Beats a minute; faster or slower stretches are left out."""


def cut_take(take: Take, dataset: str, source_hash: str = "") -> Iterator[Clip]:
    """Yield the clips of a take."""
    if take.cuts:
        for number, cut in enumerate(take.cuts):
            beats = snapped_beats(take.motion, np.linspace(cut.start, cut.end, cut.counts + 1))
            name = f"{take.name}-{cut.label or number}"
            clip = _clip(take, dataset, name, beats, (cut.label,) if cut.label else (), source_hash)
            if clip is not None:
                yield clip
        return
    beats = take.beats if take.beats is not None else dance_beats(take.motion, take.tempo)
    lengths = [(bars * take.metre, take.metre) for bars in BARS]
    for counts, step in [*lengths, IN_THREE] if take.metre % 4 == 0 else lengths:
        for first in range(take.downbeat, len(beats) - counts, step):
            part = beats[first : first + counts + 1]
            clip = _clip(
                take,
                dataset,
                f"{take.name}-{take.source_frame(float(part[0]))}-{counts}",
                part,
                (),
                source_hash,
            )
            if clip is not None:
                yield clip


def _clip(
    take: Take, dataset: str, name: str, beats: Doubles, labels: tuple[str, ...], source_hash: str
) -> Clip | None:
    motion = take.motion
    tempo = 60 * (len(beats) - 1) / float(beats[-1] - beats[0])
    if not SLOWEST <= tempo <= FASTEST or beats[0] < -1e-6 or beats[-1] > motion.duration + 1e-6:
        return None
    # a frame rate near the source's at which the clip ends exactly on its last beat
    frames = max(2, round(float(beats[-1] - beats[0]) * motion.fps) + 1)
    fps = (frames - 1) / float(beats[-1] - beats[0])
    part = placed(sample(motion, np.linspace(beats[0], beats[-1], frames), fps=fps))
    part = as_stored(part)
    local = np.asarray(beats - beats[0], np.float64)
    return Clip(
        clip_id=clip_id(dataset, name, part, local),
        name=name,
        dataset=dataset,
        source=take.source,
        licence=take.licence,
        motion=part,
        beats=local,
        metre=take.metre,
        styles=take.styles,
        energy=energy_level(part),
        rhythm=rhythm(part, local),
        role="idle" if float((speed(part) < STANDING).mean()) >= MOSTLY else "move",
        labels=(*take.labels, *labels),
        citation=take.citation,
        frames=(take.source_frame(float(beats[0])), take.source_frame(float(beats[-1])) + 1),
        source_hash=source_hash,
        flags=take.flags,
    )
