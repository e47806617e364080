"""Runs a module as the demo does, on a machine whose clock, name service and disk can be broken.

`python -m tests.chaos.broken_machine MODULE ARGUMENT…`; what is broken now is read from files in the folder
that `CHAOS_FOLDER` names: `clock` holds milliseconds to add, `nameless` stands for no name service,
`read-only` for databases that cannot be written.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from bot.demo import attached

CLOCK, NAMELESS, READ_ONLY = "clock", "nameless", "read-only"


def _break(folder: Path) -> None:
    real_time, real_names = time.time_ns, socket.getaddrinfo

    def jumping() -> int:
        try:
            ahead = int((folder / CLOCK).read_text() or "0")
        except FileNotFoundError:
            ahead = 0
        return real_time() + ahead * 1_000_000

    def names(*asked: Any, **more: Any) -> Any:
        if (folder / NAMELESS).exists():
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real_names(*asked, **more)

    time.time_ns, socket.getaddrinfo = jumping, names
    sqlite3.connect = partial(sqlite3.connect, factory=_on_this_disk(folder))  # type: ignore[assignment]  # one of its shapes


def _on_this_disk(folder: Path) -> type[sqlite3.Connection]:
    class Connection(sqlite3.Connection):
        """SQLite itself refuses to write, with the very error it has for a disk mounted read-only."""

        def execute(self, *statement: Any) -> sqlite3.Cursor:
            self._look()
            return super().execute(*statement)

        def cursor(self, *how: Any) -> Any:
            self._look()
            return super().cursor(*how)

        def _look(self) -> None:
            super().execute(f"PRAGMA query_only = {int((folder / READ_ONLY).exists())}")

    return Connection


if __name__ == "__main__":
    _break(Path(os.environ["CHAOS_FOLDER"]))
    attached.main(sys.argv)
