"""choreo.video."""
