"""We promise that the same words wait once, and nothing is taken for said that may have come before."""

from __future__ import annotations

from bot.core.effects import Plan, SayInRoom
from bot.core.model import Millis
from bot.core.phrases import Line, Phrase
from bot.store import outbox
from bot.store.database import Database, Transaction
from bot.store.outbox import Due
from tests.store.test_outbox import NOW, ROOM, due, plan

LANE = "room !room:test"


def words(phrase: Phrase = Phrase.HELP_PLEASE) -> Plan:
    return Plan("public", (SayInRoom(ROOM, (Line(phrase),)),))


async def say(tx: Transaction, origin: str, phrase: Phrase = Phrase.HELP_PLEASE, now: int = NOW) -> None:
    await outbox.file(tx, origin, words(phrase), 4, LANE, Millis(now))


async def unsaid(tx: Transaction) -> list[str]:
    """The plans that are still to be carried out, by what they came of."""
    rows = await tx.rows("SELECT id, sealed FROM outbox ORDER BY seq")
    return [(await outbox.opened(tx, Due(row, 0, sealed))).origin_id for row, sealed in rows]


async def test_the_same_words_to_the_same_reader_wait_once(database: Database) -> None:
    async with database.transaction() as tx:
        for origin in ("one", "two", "three"):
            await say(tx, origin)
        assert await unsaid(tx) == ["one"]


async def test_what_may_have_been_sent_is_no_answer_to_what_comes(database: Database) -> None:
    async with database.transaction() as tx:
        await say(tx, "one")
        await outbox.begin(tx, await due(tx))
    async with database.transaction() as tx:
        await say(tx, "two")
        await say(tx, "three")
        assert await unsaid(tx) == ["one", "two"]


async def test_what_was_begun_once_stays_begun_whatever_comes_of_later_tries(database: Database) -> None:
    async with database.transaction() as tx:
        await say(tx, "one")
        for _ in range(2):
            await outbox.begin(tx, await due(tx))
        await outbox.refused(tx, (await due(tx))[0])
        await say(tx, "two")
        assert await unsaid(tx) == ["one", "two"]


async def test_a_homeserver_that_asks_us_to_wait_has_taken_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        await say(tx, "one")
        await outbox.begin(tx, await due(tx))
        await outbox.refused(tx, (await due(tx))[0])
        await say(tx, "two")
        assert await unsaid(tx) == ["one"]


async def test_what_was_said_in_between_is_read_in_between(database: Database) -> None:
    async with database.transaction() as tx:
        await say(tx, "one", Phrase.CITY_SET)
        await say(tx, "two", Phrase.CITY_OFF)
        await say(tx, "three", Phrase.CITY_SET)
        assert await unsaid(tx) == ["one", "two", "three"]


async def test_what_is_folded_into_older_words_keeps_its_own_last_day(database: Database) -> None:
    async with database.transaction() as tx:
        await say(tx, "one")
        await say(tx, "two", now=NOW + 5_000)
        assert await tx.rows("SELECT at FROM outbox") == [(NOW + 5_000,)]


async def test_nothing_that_is_done_is_folded(database: Database) -> None:
    async with database.transaction() as tx:
        for origin in ("one", "two"):
            await outbox.file(tx, origin, plan(), 0, LANE, NOW)
        assert await unsaid(tx) == ["one", "two"]
        assert not any(each.folds for each in await due(tx))
