"""`Chat` over the homeserver in memory: what the bot asks of it, and the moments at which it can be ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bot.core.audience import unsafe
from bot.core.effects import Incoming
from bot.core.model import (
    Attachment,
    EventId,
    Handling,
    History,
    Invitation,
    JoinRule,
    Membership,
    Message,
    Millis,
    Power,
    Reaction,
    Removal,
    RoomChange,
    RoomFacts,
    RoomId,
    Trust,
    Unsafe,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.core.speech import Announced, Spoken, Whispered
from bot.ports import Aside, Batch, Forbidden, Heard, NotSafe, TryAgainLater, Undecrypted
from tests.wire import ME, Homeserver, Room, words

HAS_ROOM = Message | Membership | Removal | Reaction
"""What stands in the timeline of a room and, here, can be put aside."""


def _sorted(news: list[Incoming | Undecrypted]) -> tuple[tuple[Incoming, ...], tuple[Undecrypted, ...]]:
    return (
        tuple(each for each in news if not isinstance(each, Undecrypted)),
        tuple(each for each in news if isinstance(each, Undecrypted)),
    )


class WireChat:
    """`Chat` over the homeserver in memory. `pause` is awaited before and after everything the bot does."""

    def __init__(self, server: Homeserver, pause: Callable[[str], None] = lambda _: None) -> None:
        self.server = server
        self._pause = pause

    async def _called(self, call: str, room: RoomId | None = None) -> None:
        await asyncio.sleep(0)
        self._pause(f"before {call}")
        self.server.calls[call] += 1
        self._fail(call, room, done_first=False)

    def _did(self, call: str, room: RoomId | None = None) -> None:
        self._fail(call, room, done_first=True)
        self._pause(f"after {call}")

    def _fail(self, call: str, room: RoomId | None, *, done_first: bool) -> None:
        for fault in self.server.faults:
            named = fault.call == call or (fault.call == "*" and call != "pull")
            fits = named and fault.room in (None, room) and fault.done_first is done_first
            if fits and fault.times > 0:
                fault.times -= 1
                raise fault.error

    async def pull(
        self, bookmark: str | None, wait: Millis, behind: frozenset[RoomId] = frozenset()
    ) -> Batch:
        await self._called("pull")
        last = len(self.server.news)
        every = [] if bookmark is None else self.server.news[int(bookmark) :]
        unread = {each.room for each in every if isinstance(each, HAS_ROOM)} & (behind | self.server.silent)
        news = [each for each in every if not isinstance(each, HAS_ROOM) or each.room not in unread]
        if not every and wait and not self.server.keys_came:
            await asyncio.sleep(0.01)
        first = () if bookmark is not None else (Aside("invitations", None, Sensitive("")),)
        batch = Batch(
            str(last),
            *_sorted(news),
            self.server.keys_came,
            frozenset(each.room for each in news if isinstance(each, RoomChange)),
            first or tuple(Aside(f"{bookmark} {last}", room, Sensitive("")) for room in sorted(unread)),
        )
        self.server.keys_came = False
        self._did("pull")
        return batch

    async def read_aside(self, aside: Aside) -> Heard:
        await self._called("read_aside", aside.room)
        if aside.room is None:
            asked = (each for each in self.server.news if isinstance(each, Invitation))
            return Heard(tuple(each for each in asked if ME in self.server.rooms[each.room].invited))
        if aside.room in self.server.silent:
            raise TryAgainLater("this room is not shown")
        first, last = map(int, aside.mark.split())
        of_it: list[Incoming | Undecrypted] = [
            each
            for each in self.server.news[first:last]
            if isinstance(each, HAS_ROOM) and each.room == aside.room
        ]
        return Heard(*_sorted(of_it))

    async def read_again(self, undecrypted: Undecrypted) -> Incoming | None:
        await self._called("read_again")
        event = undecrypted.event
        if event.id not in self.server.keys:
            return None
        text = self.server.rooms[event.room].event(event.id).text
        return Message(event.id, event.room, event.sender, event.at, Sensitive(text), Trust.SIGNED)

    async def facts(self, room: RoomId) -> RoomFacts:
        await self._called("facts", room)
        there = self.server.found(room)
        if ME not in there.joined:
            raise Forbidden("not in the room")
        return _facts(there)

    async def power(self, room: RoomId, person: UserId) -> Power:
        await self._called("power", room)
        there = self.server.found(room)
        if person not in there.joined:
            return Power.ABSENT
        return Power.ADMIN if person in there.admins else Power.MEMBER

    async def expect(self, room: RoomId) -> None:
        """Nothing is remembered: each telling asks anew."""
        await self._called("expect", room)
        self.server.expected.append(room)

    async def make_ready(self, room: RoomId, roster: frozenset[UserId]) -> None:
        """Keys are not played here."""
        await self._called("make_ready", room)
        self.server.keys_given.append((room, roster))

    async def tell(
        self,
        room: RoomId,
        words: Whispered,
        roster: frozenset[UserId],
        key: str,
        thread: EventId | None = None,
    ) -> EventId:
        await self._called("tell", room)
        why = unsafe(_facts(self.server.found(room)), roster, ME)
        if why is not None:
            raise NotSafe(why)
        event = self.server.send(room, _read(words), key, thread)
        self._did("tell", room)
        return event

    async def whisper(self, room: RoomId, person: UserId, words: Whispered, key: str) -> EventId:
        await self._called("whisper", room)
        self._check_private(room, person)
        event = self.server.send(room, _read(words), key)
        self._did("whisper", room)
        return event

    async def retell(
        self, room: RoomId, event: EventId, words: Whispered, roster: frozenset[UserId], key: str
    ) -> EventId:
        await self._called("retell", room)
        why = unsafe(_facts(self.server.found(room)), roster, ME)
        if why is not None:
            raise NotSafe(why)
        sent = self.server.send(room, _read(words), key, edits=event)
        self._did("retell", room)
        return sent

    async def rewhisper(
        self, room: RoomId, person: UserId, event: EventId, words: Whispered, key: str
    ) -> EventId:
        await self._called("rewhisper", room)
        self._check_private(room, person)
        sent = self.server.send(room, _read(words), key, edits=event)
        self._did("rewhisper", room)
        return sent

    async def tell_file(
        self,
        room: RoomId,
        file: Attachment,
        handling: Handling,
        words: Whispered | None,
        roster: frozenset[UserId],
        key: str,
        thread: EventId | None = None,
    ) -> EventId:
        await self._called("tell_file", room)
        why = unsafe(_facts(self.server.found(room)), roster, ME)
        if why is not None:
            raise NotSafe(why)
        beside = "" if words is None else f"\n{_read(words)}"
        event = self.server.send(room, self.server.ready(file, handling) + beside, key, thread)
        self._did("tell_file", room)
        return event

    async def whisper_picture(self, room: RoomId, person: UserId, file: Attachment, key: str) -> EventId:
        await self._called("whisper_picture", room)
        self._check_private(room, person)
        event = self.server.send(room, self.server.ready(file, Handling.CLEANED), key)
        self._did("whisper_picture", room)
        return event

    async def say(self, room: RoomId, words: Spoken, key: str) -> EventId:
        await self._called("say", room)
        event = self.server.send(room, _read(words), key)
        self._did("say", room)
        return event

    async def announce(self, room: RoomId, words: Announced, key: str) -> EventId:
        await self._called("announce", room)
        event = self.server.send(room, _read(words), key)
        self._did("announce", room)
        return event

    def _check_private(self, room: RoomId, person: UserId) -> None:
        there = self.server.found(room)
        if not there.encrypted:
            raise NotSafe(Unsafe.NOT_ENCRYPTED)
        people = (there.joined | there.invited) - {ME}
        if people != {person}:
            raise NotSafe(Unsafe.STRANGER if people else Unsafe.NOBODY_THERE)

    async def open_private_chat(self, person: UserId, key: str) -> RoomId:
        await self._called("open_private_chat")
        room = self.server.open_private_chat(person, key)
        self._did("open_private_chat")
        return room

    async def remove(self, room: RoomId, event: EventId, key: str) -> None:
        await self._called("remove", room)
        there = self.server.found(room)
        if ME not in there.joined:
            raise Forbidden("not in the room")
        if not there.may_remove and there.event(event).sender != ME:
            raise Forbidden("no power to redact")
        there.event(event).removed = True
        self._did("remove", room)

    async def join(self, room: RoomId) -> None:
        await self._called("join", room)
        there = self.server.found(room)
        if ME not in there.joined:
            if ME not in there.invited:
                raise Forbidden("not invited")
            self.server.join(there, ME)
        self._did("join", room)

    async def leave(self, room: RoomId) -> None:
        await self._called("leave", room)
        if ME in (there := self.server.found(room)).joined | there.invited:
            self.server.leave(there, ME)
        self._did("leave", room)

    async def repair(self, room: RoomId) -> None:
        await self._called("repair", room)
        there = self.server.found(room)
        if not there.may_repair:
            raise Forbidden("no power to repair")
        there.history, there.join_rule, there.guests = History.JOINED, JoinRule.INVITE, False
        self._did("repair", room)


_read = words


def _facts(room: Room) -> RoomFacts:
    return RoomFacts(
        encrypted=room.encrypted,
        join_rule=room.join_rule,
        history=room.history,
        guests=room.guests,
        joined=frozenset(room.joined),
        invited=frozenset(room.invited),
        replaced=room.replaced,
        may_remove=room.may_remove,
        may_speak=room.may_speak,
        may_repair=room.may_repair,
        unpinned=frozenset(room.unpinned),
        changed=frozenset(room.changed),
    )
