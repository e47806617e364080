"""What can be wrong with the file: each says what the operator has to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.store.seal import StoreFault


class AlreadyRunning(StoreFault):
    """Another process uses this data_dir."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another sws-bot uses data_dir {folder}; stop it first, or choose another data_dir")
        self.folder = folder


class DamagedDatabase(StoreFault):
    """SQLite does not recognise the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged or no database of sws-bot; restore a backup or move it away")
        self.path = path


class UnusableDatabase(StoreFault):
    """The file may be good, and cannot be read or written at the moment: starting again later may help."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be used now ({why}): "
            "is the disk full or read-only, or does another program hold the file?"
        )
        self.path = path


def of(error: sqlite3.DatabaseError, path: Path) -> StoreFault:
    """A database that is only busy must never be called damaged: who believes that throws it away."""
    # The lower byte is the kind, the upper ones say more of it. Errors of Python's own have no code.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedDatabase(path)
    return UnusableDatabase(path, getattr(error, "sqlite_errorname", type(error).__name__))
