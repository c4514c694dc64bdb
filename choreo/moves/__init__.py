"""choreo.moves."""
