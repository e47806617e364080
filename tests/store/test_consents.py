"""We promise that the last word about what somebody agreed to counts, and that silence means supporters."""

from __future__ import annotations

from bot.core.changes import Agree
from bot.core.model import Consent, Millis, RoomId, UserId
from bot.store import about, consents, people
from bot.store.database import Database

MIA, EVE = UserId("@mia:test"), UserId("@eve:test")


async def test_the_last_word_counts(database: Database) -> None:
    async with database.transaction() as tx:
        assert await consents.of(tx, MIA) is Consent.SUPPORTERS
        for consent in (*Consent, Consent.LISTEN):
            await consents.agree(tx, Agree(MIA, consent, Millis(5)))
            assert await consents.of(tx, MIA) is consent
        assert await consents.of(tx, EVE) is Consent.SUPPORTERS


async def test_it_is_shown_as_kept_and_is_forgotten_with_the_person(database: Database) -> None:
    async with database.transaction() as tx:
        await consents.agree(tx, Agree(MIA, Consent.LISTEN, Millis(5)))
        assert "consents" in {each.table for each in await about.kept(tx, MIA)}
        await people.forget(tx, MIA, RoomId("!chat:test"))
        assert await consents.of(tx, MIA) is Consent.SUPPORTERS
