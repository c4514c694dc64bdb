"""Beat tracker ``tcn``: a small net in numpy and two hidden Markov models. Heavy parts load in `track`."""

from __future__ import annotations

from choreo_beats.tracker import TcnTracker

__all__ = ["TcnTracker"]
