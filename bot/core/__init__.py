"""Decisions: given a message or a due timer and what is known, say what should happen; nothing happens here."""
