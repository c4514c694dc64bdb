"""A dance directed step by step: a session that keeps what was planned, and the page on this machine that shows it."""
