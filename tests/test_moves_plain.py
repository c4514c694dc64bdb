"""Moves are compiled with the bits of the plain formulas, limb by limb and key by key."""

from __future__ import annotations

import numpy as np
import plain_formulas as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_formulas import Array, same_bits

from choreo.motion import rotations as rot
from choreo.motion.skeleton import CANONICAL, SIDES
from choreo.moves.limbs import pose_limbs
from choreo.moves.tracks import curve

ARM, LEG = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")


@pytest.mark.parametrize(
    ("chain", "flexes", "share"),
    [(ARM, (0.0, 0.0, 1.0), 0.6), (LEG, (0.0, 0.0, -1.0), 1.0), (ARM, (0.0, 0.0, 1.0), 0.0)],
)
def test_limbs_of_both_sides_at_once(
    chain: tuple[str, str, str], flexes: tuple[float, float, float], share: float
) -> None:
    rng = np.random.default_rng(3)
    for frames in (1, 2, 61):
        above: Array = rot.normalize(np.cumsum(rng.normal(0, 0.1, (frames, 2, 4)), axis=0) + np.eye(4)[0])
        root, pole = rng.normal(0, 1, (frames, 2, 3)), rng.normal(0, 1, (frames, 2, 3))
        target = root + rng.normal(0, 0.4, (frames, 2, 3))
        rotations = np.zeros((frames, len(CANONICAL), 4))
        lower = pose_limbs(CANONICAL, rotations, chain, root, above, target, pole, flexes, share)
        for k, side in enumerate(SIDES):
            upper, middle, end = (CANONICAL.index(f"{side}_{part}") for part in chain)
            bones = (CANONICAL.offsets[middle].astype(float), CANONICAL.offsets[end].astype(float))
            wanted = plain.limb(bones, root[:, k], above[:, k], target[:, k], pole[:, k], flexes, share)
            found = (rotations[:, upper], rotations[:, middle], lower[:, k])
            assert all(same_bits(a.copy(), b) for a, b in zip(found, wanted, strict=True))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.1, 0.5, 0.55, 1.0, 2.3]),
            st.sampled_from([0.0, 1.0, -1.0, 0.25, 7.5]),
            st.floats(-3, 3),
            st.sampled_from(["smooth", "smooth", "swing", "sharp", "linear"]),
        ),
        min_size=2,
        max_size=9,
    )
)
def test_keys_of_every_easing(keys: list[tuple[float, float, float, str]]) -> None:
    at = np.cumsum([gap for gap, *_ in keys])
    values = np.array([[a, b] for _, a, b, _ in keys])
    eases = [ease for *_, ease in keys]
    counts = np.unique(np.concatenate([np.linspace(at[0] - 1, at[-1] + 1, 50), at]))
    found, wanted = curve(at, values, eases, counts), plain.curve(at, values, eases, counts)
    assert same_bits(found, wanted + 0.0)
