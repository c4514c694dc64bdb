"""Commands ``moves list``, ``moves check``, ``moves preview`` and ``moves new``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from choreo.cli import options
from choreo.cli.say import say

if TYPE_CHECKING:
    from choreo.moves import Move

PATH = click.argument("path", type=click.Path(path_type=Path), required=False)

TEMPLATE = """\
name: {name}
description: Side and close, twice each way, a clap on every close.
source: where the move is from, and how its counts go
styles: [pop, groove]
metre: 4                                  # beats in a bar
counts: 8                                 # beats the move lasts, whole bars
tempo: {{range: [84, 132], ideal: 110}}     # beats a minute at which it can be danced
energy: 0.4                               # 0 still, 1 as strong as it gets
groove: {{depth: 0.035}}                    # down on every beat, metres
repeat: {{counts: 4, mirrored: true}}       # write four counts; the second four are their mirror image
feet:
  - {{at: 1, foot: left, to: [0.42, 0.0], duration: 0.8}}
  - {{at: 2, foot: right, how: tap, to: [0.2, 0.0], duration: 0.75}}
  - {{at: 3, foot: right, to: [-0.12, 0.0], duration: 0.75}}
  - {{at: 3.9, foot: left, to: [0.12, 0.0], duration: 0.6}}
torso:
  - {{at: 0, side: 0, twist: 0, lean: 3}}
  - {{at: 2, side: -6, twist: -12}}
arms:
  both:
    - {{at: 0, to: ready}}
    - {{at: 2, to: clap, ease: sharp}}
    - {{at: 3, to: [0.6, -0.25, 0.4]}}
accents: [{{at: 2, strength: 0.9}}]
"""


@click.group()
def moves() -> None:
    """Write, check and look at dance moves.

    PATH is a folder of move files, or one of them; choreo's own moves when it is left out.
    """


def _moves(path: Path | None) -> list[Move]:
    """Moves of a file, of a folder, or choreo's own when `path` is None."""
    from choreo.inputs import is_file
    from choreo.moves import load_moves
    from choreo.moves.variations import read

    return read(path) if path is not None and is_file(path) else list(load_moves(path).values())


@moves.command("list")
@PATH
@click.option("--style", help="Only moves of this style.")
@options.as_json
def list_moves(path: Path | None, style: str | None, as_json: bool) -> None:
    """List moves with their styles, counts and tempos."""
    found = [move for move in _moves(path) if style is None or style in move.styles]
    if as_json:
        keys = ("name", "styles", "metre", "counts", "tempo", "tempo_range", "energy", "role", "description", "source")
        options.echo_json([{key: getattr(move, key) for key in keys} for move in found])
        return
    options.echo_table(
        ("name", "role", "counts", "metre", "tempo", "energy", "styles"),
        [
            (
                move.name,
                move.role,
                str(move.counts),
                str(move.metre),
                f"{move.tempo_range[0]:g}-{move.tempo_range[1]:g}",
                f"{move.energy:.2f}",
                ", ".join(move.styles),
            )
            for move in found
        ],
    )


@moves.command("check")
@PATH
@options.as_json
def check(path: Path | None, as_json: bool) -> None:
    """Check moves at their slowest, ideal and fastest against what real dance is like.

    Exits with 1 when a move has a fault: sliding or sunken feet, joints that people cannot turn so far, jerks, or
    nothing that it could follow. Notes, such as accents that are not seen, are worth a look.
    """
    from choreo.moves import limits
    from choreo.planning.reachability import check_pack

    checked = check_pack(_moves(path))
    seen = sum(result.accents for result in checked) / len(checked)
    faulty = [result for result in checked if result.faults]
    if as_json:
        rows = [{"name": c.name, "faults": c.faults, "notes": c.notes, "accents": round(c.accents, 3)} for c in checked]
        options.echo_json({"moves": rows, "accents": round(seen, 4)})
    else:
        for result in checked:
            for line in result.faults:
                say(f"{result.name}: {line}")
            for line in result.notes:
                say(f"{result.name}: note: {line}")
        say(
            f"{len(checked)} moves, {len(faulty)} with faults; {100 * seen:.0f} % of the accents are seen within 50 ms "
            f"({100 * limits.ACCENTS:.0f} % wanted)."
        )
    if faulty:
        raise SystemExit(1)


@moves.command(
    "preview",
    epilog=options.examples("choreo moves preview my-moves/ -o previews/", "choreo moves preview wave.yaml --bpm 90"),
)
@PATH
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("renders/moves"), help="Folder.")
@click.option("--move", "names", multiple=True, help="Only moves of this name; can be given again.")
@click.option("--bpm", type=click.FloatRange(20, 400), help="Tempo; each move's own by default.")
@click.option("--sheet", is_flag=True, help="A sheet of eight frames as PNG instead of a loop as WebP.")
def preview(path: Path | None, output: Path, names: tuple[str, ...], bpm: float | None, sheet: bool) -> None:
    """Draw each move: a looping WebP, or a sheet of frames."""
    from choreo.errors import InputError
    from choreo.names import safe_names
    from choreo.output import require_writable
    from choreo.plugins import suggest
    from choreo.video.move_pictures import draw_contact_sheet, draw_loop

    found = _moves(path)
    for name in names:
        if name not in [move.name for move in found]:
            raise InputError(f"no move is called {name!r}.{suggest(name, [move.name for move in found])}")
    require_writable(output)
    for move, name in zip(found, safe_names([move.name for move in found], "move"), strict=True):
        if not names or move.name in names:
            target = output / f"{name}.{'png' if sheet else 'webp'}"
            (draw_contact_sheet if sheet else draw_loop)(move, target, bpm=bpm)
            say(str(target))


@moves.command("new")
@click.argument("name")
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path("."), help="Where; here by default.")
def new(name: str, folder: Path) -> None:
    """Write a move file to start from."""
    import re

    from choreo.errors import InputError, OutputError
    from choreo.output import require_output, write_text

    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise InputError(f"{name!r} cannot name a move. Use small letters and digits, words joined by '-'.")
    target = folder / f"{name}.yaml"
    if target.exists():
        raise OutputError(f"{target}: is there already.")
    require_output(target)
    write_text(target, TEMPLATE.format(name=name))
    say(str(target))
