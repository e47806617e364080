"""The file and its folder: for us alone, used by one process, and sound."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import Final

from bot.store.connection import Connection
from bot.store.faults import AlreadyRunning, DamagedDatabase

LOCK: Final = "sws.lock"
ROOM: Final = 4 * 2**20
"""Bytes that stay free."""


async def check_pages(connection: Connection, path: Path) -> None:
    """Damage in the middle of the file would show only when somebody's report is on the broken page."""
    [(found, *_), *_] = await connection.execute_fetchall("PRAGMA quick_check(1)")
    if found != "ok":
        raise DamagedDatabase(path)


def for_us_alone(path: Path) -> None:
    """Made by us first: SQLite would follow the umask, and gives its journal the mode of this file."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)


def lock(folder: Path) -> int:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise AlreadyRunning(folder) from None
    return held


def has_room(path: Path) -> bool:
    """To write the file anew: all of it stands in the journal once more, and others write meanwhile."""
    return shutil.disk_usage(path.parent).free >= 2 * path.stat().st_size + ROOM
