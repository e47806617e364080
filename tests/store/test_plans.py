"""We promise that a round costs the same however many times, messages and plans wait for a later one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Millis
from bot.store import ledger, outbox, timers
from bot.store.connection import Connection
from bot.store.database import Database, Transaction
from tests.stage import KEY

NOW = Millis(1_000)
MANY = 5_000


class Watched(Connection):
    """Asks SQLite how it goes about every statement, and how many steps it takes."""

    explained: dict[str, list[str]]
    steps: int

    def watch(self) -> None:
        self.explained, self.steps = {}, 0
        self._raw.set_progress_handler(self._step, 1)

    def _step(self) -> int:
        self.steps += 1
        return 0

    def at_once(self, statement: str, values: tuple[object, ...] = ()) -> list[Any]:
        if hasattr(self, "explained"):
            before = self.steps
            rows = self._raw.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            self.explained[statement] = [row[3] for row in rows]
            self.steps = before
        return super().at_once(statement, values)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[tuple[Database, Watched]]:
    made: list[Watched] = []

    async def connect(path: Path) -> Connection:
        made.append(Watched(path))
        await made[0]
        return made[0]

    database = await Database.open(tmp_path, KEY, connect)
    yield database, made[0]
    await database.close()


async def come_due(tx: Transaction) -> object:
    return await timers.come_due(tx, NOW)


async def ready(tx: Transaction) -> object:
    return await ledger.ready(tx, NOW)


async def next_due(tx: Transaction) -> object:
    return await ledger.left(tx, NOW)


async def plans_due(tx: Transaction) -> object:
    return await outbox.due(tx, NOW, frozenset())


async def next_plan_due(tx: Transaction) -> object:
    return await outbox.next_due(tx, NOW)


async def patience_ends(tx: Transaction) -> object:
    return await ledger.patience_ends(tx)


async def give_up_waiting(tx: Transaction) -> object:
    return await ledger.give_up_waiting(tx, NOW)


EACH_ROUND = (come_due, next_due, plans_due, next_plan_due, patience_ends, give_up_waiting)
Work = Callable[[Transaction], Awaitable[object]]


async def _steps(store: tuple[Database, Watched], work: Work) -> int:
    database, watched = store
    watched.watch()
    async with database.transaction() as tx:
        await work(tx)
    return watched.steps


async def _fill(database: Database, later: Millis = NOW) -> None:
    """What is waiting for later, and one of each that is due."""
    async with database.transaction() as tx:
        for number in range(MANY):
            name, due = number.to_bytes(16), NOW if number == 0 else later + 1 + number
            await tx.rows("INSERT INTO timers VALUES (?, ?, 1, ?)", name, due + 1, b"")
            await tx.rows("INSERT INTO undecrypted VALUES (?, ?, 1, ?)", name, due + 1, b"")
            for table, more in (("inbox", ""), ("outbox", ", rank")):
                values = f"?, ?, ?, 1, ?{', 1' if more else ''}"
                await tx.rows(
                    f"INSERT INTO {table} (id, lane, due, at, sealed{more}) VALUES ({values})",  # noqa: S608
                    *(name, name, due, b""),
                )


@pytest.mark.parametrize("work", EACH_ROUND, ids=lambda work: work.__name__)
async def test_no_statement_of_a_round_looks_at_every_row(
    store: tuple[Database, Watched], work: Work
) -> None:
    database, watched = store
    await _fill(database)
    await _steps(store, work)
    assert watched.explained
    whole = {
        statement: step
        for statement, steps in watched.explained.items()
        for step in steps
        if step.startswith("SCAN") and "USING" not in step and "(subquery" not in step
    }
    assert whole == {}


@pytest.mark.parametrize("work", EACH_ROUND, ids=lambda work: work.__name__)
async def test_a_round_costs_the_same_with_thousands_waiting_for_later(
    store: tuple[Database, Watched], work: Work
) -> None:
    await _fill(store[0])
    full = await _steps(store, work)
    assert full < MANY / 20


async def test_a_round_looks_at_the_first_hundred_of_thousands_that_came_in(
    store: tuple[Database, Watched],
) -> None:
    """In the order they came, and not at what comes after them."""
    await _fill(store[0], Millis(-2 * MANY))
    full = await _steps(store, ready)
    async with store[0].transaction() as tx:
        await tx.rows("DELETE FROM inbox WHERE seq > ?", 2 * ledger.AT_ONCE)
    assert await _steps(store, ready) == full
