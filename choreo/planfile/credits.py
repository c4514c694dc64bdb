"""Who made what a dance was made of: the text beside every output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from choreo.types import Body, ChoreographyPlan, Clip

TERMS = "terms: "
"""Before what a body's licence forbids, at the end of its line."""


def forbidden(bodies: Iterable[Body]) -> list[str]:
    """What the licences of bodies forbid, a line for each body that has such terms."""
    found = {body.name: body.licence.partition(TERMS)[2] for body in bodies}
    return [f"{name}: its file says: {terms}" for name, terms in found.items() if terms]


def _by_licence(bodies: Sequence[Body]) -> list[tuple[str, str]]:
    """Names of bodies of one licence in one line, in order; of one kind in one bracket: ``builtin (street, gala)``."""
    found: dict[str, dict[str, list[str]]] = {}
    for body in bodies:
        kind, _, look = body.name.partition(" (")
        looks = found.setdefault(body.licence, {}).setdefault(kind, [])
        looks += [each for each in [look.removesuffix(")")] if each and each not in looks]
    return [
        (", ".join(f"{kind} ({', '.join(looks)})" if looks else kind for kind, looks in kinds.items()), licence)
        for licence, kinds in found.items()
    ]


def credits_text(
    plan: ChoreographyPlan, clips: Mapping[str, Clip], bodies: Iterable[Body] = (), *, song: str = ""
) -> str:
    """List song, datasets with licence and citation, the clips used, and the body.

    `song` is what people call it; else it is called as in the plan.
    """
    used = [clips[step.clip_id] for step in plan.steps if step.clip_id in clips]
    lines = [f"Song: {song or plan.song.get('name', 'unknown')} (rights remain with its owners)", "", "Movement:"]
    for dataset in sorted({clip.dataset for clip in used}):
        mine = [clip for clip in used if clip.dataset == dataset]
        licences = ", ".join(sorted({clip.licence for clip in mine}))
        lines.append(f"  {dataset} - licence: {licences}")
        lines += [f"    cite: {cite}" for cite in sorted({clip.citation for clip in mine if clip.citation})]
        lines.append(f"    clips: {', '.join(sorted({clip.name for clip in mine}))}")
    named = [body for body in bodies if body.licence]
    if named:
        lines += ["", "Body:", *(f"  {names} - licence: {licence}" for names, licence in _by_licence(named))]
    return "\n".join(lines) + "\n"
