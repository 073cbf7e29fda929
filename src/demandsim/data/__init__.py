"""Packaged tables: official statistics and the evidence register. Sources in SOURCES.md."""
