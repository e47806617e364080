"""Remembers rows that hold words, as they lie sealed in the database, to look for them in its files later."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.store.database import FILE

HOLD_WORDS: Final = ("inbox", "outbox", "cases", "sources", "copies")
PIECE: Final = 32
"""Bytes that are looked for: SQLite may have cut a row anywhere, and overwritten only a part of it."""


@dataclass
class Sealed:
    """Rows that were ever in the database, in pieces, by the table they were in."""

    folder: Path
    seen: dict[str, set[bytes]] = field(default_factory=lambda: {table: set() for table in HOLD_WORDS})
    watching: bool = True

    def look(self, _: str = "") -> None:
        """Through a connection of its own: only what is written down for good."""
        if not self.watching:
            return
        with closing(sqlite3.connect(f"file:{self.folder / FILE}?mode=ro", uri=True)) as database:
            for table, pieces in self.seen.items():
                for (row,) in database.execute(f"SELECT sealed FROM {table}"):  # noqa: S608
                    pieces.update(row[at : at + PIECE] for at in range(0, len(row) - PIECE + 1, PIECE))

    def without(self, others: Sealed) -> None:
        """Those are somebody else's rows, and may stay."""
        for table, pieces in others.seen.items():
            self.seen[table] -= pieces

    def left(self) -> set[str]:
        """From which tables something is in the bytes of a file now."""
        held = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())
        return {table for table, pieces in self.seen.items() if any(piece in held for piece in pieces)}
