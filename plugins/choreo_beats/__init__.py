"""Beat tracker ``flux``: onset strength and two hidden Markov models, nothing learnt. Heavy parts load in `track`."""

from __future__ import annotations

from choreo_beats.tracker import FluxTracker

__all__ = ["FluxTracker"]
