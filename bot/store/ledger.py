"""What came in: our bookmark, what we have seen, the inbox, messages without a key, invitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never

from msgspec import Struct

from bot.core.effects import Incoming, Outcome, Timer
from bot.core.model import (
    IdentityChange,
    Invitation,
    Membership,
    Message,
    Millis,
    Reaction,
    Removal,
    RoomChange,
    RoomId,
    RoomUnread,
    Unreadable,
)
from bot.ports import Batch, Heard, Undecrypted
from bot.store import asides
from bot.store.database import Transaction

PATIENCE: Final = Millis(2 * 60 * 1000)
"""So long a message may wait for its key before its sender is told."""
AT_ONCE: Final = 100
CLOCK_WANDERS: Final = Millis(60_000)
"""A clock that goes back by less is only being set right, and nothing waits much longer for it."""


class Waiting(Struct, frozen=True):
    """Something in the inbox, still sealed: one that cannot be opened must not hold up the others."""

    seq: int
    row: bytes
    lane: bytes
    tries: int
    sealed: bytes


class Opened(Struct, frozen=True):
    """Something that came in."""

    id: str
    """Unlike anything else's, now and later: the keys of all deeds that follow are made from it."""
    incoming: Incoming


def name_of(incoming: Incoming) -> str:
    """The same for the same thing however often it comes in."""
    match incoming:
        case (
            Message()
            | Unreadable()
            | Membership()
            | Removal()
            | Reaction()
            | RoomChange()
            | Timer()
            | Outcome()
        ):
            return f"{type(incoming).__name__} {incoming.id}"
        case Invitation():
            return f"Invitation {incoming.room} {incoming.sender} {incoming.at}"
        case IdentityChange():
            return f"IdentityChange {incoming.person} {incoming.at}"
        case RoomUnread():
            return f"RoomUnread {incoming.room} {incoming.since}"
        case _:
            assert_never(incoming)


def _lane(incoming: Incoming) -> str:
    """What stays in order: the words of one person, the news of one plan; nobody waits for somebody else."""
    match incoming:
        case Message() | Unreadable() | Removal() | Reaction() | Invitation():
            return incoming.sender
        case Membership() | IdentityChange():
            return incoming.person
        case Outcome():
            return f"{incoming.origin.room} {incoming.origin.event} {incoming.origin.reason}"
        case Timer() | RoomChange() | RoomUnread():
            return incoming.room
        case _:
            assert_never(incoming)


async def bookmark(tx: Transaction) -> str | None:
    row = await tx.row("SELECT sealed FROM bookmark")
    return None if row is None else tx.open("bookmark", b"", row[0], str)


async def take(tx: Transaction, batch: Batch, now: Millis, *, decided: bool = False) -> int:
    """Write down one sync: what is new in it, and how far we have read. Returns how many things are new.

    What came and is decided already is remembered as seen, and goes no further.
    """
    if decided:
        for each in batch.incoming:
            await _is_new(tx, name_of(each), now)
    new = await hear(tx, Heard(() if decided else batch.incoming, batch.undecrypted), now)
    for aside in batch.aside:
        await asides.put(tx, aside, now)
    await tx.rows(
        "INSERT INTO bookmark (one, at, sealed) VALUES (1, ?, ?)"
        " ON CONFLICT (one) DO UPDATE SET at = excluded.at, sealed = excluded.sealed",
        now,
        tx.close("bookmark", b"", batch.bookmark),
    )
    return new


async def hear(tx: Transaction, heard: Heard, now: Millis) -> int:
    """Write down what stood in rooms. Returns how many things are new."""
    new = [each for each in heard.incoming if await _is_new(tx, name_of(each), now)]
    for incoming in new:
        await put(tx, incoming, now)
        if isinstance(incoming, Invitation):
            await _remember_invitation(tx, incoming, now)
    for message in heard.undecrypted:
        if await _is_new(tx, name_of(message.event), now):
            await _keep(tx, message, now)
    return len(new)


async def follow_clock(tx: Transaction, now: Millis) -> bool:
    """When the clock was put back, put everything that is due back with it. Returns whether it was."""
    row = await tx.row("SELECT at FROM bookmark")
    back = 0 if row is None else int(row[0]) - now
    if back <= CLOCK_WANDERS:
        return False
    for table in ("inbox", "outbox", "undecrypted", "timers", "asides"):
        await tx.rows(f"UPDATE {table} SET due = max(0, due - ?)", back)  # noqa: S608 - names of ours
    return True


async def _is_new(tx: Transaction, name: str, now: Millis) -> bool:
    seen = tx.seal.name("seen", name)
    return bool(await tx.rows("INSERT OR IGNORE INTO seen (id, at) VALUES (?, ?) RETURNING 1", seen, now))


async def put(tx: Transaction, incoming: Incoming, now: Millis) -> None:
    """Into the inbox, unless it is there already."""
    id_ = name_of(incoming)
    row = tx.seal.name("inbox", id_)
    follows = None
    if isinstance(incoming, Removal):
        follows = tx.seal.name("inbox", f"{Message.__name__} {incoming.target}")
    await tx.rows(
        "INSERT OR IGNORE INTO inbox (id, lane, follows, due, at, sealed) VALUES (?, ?, ?, 0, ?, ?)",
        row,
        tx.seal.name("lane", _lane(incoming)),
        follows,
        now,
        tx.close("inbox", row, Opened(id_, incoming)),
    )


async def waits(tx: Transaction) -> bool:
    """Whether anything that came has still to be decided."""
    return await tx.row("SELECT 1 FROM inbox LIMIT 1") is not None


async def timer_waits(tx: Transaction, room: RoomId) -> bool:
    """Whether a time that came for this room may not be decided on yet: the lane of a room is its timers'."""
    lane = tx.seal.name("lane", room)
    return await tx.row("SELECT 1 FROM inbox WHERE lane = ?", lane) is not None


async def ready(tx: Transaction, now: Millis, most: int = AT_ONCE, after: int = 0) -> list[Waiting]:
    """What can be decided now, oldest first: due, and nothing earlier in its lane still has to wait.

    A deletion of one's own words waits for these; what one does after it, such as leaving, waits for both.
    """
    rows = await tx.rows(
        "SELECT seq, id, lane, tries, sealed FROM inbox AS mine WHERE due <= ?1 AND seq > ?3"
        " AND NOT EXISTS (SELECT 1 FROM inbox AS other"
        "   WHERE other.lane = mine.lane AND other.due > ?1 AND other.seq < mine.seq AND other.tries < 8)"
        " AND (follows IS NULL OR NOT EXISTS (SELECT 1 FROM inbox AS other WHERE other.id = mine.follows))"
        " ORDER BY seq LIMIT ?2",
        now,
        most,
        after,
    )
    waiting = [Waiting(*row) for row in rows]
    held = await _deleted_by_themselves(tx, waiting) if waiting else {}
    return [each for each in waiting if each.seq < held.get(each.lane, each.seq + 1)]


async def _deleted_by_themselves(tx: Transaction, waiting: Sequence[Waiting]) -> dict[bytes, int]:
    """By lane, the first deletion that waits for words of the same person, which are decided on only now."""
    lanes = {each.row: each.lane for each in waiting}
    marks = ", ".join("?" * len(waiting))
    rows = await tx.rows(
        f"SELECT seq, lane, follows FROM inbox WHERE follows IN ({marks}) ORDER BY seq DESC",  # noqa: S608 - marks
        *lanes,
    )
    return {lane: seq for seq, lane, words in rows if lanes[words] == lane}


def opened(tx: Transaction, waiting: Waiting) -> Opened:
    return tx.open("inbox", waiting.row, waiting.sealed, Opened)


async def decided(tx: Transaction, waiting: Waiting) -> None:
    await tx.rows("DELETE FROM inbox WHERE seq = ?", waiting.seq)


async def postpone(tx: Transaction, waiting: Waiting, due: Millis) -> None:
    await tx.rows("UPDATE inbox SET due = ?, tries = tries + 1 WHERE seq = ?", due, waiting.seq)


async def left(tx: Transaction, now: Millis) -> tuple[bool, Millis | None]:
    """Whether the inbox holds something that is due, and when it or a timer next needs us.

    What is due already, and could not be decided on, waits for something that comes later.
    """
    [(left, due)] = await tx.rows(
        "SELECT EXISTS (SELECT 1 FROM inbox WHERE due <= ?1), min(due)"
        " FROM (SELECT min(due) AS due FROM inbox WHERE due > ?1"
        " UNION ALL SELECT min(due) FROM timers WHERE due > ?1)",
        now,
    )
    return bool(left), None if due is None else Millis(due)


# -- messages whose key is not here yet --------------------------------------------------------------------


async def _keep(tx: Transaction, message: Undecrypted, now: Millis) -> None:
    row = tx.seal.name("undecrypted", message.event.id)
    await tx.rows(
        "INSERT OR IGNORE INTO undecrypted (id, due, at, sealed) VALUES (?, ?, ?, ?)",
        row,
        now + PATIENCE,
        now,
        tx.close("undecrypted", row, message),
    )


async def undecrypted(tx: Transaction) -> list[Undecrypted]:
    """Everything that a new key may open, oldest first."""
    rows = await tx.rows("SELECT id, sealed FROM undecrypted ORDER BY at")
    return [tx.open("undecrypted", id_, sealed, Undecrypted) for id_, sealed in rows]


async def can_be_read(tx: Transaction, event: Unreadable, incoming: Incoming, now: Millis) -> None:
    """The key came: from here on the message is like any other."""
    row = tx.seal.name("undecrypted", event.id)
    if not await tx.rows("DELETE FROM undecrypted WHERE id = ? RETURNING 1", row):
        return
    if isinstance(incoming, Unreadable) or await _is_new(tx, name_of(incoming), now):
        await put(tx, incoming, now)


async def give_up_waiting(tx: Transaction, now: Millis) -> int:
    """Messages whose key did not come in time go into the inbox as such; if it still comes, they are read."""
    rows = await tx.rows("UPDATE undecrypted SET due = NULL WHERE due <= ? RETURNING id, sealed", now)
    for id_, sealed in rows:
        message = tx.open("undecrypted", id_, sealed, Undecrypted)
        await put(tx, message.event, now)
    return len(rows)


async def patience_ends(tx: Transaction) -> Millis | None:
    row = await tx.row("SELECT min(due) FROM undecrypted")
    return None if row is None or row[0] is None else Millis(row[0])


# -- invitations: the homeserver does not repeat them ------------------------------------------------------


async def _remember_invitation(tx: Transaction, invitation: Invitation, now: Millis) -> None:
    row = tx.seal.name("room", invitation.room)
    await tx.rows(
        "INSERT INTO invitations (room, at, sealed) VALUES (?, ?, ?)"
        " ON CONFLICT (room) DO UPDATE SET at = excluded.at, sealed = excluded.sealed",
        row,
        now,
        tx.close("invitations", row, invitation),
    )


async def invitations(tx: Transaction) -> Sequence[Invitation]:
    rows = await tx.rows("SELECT room, sealed FROM invitations ORDER BY at")
    return [tx.open("invitations", room, sealed, Invitation) for room, sealed in rows]


async def is_underway(tx: Transaction, invitation: Invitation) -> bool:
    """Whether what was decided about it is still to be done: to decide once more would plan it twice."""
    rows = [tx.seal.name("outbox", name_of(invitation), plan) for plan in ("join", "decline")]
    return await tx.row("SELECT 1 FROM outbox WHERE id IN (?, ?)", *rows) is not None


async def answered_invitation(tx: Transaction, room: RoomId) -> None:
    await tx.rows("DELETE FROM invitations WHERE room = ?", tx.seal.name("room", room))
