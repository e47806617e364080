"""We promise that what was passed on is found again by who wrote it, and by nobody through another room."""

from __future__ import annotations

from bot.core.model import CaseName, EventId, Millis, RoomId, Side, UserId
from bot.store import copies
from bot.store.copies import Copy, Holds, Source
from bot.store.database import Database

CASE, OTHER = CaseName("amber-heron"), CaseName("blue-otter")
CHAT, NYC = RoomId("!chat:test"), RoomId("!nyc:test")
SAID = EventId("$said")
SOURCE = Source(SAID, CHAT, UserId("@mia:test"), CASE, Side.WORKER)


async def test_a_message_is_known_by_every_case_that_got_it(database: Database) -> None:
    second = Source(SAID, CHAT, UserId("@mia:test"), OTHER, Side.WORKER)
    async with database.transaction() as tx:
        for source in (SOURCE, second, SOURCE):
            await copies.note_source(tx, source, Millis(1))
        assert set(await copies.sources(tx, SAID)) == {SOURCE, second}
        assert await copies.sources(tx, EventId("$else")) == ()


async def test_what_was_taken_back_stays_taken_back_in_its_case_alone(database: Database) -> None:
    async with database.transaction() as tx:
        await copies.note_source(tx, SOURCE, Millis(1))
        await copies.withdraw_source(tx, OTHER, SAID, Millis(2))
        assert not await copies.is_withdrawn(tx, CASE, SAID)
        await copies.withdraw_source(tx, CASE, SAID, Millis(2))
        assert await copies.is_withdrawn(tx, CASE, SAID)
        assert not await copies.is_withdrawn(tx, OTHER, SAID)
        assert not await copies.is_withdrawn(tx, CASE, None)


async def test_our_events_are_found_by_case_by_source_and_in_their_room_only(database: Database) -> None:
    copy, plain = Copy(EventId("$c"), NYC, CASE, SAID), Copy(EventId("$p"), NYC, CASE)
    async with database.transaction() as tx:
        assert await copies.note_copy(tx, copy, Millis(1))
        assert not await copies.note_copy(tx, copy, Millis(2))
        await copies.note_copy(tx, plain, Millis(3))
        assert await copies.of_case(tx, CASE) == (copy, plain)
        assert await copies.of_case(tx, OTHER) == ()
        assert await copies.of_source(tx, CASE, SAID) == (copy,)
        assert await copies.of_source(tx, OTHER, SAID) == ()
        assert await copies.by_event(tx, NYC, EventId("$c")) == copy
        assert await copies.by_event(tx, CHAT, EventId("$c")) is None


async def test_that_something_stood_there_is_known_until_nobody_asks(database: Database) -> None:
    copy = Copy(EventId("$c"), NYC, CASE, SAID)
    async with database.transaction() as tx:
        await copies.note_copy(tx, copy, Millis(1))
        await copies.taken_back(tx, copy)
        (left,) = await copies.of_source(tx, CASE, SAID)
        assert left.removed
        await copies.gone(tx, EventId("$c"))
        assert await copies.of_case(tx, CASE) == ()


def test_other_words_take_the_place_of_words_and_never_of_a_picture() -> None:
    picture = Copy(EventId("$1"), NYC, CASE, SAID, holds=Holds.FILE)
    words = Copy(EventId("$2"), NYC, CASE, SAID)
    changed = Copy(EventId("$3"), NYC, CASE, SAID, edits=words.event)
    assert copies.to_change((changed, picture, words)) == words
    assert copies.to_change((picture, Copy(words.event, NYC, CASE, SAID, removed=True))) is None
