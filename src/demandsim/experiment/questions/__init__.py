"""Questions that researchers ask of many runs: pure functions of arrays and frames, each module one question."""
