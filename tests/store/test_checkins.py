"""We promise that a check-in is kept sealed, one for each person, and its words go when it ends."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core.changes import BeginCheckIn, KeepAlarmWord, OpenCase, SetTimer, TimerKind
from bot.core.model import (
    Card,
    CardNote,
    CaseName,
    CheckIn,
    CitySlug,
    EventId,
    Millis,
    RoomId,
    Side,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.store import about, cases, checkins, copies, people, timers
from bot.store.copies import Copy, Source
from bot.store.database import Database
from tests.store.samples import full

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


async def test_a_check_in_is_shown_as_kept_the_word_to_nobody_and_both_are_forgotten(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        await checkins.begin(tx, BeginCheckIn(HERS, NOW))
        await checkins.keep_alarm_word(tx, KeepAlarmWord(MIA, Sensitive("word")), NOW)
        for kind in (TimerKind.ALARM_WORD_GOES_SOON, TimerKind.ALARM_WORD_GOES):
            await timers.set_timer(tx, SetTimer(kind, kind, NOW, CHAT, MIA), NOW)
        assert {each.table for each in await about.kept(tx, MIA)} == {"check_ins"}
        await people.forget(tx, MIA, CHAT)
        assert await checkins.running(tx, MIA) is None
        assert await checkins.alarm_word(tx, MIA) is None


async def test_of_an_alarm_nothing_at_all_is_counted(database: Database) -> None:
    name = CaseName("amber-heron")
    card = replace(full(Card), case=name, notes=(CardNote.ALARM_WORD,))
    async with database.transaction() as tx:
        await cases.open_case(tx, OpenCase(card, MIA, CHAT, EventId("$1"), NOW))
        await copies.note_source(tx, Source(EventId("$1"), CHAT, MIA, name, Side.WORKER), NOW)
        await copies.note_copy(tx, Copy(EventId("$2"), CHAT, name), NOW)
        await timers.set_timer(tx, SetTimer("goes", TimerKind.GOES, NOW, CHAT, MIA, name), NOW)
        assert await about.kept(tx, MIA) == ()
        await cases.shown(tx, replace(card, notes=()))
        assert [(each.table, each.rows) for each in await about.kept(tx, MIA)] == [
            ("cases", 1),
            ("copies", 1),
            ("sources", 1),
            ("timers", 1),
        ]
