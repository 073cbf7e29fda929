"""Answers as people read them: tables, sentences, pictures."""
