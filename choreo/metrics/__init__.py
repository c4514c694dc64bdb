"""Metrics of dance: arrays in, numbers out.

Positions are ``(T, 24, 3)`` metres of the canonical joints (`choreo.metrics.reference.places` makes them of a
`Motion`), times are seconds on one clock. Where there is not enough to tell, functions give NaN; an array of another
form, or with NaN in it, is a `ShapeError`. Public names load when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "motion_beats": "choreo.metrics.beats",
    "beat_scores": "choreo.metrics.beats",
    "bas_aist": "choreo.metrics.beats",
    "bas_bailando": "choreo.metrics.beats",
    "kinetic": "choreo.metrics.features",
    "geometric": "choreo.metrics.features",
    "distances": "choreo.metrics.distance",
    "frechet": "choreo.metrics.distance",
    "diversity": "choreo.metrics.distance",
    "bootstrap": "choreo.metrics.distance",
    "scaled": "choreo.metrics.distance",
    "split_baseline": "choreo.metrics.distance",
    "pfc": "choreo.metrics.feet",
    "foot_skate_ratio": "choreo.metrics.feet",
    "contact_slide_p95": "choreo.metrics.feet",
    "seam_spikiness": "choreo.metrics.seams",
    "copies": "choreo.metrics.verbatim",
    "self_copies": "choreo.metrics.verbatim",
    "sampled": "choreo.metrics.poses",
    "bar_distances": "choreo.metrics.structure",
    "bar_energy": "choreo.metrics.structure",
    "repetition": "choreo.metrics.structure",
    "energy_correlation": "choreo.metrics.structure",
    "PROTOCOLS": "choreo.metrics.compat",
    "evaluate": "choreo.metrics.evaluation",
    "feature_rows": "choreo.metrics.rows",
    "read_reference": "choreo.metrics.reference",
    "places": "choreo.metrics.reference",
    "write_page": "choreo.metrics.page",
}

if TYPE_CHECKING:
    from choreo.metrics.beats import bas_aist, bas_bailando, beat_scores, motion_beats
    from choreo.metrics.compat import PROTOCOLS
    from choreo.metrics.distance import bootstrap, distances, diversity, frechet, scaled, split_baseline
    from choreo.metrics.evaluation import evaluate
    from choreo.metrics.features import geometric, kinetic
    from choreo.metrics.feet import contact_slide_p95, foot_skate_ratio, pfc
    from choreo.metrics.page import write_page
    from choreo.metrics.poses import sampled
    from choreo.metrics.reference import places, read_reference
    from choreo.metrics.rows import feature_rows
    from choreo.metrics.seams import seam_spikiness
    from choreo.metrics.structure import bar_distances, bar_energy, energy_correlation, repetition
    from choreo.metrics.verbatim import copies, self_copies

__all__ = [
    "PROTOCOLS",
    "bar_distances",
    "bar_energy",
    "bas_aist",
    "bas_bailando",
    "beat_scores",
    "bootstrap",
    "contact_slide_p95",
    "copies",
    "distances",
    "diversity",
    "energy_correlation",
    "evaluate",
    "feature_rows",
    "foot_skate_ratio",
    "frechet",
    "geometric",
    "kinetic",
    "motion_beats",
    "pfc",
    "places",
    "read_reference",
    "repetition",
    "sampled",
    "scaled",
    "seam_spikiness",
    "self_copies",
    "split_baseline",
    "write_page",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'choreo.metrics' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
