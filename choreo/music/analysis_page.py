"""An analysis as one HTML file: picture, and the song itself with a moving cursor."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import numpy as np

from choreo.music.plot import peaks, section_colours
from choreo.music.rhythm import blocks, tempo_curve
from choreo.pages import page, script_json
from choreo.types import Audio, MusicAnalysis

COLUMNS = 1600
BIT_RATE = 56_000
"""Of the embedded sound, mono: a four-minute song makes a page of about 2.3 MB."""


def write_page(analysis: MusicAnalysis, audio: Audio, path: str | Path) -> None:
    """Write a page that needs nothing else: no network, no library.

    Parameters
    ----------
    audio
        The song's whole sound.
    """
    colours = section_colours(analysis)
    facts = {
        "duration": analysis.duration,
        "peaks": np.round(peaks(audio, COLUMNS), 3).tolist(),
        "beats": np.round(analysis.beats, 3).tolist(),
        "positions": analysis.track.positions.tolist(),
        "confidences": np.round(analysis.confidences, 2).tolist(),
        "energy": np.round(analysis.energy.astype(np.float64), 3).tolist(),
        "tempo": np.round(tempo_curve(analysis), 1).tolist(),
        "blocks": [round(start, 3) for start, _, _ in blocks(analysis)],
        "sections": [
            {
                "start": p.start,
                "end": p.end,
                "label": p.label,
                "colour": "#{:02x}{:02x}{:02x}".format(*colours[p.label]),
            }
            for p in analysis.sections
        ],
        "metre": analysis.metre,
    }
    style = "" if analysis.style == "unknown" else f", style {analysis.style} ({analysis.style_confidence:.2f})"
    about = (
        f"{analysis.tempo:.1f} beats a minute, {analysis.metre} in a bar, {len(analysis.beats)} beats, "
        f"confidence {analysis.track.confidence:.2f}{style}"
    )
    text = page(
        "choreo.music",
        "analysis_page.html",
        name=Path(analysis.path).name,
        about=about,
        warnings=analysis.warnings,
        sound=base64.b64encode(_small(audio)).decode("ascii"),
        facts=script_json(facts),
    )
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def _small(audio: Audio) -> bytes:
    """The sound as mono MP3."""
    import av

    out = BytesIO()
    with av.open(out, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=audio.sample_rate, layout="mono", bit_rate=BIT_RATE)
        first = 0
        for samples in audio.blocks(1 << 16):
            block = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(block[None], format="s16p", layout="mono")
            frame.sample_rate, frame.pts = audio.sample_rate, first
            container.mux(stream.encode(frame))
            first += len(block)
        container.mux(stream.encode(None))
    return out.getvalue()
