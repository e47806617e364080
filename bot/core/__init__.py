"""Decisions: from what came in and what is known to what should happen; nothing happens here."""
