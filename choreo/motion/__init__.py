"""choreo.motion."""
