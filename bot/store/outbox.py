"""What is to be done: plans, what came of their steps, and the news of it for the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from msgspec import DecodeError, Struct, field
from msgspec.structs import replace

from bot.core import folding
from bot.core.effects import Outcome, Plan, about
from bot.core.model import CaseName, Millis
from bot.core.outcomes import is_news
from bot.core.results import Held, Result
from bot.store import codec, ledger
from bot.store.database import Transaction
from bot.store.seal import WrongKey

AT_ONCE: Final = 32
SOON: Final = Millis(5_000)
"""So long at most something waits once the homeserver answers again."""


class WaitsFor(IntEnum):
    """What may end the wait of a plan before its time."""

    ANSWERS = 0
    """The homeserver answering again."""
    CHANGE = 1
    """A room that changes, or what must be done first; the homeserver answering again, too."""
    TIME = 2
    """Nothing: we were asked to wait so long."""


class Due(Struct, frozen=True):
    """A plan to be carried out now, still sealed: one that cannot be opened must not hold up the others."""

    row: bytes
    tries: int
    sealed: bytes
    folds: bool = False
    """The same words may be folded into it as long as nothing of it was sent."""
    outcomes: int = 0
    """So often the core heard of it."""
    begun: bool = False
    """There are results."""
    rank: int = 0
    """The lower the more pressing."""


class Filed(Struct, frozen=True):
    """A plan as it lies in the outbox."""

    due: Due
    origin_id: str
    """The id of what was decided on; with the plan's name it makes the keys of the deeds."""
    plan: Plan
    results: Mapping[int, Result] = field(default_factory=dict)
    untold: frozenset[int] = frozenset()
    """Steps of whose results the core has not heard."""
    outcomes: int = 0

    @property
    def row(self) -> bytes:
        return self.due.row

    @property
    def over(self) -> bool:
        """Nothing is left to be done."""
        return all(self.finished(step) for step in range(len(self.plan.steps)))

    def finished(self, step: int) -> bool:
        """Nothing is left to be done for this step; a held one is tried again."""
        return step in self.results and not isinstance(self.results[step], Held)


class Settled(Struct, frozen=True):
    """What there is to be done after a step was written down."""

    filed: Filed
    news: bool
    """The core has to hear of it."""


class _Row(Struct, frozen=True):
    origin_id: str
    plan: Plan


class _Came(Struct, frozen=True):
    result: Result


async def file(tx: Transaction, origin_id: str, plan: Plan, rank: int, lane: str | None, now: Millis) -> None:
    """Into the outbox; a plan without steps is nothing to do, and the same words are said once."""
    if not plan.steps:
        return
    row, says = tx.seal.name("outbox", origin_id, plan.name), None if lane is None else _says(tx, plan)
    if says is not None and await _folded(tx, says, row, now):
        return
    await tx.rows(
        "INSERT INTO outbox (id, lane, rank, says, due, at, sealed) VALUES (?, ?, ?, ?, 0, ?, ?)",
        row,
        None if lane is None else tx.seal.name("lane", lane),
        rank,
        says,
        now,
        tx.close("outbox", row, _Row(origin_id, plan)),
    )


def _says(tx: Transaction, plan: Plan) -> bytes | None:
    """What the words of a plan are called, by which the same are found and none can be read."""
    words = folding.words(plan)
    return None if words is None else tx.seal.name("says", codec.pack(words).decode())


async def _folded(tx: Transaction, says: bytes, row: bytes, now: Millis) -> bool:
    """The last words of a lane, of which nothing was sent yet: they will be said after this moment.

    What was said in between has to be read in between, so that only the last are taken.
    """
    statement = (
        "UPDATE outbox AS mine SET at = ? WHERE says = ? AND id <> ? AND begun = 0 AND NOT EXISTS"
        " (SELECT 1 FROM outbox AS other WHERE other.lane = mine.lane AND other.seq > mine.seq) RETURNING 1"
    )
    return bool(await tx.rows(statement, now, says, row))


async def begin(tx: Transaction, beginning: list[Due]) -> None:
    """Written down before anything is sent: what may have been read already is no answer to what comes."""
    for each in beginning:
        if each.folds:
            await tx.rows("UPDATE outbox SET begun = begun + 1 WHERE id = ?", each.row)


async def refused(tx: Transaction, due: Due) -> None:
    """The homeserver asked us to wait: it has taken nothing, so that this try does not count as begun."""
    if due.folds:
        await tx.rows("UPDATE outbox SET begun = max(0, begun - 1) WHERE id = ?", due.row)


async def due(tx: Transaction, now: Millis, in_hand: frozenset[bytes], most: int = AT_ONCE) -> list[Due]:
    """Plans to carry out now, the most pressing first; one at a time where they must stay in order."""
    rows = await tx.rows(
        "SELECT id, tries, sealed, says IS NOT NULL, outcomes,"
        " EXISTS (SELECT 1 FROM results WHERE plan = mine.id), rank"
        " FROM outbox AS mine WHERE due <= ?1 AND NOT EXISTS"
        " (SELECT 1 FROM outbox AS other WHERE other.lane = mine.lane AND other.seq < mine.seq)"
        " ORDER BY rank, seq LIMIT ?2",
        now,
        most + len(in_hand),
    )
    fresh = [
        Due(row, tries, sealed, bool(folds), outcomes, bool(begun), rank)
        for row, tries, sealed, folds, outcomes, begun, rank in rows
        if row not in in_hand
    ]
    return fresh[:most]


async def opened(tx: Transaction, due: Due) -> Filed:
    row = due.row
    kept = tx.open("outbox", row, due.sealed, _Row)
    statement = "SELECT step, news, sealed FROM results WHERE plan = ?"
    steps = await tx.rows(statement, row) if due.begun else []
    results = {step: tx.open("results", _at(row, step), result, _Came).result for step, _, result in steps}
    untold = frozenset(step for step, news, _ in steps if news)
    return Filed(due, kept.origin_id, kept.plan, results, untold, due.outcomes)


async def record(tx: Transaction, filed: Filed, step: int, result: Result, now: Millis) -> Filed:
    """Write down what came of a step. Held again is no news: it was told the first time.

    What ends the plan is not kept: `settle`, in the same transaction, says it and forgets the plan.
    """
    news = not (isinstance(result, Held) and isinstance(filed.results.get(step), Held))
    untold = filed.untold | {step} if news else filed.untold
    filed = replace(filed, results={**filed.results, step: result}, untold=untold)
    if not filed.over:
        await tx.rows(
            "INSERT INTO results (plan, step, news, at, sealed) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (plan, step)"
            " DO UPDATE SET news = max(news, excluded.news), sealed = excluded.sealed",
            filed.row,
            step,
            int(news),
            now,
            tx.close("results", _at(filed.row, step), _Came(result)),
        )
    return filed


async def settle(tx: Transaction, filed: Filed, now: Millis, *, passed: bool) -> Settled:
    """Tell the core the news, and forget a plan of which nothing is left to do.

    News waits until every step has been tried, so that one receipt can say it all; a held step whose plan was
    stopped (`passed`: this round is over) does not wait any longer.
    """
    tried = all(step in filed.results for step in range(len(filed.plan.steps)))
    held = any(isinstance(result, Held) for result in filed.results.values())
    outcome = _outcome(filed, now) if tried or (passed and held) else None
    if outcome is not None:
        filed = await _tell_core(tx, filed, outcome)
    if filed.over:
        await tx.rows("DELETE FROM outbox WHERE id = ?", filed.row)
    return Settled(filed, outcome is not None)


def _outcome(filed: Filed, now: Millis) -> Outcome | None:
    """What the core has to hear."""
    origin = filed.plan.origin
    news = tuple(filed.results[step] for step in sorted(filed.untold))
    if origin is None or not is_news(origin, news):
        return None
    number = filed.outcomes + 1
    return Outcome(f"{filed.row.hex()} {number}", now, origin, news, later=number > 1)


async def _tell_core(tx: Transaction, filed: Filed, outcome: Outcome) -> Filed:
    await ledger.put(tx, outcome, outcome.at)
    number = filed.outcomes + 1
    if not filed.over:
        await tx.rows("UPDATE outbox SET outcomes = ? WHERE id = ?", number, filed.row)
        await tx.rows("UPDATE results SET news = 0 WHERE plan = ?", filed.row)
    return replace(filed, untold=frozenset(), outcomes=number)


async def postpone(tx: Transaction, due: Due, until: Millis, waits_for: WaitsFor) -> None:
    """Until then at most, if what it waits for comes sooner."""
    statement = "UPDATE outbox SET due = ?, tries = tries + 1, hopeful = ? WHERE id = ?"
    await tx.rows(statement, until, int(waits_for), due.row)


async def hurry(tx: Transaction) -> bool:
    """Something changed that may have made a room safe: what waits for that is tried at once."""
    statement = "UPDATE outbox SET due = 0 WHERE hopeful = ? AND due > 0 RETURNING 1"
    return bool(await tx.rows(statement, int(WaitsFor.CHANGE)))


async def hurry_about(tx: Transaction, case: CaseName) -> None:
    """What waits to be said about a case that goes is tried now, refused and deleted: not when it is due."""
    for row, sealed in await tx.rows("SELECT id, sealed FROM outbox WHERE due > 0"):
        if _is_about(tx, case, row, sealed):
            await tx.rows("UPDATE outbox SET due = 0 WHERE id = ?", row)


def _is_about(tx: Transaction, case: CaseName, row: bytes, sealed: bytes) -> bool:
    """One that cannot be opened can be about nothing."""
    try:
        plan = tx.open("outbox", row, sealed, _Row).plan
    except (WrongKey, DecodeError):
        return False
    return any(about(step) == case for step in plan.steps)


async def answered_again(tx: Transaction, now: Millis) -> None:
    """The homeserver was silent and no longer is: what waited for it goes soon."""
    soon = now + SOON
    statement = "UPDATE outbox SET due = ? WHERE due > ? AND hopeful <> ?"
    await tx.rows(statement, soon, soon, int(WaitsFor.TIME))


async def next_due(tx: Transaction, after: Millis) -> Millis | None:
    """When a plan that is now waiting is to be tried again."""
    row = await tx.row("SELECT min(due) FROM outbox WHERE due > ?", after)
    return None if row is None or row[0] is None else Millis(row[0])


def _at(row: bytes, step: int) -> bytes:
    return row + step.to_bytes(4)
