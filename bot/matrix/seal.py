"""May private words go into this room now? Asked anew each time; then sealed, or not sent at all."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any, Final

from cachetools import TTLCache
from msgspec.structs import replace

from bot.core.audience import unsafe
from bot.core.model import EventId, History, RoomFacts, RoomId, Unsafe, UserId
from bot.core.speech import Announced, Spoken, Whispered
from bot.matrix import rooms
from bot.matrix.client import Client
from bot.matrix.fitting import fitted
from bot.matrix.looks import Looks
from bot.matrix.rooms import State
from bot.matrix.sharing import RoomKey
from bot.matrix.wire import ask, path
from bot.matrix.wording import content, in_thread
from bot.ports import Forbidden, Gone, NotSafe, TryAgainLater

ROOMS: Final = 200
SECONDS: Final = 60.0


class Seal:
    """The only ways by which words leave."""

    def __init__(self, client: Client, looks: Looks) -> None:
        self._client = client
        self._looks = looks
        self._me = UserId(client.user_id)
        self._around: TTLCache[RoomId, RoomFacts] = TTLCache(ROOMS, SECONDS)
        """For words that anybody may read only: who is there to read them, until a sync shows a change."""

        self._told: dict[RoomId, RoomFacts] = {}
        """What rooms were like when something was last told there: for the next key, given out then."""
        self._moves: Counter[RoomId] = Counter()

    def moved(self, rooms: frozenset[RoomId]) -> None:
        """Something changed in these rooms."""
        self._moves.update(rooms)
        self._looks.moved(rooms)
        for room in rooms:
            self._around.pop(room, None)
            self._told.pop(room, None)

    async def facts(self, room: RoomId) -> RoomFacts:
        """Raises `Forbidden` or `Gone` when we are not in the room."""
        return await self._judged(await self._looks.state(room))

    async def _judged(self, found: State) -> RoomFacts:
        facts = rooms.facts(found, self._me)
        if not facts.encrypted:
            return facts
        devices, others = self._client.devices, facts.joined - {self._me}
        await devices.learn(others | facts.invited)
        return replace(facts, unpinned=devices.unpinned(others), changed=devices.changed(others))

    async def expect(self, room: RoomId) -> None:
        """Raises `Forbidden` or `Gone` when we are not in the room."""
        await self._looks.ahead(room)

    async def make_ready(self, room: RoomId, roster: frozenset[UserId]) -> None:
        """Give the room key of the next case to who may read it by now. Raises `NotSafe`."""
        facts = self._told.pop(room, None)
        if facts is None or unsafe(facts, roster, self._me) is not None:
            facts = await self.safe_for_supporters(room, roster)
        await self._client.sharing.begin_next(room, readers(facts))

    async def tell(
        self, room: RoomId, words: Whispered, roster: frozenset[UserId], key: str, thread: EventId | None
    ) -> EventId:
        """Private words into a supporter room, if it is safe at this moment. Raises `NotSafe`."""
        moves = self._moves[room]
        facts = await self.safe_for_supporters(room, roster)
        # A card begins a room key: whoever is given the key of one reads no other with it.
        room_key = RoomKey.OF_ITS_OWN if thread is None else RoomKey.CURRENT
        event = await self._all_sealed(room, facts, words, key, thread, room_key)
        if self._moves[room] == moves:
            self._told[room] = facts
        return event

    async def tell_made(
        self, room: RoomId, made: dict[str, Any], roster: frozenset[UserId], key: str, thread: EventId | None
    ) -> EventId:
        """The same for content that holds more than words."""
        facts = await self.safe_for_supporters(room, roster)
        return await self._sealed(room, facts, made | in_thread(thread), key)

    async def safe_for_supporters(self, room: RoomId, roster: frozenset[UserId]) -> RoomFacts:
        """Raises `NotSafe` unless the room is a safe supporter room at this moment."""
        facts = await self._facts_or_not_safe(room)
        why = unsafe(facts, roster, self._me)
        if why is not None:
            raise NotSafe(why)
        return facts

    async def whisper(self, room: RoomId, person: UserId, words: Whispered, key: str) -> EventId:
        """Private words into a private chat: encrypted, nobody but this person and us. Raises `NotSafe`."""
        facts = await self.safe_for_one(room, person)
        return self._for_somebody(await self._all_sealed(room, facts, words, key), person)

    async def whisper_made(self, room: RoomId, person: UserId, made: dict[str, Any], key: str) -> EventId:
        """The same for content that holds more than words."""
        facts = await self.safe_for_one(room, person)
        return self._for_somebody(await self._sealed(room, facts, made, key), person)

    async def safe_for_one(self, room: RoomId, person: UserId) -> RoomFacts:
        """Raises `NotSafe` unless the room is a private chat with this person at this moment."""
        facts = await self._facts_or_not_safe(room)
        why = not_private(facts, person, self._me)
        if why is not None:
            raise NotSafe(why)
        if person != self._me and not self._client.devices.knows(person):
            raise NotSafe(Unsafe.UNKNOWN)
        return facts

    def _for_somebody(self, event: EventId, person: UserId) -> EventId:
        """Raises `NotSafe` when what was sent stands there sealed for nobody, and their app says why.

        An encrypted chat can tell them no more; nobody may believe that they have read it.
        """
        if person != self._me and not self._client.devices.entitled({person}):
            raise NotSafe(Unsafe.IDENTITY_MISSING)
        return event

    async def say(self, room: RoomId, words: Spoken | Announced, key: str) -> EventId:
        """Words that anybody may read; sealed where the room is, for whoever is in it."""
        known = room in self._client.encrypted_rooms or room in self._around
        if not known and not await self._says_encrypted(room):
            return await self._send(room, "m.room.message", content(words), key)
        facts, moves = self._around.get(room), self._moves[room]
        if facts is None:
            facts = await self.facts(room)
            if not facts.encrypted and known:
                raise Forbidden("the room was encrypted, and the homeserver says that it is not")
            if not facts.encrypted:
                raise TryAgainLater("the homeserver contradicts itself about a room's encryption")
            if self._moves[room] == moves:
                self._around[room] = facts
        return await self._sealed(room, facts, content(words), key)

    async def _says_encrypted(self, room: RoomId) -> bool:
        try:
            await ask(self._client, "GET", path("rooms", room, "state", "m.room.encryption", ""))
        except Gone:
            return False
        return True

    async def _facts_or_not_safe(self, room: RoomId) -> RoomFacts:
        try:
            return await self.facts(room)
        except (Forbidden, Gone):
            raise NotSafe(Unsafe.NOT_THERE) from None

    async def _all_sealed(
        self,
        room: RoomId,
        facts: RoomFacts,
        words: Whispered,
        key: str,
        thread: EventId | None = None,
        room_key: RoomKey = RoomKey.CURRENT,
    ) -> EventId:
        """As one message, or what does not fit into one in several; the id is the first one's."""
        first, *more = fitted(words)
        event = await self._sealed(room, facts, content(first, thread), key, room_key)
        for number, words_left in enumerate(more, 1):
            await self._sealed(room, facts, content(words_left, thread or event), f"{key}.{number}")
        return event

    async def _sealed(
        self,
        room: RoomId,
        facts: RoomFacts,
        made: dict[str, Any],
        key: str,
        room_key: RoomKey = RoomKey.CURRENT,
    ) -> EventId:
        """Encrypt for exactly the people of the homeserver's answer: nobody else says who reads it."""
        people = readers(facts)
        sealed = await self._client.sharing.encrypt(room, people, "m.room.message", made, room_key)
        if "m.relates_to" in made:
            # Homeservers and clients look for threads outside the seal.
            sealed["m.relates_to"] = made["m.relates_to"]
        return await self._send(room, "m.room.encrypted", sealed, key)

    async def _send(self, room: RoomId, kind: str, made: dict[str, Any], key: str) -> EventId:
        answer = await ask(self._client, "PUT", path("rooms", room, "send", kind, transaction(key)), made)
        event = answer.get("event_id")
        if not isinstance(event, str):
            raise TryAgainLater("the homeserver did not say under which id it took the message")
        return EventId(event)


def readers(facts: RoomFacts) -> frozenset[UserId]:
    """Whose devices get the room key: where those who are asked in will see what was said, theirs, too."""
    return facts.joined if facts.history is History.JOINED else facts.joined | facts.invited


def not_private(facts: RoomFacts, person: UserId, me: UserId) -> Unsafe | None:
    """Why this is no private chat with this person now; the first reason that holds."""
    people = facts.joined | facts.invited
    found = (
        (me not in facts.joined or not facts.may_speak, Unsafe.NOT_THERE),
        (not facts.encrypted, Unsafe.NOT_ENCRYPTED),
        (facts.history is History.WORLD_READABLE, Unsafe.HISTORY_OPEN),
        (bool(people - {person, me}), Unsafe.STRANGER),
        (person in facts.changed, Unsafe.IDENTITY_CHANGED),
        (facts.replaced, Unsafe.REPLACED),
        (person not in people, Unsafe.NOBODY_THERE),
    )
    return next((why for holds, why in found if holds), None)


def transaction(key: str) -> str:
    """The same for the same key, and nothing that could be read from it."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]
