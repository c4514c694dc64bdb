"""Command ``convert``: any reader to any exporter."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from choreo.cli import options
from choreo.cli.say import say


@click.command(
    epilog=options.examples(
        "choreo convert dance.bvh dance.glb",
        "choreo convert take.c3d take.bvh",
        "choreo convert dance.vmd dance.npz --to amass",
        "choreo convert take.bvh --show-map > joints.toml",
        "choreo convert dance.bvh me.glb --character my_character.glb",
        "choreo convert my_character.glb --show-map > joints.toml",
        "choreo convert dance.bvh me.glb --character my_character.glb --map joints.toml",
        "choreo convert dance.bvh unreal.bvh --rig unreal --in-place --loop --fps 30",
    )
)
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(), required=False)
@click.option("--from", "reader", type=options.PluginName("datasets"), help="Dataset plugin that reads SOURCE.")
@click.option("--to", "exporter", type=options.PluginName("exporters"), help="Exporter; by TARGET's ending by default.")
@click.option(
    "--map",
    "maps",
    type=click.Path(path_type=Path),
    multiple=True,
    help="TOML that says which joint is which in SOURCE or in --character, whichever has these joints.",
)
@options.reading_and_rigging
@click.option(
    "--show-map",
    is_flag=True,
    help="Print that TOML as choreo guesses it, of --character or else of SOURCE, to be corrected.",
)
@click.option("--list-animations", is_flag=True, help="Print number, name and length of SOURCE's animations.")
@click.option("--order", metavar="XYZ", help="Order of a BVH's Euler angles; ZXY by default.")
@click.option("--fps", type=click.FloatRange(1, 240), help="Frames a second of TARGET.")
@click.option("--character", type=click.Path(path_type=Path), help="Your rigged character (GLB, VRM, FBX) to dance.")
@options.stacked(*options.of_character)
@options.telling
def convert(
    source: Path,
    target: str | None,
    reader: str | None,
    exporter: str | None,
    maps: tuple[Path, ...],
    show_map: bool,
    order: str | None,
    fps: float | None,
    character: Path | None,
    humanoid: int | None,
    replace_animations: bool,
    list_animations: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Convert a motion file, or put it on your character.

    The motion is retargeted to choreo's skeleton or to your character's.

    Reads BVH, AMC, C3D, GLB, FBX, VRMA, VMD, USD, SMPL npz, AIST++ pkl, DeepMimic json, joint positions in npy, npz,
    CSV, TRC and JSON; writes BVH, GLB, FBX, USD, VRMA, VMD, SMPL npz and CSV.
    """
    from choreo.datasets import convert as conversion
    from choreo.datasets import joint_maps
    from choreo.pipeline.delivery import resolve_delivery

    if show_map:
        say(joint_maps.map_of(character or source), nl=False)
        return
    if list_animations:
        for number, (name, seconds) in enumerate(conversion.animations_of(source, reader)):
            say(f"{number}  {name}  {seconds:.1f} s")
        return
    if target is None:
        raise click.UsageError("name the file to write, or --show-map.")
    joints, said = joint_maps.maps_of(maps, character)
    reading, rigging = options.read_and_rigged(given)
    facts = conversion.convert(
        source,
        target,
        reader=reader,
        exporter=exporter,
        joints=joints,
        reading=reading,
        order=order,
        fps=fps,
        character=character,
        character_options=replace(said, humanoid=humanoid, keep_animations=not replace_animations),
        deliver=partial(resolve_delivery, rigging),
    )
    if as_json:
        options.echo_json(facts)
        return
    say(facts["file"])
    if not quiet:
        for what in facts["assumed"]:
            say(options.assumed(what, str(source)), err=True)
        for note in facts["notes"]:
            say(f"{note[:1].upper()}{note[1:]}.", err=True)
    if not quiet and facts.get("end_error"):
        say(
            f"{facts['seconds']:.1f} s; hands and feet {100 * facts['end_error']:.2f} % of the height off; standing "
            f"feet slid {100 * facts['slide_before']:.1f} cm/s, now {100 * facts['slide_after']:.1f}.",
            err=True,
        )
