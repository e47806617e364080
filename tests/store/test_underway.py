"""We promise that what may stand in a room is remembered until it is known whether it does."""

from __future__ import annotations

from bot.core.model import CaseName, Millis, RoomId
from bot.store import leaving, underway
from bot.store.database import Database
from bot.store.underway import Underway

HERON, MAPLE = CaseName("amber-heron"), CaseName("calm-maple")
MARK = Underway(HERON, RoomId("!nyc"), "key")
ELSEWHERE = Underway(HERON, RoomId("!fallback"), "another key")
PLAN, NOW = b"plan", Millis(5)


async def test_it_is_new_once(database: Database) -> None:
    async with database.transaction() as tx:
        assert [await underway.put(tx, MARK, PLAN, 0, NOW) for _ in range(2)] == [True, False]
        assert await underway.of_case(tx, HERON) == (MARK,)


async def test_the_same_key_in_another_room_is_another_message(database: Database) -> None:
    async with database.transaction() as tx:
        other = Underway(HERON, RoomId("!fallback"), MARK.key)
        assert [await underway.put(tx, each, PLAN, 0, NOW) for each in (MARK, other)] == [True, True]


async def test_a_step_that_is_over_leaves_the_others(database: Database) -> None:
    async with database.transaction() as tx:
        await underway.put(tx, MARK, PLAN, 0, NOW)
        await underway.put(tx, ELSEWHERE, PLAN, 1, NOW)
        assert await underway.over(tx, PLAN, 0) == (MARK,)
        assert await underway.over(tx, PLAN, 0) == ()
        assert await underway.over(tx, b"another", 1) == ()
        assert await underway.of_case(tx, HERON) == (ELSEWHERE,)


async def test_what_nobody_will_send_again_is_told_from_what_is_on_its_way(database: Database) -> None:
    async with database.transaction() as tx:
        await underway.put(tx, MARK, PLAN, 0, NOW)
        await underway.put(tx, ELSEWHERE, PLAN, 0, NOW)
        assert await underway.lost(tx, HERON) == ()
        await underway.lose(tx, MARK, NOW)
        assert await underway.lost(tx, HERON) == (MARK,)
        assert set(await underway.of_case(tx, HERON)) == {MARK, ELSEWHERE}
        await underway.let_go(tx, MARK)
        assert await underway.of_case(tx, HERON) == (ELSEWHERE,)


async def test_a_case_knows_only_its_own(database: Database) -> None:
    async with database.transaction() as tx:
        await underway.put(tx, MARK, PLAN, 0, NOW)
        assert await underway.of_case(tx, MAPLE) == ()


async def test_what_may_stand_of_a_case_that_is_gone_is_left_behind(database: Database) -> None:
    async with database.transaction() as tx:
        await underway.lose(tx, MARK, NOW)
        assert await leaving.left_behind(tx) == (HERON,)
        await underway.let_go(tx, MARK)
        assert await leaving.left_behind(tx) == ()
