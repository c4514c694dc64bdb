"""choreo.planning."""
