"""What we keep about people: private chats, the city we asked for, what they did lately, identities."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, final

from bot.core.changes import AskedCity, NoteAct
from bot.core.model import Millis, RoomId, UserId
from bot.core.view import RoomView
from bot.ports import Clock, Undecrypted
from bot.store.database import Database, Transaction

LATELY: Final = Millis(60 * 60 * 1000)
_PINS: Final = "pins"
ALL: Final = -1
"""For SQLite: no limit."""
OTHER_CHATS: Final = "DELETE FROM rooms WHERE kind = 'private' AND person = ? AND id != ?"
UNREAD_THERE: Final = (
    "DELETE FROM asides"
    " WHERE room IN (SELECT id FROM rooms WHERE kind = 'private' AND person = ? AND id != ?)"
)
FORGOTTEN: Final = (
    *("asked_cities", "waiting_files", "acts", "check_ins", "alarm_words", "shifts", "consents"),
    "alerts",  # drafts, that is: of one that was approved nobody knows who wrote it
)


ABOUT: Final = ("asked_cities", "waiting_files", "acts", "check_ins", "alarm_words", "consents")
_KEPT: Final = " UNION ALL ".join(
    f"SELECT '{table}' FROM {table} WHERE person = ?1"  # noqa: S608 - names of ours
    for table in ABOUT
)


async def kept_in(tx: Transaction, person: UserId) -> frozenset[str]:
    """Which tables of `ABOUT` hold something of this person: one question in place of six."""
    return frozenset(table for (table,) in await tx.rows(_KEPT, tx.seal.name("person", person)))


async def private_chats(tx: Transaction, person: UserId, most: int = 3) -> tuple[RoomView, ...]:
    """The newest first: an older one may be the better one, when the newest turns out not to be encrypted."""
    rows = await tx.rows(
        "SELECT id, sealed FROM rooms WHERE kind = 'private' AND person = ? ORDER BY at DESC LIMIT ?",
        tx.seal.name("person", person),
        most,
    )
    return tuple(tx.open("rooms", id_, sealed, RoomView) for id_, sealed in rows)


async def used_chat(tx: Transaction, room: RoomId, now: Millis) -> None:
    """This one works: it is the first to be tried next time."""
    await tx.rows(
        "UPDATE rooms SET at = ? WHERE id = ? AND kind = 'private'", now, tx.seal.name("room", room)
    )


async def asked_city(tx: Transaction, change: AskedCity, now: Millis) -> None:
    name = tx.seal.name("person", change.person)
    await tx.rows(
        "INSERT OR REPLACE INTO asked_cities (person, at, sealed) VALUES (?, ?, ?)",
        name,
        now,
        tx.close("asked_cities", name, change),
    )


async def answered_city(tx: Transaction, person: UserId) -> None:
    await tx.rows("DELETE FROM asked_cities WHERE person = ?", tx.seal.name("person", person))


async def city_asked_of(tx: Transaction, person: UserId, now: Millis) -> AskedCity | None:
    name = tx.seal.name("person", person)
    row = await tx.row("SELECT sealed FROM asked_cities WHERE person = ?", name)
    if row is None:
        return None
    asked = tx.open("asked_cities", name, row[0], AskedCity)
    return asked if asked.until > now else None


async def note_act(tx: Transaction, change: NoteAct) -> None:
    await tx.rows(
        "INSERT INTO acts (person, act, at) VALUES (?, ?, ?)",
        tx.seal.name("person", change.person),
        change.act,
        change.at,
    )


async def acts(tx: Transaction, person: UserId, now: Millis) -> Mapping[str, tuple[Millis, ...]]:
    """What a person did in the last hour, oldest first, by the name of the limit."""
    found: dict[str, tuple[Millis, ...]] = {}
    rows = await tx.rows(
        "SELECT act, at FROM acts WHERE person = ? AND at > ? ORDER BY at",
        tx.seal.name("person", person),
        now - LATELY,
    )
    for act, at in rows:
        found[act] = (*found.get(act, ()), Millis(at))
    return found


async def trust_again(tx: Transaction, person: UserId) -> None:
    await tx.rows("DELETE FROM pins WHERE person = ?", tx.seal.name("person", person))
    tx.changed()


async def forget(tx: Transaction, person: UserId, chat: RoomId, until: Millis | None = None) -> None:
    """All about a person but their pinned identity and the chat in which they are still to be told so.

    What was written down after `until` stays, but for other chats, which we have left.
    """
    name, then = tx.seal.name("person", person), "(?2 IS NULL OR at <= ?2)"
    for table in FORGOTTEN:
        await tx.rows(f"DELETE FROM {table} WHERE person = ?1 AND {then}", name, until)  # noqa: S608 - names of ours
    others = (name, tx.seal.name("room", chat))
    for delete in (UNREAD_THERE, OTHER_CHATS):
        await tx.rows(delete, *others)
    for row, sealed in await tx.rows(
        "SELECT id, sealed FROM undecrypted WHERE ?1 IS NULL OR at <= ?1", until
    ):
        if tx.open("undecrypted", row, sealed, Undecrypted).event.sender == person:
            await tx.rows("DELETE FROM undecrypted WHERE id = ?", row)
    tx.changed()


@final
class StoredPins:
    """The identity each person was first seen with; read once, and from memory after that."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._known: dict[UserId, str] = {}

    async def load(self) -> None:
        async with self._database.transaction() as tx:
            rows = await tx.rows("SELECT person, sealed FROM pins")
            self._known = dict(tx.open("pins", person, sealed, tuple[UserId, str]) for person, sealed in rows)

    def known(self) -> Mapping[UserId, str]:
        return MappingProxyType(self._known)

    async def remember(self, pins: Mapping[UserId, str]) -> None:
        """Durable when it returns; a person who is pinned already keeps the pin."""
        new = {person: pin for person, pin in pins.items() if person not in self._known}
        if not new:
            return
        now = self._clock.now()
        async with self._database.transaction() as tx:
            for person, pin in new.items():
                name = tx.seal.name("person", person)
                sealed = tx.close("pins", name, (person, pin))
                statement = "INSERT OR IGNORE INTO pins (person, at, sealed) VALUES (?, ?, ?)"
                await tx.rows(statement, name, now, sealed)
        for person, pin in new.items():
            self._known.setdefault(person, pin)

    async def forget(self, person: UserId) -> None:
        async with self._database.transaction() as tx:
            await trust_again(tx, person)
        self._known.pop(person, None)
