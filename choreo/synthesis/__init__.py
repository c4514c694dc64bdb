"""choreo.synthesis."""
