"""Ray as an engine: work on a cluster."""

from __future__ import annotations
