"""choreo.db."""
