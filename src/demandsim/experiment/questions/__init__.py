"""Questions asked of many runs: what matters, where it wins, what is worth knowing."""
