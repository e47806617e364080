"""Opens the one SQLite file, keeps a second process out, and gives out transactions one at a time."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import suppress
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar, final

from cachetools import LRUCache
from msgspec import Struct

from bot.store import codec, faults, file, schema
from bot.store.connection import Connect, Connection, Row, connect_for_real, to_its_end
from bot.store.faults import DamagedDatabase, UnusableDatabase
from bot.store.seal import Seal, WrongKey

T = TypeVar("T")

FILE: Final = "sws.sqlite"
OPENED: Final = 500
"""Rows whose contents are held in memory while there is work."""
TURNS: Final = 2
"""So often whoever was woken by what was just written has a turn before it goes to disk: what they make of it
goes with it. A result, the decision on it, and that its first plan was begun."""
_FITS = b"this key fits"


@final
class Transaction:
    """Reads and writes that become true together.

    It begins at its first write: up to there nobody else could have written either.
    """

    __slots__ = ("_connection", "_database", "kept", "seal", "within", "writes")

    def __init__(self, connection: Connection, database: Database, kept: Kept) -> None:
        self._connection, self._database = connection, database
        self.kept = kept
        """May still be changed by whoever finds that it has to be on disk when it ends."""
        self.seal: Final = database.seal
        self.writes = self.within = False

    async def rows(self, statement: str, *values: object) -> list[Row]:
        if not self.writes and not statement.startswith("SELECT"):
            self.within = await self._database.begin()
            self.writes = True
        return self._connection.at_once(statement, values)

    async def row(self, statement: str, *values: object) -> Row | None:
        rows = await self.rows(statement, *values)
        return rows[0] if rows else None

    def close(self, table: str, row: bytes, value: object) -> bytes:
        """What is sealed now is mostly read next."""
        sealed = self.seal.close(table, row, codec.pack(value))
        self._database.opened[table, row, sealed] = value
        return sealed

    def open(self, table: str, row: bytes, sealed: bytes, kind: type[T]) -> T:
        """What was opened lately is not opened again. It is never changed, only replaced."""
        opened = self._database.opened
        key = (table, row, sealed)
        if key not in opened:
            opened[key] = codec.unpack(self.seal.open(table, row, sealed), kind)
        found: T = opened[key]
        return found

    def remembered(self, name: str) -> object | None:
        """Something read before that nothing has touched since."""
        return self._database.memory.get(name)

    def remember(self, name: str, value: object) -> None:
        self._database.memory[name] = value

    def changed(self) -> None:
        """What is remembered may be wrong from here on, and again if this transaction is undone."""
        self._database.forgetful = True
        self._database.memory.clear()


class Kept(Enum):
    """When what a transaction wrote is on disk."""

    NOW = "now"
    """When it ends."""
    WITH_THE_NEXT = "with the next"
    """Together with what the same piece of work writes down next: one wait for the disk instead of two."""


class _Unkept(Struct):
    """What was written and is not on disk yet."""

    over: bool = False
    error: BaseException | None = None


@final
class _Turn:
    """Of a transaction, from its beginning to its end. Fifty times a report, so that it is no generator."""

    __slots__ = ("_database", "_tx")

    def __init__(self, database: Database, tx: Transaction) -> None:
        self._database, self._tx = database, tx

    async def __aenter__(self) -> Transaction:
        await self._database.take_turn()
        return self._tx

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unkept = self._database.end_turn(self._tx, error)
        if unkept is not None:
            await self._database.keep(unkept)


@final
class Database:
    """The file and the turn: whoever has the turn is the only one reading or writing."""

    def __init__(self, connection: Connection, seal: Seal, lock: int | None, path: Path = Path(FILE)) -> None:
        self._connection, self._lock, self._path = connection, lock, path
        self._turn = asyncio.Lock()
        self.seal: Final = seal
        self.memory: dict[str, object] = {}
        self.forgetful = False
        self.opened: LRUCache[tuple[str, bytes, bytes], Any] = LRUCache(OPENED)
        """Emptied when deleted words are overwritten."""
        self.stained = True
        """Deleted words may still stand in the journal."""
        self._unkept: _Unkept | None = None

    @classmethod
    async def open(cls, folder: Path, store_key: bytes, connect: Connect = connect_for_real) -> Self:
        """Open or make the database in `folder`. Raises a `StoreFault` that says what to do."""
        seal = Seal(store_key)
        lock = file.lock(folder)
        try:
            return await cls._open(folder / FILE, seal, lock, connect)
        except BaseException:
            os.close(lock)
            raise

    @classmethod
    async def _open(cls, path: Path, seal: Seal, lock: int, connect: Connect) -> Self:
        file.for_us_alone(path)
        connection = await connect(path)
        try:
            await schema.prepare(connection)
            await file.check_pages(connection, path)
            await schema.migrate(connection)
            connection.work()
            # Somebody who holds the file is named now, not at the first report.
            await connection.begin()
            connection.undo()
            database = cls(connection, seal, lock, path)
            await database._check_key()
        except sqlite3.DatabaseError as error:
            await connection.close()
            raise faults.of(error, path) from error
        except BaseException:
            await connection.close()
            raise
        return database

    async def _check_key(self) -> None:
        async with self.transaction() as tx:
            row = await tx.row("SELECT sealed FROM about WHERE name = 'key'")
            if row is None:
                sealed = self.seal.close("about", b"key", _FITS)
                await tx.rows("INSERT INTO about (name, at, sealed) VALUES ('key', 0, ?)", sealed)
                return
            try:
                self.seal.open("about", b"key", row[0])
            except WrongKey:
                raise WrongKey(
                    "store_key is not the one data_dir was made with; give that one, or choose a new data_dir"
                ) from None

    def transaction(self, kept: Kept = Kept.NOW) -> _Turn:
        """Everything done in it becomes true together, or nothing of it. Raises `DamagedDatabase`.

        What was read in it is on disk when it ends, also when somebody else wrote it a moment ago: nothing is
        done because of something that a crash would undo.
        """
        return _Turn(self, Transaction(self._connection, self, kept))

    async def take_turn(self) -> None:
        await self._turn.acquire()

    def end_turn(self, tx: Transaction, error: BaseException | None) -> _Unkept | None:
        """Gives back what has to be on disk for this transaction and is not. Raises `DamagedDatabase`."""
        try:
            if error is not None:
                self._undo(tx, error)
                if isinstance(error, sqlite3.DatabaseError):
                    self._raise_if_damaged(error)
            elif tx.within:
                self._release(tx)
            return self._unkept if tx.kept is Kept.NOW and error is None else None
        finally:
            self._forget_if_changed()
            self._turn.release()

    def _release(self, tx: Transaction) -> None:
        try:
            self._connection.at_once("RELEASE this")
        except BaseException as error:
            self._undo(tx, error)
            if isinstance(error, sqlite3.DatabaseError):
                self._raise_if_damaged(error)
            raise

    async def begin(self) -> bool:
        """For a transaction's first write. Returns whether it is within what others have not kept yet."""
        self.stained = True
        if self._unkept is not None:
            self._connection.at_once("SAVEPOINT this")
            return True
        await self._connection.begin()
        self._unkept = _Unkept()
        return False

    def _undo(self, tx: Transaction, error: BaseException) -> None:
        """What failed, and no more, where the disk allows that."""
        if self._unkept is not None and not self._undone_alone(tx):
            self._lose(self._unkept, error)

    def _undone_alone(self, tx: Transaction) -> bool:
        """Whether what others wrote still stands: a full disk undoes that, too."""
        if tx.within and self._connection.in_transaction:
            try:
                self._connection.at_once("ROLLBACK TO this")
                self._connection.at_once("RELEASE this")
            except sqlite3.DatabaseError:
                return False
        return self._connection.in_transaction and (tx.within or not tx.writes)

    def _lose(self, unkept: _Unkept, error: BaseException) -> None:
        """Everything that is not on disk yet; all who rely on it hear of that."""
        unkept.over, unkept.error, self._unkept = True, error, None
        self.memory.clear()
        self._connection.undo()

    async def keep(self, unkept: _Unkept) -> None:
        """On disk, with what others wrote meanwhile: whoever comes first does it for all of them."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        async with self._turn:
            if not unkept.over:
                await to_its_end(self._commit(unkept))
        if unkept.error is not None:
            raise UnusableDatabase(self._path, type(unkept.error).__name__) from unkept.error

    async def _commit(self, unkept: _Unkept) -> None:
        try:
            await self._connection.commit()
        except BaseException as error:
            self._lose(unkept, error)
            if isinstance(error, sqlite3.DatabaseError):
                self._raise_if_damaged(error)
            raise
        unkept.over, self._unkept = True, None

    def _forget_if_changed(self) -> None:
        if self.forgetful:
            self.memory.clear()
            self.forgetful = False

    def _raise_if_damaged(self, error: sqlite3.DatabaseError) -> None:
        fault = faults.of(error, self._path)
        if isinstance(fault, DamagedDatabase):
            raise fault from error

    async def scrub(self) -> bool:
        """Overwrite the journal, so that what was deleted is neither there any more nor in our memory.

        Returns whether that could be done: not while somebody looks at the file from outside.
        """
        async with self._turn:
            await self._keep_all()
            return await self._overwrite()

    async def rewrite(self) -> bool:
        """Write the file anew, so that what was deleted is in no file any more, wherever it once stood.

        It takes as long as the file is large: 20 ms for a thousand cases. Returns whether it was done, as for
        the journal. Raises `UnusableDatabase`: the disk has no room for it, or another program writes.
        """
        async with self._turn:
            await self._keep_all()
            if not file.has_room(self._path):
                raise UnusableDatabase(self._path, "no room to write it anew")
            self.stained = True
            try:
                await to_its_end(self._connection.rewrite())
            except sqlite3.DatabaseError as error:
                with suppress(sqlite3.DatabaseError):
                    # The journal has grown as far as the disk allowed, and nobody could write any more.
                    await self._overwrite()
                raise faults.of(error, self._path) from error
            return await self._overwrite()

    async def _keep_all(self) -> None:
        if self._unkept is not None:
            await to_its_end(self._commit(self._unkept))

    async def _overwrite(self) -> bool:
        self.opened.clear()
        self.seal.forget_names()
        self.stained = not await to_its_end(self._connection.overwrite())
        return not self.stained

    async def close(self) -> None:
        """What is not on disk yet comes there first."""
        try:
            async with self.transaction():
                pass
        finally:
            await self._connection.close()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None
