"""Open cases with their sealed cards, and where the cards stand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from bot.core.changes import (
    MoveCase,
    NoteCase,
    OpenCase,
    PlaceCase,
    PostponeCase,
    RewordCase,
    UnplaceCase,
    WithdrawPart,
)
from bot.core.model import FILE_NOTES, Card, CaseName, CaseState, EventId, Millis, RoomId, UserId
from bot.core.sensitive import Sensitive
from bot.core.view import CaseView, Left
from bot.store import free_names
from bot.store.connection import Row
from bot.store.database import Transaction

MOST_NOTES = 5
"""So many of the last notes stand on a card."""
AT_ONCE = 50
"""Of a long list so many are opened before somebody else has a turn."""


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
        tx.close("cases", name, case),
    )
    await free_names.spend(tx, change.card.case, change.at)


async def place_case(tx: Transaction, change: PlaceCase) -> None:
    """A case that comes to another team waits for somebody of that team."""
    case = await by_name(tx, change.case)
    if case is None:
        return
    if case.room not in (None, change.room):
        case = replace(case, state=CaseState.WAITING, claimer=None)
    if case.room != change.room:
        case = replace(case, left=_left(case, change))
    await _write(tx, replace(case, room=change.room, event=change.event), moved=True)


def _left(case: CaseView, change: PlaceCase) -> tuple[Left, ...]:
    """Every room it was in and is no longer, with the card it had there."""
    others = tuple(left for left in case.left if left.room not in (case.room, change.room))
    if case.room is None or case.event is None:
        return others
    return (*others, Left(case.room, case.event, change.back))


async def unplace_case(tx: Transaction, change: UnplaceCase) -> None:
    """Whoever had it has it no longer; the card that stays behind is known, so that it can be removed."""
    case = await by_name(tx, change.case)
    if case is None or case.room is None or case.event is None:
        return
    others = tuple(left for left in case.left if left.room != case.room)
    left = (*others, Left(case.room, case.event))
    await _write(
        tx, replace(case, room=None, event=None, state=CaseState.WAITING, claimer=None, left=left), moved=True
    )


async def forget_left(tx: Transaction, name: CaseName, removed: Sequence[EventId]) -> None:
    """Cards of before that were removed say nothing any more."""
    case = await by_name(tx, name)
    if case is not None and case.left:
        left = tuple(each for each in case.left if each.event not in removed)
        await _write(tx, replace(case, left=left))


async def _write(tx: Transaction, case: CaseView, *, moved: bool = False) -> None:
    """One that has `moved` is held no longer: it was told, or has to be told anew."""
    name = tx.seal.name("case", case.card.case)
    await tx.rows(
        "UPDATE cases SET room = ?, event = ?, sealed = ?, held = iif(?, 0, held) WHERE name = ?",
        None if case.room is None else tx.seal.name("room", case.room),
        None if case.event is None else tx.seal.name("event", case.event),
        tx.close("cases", name, case),
        moved,
        name,
    )


async def move_case(tx: Transaction, change: MoveCase) -> None:
    case = await by_name(tx, change.case)
    if case is not None:
        await _write(tx, replace(case, state=change.state, claimer=change.claimer, moved=change.at))


async def note_case(tx: Transaction, change: NoteCase) -> None:
    case = await by_name(tx, change.case)
    if case is not None:
        await _write(tx, replace(case, notes=(*case.notes, change.words)[-MOST_NOTES:]))


async def reword_case(tx: Transaction, change: RewordCase) -> None:
    """The card shows other words; taken back, what came with them is too, and what was to be known of it."""
    case = await by_name(tx, change.case)
    if case is None:
        return
    if change.card is not None:
        await _write(tx, replace(case, card=change.card))
        return
    notes = tuple(note for note in case.card.notes if note not in FILE_NOTES)
    card = replace(case.card, words=Sensitive(""), attachments=(), platforms=(), notes=notes)
    await _write(tx, replace(case, card=card, withdrawn=True))


async def withdraw_part(tx: Transaction, change: WithdrawPart) -> None:
    case = await by_name(tx, change.case)
    if case is not None:
        await _write(tx, replace(case, withdrawn=True))


async def put_anew(tx: Transaction, name: CaseName, room: RoomId, event: EventId) -> None:
    """Its card was removed with the words on it; another one stands in the same room."""
    case = await by_name(tx, name)
    if case is not None:
        await _write(tx, replace(case, room=room, event=event))


async def postpone_case(tx: Transaction, change: PostponeCase) -> None:
    case = await by_name(tx, change.case)
    if case is not None:
        await _write(tx, replace(case, postponed=True))


async def shown(tx: Transaction, card: Card) -> None:
    """The card was told like this: with these cities and notes. Its words are the stored ones."""
    case = await by_name(tx, card.case)
    if case is not None and (case.card.cities, case.card.notes) != (card.cities, card.notes):
        await _write(tx, replace(case, card=replace(case.card, cities=card.cities, notes=card.notes)))


async def drop(tx: Transaction, case: CaseName, now: Millis) -> None:
    """Nobody was told it and nobody is to be: nothing of it stays but that its name is not free yet."""
    name = tx.seal.name("case", case)
    if await tx.rows("DELETE FROM cases WHERE name = ? RETURNING 1", name):
        await free_names.spend(tx, case, now)
    await tx.rows("DELETE FROM sources WHERE case_name = ?", name)


async def never_told(tx: Transaction, before: Millis) -> tuple[CaseView, ...]:
    """Opened before this, and their cards never stood anywhere."""
    rows = await tx.rows("SELECT name, sealed FROM cases WHERE room IS NULL AND at < ?", before)
    return tuple(case for case in (_opened(tx, row) for row in rows) if not case.left)


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


async def all_of(tx: Transaction, person: UserId) -> tuple[CaseView, ...]:
    """Everything that came of this person's words, open and closed, the newest first."""
    rows = await tx.rows(
        "SELECT name, sealed FROM cases WHERE person = ? ORDER BY at DESC, rowid",
        tx.seal.name("person", person),
    )
    return tuple(_opened(tx, row) for row in rows)


async def in_room(tx: Transaction, room: RoomId) -> tuple[CaseView, ...]:
    """The cases whose cards stand in this room, the oldest first."""
    rows = await tx.rows(
        "SELECT name, sealed FROM cases WHERE room = ? ORDER BY at, rowid", tx.seal.name("room", room)
    )
    found = []
    for number, row in enumerate(rows, 1):
        found.append(_opened(tx, row))
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)
    return tuple(found)


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


def _opened(tx: Transaction, row: Row) -> CaseView:
    return tx.open("cases", row[0], row[1], CaseView)


def _one(tx: Transaction, rows: list[Row]) -> CaseView | None:
    return _opened(tx, rows[0]) if rows else None
