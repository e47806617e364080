"""What syncs showed of rooms that could not be read: each room's in order, until it can be."""

from __future__ import annotations

from msgspec import Struct

from bot.core.model import Millis, RoomId
from bot.ports import Aside
from bot.store.database import Transaction


class Waiting(Struct, frozen=True):
    """The oldest of one room."""

    row: bytes
    tries: int
    at: Millis
    told: bool
    """Whether stewards know that the room cannot be read."""
    aside: Aside


async def put(tx: Transaction, aside: Aside, now: Millis) -> None:
    row = tx.seal.name("asides", aside.room or "", aside.mark)
    await tx.rows(
        "INSERT OR IGNORE INTO asides (id, room, due, at, sealed) VALUES (?, ?, ?, ?, ?)",
        row,
        tx.seal.name("room", aside.room or ""),
        now,
        now,
        tx.close("asides", row, aside),
    )


async def rooms(tx: Transaction) -> frozenset[RoomId]:
    """Those of which something has not been read yet: what is newer has to wait for it."""
    rows = await tx.rows("SELECT id, sealed FROM asides GROUP BY room")
    found = (tx.open("asides", row, sealed, Aside).room for row, sealed in rows)
    return frozenset(room for room in found if room is not None)


async def due(tx: Transaction, now: Millis) -> list[Waiting]:
    """The oldest of each room, where its time has come."""
    rows = await tx.rows(
        "SELECT id, tries, at, told, sealed FROM asides AS mine WHERE due <= ?1 AND NOT EXISTS"
        " (SELECT 1 FROM asides AS other WHERE other.room = mine.room AND other.seq < mine.seq)"
        " ORDER BY due",
        now,
    )
    return [
        Waiting(row, tries, Millis(at), bool(told), tx.open("asides", row, sealed, Aside))
        for row, tries, at, told, sealed in rows
    ]


async def next_due(tx: Transaction) -> Millis | None:
    """When the first of the rooms is to be tried again."""
    row = await tx.row(
        "SELECT min(due) FROM asides AS mine WHERE NOT EXISTS"
        " (SELECT 1 FROM asides AS other WHERE other.room = mine.room AND other.seq < mine.seq)"
    )
    return None if row is None or row[0] is None else Millis(row[0])


async def read(tx: Transaction, waiting: Waiting) -> None:
    await tx.rows("DELETE FROM asides WHERE id = ?", waiting.row)


async def postpone(tx: Transaction, waiting: Waiting, until: Millis) -> None:
    await tx.rows("UPDATE asides SET due = ?, tries = tries + 1 WHERE id = ?", until, waiting.row)


async def told(tx: Transaction, room: RoomId) -> None:
    """Stewards know; they are told once for all that waits in this room."""
    await tx.rows("UPDATE asides SET told = 1 WHERE room = ?", tx.seal.name("room", room))
