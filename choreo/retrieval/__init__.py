"""choreo.retrieval."""
