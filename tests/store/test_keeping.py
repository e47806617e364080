"""We promise that nobody is told of something as kept that a crash could undo, and that waiting is shared."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.store.connection import Connection
from bot.store.database import FILE, Database, Kept
from bot.store.faults import UnusableDatabase
from tests.stage import KEY

INSERT = "INSERT INTO spent_names (name, at) VALUES (?, 1)"
NAMES = "SELECT name FROM spent_names ORDER BY name"


class Disk(Connection):
    """A real file on a disk that can be slow, and can fail."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        self.commits = 0
        self.begun, self.free = asyncio.Event(), asyncio.Event()
        self.free.set()
        self.breaks: dict[str, sqlite3.DatabaseError] = {}
        """What goes wrong at the next statement that begins so."""

    def at_once(self, statement: str, values: tuple[object, ...] = ()) -> list[Any]:
        for beginning in list(self.breaks):
            if statement.startswith(beginning):
                raise self.breaks.pop(beginning)
        return super().at_once(statement, values)

    async def rewrite(self) -> None:
        if "VACUUM" in self.breaks:
            raise self.breaks.pop("VACUUM")
        await super().rewrite()

    async def commit(self) -> None:
        self.begun.set()
        await self.free.wait()
        self.commits += 1
        if "COMMIT" in self.breaks:
            raise self.breaks.pop("COMMIT")
        await super().commit()

    def slow(self) -> None:
        self.free.clear()
        self.begun.clear()

    def names(self) -> list[bytes]:
        """What a crash at this moment would leave."""
        after = self.path.parent.with_name("after a crash")
        shutil.copytree(self.path.parent, after)
        with sqlite3.connect(after / FILE) as raw:
            found = [name for (name,) in raw.execute(NAMES)]
        raw.close()
        shutil.rmtree(after)
        return found


class Store:
    def __init__(self, database: Database, disk: Disk) -> None:
        self.database, self.disk = database, disk

    async def write(self, *names: bytes, kept: Kept = Kept.NOW) -> None:
        async with self.database.transaction(kept) as tx:
            for name in names:
                await tx.rows(INSERT, name)

    async def read(self, kept: Kept = Kept.NOW) -> list[Any]:
        async with self.database.transaction(kept) as tx:
            return [row[0] for row in await tx.rows(NAMES)]

    async def fail(self, *names: bytes) -> None:
        async with self.database.transaction() as tx:
            for name in names:
                await tx.rows(INSERT, name)
            raise ZeroDivisionError

    async def fill(self) -> None:
        await self.write(*(number.to_bytes(32) for number in range(2_000)))

    async def queued(self, *work: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
        """Begun in this order, while somebody else has the turn, who then gives it up."""
        over = asyncio.Event()

        async def first() -> None:
            async with self.database.transaction(Kept.WITH_THE_NEXT):
                await over.wait()

        tasks = [asyncio.create_task(each) for each in (first(), *work)]
        for _ in range(3):
            await asyncio.sleep(0)
        over.set()
        return tasks[1:]

    async def together(self, *work: Coroutine[Any, Any, Any]) -> list[Any]:
        return await asyncio.gather(*await self.queued(*work), return_exceptions=True)

    async def pages(self, most: int) -> None:
        await self.disk.execute_fetchall(f"PRAGMA max_page_count = {most}")


async def opened(folder: Path) -> Store:
    disks: list[Disk] = []

    async def connect(path: Path) -> Connection:
        disks.append(Disk(path))
        await disks[0]
        return disks[0]

    database = await Database.open(folder, KEY, connect)
    disks[0].commits = 0
    return Store(database, disks[0])


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    made = await opened(tmp_path / "data")
    yield made
    await made.database.close()


def told(results: Iterable[Any]) -> list[type]:
    return [type(each) for each in results]


# -- when something is on disk --------------------------------------------------------------------------


async def test_what_was_written_is_on_disk_when_its_transaction_ends(store: Store) -> None:
    await store.write(b"one")
    assert store.disk.names() == [b"one"]


async def test_what_is_kept_with_the_next_is_on_disk_with_the_next_and_not_before(store: Store) -> None:
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)
    assert store.disk.names() == []
    await store.write(b"two")
    assert store.disk.names() == [b"one", b"two"]
    assert store.disk.commits == 1


async def test_what_was_read_is_on_disk_also_when_another_wrote_it_a_moment_ago(store: Store) -> None:
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)
    assert await store.read(Kept.WITH_THE_NEXT) == [b"one"]
    assert store.disk.names() == []
    assert await store.read() == [b"one"]
    assert store.disk.names() == [b"one"]


async def test_a_crash_before_the_next_loses_both_and_leaves_nothing_half(store: Store) -> None:
    await store.write(b"one", b"two", kept=Kept.WITH_THE_NEXT)
    store.disk.slow()
    writer = asyncio.create_task(store.write(b"three"))
    await store.disk.begun.wait()
    assert store.disk.names() == []
    store.disk.free.set()
    await writer
    assert store.disk.names() == [b"one", b"three", b"two"]


async def test_several_who_write_at_the_same_time_wait_for_the_disk_once(store: Store) -> None:
    await store.together(*(store.write(bytes([number])) for number in range(9)))
    assert store.disk.commits == 1
    assert len(store.disk.names()) == 9


async def _chain(store: Store, *names: bytes) -> list[Coroutine[Any, Any, None]]:
    """Each writes when the one before has written, though not yet to disk."""
    rung = [asyncio.Event() for _ in names]

    async def write(number: int) -> None:
        if number:
            await rung[number - 1].wait()
        async with store.database.transaction() as tx:
            await tx.rows(INSERT, names[number])
            rung[number].set()
        assert names[number] in store.disk.names()

    return [write(number) for number in range(len(names))]


async def test_whoever_is_woken_by_what_was_written_waits_for_the_disk_with_it(store: Store) -> None:
    await asyncio.gather(*await _chain(store, b"result", b"decision", b"begun"))
    assert store.disk.commits == 1


async def test_when_the_disk_fails_all_who_waited_with_it_hear_of_that(store: Store) -> None:
    store.disk.breaks["COMMIT"] = sqlite3.OperationalError("disk I/O error")
    work = await _chain(store, b"result", b"decision", b"begun")
    found = await asyncio.gather(*work, return_exceptions=True)
    assert all(isinstance(each, sqlite3.OperationalError | UnusableDatabase) for each in found)
    assert store.disk.names() == []


async def test_nobody_waits_for_more_turns_than_there_are_to_be_had(store: Store) -> None:
    """However many wake each other, the first is kept before long."""
    work = [asyncio.create_task(each) for each in await _chain(store, *(bytes([n]) for n in range(99)))]
    await work[0]
    assert not work[-1].done()
    await asyncio.gather(*work)
    assert len(store.disk.names()) == 99


async def test_who_only_reads_what_is_on_disk_waits_for_nothing(store: Store) -> None:
    await store.write(b"one")
    await store.read()
    assert store.disk.commits == 1


async def test_what_is_not_kept_yet_is_kept_when_the_store_is_closed(tmp_path: Path) -> None:
    store = await opened(tmp_path / "data")
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)
    await store.database.close()
    again = await opened(tmp_path / "data")
    assert await again.read() == [b"one"]
    await again.database.close()


async def test_a_store_that_cannot_keep_what_is_left_can_be_opened_again(tmp_path: Path) -> None:
    store = await opened(tmp_path / "data")
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)
    store.disk.breaks["COMMIT"] = sqlite3.OperationalError("disk I/O error")
    with pytest.raises(sqlite3.OperationalError):
        await store.database.close()
    again = await opened(tmp_path / "data")
    assert await again.read() == []
    await again.database.close()


# -- when something fails -------------------------------------------------------------------------------


async def test_who_fails_within_what_others_wrote_undoes_only_their_own(store: Store) -> None:
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)
    with pytest.raises(ZeroDivisionError):
        await store.fail(b"two", b"three")
    await store.write(b"four")
    assert store.disk.names() == [b"four", b"one"]


async def test_who_fails_while_reading_undoes_nothing(store: Store) -> None:
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)
    with pytest.raises(ZeroDivisionError):
        await store.fail()
    assert await store.read() == [b"one"]
    assert store.disk.names() == [b"one"]


async def test_a_disk_that_is_full_tells_everybody_whose_words_it_does_not_hold(store: Store) -> None:
    await store.pages(1)
    waiting = (store.write(b"one"), store.read(), store.fill(), store.write(b"two"))
    first, second, filler, late = await store.together(*waiting)
    assert isinstance(filler, sqlite3.OperationalError)
    on_disk = store.disk.names()
    for name, result in ((b"one", first), (b"one", second), (b"two", late)):
        assert isinstance(result, BaseException) is (name not in on_disk)
    await store.pages(10_000)
    await store.fill()
    assert len(store.disk.names()) == 2_000 + len(on_disk)


async def test_a_file_that_becomes_read_only_undoes_no_more_than_what_it_did_not_take(store: Store) -> None:
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)
    await store.disk.execute_fetchall("PRAGMA query_only = ON")
    results = await store.together(store.write(b"two"), store.read(), store.write(b"three"))
    assert [isinstance(each, sqlite3.OperationalError) for each in results] == [True, False, True]
    await store.disk.execute_fetchall("PRAGMA query_only = OFF")
    await store.write(b"four")
    assert store.disk.names() == [b"four", b"one"]


async def test_where_sqlite_undoes_everything_by_itself_everybody_who_waits_is_told(store: Store) -> None:
    """It may, at any statement, when a disk fails."""
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)

    async def break_down() -> None:
        async with store.database.transaction() as tx:
            await tx.rows("SELECT 1")
            store.disk.undo()
            raise sqlite3.OperationalError("disk I/O error")

    results = await store.together(store.read(), break_down())
    assert told(results) == [UnusableDatabase, sqlite3.OperationalError]
    await store.write(b"two")
    assert store.disk.names() == [b"two"]


async def test_what_cannot_be_undone_alone_is_undone_with_everything_not_kept(store: Store) -> None:
    """Half of something must not reach the disk with the next."""
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)
    store.disk.breaks["ROLLBACK TO"] = sqlite3.OperationalError("disk I/O error")
    results = await store.together(store.read(), store.fail(b"half"))
    assert told(results) == [UnusableDatabase, ZeroDivisionError]
    await store.write(b"two")
    assert store.disk.names() == [b"two"]


async def test_a_commit_that_fails_is_told_to_all_who_rely_on_it(store: Store) -> None:
    store.disk.breaks["COMMIT"] = sqlite3.OperationalError("disk I/O error")
    results = await store.together(store.write(b"one"), store.write(b"two"), store.read())
    assert told(results) == [sqlite3.OperationalError, UnusableDatabase, UnusableDatabase]
    assert await store.read() == []
    await store.write(b"three")
    assert store.disk.names() == [b"three"]


async def test_nothing_is_remembered_that_was_undone(store: Store) -> None:
    async with store.database.transaction(Kept.WITH_THE_NEXT) as tx:
        await tx.rows(INSERT, b"one")
        tx.changed()
    async with store.database.transaction(Kept.WITH_THE_NEXT) as tx:
        tx.remember("names", await tx.rows(NAMES))
    store.disk.breaks["COMMIT"] = sqlite3.OperationalError("disk I/O error")
    with pytest.raises(sqlite3.OperationalError):
        await store.read()
    async with store.database.transaction() as tx:
        assert tx.remembered("names") is None


async def test_nothing_is_remembered_that_a_failing_statement_undid(store: Store) -> None:
    await store.write(b"one", kept=Kept.WITH_THE_NEXT)
    async with store.database.transaction(Kept.WITH_THE_NEXT) as tx:
        tx.remember("names", await tx.rows(NAMES))
    store.disk.breaks["ROLLBACK TO"] = sqlite3.OperationalError("disk I/O error")
    with pytest.raises(ZeroDivisionError):
        await store.fail(b"half")
    async with store.database.transaction() as tx:
        assert tx.remembered("names") is None


# -- who is broken off ----------------------------------------------------------------------------------


async def test_who_is_broken_off_while_waiting_for_the_disk_costs_the_others_nothing(store: Store) -> None:
    store.disk.slow()
    first, second = await store.queued(store.write(b"one"), store.write(b"two"))
    await store.disk.begun.wait()
    first.cancel()
    store.disk.free.set()
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert told(results) == [asyncio.CancelledError, type(None)]
    assert store.disk.names() == [b"one", b"two"]


async def test_who_is_broken_off_again_and_again_still_leaves_the_store_in_order(store: Store) -> None:
    store.disk.slow()
    first, second = await store.queued(store.write(b"one"), store.write(b"two"))
    await store.disk.begun.wait()
    for _ in range(5):
        first.cancel()
        await asyncio.sleep(0)
    third = asyncio.create_task(store.write(b"three"))
    await asyncio.sleep(0)
    assert not third.done()
    store.disk.free.set()
    results = await asyncio.gather(first, second, third, return_exceptions=True)
    assert told(results) == [asyncio.CancelledError, type(None), type(None)]
    assert store.disk.names() == [b"one", b"three", b"two"]


async def test_a_commit_that_fails_after_its_waiter_was_broken_off_is_told_to_the_others(
    store: Store,
) -> None:
    store.disk.slow()
    store.disk.breaks["COMMIT"] = sqlite3.OperationalError("disk I/O error")
    first, second = await store.queued(store.write(b"one"), store.write(b"two"))
    await store.disk.begun.wait()
    first.cancel()
    store.disk.free.set()
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert told(results) == [asyncio.CancelledError, UnusableDatabase]
    assert await store.read() == []


async def test_who_is_broken_off_at_any_turn_leaves_nothing_half(store: Store) -> None:
    for turns in range(15):
        before = store.disk.names()
        pair = bytes([turns, 1]), bytes([turns, 2])
        task = asyncio.create_task(store.write(*pair))
        other = asyncio.create_task(store.write(bytes([turns, 3])))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        results = await asyncio.gather(task, other, return_exceptions=True)
        written = set(await store.read()) - set(before) - {bytes([turns, 3])}
        assert results[1] is None
        assert written in (set(), set(pair))


# -- a file that somebody else has ----------------------------------------------------------------------


async def test_a_file_that_is_locked_is_waited_for_without_holding_up_anything_else(store: Store) -> None:
    other = sqlite3.connect(store.disk.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer = asyncio.create_task(store.write(b"one"))
    for _ in range(20):
        await asyncio.sleep(0)  # the loop goes on
    assert not writer.done()
    other.close()
    await writer
    assert store.disk.names() == [b"one"]


async def test_who_is_broken_off_while_the_file_is_locked_leaves_the_store_usable(store: Store) -> None:
    other = sqlite3.connect(store.disk.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer = asyncio.create_task(store.write(b"one"))
    for _ in range(20):
        await asyncio.sleep(0)
    writer.cancel()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not writer.done()  # what the other thread began may still become a transaction
    other.close()
    with pytest.raises(asyncio.CancelledError):
        await writer
    await store.write(b"two")
    assert store.disk.names() == [b"two"]
