"""One sync into one batch: keys first, gaps filled, and every event read by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from msgspec.structs import replace

from bot.core.effects import Incoming
from bot.core.model import (
    EventId,
    IdentityChange,
    Membership,
    Millis,
    Presence,
    RoomChange,
    RoomId,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.matrix import rooms
from bot.matrix.client import SECONDS, Client
from bot.matrix.events import Events, turns_on_encryption
from bot.matrix.history import History
from bot.matrix.keys import Upkeep
from bot.matrix.reading import Reader
from bot.matrix.shown import Shown
from bot.matrix.translate import Event, invitation, is_event, named, part
from bot.matrix.wire import fetch, path, query
from bot.ports import Aside, Batch, Clock, Forbidden, Gone, Heard, Journal, TryAgainLater, Undecrypted

TYPES: Final = (
    "m.room.message",
    "m.room.encrypted",
    "m.room.member",
    "m.room.redaction",
    "m.reaction",
    "m.room.encryption",
)
"""What we read."""
SHAPE: Final = (
    "m.room.encryption",
    "m.room.history_visibility",
    "m.room.join_rules",
    "m.room.guest_access",
    "m.room.power_levels",
    "m.room.tombstone",
)
"""What makes a room safe or not. That it changed is all we take from here: what a room is like is asked when
it matters."""
NOTHING: Final = {"not_types": ["*"]}
FIRST: Final = "m.room.create"
"""Shown among the state of a room that is new to us, and of no other."""


BOOKMARK: Final = {"presence": NOTHING, "account_data": NOTHING, "room": {"rooms": []}}
"""Of the very first sync: nothing old is answered. Synapse answers at once when no room at all is asked for;
else it looks through every room to show nothing of it: 6 of the 7 s of a first start in a thousand."""
INVITATIONS: Final = {
    "presence": NOTHING,
    "account_data": NOTHING,
    "room": {"account_data": NOTHING, "ephemeral": NOTHING, "state": NOTHING, "timeline": NOTHING},
}
"""Of the one that shows who had asked us in by then; nobody else waits for it."""
ASKED_IN: Final = Aside("invitations", None, Sensitive(""))


def _from_the_beginning(shown: Mapping[str, Any]) -> str:
    asked = {"filter": json.dumps(shown), "timeout": "0", "set_presence": "offline"}
    return path("sync") + query(asked)


def wanted(me: UserId) -> Mapping[str, Any]:
    """The filter of our syncs. What we did ourselves wakes nobody: for one message three go out."""
    return {
        "presence": NOTHING,
        "account_data": NOTHING,
        "room": {
            "account_data": NOTHING,
            "ephemeral": NOTHING,
            "state": {"types": [FIRST, *SHAPE]},
            "timeline": {"types": sorted({*TYPES, *SHAPE}), "not_senders": [me], "limit": 50},
        },
    }


DAY: Final = 24 * 60 * 60 * 1000


class Sync:
    """Pulls: nothing is remembered between two pulls that a restart must not forget."""

    def __init__(
        self, client: Client, reader: Reader, upkeep: Upkeep, clock: Clock, journal: Journal
    ) -> None:
        self._client = client
        self._reader = reader
        self._upkeep = upkeep
        self._clock = clock
        self._journal = journal
        self._always = path("sync") + query(
            {"filter": json.dumps(wanted(UserId(client.user_id))), "set_presence": "offline"}
        )
        """What every sync but the first asks for; the same for each, and long."""
        self._history = History(client, TYPES)
        self._events = Events(client, reader, journal)
        self._swept: Millis | None = None
        self._changed: tuple[IdentityChange, ...] = ()
        self._asked_from: str | None = None
        """The bookmark of the last sync, which gave these."""

    async def pull(self, bookmark: str | None, wait: Millis, behind: frozenset[RoomId]) -> Batch:
        """Raises `TryAgainLater` and `LoggedOut`; nothing is lost, as the bookmark then stays."""
        if bookmark is None:
            where = _from_the_beginning(BOOKMARK)
        else:
            where = self._always + "&" + query({"timeout": str(wait), "since": bookmark})[1:]
        body = await fetch(self._client, "GET", where, seconds=wait / 1000 + SECONDS)
        if named(body, "next_batch") is None:
            raise TryAgainLater("the homeserver's answer to a sync has no end")
        batch = await self._take(body, bookmark, behind)
        return batch if bookmark is not None else replace(batch, aside=(ASKED_IN,))

    async def read_aside(self, aside: Aside) -> Heard:
        """Raises `TryAgainLater` and `LoggedOut`."""
        if aside.room is None:
            body = await fetch(self._client, "GET", _from_the_beginning(INVITATIONS), seconds=SECONDS)
            return Heard(tuple(self._invitations(body)))
        self._reader.a_new_sync()
        shown = Shown.taken_up(aside.room, aside)
        events = await self._timeline(shown)
        await self._meet_authors(events)
        return _heard(await self._read_all(shown, events))

    async def _take(self, body: Mapping[str, Any], bookmark: str | None, behind: frozenset[RoomId]) -> Batch:
        self._upkeep.note_changes(body)
        came = self._reader.take_keys(part(part(body, "to_device"), "events"))
        if came.malformed:
            self._journal.event("to_device.malformed", count=came.malformed)
        read, aside = await self._rooms(_shown(body, bookmark), behind)
        heard = _heard(read)
        # What is missing is missing again at the next sync; what came must not wait for it.
        with suppress(TryAgainLater):
            await self._upkeep.refill(body)
            await self._upkeep.mend()
            # A supporter's changed identity must be known before the next case, not by it; and whose device
            # made a room key, before the first message comes that was sealed with it.
            await self._client.devices.learn(came.senders)
        self._sweep()
        changes = list(_changes(body))
        return Batch(
            bookmark=body["next_batch"],
            incoming=(
                *self._invitations(body),
                *heard.incoming,
                *changes,
                *self._identities(bookmark),
            ),
            undecrypted=heard.undecrypted,
            # Without its owner's devices a key is as good as missing.
            keys_came=self._client.devices.take_spoken_of() or came.keys > 0,
            changed=frozenset(change.room for change in changes),
            aside=tuple(each.put_aside() for each in aside),
        )

    def _identities(self, bookmark: str | None) -> tuple[IdentityChange, ...]:
        """Who has another identity since the last sync, or since one before it that was not written down.

        Each change is noticed once, while a sync that could not be written down is asked for again.
        """
        before = self._changed if bookmark == self._asked_from else ()
        taken = (IdentityChange(person, self._clock.now()) for person in self._client.devices.take_changes())
        self._changed, self._asked_from = (*before, *taken), bookmark
        return self._changed

    async def read_again(self, undecrypted: Undecrypted) -> Incoming | None:
        return await self._events.read_again(undecrypted)

    def _sweep(self) -> None:
        now = self._clock.now()
        if self._swept is None or now - self._swept > DAY:
            self._swept = now
            self._upkeep.forget(now)

    # -- rooms -------------------------------------------------------------------------------------------

    def _invitations(self, body: object) -> Iterator[Incoming]:
        me, now = UserId(self._client.user_id), self._clock.now()
        for room, section in _sections(body, "invite"):
            asked = invitation(part(part(section, "invite_state"), "events"), room, me, now)
            if asked is not None:
                yield asked

    async def _rooms(
        self, shown: tuple[Shown, ...], behind: frozenset[RoomId]
    ) -> tuple[list[Incoming | Undecrypted], list[Shown]]:
        """What stands in them, and which of them could not be read."""
        aside = [each for each in shown if each.room in behind]
        timelines, read = [], []
        for each in shown:
            if each.room not in behind:
                with _or_put(each, aside):
                    timelines.append((each, await self._timeline(each)))
        self._reader.a_new_sync()
        # All at once: a homeserver that is slow to say whose devices are whose costs us its time only once.
        unmet = not await self._met(event for _, events in timelines for event in events)
        for each, events in timelines:
            if unmet and any(map(_is_encrypted, events)):
                aside.append(each)
                continue
            with _or_put(each, aside):
                read += await self._read_all(each, events)
        return read, aside

    async def _met(self, events: Iterable[Event]) -> bool:
        try:
            await self._meet_authors(events)
        except TryAgainLater:
            return False
        return True

    async def _meet_authors(self, events: Iterable[Event]) -> None:
        await self._reader.meet(event["sender"] for event in events if _is_encrypted(event))

    def _says_gone(self, gathered: list[Incoming | Undecrypted], room: RoomId) -> bool:
        return any(
            isinstance(thing, Membership)
            and (thing.room, thing.person, thing.presence) == (room, self._client.user_id, Presence.GONE)
            for thing in gathered
        )

    def _left(self, room: RoomId, bookmark: str) -> Membership:
        """In place of the event that made us leave, when the homeserver does not show it."""
        me, now = UserId(self._client.user_id), self._clock.now()
        return Membership(EventId(f"left {room} {bookmark}"), room, me, Presence.GONE, now)

    async def _timeline(self, shown: Shown) -> list[Event]:
        found = part(part(shown.section, "state"), "events")
        state = found if isinstance(found, list) else []
        if any(turns_on_encryption(event) for event in state):
            self._events.remember_encrypted(shown.room)
        new = any(part(event, "type") == FIRST for event in state)
        entry = await self._entry(shown.room) if new else None
        events = await self._history.timeline(shown.room, shown.section, shown.since, entry)
        return [event for event in events if is_event(event)]

    async def _entry(self, room: RoomId) -> Event | None:
        """The event by which we came into a room; None when we are out again."""
        try:
            found = await rooms.state(self._client, room)
        except (Forbidden, Gone):
            return None
        entry = found.events["m.room.member", self._client.user_id]
        return entry if is_event(entry) else None

    async def _read_all(self, shown: Shown, events: list[Event]) -> list[Incoming | Undecrypted]:
        gathered = []
        last_change = max((at for at, event in enumerate(events) if turns_on_encryption(event)), default=-1)
        for place, event in enumerate(events):
            read = await self._events.read(event, shown.room, before_encryption=place <= last_change)
            if read is not None:
                gathered.append(read)
        if shown.gone and not self._says_gone(gathered, shown.room):
            gathered.append(self._left(shown.room, shown.until))
        return gathered


@contextmanager
def _or_put(shown: Shown, aside: list[Shown]) -> Iterator[None]:
    """What cannot be read of a room now is put aside."""
    try:
        yield
    except TryAgainLater:
        aside.append(shown)


def _heard(read: list[Incoming | Undecrypted]) -> Heard:
    return Heard(
        tuple(thing for thing in read if not isinstance(thing, Undecrypted)),
        tuple(thing for thing in read if isinstance(thing, Undecrypted)),
    )


def _shown(body: Mapping[str, Any], bookmark: str | None) -> tuple[Shown, ...]:
    """Each room of a sync; of the very first none, as nothing old is answered."""
    if bookmark is None:
        return ()
    return tuple(
        Shown(room, section, kind == "leave", bookmark, body["next_batch"])
        for kind in ("join", "leave")
        for room, section in _sections(body, kind)
    )


def _changes(body: object) -> Iterator[RoomChange]:
    """One for each room, however much of it changed."""
    for room, section in _sections(body, "join"):
        found = (part(part(section, place), "events") for place in ("state", "timeline"))
        every = [event for events in found if isinstance(events, list) for event in events]
        last = [event for event in every if is_event(event) and event["type"] in SHAPE][-1:]
        for event in last:
            yield RoomChange(EventId(event["event_id"]), room, Millis(event["origin_server_ts"]))


def _sections(body: object, kind: str) -> Iterator[tuple[RoomId, object]]:
    rooms = part(part(body, "rooms"), kind)
    for room, section in rooms.items() if isinstance(rooms, dict) else ():
        # Half of a surrogate pair, which JSON allows, can be kept nowhere.
        if named({"room": room}, "room") is not None:
            yield RoomId(room), section


def _is_encrypted(event: Event) -> bool:
    return bool(part(event, "type") == "m.room.encrypted")
