"""We promise that the store is one process's own, readable by nobody else, and true as a whole."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import aiosqlite
import pytest

from bot.store import schema
from bot.store.connection import Connection
from bot.store.database import FILE, Database
from bot.store.faults import AlreadyRunning, DamagedDatabase, UnusableDatabase
from bot.store.schema import MIGRATIONS, Migration, NewerDatabase
from bot.store.seal import StoreFault, WrongKey
from bot.store.sweep import tables
from tests.stage import KEY

INSERT = "INSERT INTO spent_names (name, at) VALUES (?, ?)"


async def _names(database: Database) -> list[object]:
    async with database.transaction() as tx:
        return [row[0] for row in await tx.rows("SELECT name FROM spent_names ORDER BY name")]


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    for name in (b"one", b"two"):
        database = await Database.open(tmp_path, KEY)
        async with database.transaction() as tx:
            await tx.rows(INSERT, name, 1)
        await database.close()
    database = await Database.open(tmp_path, KEY)
    assert await _names(database) == [b"one", b"two"]
    await database.close()


async def test_a_transaction_that_fails_leaves_nothing_behind(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as tx:
            await tx.rows(INSERT, b"half", 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await _names(database) == []


async def test_a_transaction_that_is_broken_off_leaves_the_store_usable(database: Database) -> None:
    async def slow() -> None:
        async with database.transaction() as tx:
            await tx.rows(INSERT, b"half", 1)
            await asyncio.Event().wait()

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _names(database) == []


async def test_breaking_off_at_the_very_start_leaves_the_store_usable(database: Database) -> None:
    async def start() -> None:
        async with database.transaction() as tx:
            await tx.rows(INSERT, b"x", 1)

    for turns in range(12):
        task = asyncio.create_task(start())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with database.transaction() as tx:
            await tx.rows("DELETE FROM spent_names")
    assert await _names(database) == []


async def test_nobody_reads_what_another_has_half_written(database: Database) -> None:
    half, go_on = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with database.transaction() as tx:
            await tx.rows(INSERT, b"one", 1)
            half.set()
            await go_on.wait()
            await tx.rows(INSERT, b"two", 1)

    writer = asyncio.create_task(write())
    await half.wait()
    reader = asyncio.create_task(_names(database))
    await asyncio.sleep(0.01)
    assert not reader.done()
    go_on.set()
    assert await reader == [b"one", b"two"]
    await writer


async def test_what_is_remembered_is_forgotten_when_a_change_is_undone(database: Database) -> None:
    async with database.transaction() as tx:
        tx.remember("rooms", "before")

    async def fail() -> None:
        async with database.transaction() as tx:
            tx.changed()
            tx.remember("rooms", "never true")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.transaction() as tx:
        assert tx.remembered("rooms") is None


async def test_what_is_remembered_stays_as_long_as_nothing_changes(database: Database) -> None:
    async with database.transaction() as tx:
        tx.remember("rooms", "as read")
    async with database.transaction() as tx:
        assert tx.remembered("rooms") == "as read"


# -- whose it is ----------------------------------------------------------------------------------------


async def test_a_second_process_is_refused_with_the_reason(tmp_path: Path) -> None:
    database = await Database.open(tmp_path, KEY)
    program = (
        "import asyncio, sys, pathlib\n"
        "from bot.store.database import Database\n"
        "asyncio.run(Database.open(pathlib.Path(sys.argv[1]), bytes(range(32))))\n"
    )
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, tmp_path, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
    )
    _, said = await other.communicate()
    assert b"AlreadyRunning" in said
    assert str(tmp_path).encode() in said
    await database.close()


async def test_the_same_process_cannot_open_it_twice_either(database: Database, tmp_path: Path) -> None:
    with pytest.raises(AlreadyRunning, match="data_dir"):
        await Database.open(tmp_path / "data", KEY)


async def test_after_a_refusal_the_store_can_be_opened_again(tmp_path: Path) -> None:
    database = await Database.open(tmp_path, KEY)
    await database.close()
    with pytest.raises(WrongKey):
        await Database.open(tmp_path, bytes(32))
    database = await Database.open(tmp_path, KEY)
    await database.close()


async def test_the_wrong_key_is_named_at_the_start(tmp_path: Path) -> None:
    await (await Database.open(tmp_path, KEY)).close()
    with pytest.raises(WrongKey, match="store_key is not the one"):
        await Database.open(tmp_path, bytes(32))


async def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        database = await Database.open(tmp_path / "data", KEY)
        async with database.transaction() as tx:
            await tx.rows(INSERT, b"one", 1)
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()}
        assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}
        assert f"{FILE}-wal" in modes
        assert (tmp_path / "data").stat().st_mode & 0o077 == 0
        await database.close()
    finally:
        os.umask(before)


# -- what SQLite is told --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("synchronous", 2),
        ("temp_store", 2),
    ],
)
async def test_sqlite_is_told_what_we_rely_on(database: Database, pragma: str, value: object) -> None:
    async with database.transaction() as tx:
        row = await tx.row(f"PRAGMA {pragma}")
    assert row is not None
    assert row[0] == value


async def test_deleted_bytes_are_in_no_file_after_a_scrub(database: Database, tmp_path: Path) -> None:
    mark = b"canary" * 20
    async with database.transaction() as tx:
        await tx.rows(INSERT, mark, 1)
    assert any(mark in path.read_bytes() for path in (tmp_path / "data").iterdir())
    async with database.transaction() as tx:
        await tx.rows("DELETE FROM spent_names")
    await database.scrub()
    assert [path.name for path in (tmp_path / "data").iterdir() if mark in path.read_bytes()] == []


# -- migrations -----------------------------------------------------------------------------------------


async def test_a_newer_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    await (await Database.open(tmp_path, KEY)).close()
    with sqlite3.connect(tmp_path / FILE) as raw:
        raw.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    raw.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(NewerDatabase, match="newer sws-bot") as refused:
        await Database.open(tmp_path, KEY)
    assert (refused.value.found, refused.value.known) == (len(MIGRATIONS) + 1, len(MIGRATIONS))
    assert (tmp_path / FILE).read_bytes() == before


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is a letter to a friend, not a database at all" * 99)
    with pytest.raises(DamagedDatabase, match=FILE):
        await Database.open(tmp_path, KEY)


async def _with_rows(folder: Path) -> None:
    database = await Database.open(folder, KEY)
    async with database.transaction() as tx:
        for number in range(2_000):
            await tx.rows(INSERT, number.to_bytes(32), 1)
    await database.close()


def _break(folder: Path, page: int) -> None:
    with (folder / FILE).open("r+b") as file:
        file.seek(page * 4096)
        file.write(b"\xff" * 4096)


async def test_damage_anywhere_in_the_file_is_named_at_the_start(tmp_path: Path) -> None:
    await _with_rows(tmp_path)
    _break(tmp_path, (tmp_path / FILE).stat().st_size // 4096 - 1)
    with pytest.raises(DamagedDatabase, match="is damaged"):
        await Database.open(tmp_path, KEY)


async def test_damage_found_at_work_is_named_as_such(tmp_path: Path) -> None:
    await _with_rows(tmp_path)
    database = await Database.open(tmp_path, KEY)
    for page in range(1, (tmp_path / FILE).stat().st_size // 4096):
        _break(tmp_path, page)
    await database._connection.execute_fetchall("PRAGMA shrink_memory")
    with pytest.raises(DamagedDatabase, match=FILE):
        async with database.transaction() as tx:
            await tx.rows("SELECT * FROM spent_names")
    await database.close()


async def test_a_file_that_somebody_else_holds_is_not_called_damaged(tmp_path: Path) -> None:
    await (await Database.open(tmp_path, KEY)).close()
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    async def impatient(path: Path) -> Connection:
        connection = Connection(path, patience=0)
        await connection
        return connection

    with pytest.raises(UnusableDatabase, match=r"cannot be used now \(SQLITE_BUSY\)"):
        await Database.open(tmp_path, KEY, impatient)
    other.close()
    await (await Database.open(tmp_path, KEY)).close()


async def test_a_disk_that_becomes_read_only_is_not_called_damaged_and_works_again_later(
    database: Database,
) -> None:
    async def write() -> None:
        async with database.transaction() as tx:
            await tx.rows(INSERT, b"one", 1)

    await database._connection.execute_fetchall("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await write()
    await database._connection.execute_fetchall("PRAGMA query_only = OFF")
    await write()
    assert await _names(database) == [b"one"]


async def test_a_disk_that_is_full_undoes_what_was_begun_and_takes_it_once_there_is_room(
    tmp_path: Path,
) -> None:
    database = await Database.open(tmp_path, KEY)

    async def limit(pages: int) -> None:
        await database._connection.execute_fetchall(f"PRAGMA max_page_count = {pages}")

    async def fill() -> None:
        async with database.transaction() as tx:
            for number in range(2_000):
                await tx.rows(INSERT, number.to_bytes(32), 1)

    await limit(1)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        await fill()
    assert await _names(database) == []
    await limit(10_000)
    await fill()
    assert len(await _names(database)) == 2_000
    await database.close()


@pytest.mark.parametrize("start", range(len(MIGRATIONS) + 1))
async def test_every_older_database_is_brought_up_to_date(tmp_path: Path, start: int) -> None:
    connection = await schema_at(tmp_path, start)
    await schema.migrate(connection)
    assert await schema.version(connection) == len(MIGRATIONS)
    await connection.close()
    database = await Database.open(tmp_path, KEY)
    async with database.transaction() as tx:
        assert {"inbox", "outbox", "cases", "pins"} <= await tables(tx)
    await database.close()


async def schema_at(folder: Path, number: int) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(folder / FILE, isolation_level=None)
    await schema.prepare(connection)
    await schema.migrate(connection, MIGRATIONS[:number])
    return connection


async def test_a_migration_that_breaks_changes_nothing(tmp_path: Path) -> None:
    connection = await schema_at(tmp_path, len(MIGRATIONS))
    broken = Migration("Breaks.", ("CREATE TABLE novel (x INTEGER) STRICT", "CREATE TABLE inbox (x)"))
    with pytest.raises(sqlite3.OperationalError):
        await schema.migrate(connection, (*MIGRATIONS, broken))
    await connection.close()
    database = await Database.open(tmp_path, KEY)
    async with database.transaction() as tx:
        assert "novel" not in await tables(tx)
    await database.close()


def test_every_migration_says_what_it_is_for() -> None:
    for migration in MIGRATIONS:
        assert migration.why.endswith(".")
        assert len(migration.why.split()) > 3


async def test_every_table_says_when_a_row_was_written(database: Database) -> None:
    async with database.transaction() as tx:
        for table in await tables(tx):
            columns = {row[1]: row[2] for row in await tx.rows(f"PRAGMA table_info({table})")}
            assert columns.get("at") == "INTEGER", table


async def test_nothing_but_sealed_rows_keyed_names_and_numbers_is_stored(database: Database) -> None:
    plain = {("about", "name"), ("rooms", "kind"), ("acts", "act")}
    async with database.transaction() as tx:
        found = {
            (table, row[1])
            for table in await tables(tx)
            for row in await tx.rows(f"PRAGMA table_info({table})")
            if row[2] not in ("BLOB", "INTEGER")
        }
    assert found == plain


async def test_every_fault_of_the_store_is_one_the_operator_can_be_told() -> None:
    for fault in (AlreadyRunning(Path("data")), DamagedDatabase(Path("x")), NewerDatabase(3, 2)):
        assert isinstance(fault, StoreFault)
        assert len(str(fault)) < 200
