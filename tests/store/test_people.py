"""We promise that what is kept about a person is little, and good for nothing but what it is kept for."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from bot.core.changes import (
    Agree,
    AnsweredCity,
    AskedCity,
    BeginCheckIn,
    KeepAlarmWord,
    KeepFile,
    NoteAct,
    SetTimer,
    TimerKind,
    TrustAgain,
)
from bot.core.effects import Timer
from bot.core.model import (
    Attachment,
    AttachmentKind,
    CaseName,
    CheckIn,
    Consent,
    EventId,
    Millis,
    RoomId,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.store import ledger, people, timers
from bot.store.changes import write_down
from bot.store.database import Database, Transaction
from bot.store.people import LATELY, StoredPins
from tests.stage import KEY, HandClock

NOW = Millis(1_000_000_000)
MIA, TOM = UserId("@mia:test"), UserId("@tom:test")
CASE = CaseName("amber-heron")
ASKED = AskedCity(MIA, CASE, Millis(NOW + 500))


async def write(tx: Transaction, *changes: object) -> None:
    for change in changes:
        await write_down(tx, change, NOW)  # type: ignore[arg-type]


# -- the city we asked for ------------------------------------------------------------------------------


async def test_a_question_stays_open_until_it_is_answered(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, ASKED)
        assert await people.city_asked_of(tx, MIA, NOW) == ASKED
        assert await people.city_asked_of(tx, TOM, NOW) is None
        await write(tx, AnsweredCity(MIA))
        assert await people.city_asked_of(tx, MIA, NOW) is None


async def test_a_question_is_not_waited_for_for_ever(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, ASKED)
        assert await people.city_asked_of(tx, MIA, Millis(NOW + 499)) == ASKED
        assert await people.city_asked_of(tx, MIA, Millis(NOW + 500)) is None


async def test_the_last_question_is_the_one_that_is_open(database: Database) -> None:
    later = AskedCity(MIA, CaseName("blue-otter"), Millis(NOW + 900))
    async with database.transaction() as tx:
        await write(tx, ASKED, later)
        assert await people.city_asked_of(tx, MIA, NOW) == later


# -- rate limits ----------------------------------------------------------------------------------------


async def test_what_somebody_did_in_the_last_hour_is_known_by_kind(database: Database) -> None:
    old, recent = Millis(NOW - LATELY), Millis(NOW - LATELY + 1)
    async with database.transaction() as tx:
        await write(
            tx,
            NoteAct(MIA, "report", NOW),
            NoteAct(MIA, "report", recent),
            NoteAct(MIA, "report", old),
            NoteAct(MIA, "hint", NOW),
            NoteAct(TOM, "report", NOW),
        )
        assert await people.acts(tx, MIA, NOW) == {"report": (recent, NOW), "hint": (NOW,)}


# -- pinned identities ----------------------------------------------------------------------------------


async def test_the_first_identity_is_pinned_and_stays(database: Database) -> None:
    pins = StoredPins(database, HandClock())
    await pins.remember({MIA: "first", TOM: "toms"})
    await pins.remember({MIA: "second"})
    assert pins.known() == {MIA: "first", TOM: "toms"}


async def test_pins_are_there_after_a_restart(tmp_path: Path) -> None:
    for expected in ({}, {MIA: "first"}):
        database = await Database.open(tmp_path, KEY)
        pins = StoredPins(database, HandClock())
        await pins.load()
        assert pins.known() == expected
        await pins.remember({MIA: "first"})
        await database.close()


async def test_a_pin_that_was_stored_wins_over_one_remembered_before_loading(database: Database) -> None:
    await StoredPins(database, HandClock()).remember({MIA: "first"})
    late = StoredPins(database, HandClock())
    await late.remember({MIA: "second"})
    await late.load()
    assert late.known() == {MIA: "first"}


async def test_a_forgotten_pin_makes_room_for_the_next(database: Database) -> None:
    pins = StoredPins(database, HandClock())
    await pins.remember({MIA: "first"})
    await pins.forget(MIA)
    await pins.forget(TOM)
    assert pins.known() == {}
    await pins.remember({MIA: "second"})
    await pins.load()
    assert pins.known() == {MIA: "second"}


async def test_trusting_again_is_part_of_the_decision(database: Database) -> None:
    pins = StoredPins(database, HandClock())
    await pins.remember({MIA: "first", TOM: "toms"})
    async with database.transaction() as tx:
        await write(tx, TrustAgain(MIA))
    await pins.load()
    assert pins.known() == {TOM: "toms"}


async def test_what_is_known_cannot_be_changed_from_outside(database: Database) -> None:
    known = StoredPins(database, HandClock()).known()
    assert not hasattr(known, "__setitem__")


# -- timers ---------------------------------------------------------------------------------------------


def timer(name: str, due: int) -> SetTimer:
    return SetTimer(name, TimerKind.UNREADABLE, Millis(due), RoomId("!room:test"), MIA, CASE)


async def heard(tx: Transaction) -> list[Timer]:
    found = [ledger.opened(tx, each).incoming for each in await ledger.ready(tx, NOW)]
    return [each for each in found if isinstance(each, Timer)]


async def test_a_timer_comes_in_when_it_is_due_and_not_before(database: Database) -> None:
    async with database.transaction() as tx:
        for each in (timer("soon", NOW), timer("later", NOW + 1)):
            await timers.set_timer(tx, each, Millis(NOW - 10))
        assert await timers.come_due(tx, Millis(NOW - 1)) == 0
        assert await timers.come_due(tx, NOW) == 1
        assert [(each.kind, each.at, each.room, each.person, each.case) for each in await heard(tx)] == [
            (TimerKind.UNREADABLE, NOW, "!room:test", MIA, CASE)
        ]
        assert await timers.come_due(tx, NOW) == 0


async def test_timers_of_a_case_or_a_person_are_forgotten_and_no_others(database: Database) -> None:
    other = replace(timer("other", NOW), person=None, case=None)
    for who in ({"case": CASE}, {"person": MIA}):
        async with database.transaction() as tx:
            await write(tx, timer("one", NOW), other)
            await timers.forget(tx, **who)
            assert len(await tx.rows("SELECT 1 FROM timers")) == 1


async def test_a_timer_set_again_moves(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, timer("one", NOW), timer("one", NOW + 500))
        assert await timers.come_due(tx, NOW) == 0
        assert (await ledger.left(tx, NOW))[1] == NOW + 500


async def test_a_cancelled_timer_never_comes(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, timer("one", NOW))
        await timers.cancel_timer(tx, "one")
        assert await timers.come_due(tx, Millis(NOW + 9999)) == 0


async def test_a_timer_set_a_second_time_after_it_came_is_news_again(database: Database) -> None:
    async with database.transaction() as tx:
        for due in (NOW - 10, NOW):
            await write(tx, timer("one", due))
            await timers.come_due(tx, NOW)
        assert len(await heard(tx)) == 2


# -- what there is --------------------------------------------------------------------------------------


async def test_one_question_shows_which_tables_hold_something_of_a_person_and_of_nobody_else(
    database: Database,
) -> None:
    check_in = CheckIn(MIA, RoomId("!chat:test"), NOW, Sensitive("room 12"), (), EventId("$1"))
    file = Attachment(AttachmentKind.VOICE, Sensitive("where it lies"), "audio/ogg", 9)
    each = {
        "asked_cities": ASKED,
        "waiting_files": KeepFile(MIA, CASE, file, NOW),
        "acts": NoteAct(MIA, "post", NOW),
        "check_ins": BeginCheckIn(check_in, NOW),
        "alarm_words": KeepAlarmWord(MIA, Sensitive("lavender")),
        "consents": Agree(MIA, Consent.SUPPORTERS, NOW),
    }
    assert each.keys() == set(people.ABOUT)
    there: set[str] = set()
    for table, change in each.items():
        async with database.transaction() as tx:
            await write(tx, change)
            there.add(table)
            assert await people.kept_in(tx, MIA) == there
            assert await people.kept_in(tx, TOM) == frozenset()
