"""We promise that an alert is kept sealed, its author until it is approved, and goes with its case."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.alerts import Alert, AlertPost, AlertState, begun, leaving, settled
from bot.core.changes import KeepAlert, OpenCase, SetTimer, TimerKind
from bot.core.model import Card, CaseName, EventId, Millis, RoomId, UserId
from bot.core.sensitive import Sensitive
from bot.store import about, alerts, free_names, people, timers
from bot.store.changes import write_down
from bot.store.codec import pack, unpack
from bot.store.database import Database, Transaction
from tests.promises.test_not_on_disk import files_with
from tests.stage import KEY
from tests.store.samples import bare, every_field, full

NOW = Millis(1_700_000_000_000)
MIA, SOL = UserId("@mia:test"), UserId("@sol:test")
NAME, CASE = CaseName("quiet-lantern"), CaseName("amber-heron")
DRAFT = replace(
    full(Alert), name=NAME, case=CASE, author=SOL, words=Sensitive("the heron stands in the reeds"), at=NOW
)


async def keep(tx: Transaction, *those: Alert) -> None:
    for alert in those:
        await write_down(tx, KeepAlert(alert), NOW)


async def open_case(tx: Transaction) -> None:
    card: Card = replace(full(Card), case=CASE, notes=())
    await write_down(tx, OpenCase(card, MIA, RoomId("!chat"), EventId("$1"), NOW), NOW)


@pytest.mark.parametrize("alert", [full(Alert), bare(Alert), *every_field(Alert)])
def test_an_alert_comes_back_as_it_went(alert: Alert) -> None:
    assert unpack(pack(alert), Alert) == alert


async def test_the_last_that_was_written_of_it_counts(database: Database) -> None:
    async with database.transaction() as tx:
        assert await alerts.by_name(tx, NAME) is None
        await keep(tx, DRAFT, replace(DRAFT, state=AlertState.OUT))
        now = await alerts.by_name(tx, NAME)
        assert now is not None
        assert now.state is AlertState.OUT
        assert await alerts.by_name(tx, CaseName("other-lantern")) is None


async def test_no_case_gets_its_name_while_it_stands_and_for_a_time_after(database: Database) -> None:
    async with database.transaction() as tx:
        await keep(tx, DRAFT)
        assert await free_names.unspent(tx, (NAME, CASE)) == (CASE,)
        await alerts.drop(tx, NAME)
        assert await free_names.unspent(tx, (NAME, CASE)) == (CASE,)


async def test_it_is_found_by_its_case_and_by_no_other(database: Database) -> None:
    other = replace(DRAFT, name=CaseName("other-lantern"), case=None)
    async with database.transaction() as tx:
        await keep(tx, DRAFT, other)
        assert await alerts.of_cases(tx, [CASE, CaseName("blue-otter")]) == (DRAFT,)
        assert await alerts.of_cases(tx, []) == await alerts.of_cases(tx, [CaseName("blue-otter")]) == ()


async def test_when_its_case_goes_it_goes_nowhere_any_more_and_is_known_until_it_is_removed(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        await keep(tx, DRAFT)
        assert await alerts.leave_with(tx, CASE) == (leaving(DRAFT),)
        assert await alerts.by_name(tx, NAME) == leaving(DRAFT)
        assert await alerts.leave_with(tx, CASE) == (leaving(DRAFT),)  # begun again after a crash
        await timers.set_timer(tx, SetTimer("t", TimerKind.ALERT_ENDS, NOW, DRAFT.room, case=NAME), NOW)
        await alerts.drop(tx, NAME)
        assert await alerts.leave_with(tx, CASE) == ()
        assert await timers.standing(tx, "t") is None


async def test_both_its_worker_and_its_author_see_that_it_is_kept_and_once_approved_only_the_worker(
    database: Database,
) -> None:
    async def counted(person: UserId) -> int:
        return sum(each.rows for each in await about.kept(tx, person) if each.table == "alerts")

    async with database.transaction() as tx:
        await open_case(tx)
        await keep(tx, DRAFT)
        assert [await counted(person) for person in (MIA, SOL, UserId("@eve:test"))] == [1, 1, 0]
        await keep(tx, replace(DRAFT, author=MIA))
        assert [await counted(person) for person in (MIA, SOL)] == [1, 0]
        await keep(tx, replace(DRAFT, author=None, state=AlertState.OUT))
        assert [await counted(person) for person in (MIA, SOL)] == [1, 0]
        fields = next(each.fields for each in await about.kept(tx, MIA) if each.table == "alerts")
        assert fields == ("name", "person", "case_name", "at", "sealed")


async def test_who_is_forgotten_leaves_no_draft_and_takes_nothing_approved_along(database: Database) -> None:
    async with database.transaction() as tx:
        await keep(tx, DRAFT, replace(DRAFT, name=CaseName("other-lantern"), author=None))
        await people.forget(tx, SOL, RoomId("!chat"))
        assert await alerts.by_name(tx, NAME) is None
        assert await alerts.by_name(tx, CaseName("other-lantern")) is not None


async def test_its_words_and_where_it_stands_are_in_no_file(tmp_path: Path) -> None:
    database = await Database.open(tmp_path, KEY)
    async with database.transaction() as tx:
        await keep(tx, replace(DRAFT, posts=(AlertPost(RoomId("!porch:test"), EventId("$stands")),)))
    await database.scrub()
    await database.close()
    words = ("heron", "reeds", "lantern", "porch", "$stands", "sol:test")
    assert files_with(tmp_path, words) == {}


def test_where_it_stands_is_known_from_before_it_was_sent_to_after() -> None:
    porch, lobby = RoomId("!porch"), RoomId("!lobby")
    going = replace(bare(Alert), state=AlertState.GOING_OUT, underway=porch)
    tried = begun(begun(going, porch), porch)
    assert tried.posts == (AlertPost(porch),)
    there = settled(tried, porch, EventId("$1"))
    assert (there.underway, there.posts) == (None, (AlertPost(porch, EventId("$1")),))
    assert settled(begun(there, lobby), lobby, None).posts == there.posts
    assert leaving(there).posts == there.posts
