"""What rooms are to us: kind, cities, language, guard; supporter rooms with their rosters; aliases."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from bot.core.changes import AskServe, ChangeRoster, SetAlias, SetRoom, SettleServe, TakeRoster
from bot.core.model import CitySlug, Millis, RoomId, RoomKind, SupporterRoom, UserId
from bot.core.view import RoomView, ServeRequest
from bot.store.database import Transaction

_STANDING: Final = "standing"


class Standing(Struct, frozen=True):
    """Everything said in chat about supporter rooms and cities; small, and read for every decision."""

    supporter_rooms: tuple[SupporterRoom, ...]
    """Rooms a steward confirmed."""
    rosters: Mapping[RoomId, frozenset[UserId]]
    """Of every room that ever got one; whether it counts depends on what the room is now."""
    aliases: Mapping[str, CitySlug]
    serve_requests: tuple[ServeRequest, ...]


async def standing(tx: Transaction) -> Standing:
    known = tx.remembered(_STANDING)
    if not isinstance(known, Standing):
        known = await _read_standing(tx)
        tx.remember(_STANDING, known)
    return known


async def _read_standing(tx: Transaction) -> Standing:
    rooms = [
        (tx.open("rooms", id_, sealed, RoomView), kind, rostered)
        for id_, kind, rostered, sealed in await tx.rows(
            "SELECT id, kind, rostered, sealed FROM rooms"
            " WHERE kind = 'supporter' OR rostered = 1 ORDER BY at, id"
        )
    ]
    rosters: dict[RoomId, set[UserId]] = {room.room: set() for room, _, rostered in rooms if rostered}
    names = {tx.seal.name("room", room): room for room in rosters}
    for row, person, sealed in await tx.rows("SELECT room, person, sealed FROM rosters"):
        if row in names:
            rosters[names[row]].add(tx.open("rosters", row + person, sealed, UserId))
    aliases = [
        tx.open("aliases", alias, sealed, SetAlias)
        for alias, sealed in await tx.rows("SELECT alias, sealed FROM aliases ORDER BY at")
    ]
    requests = [
        tx.open("serve_requests", code, sealed, ServeRequest)
        for code, sealed in await tx.rows("SELECT code, sealed FROM serve_requests ORDER BY at")
    ]
    return Standing(
        tuple(SupporterRoom(room.room, room.cities) for room, kind, _ in rooms if kind == RoomKind.SUPPORTER),
        MappingProxyType({room: frozenset(people) for room, people in rosters.items()}),
        MappingProxyType({each.alias: each.city for each in aliases}),
        tuple(requests),
    )


async def room(tx: Transaction, id_: RoomId) -> RoomView:
    """As it was set up; a room we know nothing of is a community room without cities."""
    return await _known(tx, id_) or RoomView(id_)


async def _known(tx: Transaction, id_: RoomId) -> RoomView | None:
    name = tx.seal.name("room", id_)
    row = await tx.row("SELECT sealed FROM rooms WHERE id = ?", name)
    return None if row is None else tx.open("rooms", name, row[0], RoomView)


async def with_cities(tx: Transaction) -> tuple[RoomView, ...]:
    """Community rooms whose admins said which cities they belong to."""
    rows = await tx.rows("SELECT id, sealed FROM rooms WHERE kind = 'community' ORDER BY id")
    known = (tx.open("rooms", id_, sealed, RoomView) for id_, sealed in rows)
    return tuple(room for room in known if room.cities)


async def set_room(tx: Transaction, change: SetRoom, now: Millis) -> None:
    before = await room(tx, change.room)
    said: dict[str, Any] = {
        name: getattr(change, name)
        for name in ("kind", "cities", "guard", "person")
        if getattr(change, name) is not None
    }
    if change.language is not None:
        said["chosen"] = change.language
    await _write(tx, replace(before, **said), now)


async def _write(tx: Transaction, room: RoomView, now: Millis) -> None:
    name = tx.seal.name("room", room.room)
    private = room.kind is RoomKind.PRIVATE and room.person is not None
    await tx.rows(
        "INSERT INTO rooms (id, kind, person, at, sealed) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
        " SET kind = excluded.kind, person = excluded.person, at = excluded.at, sealed = excluded.sealed",
        name,
        room.kind.value,
        tx.seal.name("person", room.person) if private and room.person is not None else None,
        now,
        tx.close("rooms", name, room),
    )
    tx.changed()


async def forget_room(tx: Transaction, id_: RoomId) -> None:
    """Everything said about it and in it goes: its aliases, its roster, its wish to serve."""
    name = tx.seal.name("room", id_)
    await _drop_roster(tx, name)
    await tx.rows("DELETE FROM rooms WHERE id = ?", name)
    await tx.rows("DELETE FROM aliases WHERE room = ?", name)
    await tx.rows("DELETE FROM serve_requests WHERE room = ?", name)
    await tx.rows("DELETE FROM invitations WHERE room = ?", name)
    tx.changed()


async def set_alias(tx: Transaction, change: SetAlias, now: Millis) -> None:
    alias = tx.seal.name("alias", change.alias)
    await tx.rows(
        "INSERT INTO aliases (alias, room, at, sealed) VALUES (?, ?, ?, ?) ON CONFLICT (alias) DO UPDATE"
        " SET room = excluded.room, at = excluded.at, sealed = excluded.sealed",
        alias,
        tx.seal.name("room", change.room),
        now,
        tx.close("aliases", alias, change),
    )
    tx.changed()


# -- supporter rooms ------------------------------------------------------------------------------------


async def ask_serve(tx: Transaction, change: AskServe) -> None:
    """A room asks for one thing at a time: a new wish takes the place of the old one."""
    room_name, code = tx.seal.name("room", change.room), tx.seal.name("code", change.code)
    request = ServeRequest(change.code, change.room, change.cities, change.roster, change.asked_by)
    await tx.rows("DELETE FROM serve_requests WHERE room = ?", room_name)
    await tx.rows(
        "INSERT INTO serve_requests (code, room, at, sealed) VALUES (?, ?, ?, ?)",
        code,
        room_name,
        change.at,
        tx.close("serve_requests", code, request),
    )
    tx.changed()


async def settle_serve(tx: Transaction, change: SettleServe, now: Millis) -> None:
    code = tx.seal.name("code", change.code)
    rows = await tx.rows("DELETE FROM serve_requests WHERE code = ? RETURNING sealed", code)
    tx.changed()
    if not rows or not change.confirmed:
        return
    request = tx.open("serve_requests", code, rows[0][0], ServeRequest)
    before = await room(tx, request.room)
    after = replace(before, kind=RoomKind.SUPPORTER, cities=request.cities, person=None)
    await _write(tx, after, now)
    await _write_roster(tx, request.room, request.roster, now)


async def stop_serving(tx: Transaction, id_: RoomId, now: Millis) -> None:
    before = await room(tx, id_)
    await _write(tx, replace(before, kind=RoomKind.COMMUNITY, cities=()), now)
    await _drop_roster(tx, tx.seal.name("room", id_))


async def take_roster(tx: Transaction, change: TakeRoster, now: Millis) -> None:
    """Only the first time: whoever came later was not there when the room was listed."""
    row = await tx.row("SELECT rostered FROM rooms WHERE id = ?", tx.seal.name("room", change.room))
    if row is not None and row[0]:
        return
    await _write(tx, await room(tx, change.room), now)
    await _write_roster(tx, change.room, change.people, now)


async def change_roster(tx: Transaction, change: ChangeRoster, now: Millis) -> None:
    name, person = tx.seal.name("room", change.room), tx.seal.name("person", change.person)
    if change.on:
        await _write(tx, await room(tx, change.room), now)
        await _add(tx, name, change.person, now)
    else:
        await tx.rows("DELETE FROM rosters WHERE room = ? AND person = ?", name, person)
    tx.changed()


async def _write_roster(tx: Transaction, id_: RoomId, people: frozenset[UserId], now: Millis) -> None:
    name = tx.seal.name("room", id_)
    await tx.rows("DELETE FROM rosters WHERE room = ?", name)
    await tx.rows("UPDATE rooms SET rostered = 1 WHERE id = ?", name)
    for person in sorted(people):
        await _add(tx, name, person, now)


async def _add(tx: Transaction, name: bytes, person: UserId, now: Millis) -> None:
    row = tx.seal.name("person", person)
    sealed = tx.close("rosters", name + row, person)
    statement = "INSERT OR REPLACE INTO rosters (room, person, at, sealed) VALUES (?, ?, ?, ?)"
    await tx.rows(statement, name, row, now, sealed)


async def _drop_roster(tx: Transaction, name: bytes) -> None:
    await tx.rows("DELETE FROM rosters WHERE room = ?", name)
    await tx.rows("UPDATE rooms SET rostered = 0 WHERE id = ?", name)
    tx.changed()
