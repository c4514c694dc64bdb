"""The state of a session as a page shows it, ready for JSON."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from typing import Any

from choreo import plugins
from choreo.music.song_form import parts_by_name
from choreo.pipeline.outputs import FORMATS
from choreo.pipeline.workbench import Workbench
from choreo.planfile.counts import step_bars
from choreo.planfile.directed import directed_of
from choreo.planfile.film_names import LIGHTS, SHOTS
from choreo.planfile.group import ROLES, group_of
from choreo.planfile.manners import manner_words
from choreo.planfile.slices import bar_starts
from choreo.planfile.spoken import spoken
from choreo.planfile.troupe import FORMATIONS, MOST, UNISONS, Troupe
from choreo.planning.graph import is_authored
from choreo.planning.wish_meaning import is_move
from choreo.planning.wish_text import read_wish
from choreo.types import ChoreographyPlan, Clip
from choreo.video.film_plan import film_blocks

LEVEL_NAMES = ("calm", "medium", "strong", "wild")
"""Words for a quarter of energy each, of which a clip's `level` is the number."""


def level_of(energy: float) -> int:
    """Number of the word in `LEVEL_NAMES` for an energy of 0 to 1."""
    return min(int(energy * len(LEVEL_NAMES)), len(LEVEL_NAMES) - 1)


def shown_state(bench: Workbench, plan: ChoreographyPlan) -> dict[str, Any]:
    """The song, the plan and what may be chosen."""
    analysis, heard = bench.analysis, plan.options.get("listening", {})
    song = {
        "name": plan.song["name"],
        "seconds": round(analysis.duration, 3),
        "tempo": round(plan.tempo, 2),
        "metre": plan.metre,
        "octave": heard.get("octave", "auto"),
        "downbeat": heard.get("downbeat"),
    }
    return {"song": song, "plan": _plan(bench, plan), "choices": _choices(bench)}


def _plan(bench: Workbench, plan: ChoreographyPlan) -> dict[str, Any]:
    kept, starts = directed_of(plan.options), bar_starts(plan)
    shots, lights = film_blocks(plan)
    beats = [time for step in plan.steps for time in step.beats[:-1]]
    positions = [
        count % (step.metre or plan.metre) + 1 for step in plan.steps for count in range(step.counts)
    ]  # fmt: skip
    return {
        "start": plan.start,
        "end": plan.end,
        "seed": plan.seed,
        "style": plan.options.get("style", "any"),
        "bars": starts,
        "beats": beats,
        "positions": positions,
        "steps": shown_steps(bench, plan),
        "sections": _sections(bench, plan),
        "energy": _energy(bench, plan),
        "drawn": {str(bar): level for bar, level in kept.drawn},
        "wishes": list(kept.wishes),
        "bans": list(kept.bans),
        "locks": [list(span) for span in kept.locks],
        "dancers": _dancers(plan),
        "shots": [{"bar": each.bar, "bars": each.bars, "shot": each.name, "own": each.own} for each in shots],
        "lights": [{"bar": each.bar, "bars": each.bars, "light": each.name, "own": each.own} for each in lights],
    }


def shown_steps(bench: Workbench, plan: ChoreographyPlan) -> list[dict[str, Any]]:
    """The steps of a plan, each as a block of a timeline."""
    clips = bench.known(plan)
    locks, pins, styles = directed_of(plan.options).locks, pinned_bars(plan), _wished_styles(plan)
    out = []
    for (first, last), step in zip(step_bars(plan), plan.steps, strict=True):
        clip = clips.get(step.clip_id)
        out.append(
            {
                "bar": first,
                "bars": last - first,
                "start": step.beats[0],
                "end": step.beats[-1],
                "clip": step.clip_id,
                "name": step.name,
                "label": spoken(step.name),
                "style": style_of(clip, (styles.get(first, ""), str(plan.options.get("style", "")))),
                "mirror": step.mirror,
                "manner": manner_words(step),
                "holds": bool(step.holds),
                "locked": any(a < last and first < b for a, b in locks),
                "pinned": first in pins,
                "recording": clip is None or not is_authored(clip),
                "level": level_of(clip.energy if clip else step.energy),
                "why": list(step.reasons),
            }
        )
    return out


def style_of(clip: Clip | None, wanted: Sequence[str] = ()) -> str:
    """The style that a clip is told to be of: one that is wanted and that it has, or its first."""
    return "" if clip is None else next((each for each in (*wanted, *clip.styles[:1]) if each in clip.styles), "")


def _wished_styles(plan: ChoreographyPlan) -> dict[int, str]:
    """Style that is wished for, by bar, where bars are named."""
    out = dict[int, str]()
    for wish in map(read_wish, directed_of(plan.options).wishes):
        if wish.where.kind == "bar" and wish.what.startswith("style "):
            last = wish.where.first + 1 if wish.where.last is None else wish.where.last
            out |= dict.fromkeys(range(int(wish.where.first), int(last)), wish.what[6:])
    return out


def pinned_bars(plan: ChoreographyPlan) -> dict[int, str]:
    """Bars at which a step is pinned by a wish that the plan keeps, and the wish."""
    found = {}
    for text in directed_of(plan.options).wishes:
        where = read_wish(text).where
        if where.kind == "bar" and where.last is None and where.first == int(where.first):
            found[int(where.first)] = text
    firsts = {first for first, _ in step_bars(plan)}
    return {bar: text for bar, text in found.items() if bar in firsts and is_move(read_wish(text).what)}


def _sections(bench: Workbench, plan: ChoreographyPlan) -> list[list[Any]]:
    names = {
        (part.start, part.end): name for name, parts in parts_by_name(bench.analysis).items() for part in parts
    }  # fmt: skip
    return [
        [max(each.start, plan.start), min(each.end, plan.end), names.get((each.start, each.end), ""), each.label]
        for each in bench.analysis.sections
        if each.start < plan.end and each.end > plan.start
    ]


def _energy(bench: Workbench, plan: ChoreographyPlan) -> list[float]:
    """Energy of the music by bars, as it was heard."""
    phrases = bench.phrases
    if not phrases:
        return [0.5] * (len(bar_starts(plan)) - 1)
    begins = [float(phrase.beats[0]) for phrase in phrases]
    at = [max(bisect_right(begins, time + 1e-3) - 1, 0) for time in bar_starts(plan)[:-1]]
    return [round(float(phrases[k].energy), 3) for k in at]


def _dancers(plan: ChoreographyPlan) -> dict[str, Any]:
    troupe, group = Troupe.of(plan.options), group_of(plan.options)
    parts = [] if group is None else group.parts
    return {
        "count": troupe.dancers,
        "formation": troupe.formation,
        "unison": troupe.unison,
        "parts": [{"bars": list(part.bars), "formation": part.formation, "roles": part.role} for part in parts],
    }


@cache
def _formats() -> list[str]:
    """Formats of export; which plugins there are is read from the disk, once."""
    return sorted({*FORMATS, *plugins.available("exporters")})


def _choices(bench: Workbench) -> dict[str, Any]:
    return {
        "styles": bench.pool.styles(),
        "levels": list(LEVEL_NAMES),
        "formations": ["auto", *FORMATIONS],
        "roles": list(ROLES),
        "unisons": list(UNISONS),
        "shots": list(SHOTS),
        "lights": list(LIGHTS),
        "formats": _formats(),
        "dancers": MOST,
    }


__all__ = ["LEVEL_NAMES", "level_of", "pinned_bars", "shown_state", "shown_steps", "style_of"]
