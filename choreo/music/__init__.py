"""choreo.music."""
