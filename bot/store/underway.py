"""What may stand in a room and is not known to: written down before it is sent, until its event is known."""

from __future__ import annotations

from msgspec import Struct

from bot.core.model import CaseName, Millis, RoomId
from bot.store.connection import Row
from bot.store.database import Transaction


class Underway(Struct, frozen=True):
    """Something about a case. Sent again under its key, whatever it says, it is the same event."""

    case: CaseName
    room: RoomId
    key: str


async def put(tx: Transaction, mark: Underway, plan: bytes, step: int, now: Millis) -> bool:
    """Before it is sent. Returns whether it is new: else an earlier try may have sent it."""
    name = _name(tx, mark)
    rows = await tx.rows(
        "INSERT OR IGNORE INTO underway (name, plan, step, case_name, at, sealed) VALUES (?, ?, ?, ?, ?, ?)"
        " RETURNING 1",
        name,
        plan,
        step,
        tx.seal.name("case", mark.case),
        now,
        tx.close("underway", name, mark),
    )
    return bool(rows)


async def over(tx: Transaction, plan: bytes, step: int) -> tuple[Underway, ...]:
    """The step is done with: what was written down for it, and is not any more."""
    rows = await tx.rows(
        "DELETE FROM underway WHERE plan = ? AND step = ? RETURNING name, sealed", plan, step
    )
    return tuple(_opened(tx, row) for row in rows)


async def lose(tx: Transaction, mark: Underway, now: Millis) -> None:
    """Nobody will send it again, and it may stand."""
    name = _name(tx, mark)
    await tx.rows(
        "INSERT OR REPLACE INTO underway (name, case_name, at, sealed) VALUES (?, ?, ?, ?)",
        name,
        tx.seal.name("case", mark.case),
        now,
        tx.close("underway", name, mark),
    )


async def lost(tx: Transaction, case: CaseName) -> tuple[Underway, ...]:
    """What of a case may stand though nobody will send it again."""
    return await _of(tx, case, "plan IS NULL")


async def of_case(tx: Transaction, case: CaseName) -> tuple[Underway, ...]:
    """And what may be on its way at this moment."""
    return await _of(tx, case, "TRUE")


async def _of(tx: Transaction, case: CaseName, which: str) -> tuple[Underway, ...]:
    rows = await tx.rows(
        f"SELECT name, sealed FROM underway WHERE case_name = ? AND {which} ORDER BY rowid",  # noqa: S608
        tx.seal.name("case", case),
    )
    return tuple(_opened(tx, row) for row in rows)


async def let_go(tx: Transaction, mark: Underway) -> None:
    """It is known by now whether it stands."""
    await tx.rows("DELETE FROM underway WHERE name = ?", _name(tx, mark))


def _name(tx: Transaction, mark: Underway) -> bytes:
    return tx.seal.name("underway", mark.room, mark.key)


def _opened(tx: Transaction, row: Row) -> Underway:
    return tx.open("underway", row[0], row[1], Underway)
