"""We promise that every kind of change that can be decided is written down."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.changes import (
    AnsweredCity,
    AskedForFiles,
    CancelTimer,
    Change,
    EndCheckIn,
    ForgetRoom,
    GoOffShift,
    LetGoFiles,
    MoveCase,
    NoteCase,
    OpenCase,
    PlaceCase,
    PostponeCase,
    RewordCase,
    SettleServe,
    StopServing,
    TakeRoster,
    TrustAgain,
    UnplaceCase,
    WithdrawPart,
)
from bot.core.model import Millis
from bot.store.changes import write_down
from bot.store.database import Database
from bot.store.sweep import tables
from tests.store.samples import everything, full, members

NEED_SOMETHING_FIRST = {
    AnsweredCity,
    AskedForFiles,
    CancelTimer,
    EndCheckIn,
    GoOffShift,
    ForgetRoom,
    LetGoFiles,
    MoveCase,
    NoteCase,
    PlaceCase,
    PostponeCase,
    RewordCase,
    SettleServe,
    TrustAgain,
    UnplaceCase,
    WithdrawPart,
}
"""Changes to what is not there yet change nothing."""


async def _contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    async with database.transaction() as tx:
        return {table: await everything(tx, table) for table in await tables(tx)}


@pytest.mark.parametrize("kind", members(Change), ids=lambda kind: kind.__name__)
async def test_every_kind_of_change_is_written(database: Database, kind: Any) -> None:
    before = await _contents(database)
    async with database.transaction() as tx:
        await write_down(tx, full(kind), Millis(5))
    assert (await _contents(database) == before) is (kind in NEED_SOMETHING_FIRST)


@pytest.mark.parametrize(
    "kind", [kind for kind in members(Change) if kind is not OpenCase], ids=lambda kind: kind.__name__
)
async def test_every_kind_of_change_can_be_written_twice(database: Database, kind: Any) -> None:
    for _ in range(2):
        async with database.transaction() as tx:
            await write_down(tx, full(kind), Millis(5))


@pytest.mark.parametrize("kind", [TakeRoster, StopServing])
async def test_a_change_that_is_undone_was_never_made(database: Database, kind: Any) -> None:
    before = await _contents(database)

    async def fail() -> None:
        async with database.transaction() as tx:
            await write_down(tx, full(kind), Millis(5))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await _contents(database) == before
