"""Beat tracker ``tcn``: a temporal convolution net in numpy, and state spaces for beats and bars.

Numpy and the weights are loaded in `TcnTracker.track` only.
"""

from __future__ import annotations

from choreo_beats.tracker import TcnTracker

__all__ = ["TcnTracker"]
