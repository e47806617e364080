"""One event, read by itself: decrypted if need be, and never more than its sender may say."""

from __future__ import annotations

import json

from bot.core.effects import Incoming
from bot.core.model import Message, RoomId, Trust
from bot.core.sensitive import Sensitive
from bot.matrix import rooms
from bot.matrix.client import Client
from bot.matrix.reading import Reader, Unread
from bot.matrix.translate import Event, incoming, part, unreadable
from bot.matrix.wire import Denied, Missing, ask, path
from bot.ports import Forbidden, Gone, Journal, TryAgainLater, Undecrypted


class Events:
    """Reads what stands in a room. What it remembers, a restart may forget."""

    def __init__(self, client: Client, reader: Reader, journal: Journal) -> None:
        self._client = client
        self._reader = reader
        self._journal = journal
        self._plain: set[RoomId] = set()
        """Rooms that were not encrypted when we asked; a sync shows it when that ends."""

    async def read(
        self, event: Event, room: RoomId, *, before_encryption: bool = False
    ) -> Incoming | Undecrypted | None:
        """One event, decrypted if need be. Raises `TryAgainLater`."""
        kind, sender = event["type"], event["sender"]
        if turns_on_encryption(event):
            self.remember_encrypted(room)
            return None
        if sender == self._client.user_id and kind != "m.room.member":
            return None
        if kind == "m.room.encrypted":
            return await self._read_encrypted(event, room)
        trust = Trust.PLAIN
        if kind == "m.room.message" and await self._encrypted(room, before_encryption=before_encryption):
            trust = Trust.INJECTED
        return await self._only_own_edits(incoming(event, room, trust))

    async def _read_encrypted(self, event: Event, room: RoomId) -> Incoming | Undecrypted | None:
        if not event["content"]:
            # Removed by its author or a room admin; the removal comes as an event of its own.
            return None
        # That somebody seals what they write says nothing about the room: anybody can, in any room.
        opened = self._reader.open(event, room)
        if opened is Unread.REFUSED:
            self._journal.event("event.refused", room=room, message=event["event_id"])
            return None
        trust = None if isinstance(opened, Unread) else await self._reader.trust(opened)
        if isinstance(opened, Unread) or trust is None:
            return self._kept(event, room)
        if trust is not Trust.UNBOUND and not self._reader.first_time(opened):
            self._journal.event("event.refused", room=room, message=event["event_id"])
            return None
        if opened.event["type"] != "m.room.message":
            # Whoever sends a member or power event encrypted wants to be believed what a server would refuse.
            return None
        return await self._only_own_edits(incoming(opened.event, room, trust))

    def _kept(self, event: Event, room: RoomId) -> Undecrypted | None:
        try:
            raw = json.dumps({**event, "room_id": room})
        except RecursionError:
            self._journal.event("event.refused", room=room, message=event["event_id"])
            return None
        return Undecrypted(unreadable(event, room), Sensitive(raw))

    async def read_again(self, undecrypted: Undecrypted) -> Incoming | None:
        """The message, if its key has come by now; `Unreadable` when there turns out to be none in it."""
        event = json.loads(undecrypted.raw.reveal())
        await self._reader.meet([undecrypted.event.sender])
        read = await self._read_encrypted(event, undecrypted.event.room)
        return None if isinstance(read, Undecrypted) else read or undecrypted.event

    async def _only_own_edits(self, read: Incoming | None) -> Incoming | None:
        if not isinstance(read, Message) or read.edits is None:
            return read
        try:
            original = await ask(self._client, "GET", path("rooms", read.room, "event", read.edits))
        except (Gone, Forbidden):
            return read
        if not isinstance(original.get("sender"), str):
            raise TryAgainLater("the homeserver did not say whose message was edited")
        return read if original["sender"] == read.sender else None

    # -- is the room encrypted? ----------------------------------------------------------------------------

    def remember_encrypted(self, room: RoomId) -> None:
        """For good: encryption cannot be turned off, whatever the homeserver says later."""
        self._plain.discard(room)
        if room not in self._client.encrypted_rooms:
            self._client.encrypted_rooms.add(room)
            self._client.store.save_encrypted_rooms({room})

    async def _encrypted(self, room: RoomId, *, before_encryption: bool) -> bool:
        if room in self._client.encrypted_rooms:
            return True
        if room in self._plain or before_encryption:
            return False
        try:
            if not await self._says_encrypted(room):
                self._plain.add(room)
                return False
        except Denied:
            # We are out of it and may not know. What could have been injected counts as injected.
            return True
        self.remember_encrypted(room)
        return True

    async def _says_encrypted(self, room: RoomId) -> bool:
        """Raises `TryAgainLater` when the homeserver says neither yes nor no, and `Denied`."""
        try:
            shown = await ask(self._client, "GET", path("rooms", room, "state", "m.room.encryption", ""))
        except Missing:
            return False
        except Denied:
            raise
        except (Forbidden, Gone) as refused:
            raise TryAgainLater("the homeserver did not say whether a room is encrypted") from refused
        if isinstance(shown.get("algorithm"), str):
            return True
        # An answer that is none, perhaps: taken for a yes, it would make us deaf to the room for good.
        found = await rooms.state(self._client, room)
        return ("m.room.encryption", "") in found.events


def turns_on_encryption(event: object) -> bool:
    return (part(event, "type"), part(event, "state_key")) == ("m.room.encryption", "")
