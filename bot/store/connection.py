"""One connection to the SQLite file: what is in memory is asked at once, what waits for the disk is not."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiosqlite

T = TypeVar("T")
Row = sqlite3.Row | tuple[Any, ...]

BUSY: Final = 5000
"""Milliseconds to wait for somebody else who has the file open."""
STATEMENTS: Final = 300
"""More than there are in this folder: each is understood once."""


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """What the other thread has begun it also ends: it is waited for, however often we are broken off."""
    task, broken_off = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            broken_off = True
    if broken_off:
        if not task.cancelled():
            task.exception()  # heard of by those who rely on it
        raise asyncio.CancelledError
    return task.result()


class Connection(aiosqlite.Connection):
    """One file, asked in two ways: what may wait for the disk in aiosqlite's thread, the rest at once.

    Between its beginning and its end a transaction only touches pages in memory, which takes less time than
    to ask another thread for it. It begins only when told to.
    """

    def __init__(self, path: Path, *, read_only: bool = False, patience: int = BUSY) -> None:
        self._patience = patience
        where = f"file:{quote(str(path))}?mode={'ro' if read_only else 'rwc'}"

        def connect() -> sqlite3.Connection:
            self._raw = sqlite3.connect(
                where,
                uri=True,
                timeout=patience / 1000,
                isolation_level=None,
                check_same_thread=False,  # one at a time all the same: see `Database.transaction`
                cached_statements=STATEMENTS,
            )
            return self._raw

        super().__init__(connect, iter_chunk_size=64)

    def work(self) -> None:
        """From here on at once means at once; `begin` waits, where that holds nobody up."""
        self.at_once("PRAGMA busy_timeout = 0")

    def at_once(self, statement: str, values: tuple[object, ...] = ()) -> list[Row]:
        return self._raw.execute(statement, values).fetchall()

    async def begin(self) -> None:
        """For writing; waits a while for somebody else who has the file."""
        try:
            self.at_once("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as held:
            if held.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            try:
                await to_its_end(self._begin_when_free())
            except asyncio.CancelledError:
                self.undo()
                raise

    async def _begin_when_free(self) -> None:
        await self.execute_fetchall(f"PRAGMA busy_timeout = {self._patience}")
        try:
            await self.execute_fetchall("BEGIN IMMEDIATE")
        finally:
            self.work()

    def undo(self) -> None:
        """Everything since the beginning; nothing when SQLite did that already, as on a full disk."""
        if self.in_transaction:
            self.at_once("ROLLBACK")

    async def rewrite(self) -> None:
        """The whole file, from the rows there are.

        A row that is deleted is overwritten where it is. When SQLite moved it before, to make room among
        neighbours, its bytes stand between the rows of the page it was on, and nothing overwrites those:
        about one row in a thousand (SQLite 3.40, `secure_delete = ON`).
        """
        await self.execute_fetchall("VACUUM")

    async def overwrite(self) -> bool:
        """The journal. Returns whether all of it was: nothing is overwritten that somebody is reading."""
        [(busy, *_)] = await self.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        return not busy


Connect = Callable[[Path], Awaitable[Connection]]


async def connect_for_real(path: Path) -> Connection:
    connection = Connection(path)
    await connection
    return connection
