"""Numbers about the world: every one with unit, range, status and source."""
