"""An analysis as one HTML file: picture, and the song itself with a moving cursor."""

from __future__ import annotations

import base64
import shlex
from io import BytesIO
from pathlib import Path

import numpy as np

from choreo.music.bars import time_words
from choreo.music.beat_files import GRID
from choreo.music.plot import peaks, section_colours
from choreo.music.rhythm import blocks, tempo_curve
from choreo.options import Listening, field_of
from choreo.pages import page, script_json
from choreo.types import Audio, MusicAnalysis

COLUMNS = 1600
FINE = 50
"""Columns of the close-up's waveform, a second."""
FLAGS = {
    "--tracker": "tracker", "--beats": "beats", "--bpm": "bpm", "--meter": "metre", "--octave": "octave",
    "--offset": "offset", "--downbeat": "downbeat",
}  # fmt: skip
"""Options that repair beats and bars, and their fields in `Listening`."""
BIT_RATE = 56_000
"""Of the embedded sound, mono: a four-minute song makes a page of about 2.3 MB."""


def write_page(analysis: MusicAnalysis, audio: Audio, path: str | Path, listening: Listening | None = None) -> None:
    """Write a page that needs nothing else: no network, no library.

    It plays the song with clicks on the beats. Who taps the ones, drags a bar line or clicks on a beat gets the options
    for it, such as ``--downbeat 12.48``.

    Parameters
    ----------
    audio
        The song's whole sound.
    listening
        What the analysis was made with; the page's options go on from there.
    """
    track = analysis.track
    colours = section_colours(analysis)
    facts = {
        "duration": analysis.duration,
        "peaks": np.round(peaks(audio, COLUMNS), 3).tolist(),
        "beats": np.round(analysis.beats, 3).tolist(),
        "positions": track.positions.tolist(),
        "metres": track.bar_metres.tolist(),
        "parts": track.subdivision,
        "grid": track.method == GRID,
        "bpm": round(analysis.tempo, 3),
        "given": given_options(listening or Listening()),
        "fine": np.round(99 * peaks(audio, round(FINE * audio.duration))).astype(int).tolist(),
        "fine_rate": FINE,
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
        f"{analysis.tempo:.1f} beats a minute, {time_words(analysis.track)}, {len(analysis.beats)} beats, "
        f"confidence {analysis.track.confidence:.2f}{style}"
    )
    text = page(
        "choreo.music",
        "analysis_page.html",
        name=Path(analysis.path).name,
        about=about,
        warnings=analysis.warnings,
        sure=None if track.certainty is None else track.certainty.downbeat,
        rival=None if track.rival is None else round(track.rival, 2),
        sound=base64.b64encode(_small(audio)).decode("ascii"),
        facts=script_json(facts),
    )
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def given_options(listening: Listening) -> dict[str, str]:
    """Options of the command line that say how the beats and bars were found, by flag; values ready for a shell."""
    found = {}
    for flag, name in FLAGS.items():
        value, default = getattr(listening, name), field_of(Listening, name).default
        if value is not None and value != default:
            found[flag] = shlex.quote(str(value)) if isinstance(value, str | Path) else f"{value:.10g}"
    return found


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
