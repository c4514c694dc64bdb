"""Everything in one text: page, viewer, dances and song."""

from __future__ import annotations

import base64
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from choreo.pages import page, script_json
from choreo.types import Show
from choreo.viewer.blob import Pack
from choreo.viewer.pack import pack_body, pack_dance
from choreo.viewer.song import sound_of


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
    sound = ""
    if show.song:
        kind, data, facts["start"] = sound_of(Path(show.song), show.start, duration)
        sound = f"data:{kind};base64,{_letters(data)}"
    return page(
        "choreo_web",
        "page.html",
        title=title,
        sound=sound,
        facts=script_json(facts),
        data=_letters(pack.deflated()),
        viewer=Markup(files("choreo.viewer").joinpath("viewer.min.js").read_text(encoding="utf-8")),
    )


def _letters(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
