"""We promise that what is held in memory is what is stored, and that deleted words are not held in it."""

from __future__ import annotations

import gc
import weakref

import pytest

from bot.store.database import Database
from bot.store.seal import WrongKey


async def _put(database: Database, words: str) -> None:
    async with database.transaction() as tx:
        await tx.rows(
            "REPLACE INTO asked_cities (person, at, sealed) VALUES (?, 1, ?)",
            b"person",
            tx.close("asked_cities", b"person", words),
        )


async def _get(database: Database) -> str:
    async with database.transaction() as tx:
        [(sealed,)] = await tx.rows("SELECT sealed FROM asked_cities")
        return tx.open("asked_cities", b"person", sealed, str)


async def test_a_row_that_changed_is_read_anew(database: Database) -> None:
    for words in ("canary one", "canary two", "canary one"):
        await _put(database, words)
        assert await _get(database) == words
        assert await _get(database) == words


async def test_what_was_deleted_is_in_no_memory_of_ours_once_it_is_overwritten(database: Database) -> None:
    await _put(database, "canary")
    await _get(database)
    async with database.transaction() as tx:
        await tx.rows("DELETE FROM asked_cities")
    await database.scrub()
    assert "canary" not in repr((vars(database), list(database.opened.items())))


class _Id(str):
    """An id that can be looked for in memory."""

    __slots__ = ("__weakref__",)


async def test_what_a_name_was_made_from_is_in_no_memory_once_the_journal_is_overwritten(
    database: Database,
) -> None:
    person = _Id("@canary:test")
    name = database.seal.name("person", person)
    still_there = weakref.ref(person)
    del person
    assert database.seal.name("person", "@canary:test") == name
    await _put(database, "words")
    await database.scrub()
    gc.collect()
    assert still_there() is None


async def test_what_was_just_written_down_is_not_opened_to_be_read(database: Database) -> None:
    words = "".join(("ca", "nary"))
    await _put(database, words)
    assert await _get(database) is words
    await database.scrub()
    found = await _get(database)
    assert found == words
    assert found is not words


async def test_what_was_just_written_down_is_read_only_from_where_it_was_put(database: Database) -> None:
    """A row that somebody moved or changed is opened, and refused."""
    await _put(database, "words")
    async with database.transaction() as tx:
        [(sealed,)] = await tx.rows("SELECT sealed FROM asked_cities")
        for table, row, found in (
            ("consents", b"person", sealed),
            ("asked_cities", b"another", sealed),
            ("asked_cities", b"person", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ):
            with pytest.raises(WrongKey):
                tx.open(table, row, found, str)
