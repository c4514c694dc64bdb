"""choreo.cli."""
