"""We promise that everything the bot keeps has a reason and a last day, and that it is gone after it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.changes import BeginCheckIn, PlaceCase, SetRoom, SetTimer, TakeRoster, TimerKind
from bot.core.effects import Timer
from bot.core.model import CardNote, CaseName, CheckIn, EventId, Millis, RoomId, RoomKind, Unsafe
from bot.loops import forget
from bot.loops.forget import DAY, HOUR, KEPT, Ends
from bot.ports import NotSafe
from bot.store import checkins, copies, free_names, sweep, timers, underway
from bot.store.changes import write_down
from bot.store.copies import Copy
from bot.store.database import FILE, Database
from bot.store.underway import Underway
from tests.loops.scripted import CARD, CASE, MIA, SOL, Set, open_case, tell
from tests.store.samples import full

BY_TIME = [kept for kept in KEPT if kept.at_most is not None and kept.table != "timers"]
"""A timer goes when its time comes."""


async def test_every_table_of_the_live_schema_is_listed_once(here: Set) -> None:
    async with here.bot.around.database.transaction() as tx:
        found = await sweep.tables(tx)
    assert sorted(kept.table for kept in KEPT) == sorted(found)


def test_every_table_has_a_reason_in_plain_words() -> None:
    for kept in KEPT:
        assert len(kept.why.split()) >= 4, kept.table
        assert "_" not in kept.why


def test_whatever_has_no_last_day_holds_nothing_about_anybody_or_ends_with_the_room() -> None:
    for kept in KEPT:
        if kept.at_most is None:
            assert kept.ends in (Ends.WITH_THE_STORE, Ends.LEFT), kept.table
        if kept.ends is Ends.DONE:
            assert kept.at_most is not None, kept.table


def test_no_case_is_kept_longer_than_thirty_days_and_no_name_given_again_before_ninety() -> None:
    days = {kept.table: kept.at_most for kept in KEPT}
    assert days["inbox"] == days["outbox"] == 30 * DAY
    # thirty days open, thirty after its closing, thirty postponed, and two for a homeserver that is away
    assert days["cases"] == 92 * DAY
    assert days["spent_names"] == 90 * DAY
    assert days["acts"] == HOUR


async def _row(here: Set, table: str, at: int) -> None:
    """Put some row into a table, written at a given time."""
    if table == "copies":  # the one that is opened while sweeping: our events of cases that are gone
        async with here.bot.around.database.transaction() as tx:
            await copies.note_copy(tx, full(Copy), Millis(at))
        return
    if table == "underway":  # opened too: what may stand of cases that are gone
        async with here.bot.around.database.transaction() as tx:
            await underway.lose(tx, full(Underway), Millis(at))
        return
    if table == "check_ins":  # opened too: one whose time is still to come is kept
        async with here.bot.around.database.transaction() as tx:
            await checkins.begin(tx, BeginCheckIn(full(CheckIn), Millis(at)))
        return
    async with here.bot.around.database.transaction() as tx:
        columns = await tx.rows(f"PRAGMA table_info({table})")
        wanted = [row for row in columns if row[1] != "seq"]
        values = {"at": at, "kind": RoomKind.PRIVATE.value, "plan": b"plan"}
        by_type = {"INTEGER": 0, "TEXT": f"{at}", "BLOB": f"{at}".encode()}
        made = [values.get(row[1], by_type[row[2]]) for row in wanted]
        if table == "results":
            parent = "INSERT INTO outbox (id, rank, due, at, sealed) VALUES (?, 0, 0, ?, x'')"
            await tx.rows(parent, values["plan"], at)
        names, marks = ", ".join(row[1] for row in wanted), ", ".join("?" * len(made))
        await tx.rows(f"INSERT INTO {table} ({names}) VALUES ({marks})", *made)  # noqa: S608


@pytest.mark.parametrize("kept", BY_TIME, ids=lambda kept: kept.table)
async def test_a_row_is_there_until_its_last_day_and_gone_after_it(here: Set, kept: forget.Kept) -> None:
    assert kept.at_most is not None
    now = here.bot.clock.now()
    before = await here.bot.count(kept.table)
    await _row(here, kept.table, now)
    here.bot.clock.time = Millis(now + kept.at_most)
    await forget.once(here.bot.around)
    assert await here.bot.count(kept.table) == before + 1
    here.bot.clock.time = Millis(now + kept.at_most + 1)
    await forget.once(here.bot.around)
    assert await here.bot.count(kept.table) == 0


@pytest.mark.parametrize("days", [28, 29, 31, 75])
async def test_what_is_to_be_done_in_a_month_is_done_even_when_the_bot_was_away_on_that_day(
    here: Set, days: int
) -> None:
    now = here.bot.clock.now()
    timer = replace(full(SetTimer), due=Millis(now + 29 * DAY))
    async with here.bot.around.database.transaction() as tx:
        await write_down(tx, timer, now)
    here.bot.clock.time = Millis(now + days * DAY)
    await forget.once(here.bot.around)
    here.bot.clock.time = Millis(max(here.bot.clock.time, timer.due))
    await here.bot.quiet()
    assert [each.kind for each in here.script.heard if isinstance(each, Timer)] == [timer.kind]


async def test_no_timer_stays_that_is_long_past_its_time(here: Set) -> None:
    async with here.bot.around.database.transaction() as tx:
        await write_down(tx, replace(full(SetTimer), due=Millis(5)), here.bot.clock.now())
        assert await sweep.older(tx, "timers", Millis(5)) == 0
        assert await sweep.older(tx, "timers", Millis(6)) == 1


@pytest.mark.parametrize("kind", [TimerKind.CHECK_IN, TimerKind.CHECK_IN_MISSED])
@pytest.mark.parametrize("came", [False, True])
async def test_a_check_in_is_kept_until_its_time_came_and_was_decided_on(
    here: Set, kind: TimerKind, *, came: bool
) -> None:
    check_in = replace(full(CheckIn), person=MIA)
    async with here.bot.around.database.transaction() as tx:
        now = here.bot.clock.now()
        await write_down(tx, BeginCheckIn(check_in, now), now)
        await write_down(tx, SetTimer("check-in", kind, Millis(now + HOUR), check_in.chat, MIA), now)
    here.bot.clock.time = Millis(now + 9 * DAY)
    if came:
        async with here.bot.around.database.transaction() as tx:
            await timers.come_due(tx, here.bot.clock.now())
    await forget.once(here.bot.around)
    assert await here.bot.count("check_ins") == 1
    await here.bot.quiet()
    here.bot.clock.time = Millis(here.bot.clock.time + 3 * DAY)
    await forget.once(here.bot.around)
    assert await here.bot.count("check_ins") == 0


async def test_the_name_of_a_case_is_not_free_for_ninety_days_after_the_case_was_swept(here: Set) -> None:
    begun = here.bot.clock.now()
    async with here.bot.around.database.transaction() as tx:
        await write_down(tx, replace(open_case(), at=begun), begun)
        await write_down(tx, PlaceCase(CASE, RoomId("!nyc"), EventId("$card")), begun)
    for days, free in ((91, False), (93, False), (182, False), (185, True)):
        here.bot.clock.time = Millis(begun + days * DAY)
        await forget.once(here.bot.around)
        async with here.bot.around.database.transaction() as tx:
            assert (await free_names.unspent(tx, [CASE]) == (CASE,)) is free
    assert await here.bot.count("cases") == 0


async def test_what_a_room_was_set_up_for_does_not_end_by_time(here: Set) -> None:
    async with here.bot.around.database.transaction() as tx:
        await write_down(tx, SetRoom(here.lobby.id, cities=()), Millis(5))
        await write_down(tx, SetRoom(RoomId("!chat"), kind=RoomKind.PRIVATE, person=MIA), Millis(5))
    await forget.once(here.bot.around)
    assert await here.bot.count("rooms") == 1


async def test_the_identity_of_a_supporter_is_kept_as_long_as_they_are_one(here: Set) -> None:
    await here.bot.around.pins.remember({MIA: "hers", SOL: "his"})
    async with here.bot.around.database.transaction() as tx:
        await write_down(tx, TakeRoster(RoomId("!nyc"), frozenset({SOL})), Millis(5))
    here.bot.clock.time = Millis(here.bot.clock.time + 500 * DAY)
    await forget.once(here.bot.around)
    assert await here.bot.count("pins") == 1


async def test_words_that_reached_nobody_in_all_that_time_are_gone_and_journalled(here: Set) -> None:
    await here.do(tell())
    assert await here.bot.count("outbox") == 1
    here.bot.clock.time = Millis(here.bot.clock.time + 31 * DAY)
    await forget.once(here.bot.around)
    await here.bot.settle()
    assert await here.bot.count("outbox") == await here.bot.count("results") == 0
    assert await here.bot.count("cases") == 0
    assert "unsaid_outbox" in here.bot.journal.getvalue()


async def test_who_could_not_be_helped_in_all_that_time_is_told_so_once_and_nobody_of_an_alarm(
    here: Set,
) -> None:
    here.server.fail("tell", NotSafe(Unsafe.STRANGER), times=999)
    quiet = replace(CARD, case=CaseName("blue-otter"), notes=(CardNote.ALARM_WORD,))
    await here.do(tell(), tell(card=quiet))
    here.bot.clock.time = Millis(here.bot.clock.time + 31 * DAY)
    for _ in range(3):
        await forget.once(here.bot.around)
    await here.bot.settle()
    assert here.server.heard_privately(MIA).count("nobody has read it") == 1
    assert await here.bot.count("cases") == await here.bot.count("leaving") == 0


async def test_a_table_that_is_not_there_is_an_error(here: Set) -> None:
    async with here.bot.around.database.transaction() as tx:
        with pytest.raises(LookupError):
            await sweep.older(tx, "seen; DROP TABLE seen", Millis(5))


async def test_once_a_day_the_file_is_written_anew_by_any_clock(here: Set) -> None:
    database, done = here.bot.around.database, []

    async def rewrite() -> bool:
        done.append(here.bot.clock.time)
        return await Database.rewrite(database)

    database.rewrite = rewrite  # type: ignore[method-assign]
    began = here.bot.clock.time
    for after in (0, HOUR, DAY - 1, DAY, DAY + HOUR, HOUR, 2 * HOUR):  # then the clock is put back
        here.bot.clock.time = Millis(began + after)
        await forget.once(here.bot.around)
    assert [time - began for time in done] == [0, DAY, HOUR]


async def test_what_could_not_be_written_anew_is_tried_again_at_the_next_look(
    here: Set, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM seen").fetchall()
    found = []
    for closes in (False, True):
        if closes:
            other.close()
        await forget.once(here.bot.around)
        async with here.bot.around.database.transaction() as tx:
            found.append(await sweep.last_rewriting(tx))
    assert found == [0, here.bot.clock.time]


async def test_the_loop_sweeps_at_its_start_and_ends_when_asked(here: Set) -> None:
    await _row(here, "acts", 5)
    running = asyncio.create_task(forget.forget(here.bot.around))
    async with asyncio.timeout(5):
        while await here.bot.count("acts"):  # noqa: ASYNC110 - a row that goes rings no bell
            await asyncio.sleep(0.002)
    here.bot.around.bells.stop()
    await running
