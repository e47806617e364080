"""Things to come back to: a timer that is due goes into the inbox like a message."""

from __future__ import annotations

from bot.core.changes import SetTimer, TimerKind
from bot.core.effects import Timer
from bot.core.model import CaseName, Millis, UserId
from bot.store import ledger
from bot.store.database import Transaction


async def set_timer(tx: Transaction, change: SetTimer, now: Millis) -> None:
    """One of each name: set again, it moves."""
    name = tx.seal.name("timer", change.name)
    await tx.rows(
        "INSERT OR REPLACE INTO timers (name, due, at, sealed) VALUES (?, ?, ?, ?)",
        name,
        change.due,
        now,
        tx.close("timers", name, change),
    )


async def cancel_timer(tx: Transaction, name: str) -> None:
    await tx.rows("DELETE FROM timers WHERE name = ?", tx.seal.name("timer", name))


async def standing(tx: Transaction, name: str) -> SetTimer | None:
    row = tx.seal.name("timer", name)
    found = await tx.row("SELECT sealed FROM timers WHERE name = ?", row)
    return None if found is None else tx.open("timers", row, found[0], SetTimer)


async def forget(
    tx: Transaction,
    *,
    case: CaseName | None = None,
    person: UserId | None = None,
    until: Millis | None = None,
) -> None:
    """Whatever was to be done about them, and set by then. There are few timers: each is opened to see."""
    set_by_then = "SELECT name, sealed FROM timers WHERE ?1 IS NULL OR at <= ?1"
    for name, sealed in await tx.rows(set_by_then, until):
        timer = tx.open("timers", name, sealed, SetTimer)
        if (case is not None and timer.case == case) or (person is not None and timer.person == person):
            await tx.rows("DELETE FROM timers WHERE name = ?", name)


async def waited_for(tx: Transaction, *kinds: TimerKind) -> frozenset[UserId]:
    """People for whom a time of these kinds is still to come."""
    rows = await tx.rows("SELECT name, sealed FROM timers")
    timers = [tx.open("timers", name, sealed, SetTimer) for name, sealed in rows]
    return frozenset(timer.person for timer in timers if timer.kind in kinds and timer.person is not None)


async def come_due(tx: Transaction, now: Millis) -> int:
    """Move what is due into the inbox."""
    if await tx.row("SELECT 1 FROM timers WHERE due <= ? LIMIT 1", now) is None:
        return 0
    rows = await tx.rows("DELETE FROM timers WHERE due <= ? RETURNING name, sealed", now)
    for name, sealed in rows:
        timer = tx.open("timers", name, sealed, SetTimer)
        id_ = f"{timer.name} {timer.due}"
        due = Timer(id_, timer.kind, timer.due, timer.room, timer.person, timer.case)
        await ledger.put(tx, due, now)
    return len(rows)
