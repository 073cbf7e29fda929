"""Runs in plural: tasks, workers, parts on disk."""
