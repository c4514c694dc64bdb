"""Outfits and builds of single dancers: read, refused, and seen in files and pictures."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pytest
from dance_support import swaying_motion
from PIL import Image

from choreo.cli.outfits import dressed
from choreo.errors import InputError
from choreo.pipeline import render_motion, resolve_outputs
from choreo.planfile.troupe import Troupe
from choreo.video.look import Look
from choreo_bvh import BvhExporter

SAID = {"model_path": None, "map_path": None, "humanoid": None, "replace_animations": False}


def asked(outfits: tuple[str, ...] = (), builds: tuple[str, ...] = ()) -> Look:
    return Look(**dressed({**SAID, "outfits": outfits, "builds": builds}))


def test_what_is_said_of_one_goes_over_what_is_said_of_all() -> None:
    look = asked(("stage,shirt=#d04030", "2:shirt=#2060c0", " 3 : studio"), ("broad", "3:slim"))
    assert look.options_of(1) == {"look": "stage", "shirt": "#d04030", "build": "broad"}
    assert look.options_of(2) == {"look": "stage", "shirt": "#2060c0", "build": "broad"}
    assert look.options_of(3) == {"look": "studio", "shirt": "#d04030", "build": "slim"}
    assert asked() == Look()


@pytest.mark.parametrize(
    ("outfits", "words"),
    [
        (("0:stage",), "counted from 1"),
        (("stage", "studio"), "two for all dancers"),
        (("2:stage", "2:shirt=black"), "two for dancer 2"),
        (("stage,shirt",), "'shirt' names no colour"),
        (("2:=black",), "'=black' names no colour"),
    ],
)
def test_outfits_that_are_none(outfits: tuple[str, ...], words: str) -> None:
    with pytest.raises(click.UsageError, match=words):
        asked(outfits)


def test_who_is_not_there_cannot_be_dressed(tmp_path: Path) -> None:
    look = asked(("4:stage",))
    for dancers, words in ((1, "only one dances"), (3, "the dancers are 1 to 3")):
        with pytest.raises(InputError, match=words):
            resolve_outputs(Path("x.wav"), tmp_path / "x", ("bvh",), look, dancers=dancers)
    assert len(resolve_outputs(Path("x.wav"), tmp_path / "x", ("bvh",), look, dancers=4).cast(4)) == 4


def test_everybody_has_the_body_that_was_asked_for(tmp_path: Path) -> None:
    look = asked(("2:stage,shirt=#2060c0",), ("3:broad",))
    one, two, three = resolve_outputs(Path("x.wav"), tmp_path / "x", ("glb",), look, dancers=3).cast(3)
    assert (one.name, two.name, three.name) == ("builtin (street)", "builtin (stage)", "builtin (street)")
    assert (two.colours == (0x20, 0x60, 0xC0)).all(axis=1).any()
    assert np.ptp(three.vertices[:, 2]) > np.ptp(one.vertices[:, 2])


def test_outfits_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "sway.bvh"
    BvhExporter().export(swaying_motion(0.5, 1.0, 0.3), path)
    pictures = []
    for outfits in ((), ("2:shirt=#00ff00",)):
        look = Look(
            **dressed({**SAID, "outfits": outfits, "builds": ()}), width=160, height=90, fps=2,
            background="black", lights="plain",
        )  # fmt: skip
        made = render_motion(path, output=tmp_path / "o", formats=("png",), look=look, troupe=Troupe(2, "line"))
        still = sorted(made.files["png"].iterdir())[0]
        pictures.append(np.asarray(Image.open(still).convert("RGB")).astype(int))
    changed = np.flatnonzero(np.abs(pictures[0] - pictures[1]).sum(axis=(0, 2)))
    assert len(changed) > 5
    assert changed.min() > 80 or changed.max() < 80  # one of the two, who stands on one side
