"""Disk: one SQLite file whose rows are sealed with the store key; the only folder that imports aiosqlite."""
