"""Sweeps: many runs from one design, in a folder that survives anything."""
