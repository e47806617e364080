"""Alerts with their sealed words, and where they stand; whose they are as long as that must be known."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.alerts import Alert, leaving
from bot.core.model import CaseName, Millis
from bot.store import free_names, timers
from bot.store.database import Transaction


async def keep(tx: Transaction, alert: Alert, now: Millis) -> None:
    """From now on no case gets its name, while it stands and for a time after."""
    name = tx.seal.name("alert", alert.name)
    await tx.rows(
        "INSERT OR REPLACE INTO alerts (name, person, case_name, at, sealed) VALUES (?, ?, ?, ?, ?)",
        name,
        None if alert.author is None else tx.seal.name("person", alert.author),
        None if alert.case is None else tx.seal.name("case", alert.case),
        alert.at,
        tx.close("alerts", name, alert),
    )
    await free_names.spend(tx, alert.name, now)


async def by_name(tx: Transaction, alert: CaseName) -> Alert | None:
    name = tx.seal.name("alert", alert)
    row = await tx.row("SELECT sealed FROM alerts WHERE name = ?", name)
    return None if row is None else tx.open("alerts", name, row[0], Alert)


async def of_cases(tx: Transaction, names: Sequence[CaseName]) -> tuple[Alert, ...]:
    """Those that came of these cases, the oldest first."""
    if not names:
        return ()
    marks = ", ".join("?" * len(names))
    rows = await tx.rows(
        f"SELECT name, sealed FROM alerts WHERE case_name IN ({marks}) ORDER BY at, name",  # noqa: S608
        *(tx.seal.name("case", case) for case in names),
    )
    return tuple(tx.open("alerts", name, sealed, Alert) for name, sealed in rows)


async def leave_with(tx: Transaction, case: CaseName) -> tuple[Alert, ...]:
    """A case goes: nothing that came of it goes to any further room. Returns what is to be removed."""
    found = tuple(leaving(alert) for alert in await of_cases(tx, [case]))
    for alert in found:
        await keep(tx, alert, alert.at)
    return found


async def drop(tx: Transaction, alert: CaseName) -> None:
    """It stands nowhere any more."""
    await tx.rows("DELETE FROM alerts WHERE name = ?", tx.seal.name("alert", alert))
    await timers.forget(tx, case=alert)
