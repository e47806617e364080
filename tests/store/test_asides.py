"""Promises about rooms that could not be read: what was shown is kept in order, sealed, until it is read."""

from __future__ import annotations

from bot.core.model import Millis, RoomId
from bot.core.sensitive import Sensitive
from bot.ports import Aside, Batch
from bot.store import asides, ledger
from bot.store.asides import Waiting
from bot.store.database import Database

LOBBY, KITCHEN = RoomId("!lobby:test"), RoomId("!kitchen:test")
NOW = Millis(1_800_000_000_000)


def aside(mark: str, room: RoomId = LOBBY) -> Aside:
    return Aside(mark, room, Sensitive(f"what {mark} shows of {room}"))


async def put(database: Database, *every: Aside, at: int = 0) -> None:
    async with database.transaction() as tx:
        for each in every:
            await asides.put(tx, each, Millis(NOW + at))


async def due(database: Database, after: int = 0) -> list[Waiting]:
    async with database.transaction() as tx:
        return await asides.due(tx, Millis(NOW + after))


async def test_of_each_room_the_oldest_is_read_first(database: Database) -> None:
    await put(database, aside("s1"), aside("s2"), aside("s1", KITCHEN))
    found = await due(database)
    assert {each.aside for each in found} == {aside("s1"), aside("s1", KITCHEN)}
    async with database.transaction() as tx:
        for each in found:
            await asides.read(tx, each)
        assert await asides.rooms(tx) == {LOBBY}
    assert [each.aside for each in await due(database)] == [aside("s2")]


async def test_what_is_newer_waits_for_what_is_tried_later(database: Database) -> None:
    await put(database, aside("s1"), aside("s2"), aside("s1", KITCHEN))
    (first, _) = await due(database)
    async with database.transaction() as tx:
        await asides.postpone(tx, first, Millis(NOW + 50))
        assert await asides.next_due(tx) == NOW
    assert [each.aside for each in await due(database)] == [aside("s1", KITCHEN)]
    again = next(each for each in await due(database, 50) if each.aside.room == LOBBY)
    assert (again.aside, again.tries, again.at) == (aside("s1"), 1, NOW)


async def test_the_same_part_of_the_same_sync_is_kept_once(database: Database) -> None:
    await put(database, aside("s1"), aside("s1"))
    (waiting,) = await due(database)
    async with database.transaction() as tx:
        await asides.read(tx, waiting)
        assert await asides.rooms(tx) == frozenset()
        assert await asides.next_due(tx) is None


async def test_stewards_are_told_once_for_all_that_waits_in_a_room(database: Database) -> None:
    await put(database, aside("s1"), aside("s2"))
    async with database.transaction() as tx:
        await asides.told(tx, LOBBY)
    (first,) = await due(database)
    assert first.told
    async with database.transaction() as tx:
        await asides.read(tx, first)
    (second,) = await due(database)
    assert second.told


async def test_it_is_written_down_with_the_bookmark_or_not_at_all(database: Database) -> None:
    async with database.transaction() as tx:
        await ledger.take(tx, Batch("s2", aside=(aside("s2"),)), NOW)
    async with database.transaction() as tx:
        assert await asides.rooms(tx) == {LOBBY}
        assert await ledger.bookmark(tx) == "s2"


async def test_a_clock_that_is_put_back_puts_it_off_no_longer(database: Database) -> None:
    await put(database, aside("s1"))
    day = 24 * 60 * 60 * 1000
    async with database.transaction() as tx:
        await ledger.take(tx, Batch("s1"), NOW)
        await ledger.follow_clock(tx, Millis(NOW - day))
    assert [each.aside for each in await due(database, -day)] == [aside("s1")]
