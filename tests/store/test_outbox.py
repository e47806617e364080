"""We promise that what was decided is done in order, and that its news reaches the core exactly once."""

from __future__ import annotations

import pytest

from bot.core.effects import LeaveRoom, Origin, Outcome, Plan, Reason, SayInRoom
from bot.core.model import CaseName, EventId, Millis, RoomId, UserId
from bot.core.results import Done, Held, Refused, Result, Told, Why
from bot.store import ledger, outbox
from bot.store.database import Database, Transaction
from bot.store.outbox import SOON, Due, Filed, WaitsFor

NOW = Millis(1_000_000)
ROOM = RoomId("!room:test")
CASE = CaseName("amber-heron")
ORIGIN = Origin(Reason.REPORT, ROOM, UserId("@mia:test"))
TOLD, HELD, DONE = Told(CASE, ROOM, EventId("$1"), fallback=False), Held(CASE), Done()


def plan(steps: int = 1, name: str = "tell", *, asked: bool = True) -> Plan:
    return Plan(name, tuple(LeaveRoom(RoomId(f"!{n}")) for n in range(steps)), ORIGIN if asked else None)


async def file(tx: Transaction, made: Plan, rank: int = 0, lane: str | None = None) -> None:
    await outbox.file(tx, "Message $1", made, rank, lane, NOW)


async def due(tx: Transaction, in_hand: frozenset[bytes] = frozenset(), now: int = NOW) -> list[Due]:
    return await outbox.due(tx, Millis(now), in_hand)


async def names(tx: Transaction, now: int = NOW) -> list[str]:
    return [(await outbox.opened(tx, each)).plan.name for each in await due(tx, now=now)]


async def first(tx: Transaction) -> Filed:
    [found] = await due(tx)
    return await outbox.opened(tx, found)


async def record(tx: Transaction, filed: Filed, *results: tuple[int, Result]) -> tuple[Filed, bool]:
    for step, result in results:
        filed = await outbox.record(tx, filed, step, result, NOW)
        filed = (await outbox.settle(tx, filed, NOW, passed=False)).filed
    return filed, filed.over


async def outcomes(tx: Transaction) -> list[Outcome]:
    """What the core hears next; heard once."""
    heard = []
    for waiting in await ledger.ready(tx, NOW):
        incoming = ledger.opened(tx, waiting).incoming
        assert isinstance(incoming, Outcome)
        heard.append(incoming)
        await ledger.decided(tx, waiting)
    return heard


# -- order ------------------------------------------------------------------------------------------------


async def test_a_plan_comes_out_as_it_went_in(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan(3))
    async with database.transaction() as tx:
        filed = await first(tx)
    assert (filed.plan, filed.origin_id, filed.results) == (plan(3), "Message $1", {})


async def test_the_most_pressing_goes_first_then_the_oldest(database: Database) -> None:
    async with database.transaction() as tx:
        for rank, name in ((2, "public"), (1, "b"), (0, "tell"), (1, "a")):
            await file(tx, plan(name=name), rank)
        assert await names(tx) == ["tell", "b", "a", "public"]


async def test_one_lane_is_one_at_a_time_even_while_its_first_waits(database: Database) -> None:
    async with database.transaction() as tx:
        for name in ("one", "two"):
            await file(tx, plan(name=name), lane="person @mia:test")
        await file(tx, plan(name="other"), lane="person @tom:test")
        [waiting, _] = await due(tx)
        await outbox.postpone(tx, waiting, Millis(NOW + 500), WaitsFor.ANSWERS)
        assert await names(tx) == ["other"]
        assert await names(tx, NOW + 500) == ["one", "other"]


async def test_what_is_in_hand_is_not_begun_again(database: Database) -> None:
    async with database.transaction() as tx:
        for name in ("one", "two"):
            await file(tx, plan(name=name))
        [one, two] = await due(tx)
        assert await due(tx, frozenset({one.row})) == [two]


async def test_a_plan_without_steps_is_nothing_to_do(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan(0))
        assert await due(tx) == []


async def test_the_same_plan_cannot_be_filed_twice(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan())
        with pytest.raises(Exception, match="UNIQUE"):
            await file(tx, plan())


# -- results and news ----------------------------------------------------------------------------------------


async def test_results_are_there_after_a_restart(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan(3))
        await record(tx, await first(tx), (0, TOLD), (1, Refused(Why.GONE)))
    async with database.transaction() as tx:
        filed = await first(tx)
    assert filed.results == {0: TOLD, 1: Refused(Why.GONE)}
    assert [filed.finished(step) for step in range(3)] == [True, True, False]


async def test_the_core_hears_once_when_all_steps_are_done(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan(2))
        filed, over = await record(tx, await first(tx), (0, TOLD))
        assert (over, await outcomes(tx)) == (False, [])
        _, over = await record(tx, filed, (1, DONE))
        assert over
        [outcome] = await outcomes(tx)
        assert (outcome.origin, outcome.results, outcome.later) == (ORIGIN, (TOLD, DONE), False)
        assert await due(tx) == []


async def test_a_finished_plan_leaves_nothing_behind(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan(2))
        await record(tx, await first(tx), (0, TOLD), (1, DONE))
        assert await tx.rows("SELECT * FROM results") == []
        assert await tx.rows("SELECT * FROM outbox") == []


async def test_a_plan_nobody_asked_about_brings_no_news(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan(asked=False))
        _, over = await record(tx, await first(tx), (0, DONE))
        assert (over, await outcomes(tx)) == (True, [])


async def test_held_is_told_once_and_told_is_told_later(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan(2))
        filed, over = await record(tx, await first(tx), (0, HELD), (1, DONE))
        assert not over
        assert [each.results for each in await outcomes(tx)] == [(HELD, DONE)]
        filed, over = await record(tx, filed, (0, HELD))
        assert (over, await outcomes(tx)) == (False, [])
        filed, over = await record(tx, filed, (0, TOLD))
        [outcome] = await outcomes(tx)
        assert (over, outcome.results, outcome.later) == (True, (TOLD,), True)


async def test_each_piece_of_news_has_a_name_of_its_own(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan(2))
        filed, _ = await record(tx, await first(tx), (0, HELD), (1, HELD))
        ids = [each.id for each in await outcomes(tx)]
        filed, _ = await record(tx, filed, (0, TOLD))
        ids += [each.id for each in await outcomes(tx)]
        await record(tx, filed, (1, TOLD))
        ids += [each.id for each in await outcomes(tx)]
        assert len(ids) == len(set(ids)) == 3


async def test_held_is_told_at_once_when_the_plan_is_stopped_behind_it(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan(2))
        filed, _ = await record(tx, await first(tx), (0, HELD))
        assert await outcomes(tx) == []
        filed = (await outbox.settle(tx, filed, NOW, passed=True)).filed
        assert [each.results for each in await outcomes(tx)] == [(HELD,)]
        await record(tx, filed, (1, DONE))
        assert [(each.results, each.later) for each in await outcomes(tx)] == [((DONE,), True)]


async def test_a_stopped_plan_without_anything_held_tells_nothing_yet(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan(2))
        filed, _ = await record(tx, await first(tx), (0, TOLD))
        await outbox.settle(tx, filed, NOW, passed=True)
        assert await outcomes(tx) == []


# -- waiting ------------------------------------------------------------------------------------------------


async def test_only_what_waits_for_a_change_is_hurried_by_one(database: Database) -> None:
    async with database.transaction() as tx:
        for name in ("held", "busy"):
            await file(tx, plan(name=name))
        for each in await due(tx):
            held = (await outbox.opened(tx, each)).plan.name == "held"
            waits_for = WaitsFor.CHANGE if held else WaitsFor.ANSWERS
            await outbox.postpone(tx, each, Millis(NOW + 500), waits_for)
        assert await names(tx) == []
        assert await outbox.next_due(tx, NOW) == NOW + 500
        assert await outbox.hurry(tx)
        assert await names(tx) == ["held"]
        assert not await outbox.hurry(tx)


async def test_when_the_homeserver_answers_again_all_go_soon_but_those_it_asked_to_wait(
    database: Database,
) -> None:
    hour = Millis(NOW + 3_600_000)
    async with database.transaction() as tx:
        for waits_for in WaitsFor:
            await file(tx, plan(name=waits_for.name))
        for each, waits_for in zip(await due(tx), WaitsFor, strict=True):
            await outbox.postpone(tx, each, hour, waits_for)
        await outbox.answered_again(tx, NOW)
        assert await outbox.next_due(tx, NOW) == NOW + SOON
        assert await names(tx, now=NOW + SOON) == ["ANSWERS", "CHANGE"]
        assert await names(tx, now=hour) == ["ANSWERS", "CHANGE", "TIME"]


async def test_nothing_is_put_off_because_the_homeserver_answers_again(database: Database) -> None:
    async with database.transaction() as tx:
        await file(tx, plan())
        await outbox.answered_again(tx, NOW)
        assert await names(tx) == ["tell"]
        await outbox.postpone(tx, (await due(tx))[0], Millis(NOW + 1), WaitsFor.ANSWERS)
        await outbox.answered_again(tx, NOW)
        assert await outbox.next_due(tx, NOW) == NOW + 1


async def test_tries_are_counted(database: Database) -> None:
    async with database.transaction() as tx:
        await outbox.file(tx, "x", Plan("say", (SayInRoom(ROOM, ()),)), 0, None, NOW)
        for _ in range(3):
            await outbox.postpone(tx, (await due(tx))[0], NOW, WaitsFor.ANSWERS)
        assert [each.tries for each in await due(tx)] == [3]
