"""A look at the store from outside, whether or not the bot is running: writes nothing and locks nothing."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct

from bot.core.model import UserId
from bot.core.view import RoomView
from bot.store import rooms, schema
from bot.store.connection import Connection
from bot.store.database import FILE, Database, Kept, Transaction
from bot.store.faults import DamagedDatabase
from bot.store.file import LOCK
from bot.store.rooms import Standing
from bot.store.seal import Seal, StoreFault


class Known(Struct, frozen=True):
    """What was set up in chat, and whose identity was seen."""

    standing: Standing
    rooms: tuple[RoomView, ...]
    pins: Mapping[UserId, str]


async def known(folder: Path, store_key: bytes) -> Known | None:
    """None before the bot ran for the first time. Raises `StoreFault`."""
    if not (folder / FILE).exists():
        return None
    try:
        async with _reading(folder / FILE, store_key) as tx:
            found = await tx.rows("SELECT id, sealed FROM rooms ORDER BY at")
            pins = await tx.rows("SELECT person, sealed FROM pins")
            return Known(
                await rooms.standing(tx),
                tuple(tx.open("rooms", id_, sealed, RoomView) for id_, sealed in found),
                dict(tx.open("pins", person, sealed, tuple[UserId, str]) for person, sealed in pins),
            )
    except sqlite3.DatabaseError as error:
        raise DamagedDatabase(folder / FILE) from error


def running(folder: Path) -> bool:
    """Is a bot using this store now?"""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


@asynccontextmanager
async def _reading(path: Path, store_key: bytes) -> AsyncIterator[Transaction]:
    connection = Connection(path, read_only=True)
    await connection
    try:
        found = await schema.version(connection)
        if found > len(schema.MIGRATIONS):
            raise schema.NewerDatabase(found, len(schema.MIGRATIONS))
        if found < len(schema.MIGRATIONS):
            raise StoreFault("data_dir was last used by an older sws-bot: `sws-bot run` brings it up to date")
        await connection.execute_fetchall("BEGIN")
        yield Transaction(connection, Database(connection, Seal(store_key), None), Kept.NOW)
    finally:
        await connection.close()
