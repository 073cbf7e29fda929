"""A real place on day one, built from official tables."""
