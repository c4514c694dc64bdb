"""Styles and their neighbours: which one a song is danced in, and where to look when a style has too few moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import numpy as np

from choreo.db.columns import ClipColumns
from choreo.errors import InputError
from choreo.planning.costs import OTHERS, SHOWS, chance, drawn, style_costs, warp_costs
from choreo.planning.metres import columns_of, fits_metre
from choreo.planning.style_tables import ANY_SONG, GROOVE, NEAREST, NEIGHBOURS, NEUTRAL, VAGUE
from choreo.planning.unlabelled import placed_clips
from choreo.types import ChoreographyPlan, Clip, Floats, MusicAnalysis

ENOUGH = 6
"""Moves that a style must have before the music's guess is followed; a user's wish always is."""
FEW = 4
"""Moves under which a style does not fill the eight bars in which nothing is to come back: two bars each."""
OWN_MUSIC = frozenset({NEUTRAL, "waltz", "ballroom"})
"""Styles that are no guests of music of which no style is known: they say nothing, or want music of their own."""
LEADS = 0.5
"""Probability from which the music's likeliest style is danced; below it nothing is sure, and the dance is neutral."""
LIKELY = 0.05
"""Probability from which a style that leads nowhere may be a guest."""
SOME = 0.25
"""Probability of all these together from which they are the guests; below it nothing is known of the music."""
GUESTS = 2
"""Styles that a section of music of which no style is known has as guests."""
GUEST, GUESTS_FRIEND = 0.0, 0.5
"""Misfit of a guest and of its neighbours."""
HOSTS = 0.5
"""Added to the misfit of those that suit any song where there are guests: they would be danced in every song."""
NEAR, NEXT, SECOND = 0.14, 0.05, 0.6
"""Misfit of the nearest neighbour of a style that was heard, of each one after it, and of neighbours of these."""
HELPS = 0.25
"""Misfit of styles that help out where one that was asked for has too few moves."""
STRANGE = 2.0
"""Misfit of all other styles where one was asked for."""
GOES_WITH_ALL = 0.4
"""Misfit of moves of `GROOVE` beside a style."""
SAYS_LITTLE, SAYS_LITTLE_ASKED = 0.5, 1.0
"""Misfit of clips of no style beside one that was heard, and beside one that was asked for."""


def style_misfits(
    style: str | None, *, asked: bool = False, near: Sequence[str] = (), guests: Sequence[str] = ()
) -> Mapping[str, float]:
    """Misfit of clips by style, 0 to 1, and 1 of those not named.

    A style that a user asks for is danced alone, `near` ones where it has too few moves. One that was heard is mixed
    with its neighbours, as dancers do. Without a style, `guests` lead, with their neighbours and what suits any song.
    """
    if style is None:
        near = [name for guest in guests for name in NEIGHBOURS.get(guest, ())]
        friends = {**dict.fromkeys(near, GUESTS_FRIEND), **dict.fromkeys(guests, GUEST)}
        hosts = {name: share + (HOSTS if guests else 0.0) for name, share in ANY_SONG.items()}
        return {**hosts, **{name: min(share, hosts.get(name, 1.0)) for name, share in friends.items()}}
    if asked:
        neutral = {NEUTRAL: SAYS_LITTLE_ASKED, GROOVE: GOES_WITH_ALL}
        return {OTHERS: STRANGE, **neutral, **dict.fromkeys(near, HELPS), style: 0.0}
    found: dict[str, float] = {NEUTRAL: SAYS_LITTLE, GROOVE: GOES_WITH_ALL}
    first = NEIGHBOURS.get(style, ())
    for name in first:
        found.update({each: min(found.get(each, 1.0), SECOND) for each in NEIGHBOURS.get(name, ())})
    found.update({name: min(NEAR + NEXT * k, SECOND) for k, name in enumerate(first)})
    return {**found, style: 0.0}


def wished_misfits(style: str, near: Sequence[str] = ()) -> Mapping[str, float]:
    """Misfit of clips by style in bars for which one is wished, where it is to be seen: what suits any song fills none.

    Else as where the style is asked for.
    """
    found = dict(style_misfits(style, asked=True, near=near))
    return found if near or style == GROOVE else {**found, GROOVE: SAYS_LITTLE_ASKED}


def heard_styles(analysis: MusicAnalysis) -> Mapping[str, float]:
    """Probability of each style of the music, as it was heard; of an analysis without these, of the one it names."""
    if analysis.styles:
        return analysis.styles
    return {} if analysis.style == "unknown" else {analysis.style: 1.0}


def dance_styles(clips: Sequence[Clip], heard: Mapping[str, float]) -> dict[str, float]:
    """Probability of each style that can be danced, the likeliest first.

    Music of a style that has under `ENOUGH` moves counts for the nearest one that has them. Styles that name many at
    once count for the likeliest of these, where that is at least half as likely.
    """
    enough: dict[str, bool] = {}
    found: dict[str, float] = {}
    for name, share in heard.items():
        dance = name
        while dance != "unknown":
            if dance not in enough:
                enough[dance] = sum(dance in clip.styles and clip.role == "move" for clip in clips) >= ENOUGH
            if enough[dance]:
                found[dance] = found.get(dance, 0.0) + share
                break
            dance = NEAREST.get(dance, "unknown")
    for vague in sorted(VAGUE.keys() & found.keys()):
        exact = [name for name in VAGUE[vague] if name in found]
        best = max(exact, key=lambda name: found[name], default=vague)
        if best != vague and found[best] >= found[vague] / 2:
            found[best] += found.pop(vague)
    order = sorted(found, key=lambda name: (-found[name], name))
    return {name: found[name] for name in order}


def choose_style(clips: Sequence[Clip], style: str | None, heard: Mapping[str, float]) -> str | None:
    """The style to dance in: the user's, else the likeliest of the music's; None when none is likelier than not.

    Parameters
    ----------
    heard
        Probability of each style of the music (`heard_styles`).

    Raises
    ------
    InputError
        When no clip has the style asked for, and nothing is known of its neighbours.
    """
    if style is not None:
        check_style(style, sorted({s for clip in clips for s in clip.styles if s != GROOVE}))
        return style
    for name, share in dance_styles(clips, heard).items():
        return name if share >= LEADS else None
    return None


def guest_styles(
    clips: Sequence[Clip],
    sections: Sequence[str],
    metre: int,
    tempo: float,
    seed: int,
    song: str,
    heard: Mapping[str, float] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Two styles that give each section its colour where the music's is not known: others for each song and seed.

    Of those with at least `FEW` moves in the metre and at the tempo: those of moves that are drawn, so the likelier the
    more moves a style has, and the more so the rarer songs of their tempo are (`choreo.planning.costs.chance`). Fewer
    where there are no such styles. Where the music is `heard` as perhaps of some styles, these are drawn, each as
    likely as it is heard.
    """
    perhaps = {
        name: share
        for name, share in dance_styles(clips, heard or {}).items()
        if share >= LIKELY and name not in OWN_MUSIC and danceable_moves(clips, name, metre, tempo)[0] >= FEW
    }
    if sum(perhaps.values()) >= SOME:
        return {section: _drawn_by_share(perhaps, f"{song} {section}", seed) for section in sorted(set(sections))}
    names = {style for clip in clips if clip.role == "move" for style in clip.styles[:1]} - OWN_MUSIC
    good = {name for name in sorted(names) if danceable_moves(clips, name, metre, tempo)[0] >= FEW}
    fits = warp_costs(clips, tempo) < SHOWS if clips and tempo > 0 else np.zeros(len(clips), bool)
    moves = [
        clip for clip, fit in zip(clips, fits, strict=True) if fit and clip.role == "move" and {*clip.styles[:1]} & good
    ]
    if not moves:
        return dict.fromkeys(sections, ())
    found: dict[str, tuple[str, ...]] = {}
    for section in sorted(set(sections)):
        luck = chance(moves, drawn(seed, song, [f"{clip.clip_id} leads {section}" for clip in moves]))
        order = np.argsort(luck, kind="stable").tolist()
        found[section] = tuple(dict.fromkeys(moves[k].styles[0] for k in order))[:GUESTS]
    return found


def guests_costs(clips: Sequence[Clip], guests: Sequence[tuple[str, ...]]) -> Floats:
    """Misfit ``(P, C)`` of clips where phrases have `guests`; recordings keep to the first, others are its friends."""
    table: dict[tuple[str, ...], Floats] = {}
    recorded = np.array([bool(clip.source_hash) for clip in clips], bool)
    for names in dict.fromkeys(guests):
        found = style_costs(clips, style_misfits(None, guests=names))
        if len(names) > 1 and recorded.any():
            lead = style_costs(clips, style_misfits(None, guests=names[:1]))
            found = np.where(recorded, np.maximum(found, np.minimum(lead, GUESTS_FRIEND)), found)
        table[names] = found
    return np.stack([table[names] for names in guests])


def _drawn_by_share(shares: Mapping[str, float], song: str, seed: int) -> tuple[str, ...]:
    """`GUESTS` names drawn without replacement, as likely as their shares (Efraimidis and Spirakis, 2006)."""
    names = sorted(shares)
    luck = np.maximum(drawn(seed, song, names), 1e-9)
    order = np.argsort([-np.log(u) / shares[name] for name, u in zip(names, luck, strict=True)], kind="stable")
    return tuple(names[k] for k in order.tolist())[:GUESTS]


def check_style(style: str, known: Sequence[str]) -> None:
    """Check that a style is one of clips or has neighbours.

    Raises
    ------
    InputError
        Tells the styles that there are.
    """
    if style not in {*known, *NEIGHBOURS, GROOVE}:
        near = get_close_matches(style, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        there = ", ".join(name if name.isprintable() else repr(name) for name in known) or "none"
        raise InputError(f"unknown style {style!r}.{hint} The motion database has {there}.")


def danceable_moves(clips: Sequence[Clip], style: str, metre: int, tempo: float) -> tuple[int, int]:
    """How many moves of a style can be danced in a metre and at a tempo, and how many there are in the metre.

    Variations of one move count once.
    """
    mine = fits_metre(columns_of(clips), metre) if clips else np.zeros(0, bool)
    of = [clip for clip, fits in zip(clips, mine, strict=True) if fits and clip.role == "move" and style in clip.styles]
    if not of or tempo <= 0:
        return 0, len({clip.family for clip in of})
    good = {clip.family for clip, fits in zip(of, warp_costs(of, tempo) < SHOWS, strict=True) if fits}
    return len(good), len({clip.family for clip in of})


def neighbours_of(clips: Sequence[Clip], style: str | None, metre: int, tempo: float) -> tuple[str, ...]:
    """Styles that help out where the one asked for has under `FEW` moves for a song; none where it has enough."""
    if style is None or danceable_moves(clips, style, metre, tempo)[0] >= FEW:
        return ()
    return NEIGHBOURS.get(style, ())


def shortage(
    plan: ChoreographyPlan, clips: Sequence[Clip], style: str, rows: ClipColumns
) -> list[str]:  # fmt: skip
    """What the user should know of a style that has too few moves for a song: what was heard, done, and can be done.

    Parameters
    ----------
    clips
        What the plan was chosen from.
    rows
        ``styles`` and ``metre`` of all clips of the database, each ``(C,)``.
    """
    clips = placed_clips(clips, style)
    good, there = danceable_moves(clips, style, plan.metre, plan.tempo)
    if good >= FEW or style == GROOVE:
        return []
    filled = _filled_from(plan, clips, style)
    metres = np.unique(rows["metre"][rows["styles"].where(lambda styles: style in styles)]).tolist()
    if not metres:
        return [f"{style}: the motion database has no moves of it; {filled}. 'choreo db add' brings moves of your own."]
    if not there:
        beats = " or ".join(map(str, metres))
        return [
            f"{style}: its moves have {beats} beats in a bar, and the song is heard in {plan.metre}; {filled}. "
            f"If it goes in {beats}, --meter {metres[0]} says so."
        ]
    if good == there:
        moves = "move" if there == 1 else "moves"
        return [f"{style}: only {there} {moves}; {filled}. 'choreo db add' brings moves of your own."]
    moves = "move" if good == 1 else "moves"
    return [
        f"{style}: {good} {moves} of {there} in this tempo ({plan.tempo:.0f} beats a minute); {filled}. "
        "--octave and --bpm change the tempo."
    ]


def _filled_from(plan: ChoreographyPlan, clips: Sequence[Clip], style: str) -> str:
    """Which styles a plan takes where it has none of the one asked for, in words."""
    by_id = {clip.clip_id: clip for clip in clips}
    danced = [by_id[step.clip_id] for step in plan.steps if step.clip_id in by_id]
    others = [clip for clip in danced if clip.role == "move" and style not in clip.styles]
    if not others:
        return "they come back often"
    names = [name for name in dict.fromkeys(_called(clip, style) for clip in others) if name != NEUTRAL]
    names = names or ["other styles"]
    order = [*NEIGHBOURS.get(style, ()), GROOVE]
    names.sort(key=lambda name: order.index(name) if name in order else len(order))
    return f"filled from {', '.join(names)}"


def _called(clip: Clip, style: str) -> str:
    """The style under which a clip helps out: the nearest neighbour that it is of, else its first."""
    near = [name for name in (*NEIGHBOURS.get(style, ()), GROOVE) if name in clip.styles]
    return [*near, *clip.styles, "other styles"][0]


__all__ = [
    "ENOUGH", "FEW", "NEAREST", "NEIGHBOURS", "check_style", "choose_style", "dance_styles", "guest_styles",
    "heard_styles", "neighbours_of", "shortage", "style_misfits", "wished_misfits",
]  # fmt: skip
