"""Who said that they are available, for which supporter room; sealed, and over after half a day."""

from __future__ import annotations

from bot.core.changes import GoOffShift, GoOnShift
from bot.core.model import Millis, Shift
from bot.store.database import Transaction


async def begin(tx: Transaction, change: GoOnShift) -> None:
    """Said again, it begins anew."""
    shift = change.shift
    person, room = tx.seal.name("person", shift.person), tx.seal.name("room", shift.room)
    await tx.rows(
        "INSERT OR REPLACE INTO shifts (person, room, at, sealed) VALUES (?, ?, ?, ?)",
        person,
        room,
        change.at,
        tx.close("shifts", person + room, shift),
    )


async def end(tx: Transaction, change: GoOffShift) -> None:
    person, room = tx.seal.name("person", change.person), tx.seal.name("room", change.room)
    await tx.rows("DELETE FROM shifts WHERE person = ? AND room = ?", person, room)


async def running(tx: Transaction, now: Millis) -> tuple[Shift, ...]:
    """Those that began first come first."""
    rows = await tx.rows("SELECT person, room, sealed FROM shifts ORDER BY at, person")
    shifts = (tx.open("shifts", person + room, sealed, Shift) for person, room, sealed in rows)
    return tuple(shift for shift in shifts if shift.until > now)
