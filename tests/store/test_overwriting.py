"""We promise that what was deleted is in no file, and that nothing is called overwritten that may not be."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import SimpleNamespace

import pytest

from bot.store.database import FILE, Kept
from bot.store.faults import DamagedDatabase, UnusableDatabase
from tests.store.test_keeping import NAMES, Store
from tests.store.test_keeping import store as store  # noqa: PLC0414 - a fixture

ROWS = 400
PIECE = 32
"""Bytes that are looked for: a row may have been overwritten in part."""
KEEP_A_CASE = "INSERT INTO cases (name, person, original, at, sealed) VALUES (?, ?, ?, 1, ?)"
KEEP_A_COPY = "INSERT INTO copies (event, case_name, at, sealed) VALUES (?, x'', 1, ?)"


def files_with(store: Store, *pieces: bytes) -> list[str]:
    files = store.disk.path.parent.iterdir()
    return [path.name for path in files if any(piece in path.read_bytes() for piece in pieces)]


def _cut(row: bytes) -> Iterator[bytes]:
    return (row[at : at + PIECE] for at in range(0, len(row) - PIECE + 1, PIECE))


async def _months(store: Store, seed: int) -> tuple[list[bytes], list[bytes]]:
    """Cases and copies come and go, so that rows are moved from page to page. What went, and what stays."""
    dice = random.Random(seed)
    there: list[tuple[str, bytes, bytes]] = []
    went: list[bytes] = []
    for _ in range(ROWS):
        name, sealed = dice.randbytes(32), dice.randbytes(dice.randrange(100, 900))
        async with store.database.transaction() as tx:
            if dice.random() < 0.5:
                await tx.rows(KEEP_A_CASE, name, name, name, sealed)
                there.append(("cases WHERE name", name, sealed))
            else:
                await tx.rows(KEEP_A_COPY, name, sealed)
                there.append(("copies WHERE event", name, sealed))
            if dice.random() < 0.4:
                which, row, gone = there.pop(dice.randrange(len(there)))
                await tx.rows(f"DELETE FROM {which} = ?", row)  # noqa: S608
                went.append(gone)
    return went, [sealed for *_, sealed in there]


@pytest.mark.parametrize("seed", range(12))
async def test_what_was_moved_before_it_was_deleted_is_in_no_file_either(store: Store, seed: int) -> None:
    went, stays = await _months(store, seed)
    assert await store.database.rewrite()
    held = store.disk.path.read_bytes()
    assert [row for row in went if any(piece in held for piece in _cut(row))] == []
    assert all(any(piece in held for piece in _cut(row)) for row in stays)
    assert store.disk.path.with_name(f"{FILE}-wal").stat().st_size == 0


@pytest.mark.parametrize("overwrite", ["scrub", "rewrite"])
async def test_it_keeps_what_was_not_kept_yet(store: Store, overwrite: str) -> None:
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)
    assert await getattr(store.database, overwrite)()
    assert store.disk.names() == [b"one"]
    assert store.disk.path.with_name(f"{FILE}-wal").stat().st_size == 0


@pytest.mark.parametrize("overwrite", ["scrub", "rewrite"])
async def test_it_is_not_said_to_be_done_while_somebody_reads_the_file(store: Store, overwrite: str) -> None:
    await store.write(b"canary" * 20)
    other = sqlite3.connect(store.disk.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute(NAMES).fetchall()
    async with store.database.transaction() as tx:
        await tx.rows("DELETE FROM spent_names")
    assert not await getattr(store.database, overwrite)()
    assert store.database.stained
    other.close()
    assert await getattr(store.database, overwrite)()
    assert files_with(store, b"canary") == []


def _another_writes(store: Store) -> Callable[[], None]:
    other = sqlite3.connect(store.disk.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other.close


def _no_room(store: Store) -> Callable[[], None]:
    store.disk.breaks["VACUUM"] = fault(sqlite3.SQLITE_FULL, "SQLITE_FULL")
    return store.disk.breaks.clear


def fault(code: int, name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(name)
    error.sqlite_errorcode, error.sqlite_errorname = code, name
    return error


@pytest.mark.parametrize("hinders", [_another_writes, _no_room])
async def test_what_hinders_a_rewriting_is_said_and_costs_nothing(
    store: Store, hinders: Callable[[Store], Callable[[], None]]
) -> None:
    await store.write(b"one")
    over = hinders(store)
    with pytest.raises(UnusableDatabase, match=r"disk full .* another program"):
        await store.database.rewrite()
    over()
    await store.write(b"two")
    assert await store.database.rewrite()
    assert store.disk.names() == [b"one", b"two"]


async def test_a_rewriting_that_fails_gives_back_what_the_journal_took(store: Store) -> None:
    """From a journal as large as the disk allowed nobody could write any more, nor after a restart."""
    await store.fill()
    rewrite = store.disk.rewrite

    async def half_way() -> None:
        await rewrite()
        assert store.disk.path.with_name(f"{FILE}-wal").stat().st_size > 0
        raise fault(sqlite3.SQLITE_FULL, "SQLITE_FULL")

    store.disk.rewrite = half_way  # type: ignore[method-assign]
    with pytest.raises(UnusableDatabase):
        await store.database.rewrite()
    assert store.disk.path.with_name(f"{FILE}-wal").stat().st_size == 0


@pytest.mark.parametrize(("free", "tried"), [(0, False), (3 * 2**20, False), (2**30, True)])
async def test_where_there_is_no_room_for_it_it_is_not_tried(
    store: Store, monkeypatch: pytest.MonkeyPatch, free: int, tried: bool
) -> None:
    await store.write(b"one")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    store.disk.breaks["VACUUM"] = fault(sqlite3.SQLITE_FULL, "SQLITE_FULL")
    with pytest.raises(UnusableDatabase):
        await store.database.rewrite()
    assert ("VACUUM" not in store.disk.breaks) == tried


async def test_damage_that_a_rewriting_finds_is_called_damage(store: Store) -> None:
    store.disk.breaks["VACUUM"] = fault(sqlite3.SQLITE_CORRUPT, "SQLITE_CORRUPT")
    with pytest.raises(DamagedDatabase):
        await store.database.rewrite()


async def test_whatever_is_written_may_leave_something_to_be_overwritten(store: Store) -> None:
    database = store.database
    stained = []
    for work in (database.scrub, store.read, store.fail, partial(store.write, b"one"), database.rewrite):
        with suppress(ZeroDivisionError):
            await work()
        stained.append(database.stained)
    assert stained == [False, False, False, True, False]
