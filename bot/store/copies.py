"""Whose words were passed on in which case, and which of our events hold them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from bot.core.model import Attachment, CaseName, EventId, Millis, RoomId, Side, UserId
from bot.core.view import CaseView
from bot.store.connection import Row
from bot.store.database import Transaction


class Source(Struct, frozen=True):
    """A message that was, or is to be, passed on in a case."""

    event: EventId
    room: RoomId
    author: UserId
    case: CaseName
    side: Side
    withdrawn: bool = False
    """Its author deleted it."""
    file: str | None = None
    """What is attached to it now, as `mark` has it; None: that was not written down yet."""


class Holds(StrEnum):
    """What one of our events is: other words take the place of words, never of a picture."""

    WORDS = "words"
    FILE = "file"


class Copy(Struct, frozen=True):
    """One of our events about a case."""

    event: EventId
    room: RoomId
    case: CaseName
    source: EventId | None = None
    """The message whose words it holds; None when it holds nobody's."""
    edits: EventId | None = None
    """The event of ours that it changed."""
    removed: bool = False
    holds: Holds = Holds.WORDS
    file: str | None = None
    """Of a file: the mark of what it was made of."""


def to_change(found: Iterable[Copy]) -> Copy | None:
    """Of events that came of one message, the first that still stands and can be given other words."""
    standing = (copy for copy in found if copy.edits is None and not copy.removed)
    return next((copy for copy in standing if copy.holds is Holds.WORDS), None)


async def note_source(tx: Transaction, source: Source, now: Millis) -> None:
    """Written down with the decision, so that a deletion that comes before the deed finds its way."""
    event, case = tx.seal.name("event", source.event), tx.seal.name("case", source.case)
    await tx.rows(
        "INSERT OR REPLACE INTO sources (event, case_name, at, sealed) VALUES (?, ?, ?, ?)",
        event,
        case,
        now,
        tx.close("sources", event + case, source),
    )


async def sources(tx: Transaction, event: EventId) -> tuple[Source, ...]:
    """Every case that got the words of this message."""
    rows = await tx.rows(
        "SELECT event, case_name, sealed FROM sources WHERE event = ? ORDER BY at, case_name",
        tx.seal.name("event", event),
    )
    return tuple(tx.open("sources", row[0] + row[1], row[2], Source) for row in rows)


async def note_copy(tx: Transaction, copy: Copy, now: Millis) -> bool:
    """Returns whether it is new to us."""
    event = tx.seal.name("event", copy.event)
    rows = await tx.rows(
        "INSERT OR IGNORE INTO copies (event, source, case_name, at, sealed) VALUES (?, ?, ?, ?, ?)"
        " RETURNING 1",
        event,
        None if copy.source is None else tx.seal.name("event", copy.source),
        tx.seal.name("case", copy.case),
        now,
        tx.close("copies", event, copy),
    )
    return bool(rows)


async def of_source(tx: Transaction, case: CaseName, source: EventId) -> tuple[Copy, ...]:
    """Our events of this case that hold the words of this message, the oldest first."""
    rows = await tx.rows(
        "SELECT event, sealed FROM copies WHERE case_name = ? AND source = ? ORDER BY at, event",
        tx.seal.name("case", case),
        tx.seal.name("event", source),
    )
    return tuple(_opened(tx, row) for row in rows)


async def of_case(tx: Transaction, case: CaseName) -> tuple[Copy, ...]:
    """All our events about a case, in whatever room."""
    rows = await tx.rows(
        "SELECT event, sealed FROM copies WHERE case_name = ? ORDER BY at, event", tx.seal.name("case", case)
    )
    return tuple(_opened(tx, row) for row in rows)


async def by_event(tx: Transaction, room: RoomId, event: EventId) -> Copy | None:
    """The case that one of our events in this room is about."""
    rows = await tx.rows("SELECT event, sealed FROM copies WHERE event = ?", tx.seal.name("event", event))
    copy = _opened(tx, rows[0]) if rows else None
    return copy if copy is not None and copy.room == room else None


async def gone(tx: Transaction, event: EventId) -> None:
    """It was removed, and nobody will ask about it."""
    await tx.rows("DELETE FROM copies WHERE event = ?", tx.seal.name("event", event))


async def taken_back(tx: Transaction, copy: Copy) -> None:
    """It was removed. That it was there is still known: the deed may be done a second time."""
    event, now = tx.seal.name("event", copy.event), replace(copy, removed=True)
    await tx.rows("UPDATE copies SET sealed = ? WHERE event = ?", tx.close("copies", event, now), event)


async def awaits_words(tx: Transaction, case: CaseView) -> bool:
    """Whether its worker wrote something beside its first message that is still to be passed on, or was."""
    for source in await _of_case(tx, case.card.case):
        if source.side is Side.WORKER and not source.withdrawn and source.event != case.original_event:
            return True
    return False


async def counted(tx: Transaction, case: CaseName) -> Counter[Side]:
    """How many messages of each side went into a case."""
    return Counter(source.side for source in await _of_case(tx, case))


async def _of_case(tx: Transaction, case: CaseName) -> tuple[Source, ...]:
    rows = await tx.rows(
        "SELECT event, case_name, sealed FROM sources WHERE case_name = ?", tx.seal.name("case", case)
    )
    return tuple(tx.open("sources", row[0] + row[1], row[2], Source) for row in rows)


async def withdraw_source(tx: Transaction, case: CaseName, event: EventId, now: Millis) -> None:
    """Written down with the decision: what was not passed on yet never is."""
    for source in await sources(tx, event):
        if source.case == case:
            await note_source(tx, replace(source, withdrawn=True), now)


def mark(tx: Transaction, file: Attachment | None) -> str:
    """Tells one attachment from another, and leads to none of them; nothing attached: empty."""
    return "" if file is None else tx.seal.key("attached", file.source.reveal())


async def attach_source(
    tx: Transaction, case: CaseName, event: EventId, file: Attachment | None, now: Millis
) -> None:
    """Written down with the decision: this is attached to it from now on, and nothing else."""
    for source in await sources(tx, event):
        if source.case == case:
            await note_source(tx, replace(source, file=mark(tx, file)), now)


async def is_replaced(tx: Transaction, case: CaseName, event: EventId | None, file: str | None) -> bool:
    """Whether something else is attached to the message by now, or nothing."""
    found = () if event is None else await sources(tx, event)
    return any(source.file not in (None, file) for source in found if source.case == case)


async def is_withdrawn(tx: Transaction, case: CaseName, event: EventId | None) -> bool:
    found = () if event is None else await sources(tx, event)
    return any(source.withdrawn for source in found if source.case == case)


def _opened(tx: Transaction, row: Row) -> Copy:
    return tx.open("copies", row[0], row[1], Copy)
