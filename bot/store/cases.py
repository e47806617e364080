"""Open cases with their sealed cards, where the cards stand, and which case names are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.core.effects import OpenCase, PlaceCase
from bot.core.model import CaseName, EventId, Millis, RoomId, UserId
from bot.core.view import CaseView
from bot.store.database import Row, Transaction


async def open_case(tx: Transaction, change: OpenCase) -> None:
    """From now on the name is taken: while the case is open, and for a time after."""
    case = CaseView(change.card, change.person, change.at, change.room, change.event, None, None)
    name = tx.seal.name("case", change.card.case)
    await tx.rows(
        "INSERT INTO cases (name, person, original, at, sealed) VALUES (?, ?, ?, ?, ?)",
        name,
        tx.seal.name("person", change.person),
        tx.seal.name("event", change.event),
        change.at,
        tx.close("cases", name, case, CaseView),
    )
    await spend(tx, change.card.case, change.at)


async def place_case(tx: Transaction, change: PlaceCase) -> None:
    case = await by_name(tx, change.case)
    if case is None:
        return
    name = tx.seal.name("case", change.case)
    await tx.rows(
        "UPDATE cases SET room = ?, event = ?, held = 0, sealed = ? WHERE name = ?",
        tx.seal.name("room", change.room),
        tx.seal.name("event", change.event),
        tx.close("cases", name, replace(case, room=change.room, event=change.event), CaseView),
        name,
    )


async def is_held(tx: Transaction, case: CaseName) -> bool:
    """Whether its card was tried everywhere in vain and stands nowhere yet."""
    row = await tx.row("SELECT held FROM cases WHERE name = ? AND room IS NULL", tx.seal.name("case", case))
    return row is not None and bool(row[0])


async def hold(tx: Transaction, case: CaseName) -> None:
    await tx.rows("UPDATE cases SET held = 1 WHERE name = ?", tx.seal.name("case", case))


async def by_name(tx: Transaction, case: CaseName) -> CaseView | None:
    return _one(
        tx, await tx.rows("SELECT name, sealed FROM cases WHERE name = ?", tx.seal.name("case", case))
    )


async def newest_of(tx: Transaction, person: UserId) -> CaseView | None:
    rows = await tx.rows(
        "SELECT name, sealed FROM cases WHERE person = ? ORDER BY at DESC, rowid LIMIT 1",
        tx.seal.name("person", person),
    )
    return _one(tx, rows)


async def by_card(tx: Transaction, room: RoomId, events: Sequence[EventId]) -> CaseView | None:
    """The case whose card is one of these events of this room; of other rooms' cases nothing is known."""
    for event in events:
        rows = await tx.rows(
            "SELECT name, sealed FROM cases WHERE room = ? AND event = ?",
            tx.seal.name("room", room),
            tx.seal.name("event", event),
        )
        if rows:
            return _one(tx, rows)
    return None


async def by_original(tx: Transaction, event: EventId) -> CaseView | None:
    """The case that came of a message; the first when it reached several teams."""
    rows = await tx.rows(
        "SELECT name, sealed FROM cases WHERE original = ? ORDER BY rowid LIMIT 1",
        tx.seal.name("event", event),
    )
    return _one(tx, rows)


def _one(tx: Transaction, rows: list[Row]) -> CaseView | None:
    return tx.open("cases", rows[0][0], rows[0][1], CaseView) if rows else None


# -- names ----------------------------------------------------------------------------------------------


async def spend(tx: Transaction, name: CaseName, now: Millis) -> None:
    row = tx.seal.name("case", name)
    await tx.rows("INSERT OR REPLACE INTO spent_names (name, at) VALUES (?, ?)", row, now)


async def unspent(tx: Transaction, names: Sequence[CaseName]) -> tuple[CaseName, ...]:
    """Those of the names that no case bears or bore lately, and no request to serve bears."""
    rows = {tx.seal.name("case", name): name for name in names}
    codes = {tx.seal.name("code", name): name for name in names}
    marks = ", ".join("?" * len(rows))
    taken = await tx.rows(
        f"SELECT name FROM spent_names WHERE name IN ({marks})"  # noqa: S608 - nothing but question marks
        f" UNION SELECT code FROM serve_requests WHERE code IN ({marks})",
        *rows,
        *codes,
    )
    gone = {(rows | codes)[bytes(row[0])] for row in taken}
    return tuple(name for name in rows.values() if name not in gone)
