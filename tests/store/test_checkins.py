"""We promise that a check-in is kept sealed, one for each person, and its words go when it ends."""

from __future__ import annotations

from dataclasses import replace

from bot.core.changes import BeginCheckIn, KeepAlarmWord
from bot.core.model import CheckIn, CitySlug, EventId, Millis, RoomId, UserId
from bot.core.sensitive import Sensitive
from bot.store import about, checkins, people
from bot.store.database import Database

NOW = Millis(1_700_000_000_000)
MIA, EVE = UserId("@mia:test"), UserId("@eve:test")
CHAT = RoomId("!chat:test")
HERS = CheckIn(MIA, CHAT, Millis(NOW + 5), Sensitive("room 12"), (CitySlug("nyc"),), EventId("$1"))


async def test_there_is_one_at_a_time_and_it_is_theirs(database: Database) -> None:
    later = replace(HERS, due=Millis(NOW + 9))
    async with database.transaction() as tx:
        for each in (HERS, later):
            await checkins.begin(tx, BeginCheckIn(each, NOW))
        assert await checkins.running(tx, MIA) == later
        assert await checkins.running(tx, EVE) is None
        await checkins.end(tx, EVE)
        assert await checkins.running(tx, MIA) == later
        await checkins.end(tx, MIA)
        assert await checkins.running(tx, MIA) is None


async def test_the_newest_alarm_word_counts_and_none_is_none(database: Database) -> None:
    async with database.transaction() as tx:
        for word in ("first", "second"):
            await checkins.keep_alarm_word(tx, KeepAlarmWord(MIA, Sensitive(word)), NOW)
        assert await checkins.alarm_word(tx, MIA) == Sensitive("second")
        assert await checkins.alarm_word(tx, EVE) is None
        await checkins.keep_alarm_word(tx, KeepAlarmWord(MIA, None), NOW)
        assert await checkins.alarm_word(tx, MIA) is None


async def test_both_are_shown_as_kept_and_both_are_forgotten(database: Database) -> None:
    async with database.transaction() as tx:
        await checkins.begin(tx, BeginCheckIn(HERS, NOW))
        await checkins.keep_alarm_word(tx, KeepAlarmWord(MIA, Sensitive("word")), NOW)
        assert {"check_ins", "alarm_words"} <= {each.table for each in await about.kept(tx, MIA)}
        await people.forget(tx, MIA, CHAT)
        assert await checkins.running(tx, MIA) is None
        assert await checkins.alarm_word(tx, MIA) is None
