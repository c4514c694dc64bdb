"""Everything in one text: page, viewer, dances and song."""

from __future__ import annotations

import base64
import html
import json
import re
from importlib.resources import files
from pathlib import Path

from choreo.types import Show
from choreo_web.pack import Pack, pack_body, pack_dance
from choreo_web.song import sound_of


def page_of(show: Show) -> str:
    """HTML of a show; the same show gives the same text.

    Raises
    ------
    AudioError
        When the song cannot be read.
    MotionError
        When a motion is not on the canonical joints.
    """
    pack = Pack()
    duration = max(motion.duration for dance in show.dances for motion in dance.motions)
    timeline = next((dance.timeline for dance in show.dances if dance.timeline is not None), None)
    title = timeline.title if timeline else Path(show.song).stem or show.dances[0].name
    facts = {
        "title": title,
        "duration": duration,
        "start": 0.0,
        "body": pack_body(pack, show.body),
        "dances": [pack_dance(pack, dance, show.body, show.lights) for dance in show.dances],
    }
    source = ""
    if show.song:
        kind, data, facts["start"] = sound_of(Path(show.song), show.start, duration)
        source = f' src="data:{kind};base64,{_letters(data)}"'
    parts = {
        "TITLE": html.escape(title),
        "SOUND": f'<audio id="sound" preload="auto"{source}></audio>' if source else "",
        "FACTS": json.dumps(facts, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
        "DATA": _letters(pack.deflated()),
        "VIEWER": _read("viewer.min.js"),
    }
    return re.sub(r"@@([A-Z]+)@@", lambda found: parts[found[1]], _read("page.html"))


def _read(name: str) -> str:
    return files("choreo_web").joinpath(name).read_text(encoding="utf-8")


def _letters(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
